"""`backup`: a workspace as of one sealed position, in one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from attrs import define, evolve, field

from crmcore.archive.ciphers import NAME, Cipher, cipher_of
from crmcore.archive.container import (
    HEADER,
    MANIFEST,
    MAX_CHUNK,
    ArchiveWriter,
    chunk_name,
    fresh_file,
    publish,
)
from crmcore.archive.lines import digest_of
from crmcore.archive.manifest import (
    FORMAT,
    VERSION,
    Chunk,
    Manifest,
    Part,
    manifest_bytes,
    merkle_root,
)
from crmcore.archive.reading import opened
from crmcore.archive.snapshot import Snapshot, Span, full_digest, sealed_snapshot
from crmcore.errors import Invalid, SourceError
from crmcore.errors.files import checked_name, file_access
from crmcore.records import canonical_json
from crmcore.schema import Schema
from crmcore.schema.codec import digest, schema_to_json
from crmcore.schema.encryption import is_encrypted
from crmcore.work import Workspace, note
from crmcore.work.configuring import check_right
from crmcore.work.digests import is_digested

CHUNK: Final = 2_000_000
"""A chunk is written when it has so many bytes."""


def backup(
    crm: Workspace,
    file: str | Path,
    *,
    since: Manifest | str | Path | None = None,
    key: bytes | None = None,
    plain: bool = False,
) -> Manifest:
    """Write everything that `crm` holds, as of one sealed position, to the new `file`.

    Others may go on writing. `since`, an earlier archive or its manifest, makes an increment
    that continues it. `key` (32 bytes) encrypts; without one a workspace with encrypted fields
    is refused (`archive_lays_open`), unless they may lie `plain` in the archive. The file
    appears when it is complete, and is readable by its owner alone. Raises `AccessDenied`,
    `SourceError` (`archive_exists`, `archive_other`, `no_such_folder`, …), `Invalid`
    (`nothing_new`), `StorageError`, `MissingExtra`.
    """
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        if key is None and not plain and is_encrypted(session.schema):
            raise Invalid("archive_lays_open")
    crm._store.keep_notes(at_once=True)
    path = Path(checked_name(file))
    cipher = None if key is None else cipher_of(key)
    former = _manifest_of(since, key)
    with file_access(file):
        made = _published(crm, path, former, cipher)
    note(crm, "export", module="*", count=made.records, reason="backup")
    return made


def _manifest_of(since: Manifest | str | Path | None, key: bytes | None) -> Manifest | None:
    if since is None or isinstance(since, Manifest):
        return since
    with opened(since, key) as archive:
        return archive.manifest


def _published(
    crm: Workspace, path: Path, since: Manifest | None, cipher: Cipher | None
) -> Manifest:
    part, stream = fresh_file(path)
    with stream:
        try:
            with (
                sealed_snapshot(crm._store.backend) as snapshot,
                ArchiveWriter(stream, cipher) as writer,
            ):
                made = _Writing(snapshot, writer).written(_span(snapshot, since, path), since)
                writer.finish()
            publish(part, path)
        finally:
            part.unlink(missing_ok=True)
    return made


def _span(snapshot: Snapshot, since: Manifest | None, path: Path) -> Span:
    if since is None:
        return Span()
    head = snapshot.head
    if since.key != snapshot.key or snapshot.chain_at(since.position) != since.chain:
        raise SourceError("archive_other", file=path.name)
    if since.position == head.position:
        raise Invalid("nothing_new", position=head.position)
    return snapshot.span(since.position)


def header_bytes(cipher: Cipher | None) -> bytes:
    """The first entry: the format, and how the others are encrypted."""
    sealed = None if cipher is None else {"cipher": NAME, "salt": cipher.salt.hex()}
    return canonical_json({"format": FORMAT, "version": VERSION, "encryption": sealed})


def _pieces(revisions: Sequence[Schema]) -> Iterator[Sequence[bytes]]:
    """The lines of all revisions: of few changes one chunk, never one that is not read again."""
    lines: list[bytes] = []
    size = 0
    for one in revisions:
        lines.append(canonical_json(schema_to_json(one)))
        size += len(lines[-1]) + 1
        if size >= MAX_CHUNK // 2:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


@define
class _Writing:
    """One archive in the making."""

    snapshot: Snapshot
    writer: ArchiveWriter
    part: Part = field(factory=Part)
    total: int = 0
    records: int = 0

    def written(self, span: Span, since: Manifest | None) -> Manifest:
        self.writer.add(HEADER, header_bytes(self.writer.cipher), is_plain=True)
        for lines in _pieces(self.snapshot.revisions):
            self._chunk("", lines)
        for module in self.snapshot.modules:
            for lines in self._lines_of(span, module.module.name):
                self._chunk(module.module.name, lines)
        manifest = self._manifest(span)
        if since is not None:
            manifest = evolve(manifest, after=since.position, chain_after=since.chain)
        if not span.is_whole:
            manifest = evolve(manifest, full=self.snapshot.full_digest())
        self.writer.add(MANIFEST, manifest_bytes(manifest))
        return manifest

    def _lines_of(self, span: Span, name: str) -> Iterator[Sequence[bytes]]:
        module = next(one for one in self.snapshot.modules if one.module.name == name)
        encode = self.snapshot.encoder(module)
        is_counted = module.is_current and is_digested(module.module)
        lines: list[bytes] = []
        size = 0
        for batch in self.snapshot.rows(module, span):
            for row in batch:
                content, line = encode(row)
                if is_counted:
                    self.total += digest_of(content)
                lines.append(line)
                size += len(line) + 1
                if size >= CHUNK:
                    yield lines
                    lines, size = [], 0
        if lines:
            yield lines

    def _chunk(self, module: str, lines: Sequence[bytes]) -> None:
        raw = b"\n".join((*lines, b""))
        self.part.add(module, len(lines), raw)
        self.records += len(lines) if module else 0
        self.writer.add(chunk_name(len(self.part.chunks)), raw)

    def _manifest(self, span: Span) -> Manifest:
        head = self.snapshot.head
        chunks: tuple[Chunk, ...] = tuple(self.part.chunks)
        return Manifest(
            position=head.position,
            moment=head.moment.isoformat(),
            chain=head.chain,
            content=head.content,
            full=full_digest(self.total, head.position, head.chain),
            schema=digest(self.snapshot.revisions[-1]),
            key=self.snapshot.key,
            merkle=merkle_root(chunks),
            records=self.records,
            chunks=chunks,
            is_whole=span.is_whole,
        )
