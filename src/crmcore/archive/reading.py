"""An archive that is opened: its manifest, and its chunks line by line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from attrs import define, evolve, field

from crmcore.archive.ciphers import NAME, cipher_of
from crmcore.archive.container import ArchiveReader, chunk_name
from crmcore.archive.manifest import FORMAT, VERSION, Chunk, Manifest, manifest_of
from crmcore.archive.modules import ArchivedModule, archived_modules
from crmcore.archive.parsing import LineParser
from crmcore.errors import CrmError, SourceError
from crmcore.errors.files import checked_name, file_access
from crmcore.schema import Schema
from crmcore.schema.codec import schema_from_json
from crmcore.storage import Row

_SALT: Final = 64

Lines = Sequence[bytes]


@define
class Archive:
    """An archive that is open for reading, and whose manifest is in order."""

    reader: ArchiveReader
    manifest: Manifest
    _revisions: tuple[Schema, ...] = ()
    _parsers: dict[str, LineParser] = field(factory=dict)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.reader.name

    @property
    def schema_chunks(self) -> Sequence[Chunk]:
        """The first chunks, which hold the revisions of the schema."""
        return tuple(takewhile(lambda one: not one.module, self.manifest.chunks))

    @property
    def revisions(self) -> tuple[Schema, ...]:
        """The schemas that were ever in force, the last one last; raises `SourceError`."""
        if not self._revisions:
            self._revisions = self._read_revisions()
        return self._revisions

    @property
    def modules(self) -> tuple[ArchivedModule, ...]:
        """What is archived of each module."""
        return archived_modules(self.revisions)

    def chunks(self, module: str | None = None) -> Iterator[tuple[str, Chunk, Lines]]:
        """The place of each chunk of versions, the chunk and its lines; raises `SourceError`.

        With `module` only those of that module.
        """
        first = len(self.schema_chunks)
        for number, chunk in enumerate(self.manifest.chunks, 1):
            if number > first and module in (None, chunk.module):
                yield chunk_name(number), chunk, self._lines(number, chunk)

    def rows(self, module: ArchivedModule, place: str, lines: Lines) -> list[Row]:
        """The rows of the lines of a chunk of `module`; raises `SourceError`."""
        name = module.module.name
        if name not in self._parsers:
            self._parsers[name] = LineParser(module)
        try:
            return self._parsers[name].rows(lines)
        except _BAD as error:
            raise self.reader.damaged(place) from error

    def _lines(self, number: int, chunk: Chunk) -> Lines:
        raw = self.reader.chunk(number, chunk.size)
        lines = raw.split(b"\n")
        is_whole = hashlib.sha256(raw).hexdigest() == chunk.sha256
        if not is_whole or lines.pop() != b"" or len(lines) != chunk.lines:
            raise self.reader.damaged(chunk_name(number))
        return lines

    def _read_revisions(self) -> tuple[Schema, ...]:
        found: list[Schema] = []
        number = 1
        try:
            for number, chunk in enumerate(self.schema_chunks, 1):
                lines = self._lines(number, chunk)
                found.extend(schema_from_json(json.loads(line)) for line in lines)
        except SourceError:
            raise
        except _BAD as error:
            raise self.reader.damaged(chunk_name(number)) from error
        return tuple(found)


_BAD: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    CrmError,
)


@contextmanager
def opened(file: str | Path, key: bytes | None = None) -> Iterator[Archive]:
    """The archive in `file`, under `key` where it is encrypted; raises `SourceError`.

    Its manifest and its structure are checked, its chunks are as they are read.
    """
    path = Path(checked_name(file))
    with file_access(file):
        opened_file = path.open("rb")
    with opened_file as stream:
        reader = ArchiveReader(stream, path.name)
        sealed = _header(reader)
        if sealed is None and key is not None:
            # Else whoever can change the file could put a plain one in its place.
            raise SourceError("archive_plain", file=path.name)
        if sealed is not None:
            if key is None:
                raise SourceError("archive_needs_key", file=path.name)
            reader = evolve(reader, cipher=cipher_of(key, sealed))
        manifest = manifest_of(reader.manifest(), reader.count)
        if manifest is None:
            raise reader.damaged("manifest")
        yield Archive(reader, manifest)


def _header(reader: ArchiveReader) -> bytes | None:
    """The salt of the encryption, if there is one; raises `SourceError`."""
    data = _plain(reader.header)
    if data is None or data.get("format") != FORMAT:
        raise SourceError("not_an_archive", file=reader.name)
    version = data.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise SourceError("archive_version", file=reader.name, found=version, known=VERSION)
    sealed = data.get("encryption")
    if sealed is None:
        return None
    match sealed:
        case {"cipher": cipher, "salt": str(salt)} if cipher == NAME and len(salt) == _SALT:
            try:
                return bytes.fromhex(salt)
            except ValueError:
                pass
    raise reader.damaged("header")


def _plain(read: Callable[[], bytes]) -> Mapping[str, Any] | None:
    try:
        found = json.loads(read())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
