"""`verify`: whether an archive is whole, fast by its manifest or down to every byte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import define, field

from crmcore.archive.anchors import AuditHead
from crmcore.archive.container import chunk_name
from crmcore.archive.lines import Encode, digest_of, encoder
from crmcore.archive.manifest import Manifest
from crmcore.archive.modules import ArchivedModule
from crmcore.archive.proving import check_chain
from crmcore.archive.reading import Archive, Lines, opened
from crmcore.archive.snapshot import full_digest
from crmcore.errors import CrmError, SourceError
from crmcore.records import canonical_json, layout_of
from crmcore.schema import STAMPS, check
from crmcore.schema.codec import digest, schema_to_json
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage import Row
from crmcore.work.digests import is_digested
from crmcore.work.sealing import Head, sealed_row

_MILLISECOND: Final = timedelta(milliseconds=1)
_START: Final = "0" * 64
_STAMPED: Final = len(STAMPS)
_PLACES: Final = layout_of(CHANGE_SET).index


def verify(
    file: str | Path,
    *,
    key: bytes | None = None,
    full: bool = True,
    head: AuditHead | str | None = None,
) -> Manifest:
    """The manifest of the archive in `file`, which is in order.

    With `full` every byte is read: the digest of the file, of each chunk and of the whole,
    every value, and whether versions are those that the change chain tells of. Without, only
    the structure and the manifest. Whoever writes an archive can make up a chain as well: a
    `head` that was anchored elsewhere (`crmcore.audit.head`) tells whether the chain up to
    there is the one that was anchored; then every byte is read.
    Raises `SourceError` for whatever is not as it was written (`no_such_file` where there is
    nothing), `Invalid`, `MissingExtra`.
    """
    with opened(file, key) as archive:
        if full or head is not None:
            check_archive(archive, AuditHead.parse(head) if isinstance(head, str) else head)
        return archive.manifest


def check_archive(archive: Archive, anchor: AuditHead | None = None) -> None:
    """Raise `SourceError` unless every byte of `archive` is as it was written."""
    archive.reader.check_bytes()
    _check_revisions(archive)
    _Check(archive, archive.modules).run()
    check_chain(archive, anchor)


def _check_revisions(archive: Archive) -> None:
    revisions, manifest = archive.revisions, archive.manifest
    size = sum(len(canonical_json(schema_to_json(one))) + 1 for one in revisions)
    try:
        check(revisions[-1])
    except (CrmError, IndexError) as error:
        raise archive.reader.damaged(chunk_name(1)) from error
    told = sum(one.size for one in archive.schema_chunks)
    if digest(revisions[-1]) != manifest.schema or size != told:
        raise archive.reader.damaged(chunk_name(1))


@define
class _Check:
    """The check of one archive, chunk by chunk."""

    archive: Archive
    modules: Sequence[ArchivedModule]
    total: int = 0
    records: int = 0
    position: int = 0
    chain: str = _START
    moment: datetime | None = None
    last: tuple[str, str, int] = ("", "", 0)
    _encoders: dict[str, Encode] = field(factory=dict)

    def run(self) -> None:
        """Raises `SourceError`."""
        manifest = self.archive.manifest
        if not manifest.is_whole:
            self.position, self.chain = manifest.after, manifest.chain_after
        order = [one.module.name for one in self.modules]
        reached = 0
        for place, chunk, lines in self.archive.chunks():
            if chunk.module not in order[reached:]:
                raise self.archive.reader.damaged(place)
            reached = order.index(chunk.module)
            self._check_lines(self.modules[reached], place, lines)
        self._check_end(manifest)

    def _check_end(self, manifest: Manifest) -> None:
        moment = None if self.moment is None else self.moment.isoformat()
        found = (self.position, self.chain, moment, self.records)
        told = (manifest.position, manifest.chain, manifest.moment, manifest.records)
        is_sound = found == told
        if manifest.is_whole:
            full = full_digest(self.total, self.position, self.chain)
            is_sound = is_sound and full == manifest.full
        if not is_sound:
            raise self.archive.reader.damaged("manifest")

    def _check_lines(self, module: ArchivedModule, place: str, lines: Lines) -> None:
        name = module.module.name
        if name not in self._encoders:
            self._encoders[name] = encoder(module)
        encode = self._encoders[name]
        rows = self.archive.rows(module, place, lines)
        try:
            made = [encode(row) for row in rows]
        except (ValueError, TypeError) as error:
            raise self.archive.reader.damaged(place) from error
        for row, line, (content, again) in zip(rows, lines, made, strict=True):
            if again != line or None in row[:_STAMPED]:
                raise self.archive.reader.damaged(place)
            if module.is_current and is_digested(module.module):
                self.total += digest_of(content)
        self.records += len(lines)
        for row in rows:
            if name == CHANGE_SET.name:
                self._link(module, row, place)
            else:
                self._follow(name, row, place)

    def _follow(self, name: str, row: Row, place: str) -> None:
        """Versions come by id and version, each once."""
        _, version = row[:2]
        assert isinstance(version, int)
        found = name, str(row[0]), version
        if self.last[0] == name and found <= self.last:
            raise self.archive.reader.damaged(place)
        self.last = found

    def _link(self, module: ArchivedModule, row: Row, place: str) -> None:
        """One more change set of the chain."""
        index = layout_of(module.whole).index
        # Archives of older versions lack the columns of newer ones.
        columns = layout_of(CHANGE_SET).columns
        made = tuple([row[index[name]] if name in index else None for name in columns])
        moment = made[_PLACES["moment"]]
        if not isinstance(moment, datetime):
            raise self.archive.reader.damaged(place)
        before = Head(self.position, moment - _MILLISECOND, self.chain, None)
        after, _ = sealed_row(before, made)
        if (made[_PLACES["position"]], made[_PLACES["chain"]]) != (after.position, after.chain):
            raise self.archive.reader.damaged(place)
        self.position, self.chain, self.moment = after.position, after.chain, moment
        manifest = self.archive.manifest
        if self.position == manifest.after and self.chain != manifest.chain_after:
            raise SourceError("archive_other", file=self.archive.name)
