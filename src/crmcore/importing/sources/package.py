"""The zip file of a workbook, opened with distrust: sizes, ratios, names, methods."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from crmcore.errors import SourceError
from crmcore.importing.sources.content import CHUNK, Content
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.refusals import reading

_ENCRYPTED = 0x1
# A directory entry needs 46 bytes, its name and extra fields; this leaves ample room.
_DIRECTORY_BYTES_PER_ENTRY = 512
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _SmallReads(io.RawIOBase):
    """A file that refuses to hand out very much at once.

    The zip library reads the whole directory in one piece, whatever size is claimed.
    """

    def __init__(self, file: BinaryIO, most: int) -> None:
        super().__init__()
        self._file = file
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        found = self._file.read(size if 0 <= size <= self._most else self._most + 1)
        if len(found) > self._most:
            raise zipfile.BadZipFile("too much at once")
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


class Package:
    """The parts of a zip file by name, streamed within limits.

    Part names are compared without case and with forward slashes, as some programs write them
    differently in different places. Raises `SourceError` for what is no sound zip file.
    """

    def __init__(self, content: Content, limits: Limits) -> None:
        self.name = content.name
        self._limits = limits
        self._ambiguous: set[str] = set()
        self._streamed: dict[str, int] = {}
        with reading(self.name):
            self._file = _SmallReads(content.open(), limits.entries * _DIRECTORY_BYTES_PER_ENTRY)
        try:
            with reading(self.name):
                self._zip = self._opened()
                self._parts = self._directory()
        except BaseException:
            self._file.close()
            raise

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except zipfile.BadZipFile as error:
            raise SourceError("zip_truncated", file=self.name) from error

    def _directory(self) -> dict[str, zipfile.ZipInfo]:
        entries = self._zip.infolist()
        if len(entries) > self._limits.entries:
            raise SourceError("zip_entries", file=self.name, limit=self._limits.entries)
        parts: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            name = _part_name(entry.filename)
            if name in parts:
                self._ambiguous.add(name)
            parts[name] = entry
        return parts

    def __contains__(self, part: str) -> bool:
        return _part_name(part) in self._parts

    def names(self) -> list[str]:
        """The names of all parts, in lower case."""
        return list(self._parts)

    def check(self, part: str) -> None:
        """Refuse `part` by what the directory says of it: sizes, encryption, a name used twice.

        The zip library never unpacks more than the directory claims, so the claim is a bound;
        it is counted again while streaming.
        """
        entry = self._parts.get(_part_name(part))
        if entry is None:
            raise SourceError("zip_part_missing", file=self.name, part=part)
        if entry.flag_bits & _ENCRYPTED:
            raise SourceError("workbook_encrypted", file=self.name)
        if entry.compress_type not in _METHODS or _part_name(part) in self._ambiguous:
            raise SourceError("zip_damaged", file=self.name, part=part)
        self._check_size(part, entry, entry.file_size)

    def size(self, part: str) -> int:
        """The unpacked size that the directory claims for `part`."""
        return self._parts[_part_name(part)].file_size

    def stream(self, part: str) -> Iterator[bytes]:
        """The unpacked bytes of `part`, in pieces."""
        self.check(part)
        entry = self._parts[_part_name(part)]
        try:
            with self._zip.open(entry) as file:
                size = 0
                while chunk := file.read(CHUNK):
                    size += len(chunk)
                    self._check_size(part, entry, size)
                    yield chunk
        except SourceError:
            raise
        except Exception as error:
            raise SourceError("zip_damaged", file=self.name, part=part) from error

    def _check_size(self, part: str, entry: zipfile.ZipInfo, size: int) -> None:
        limits = self._limits
        most = max(limits.ratio_free_bytes, limits.ratio * entry.compress_size)
        if size > min(most, limits.entry_bytes):
            raise SourceError("zip_bomb", file=self.name, part=part)
        if size > self._streamed.get(entry.filename, 0):
            self._streamed[entry.filename] = size
            if sum(self._streamed.values()) > limits.total_bytes:
                raise SourceError("zip_bomb", file=self.name, part=part)

    def close(self) -> None:
        """Close the zip file."""
        self._zip.close()
        self._file.close()


def _part_name(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/").lstrip("/")).lower()
