"""The bytes of a source, wherever they come from, so that they can be read again and again."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import weakref
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

from crmcore.errors import SourceError
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.refusals import reading

CHUNK = 65_536


class Readable(Protocol):
    """What can be read as a stream of bytes; checked while reading, as files lie about it."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


class Content:
    """Bytes in a file or in memory, opened as often as needed.

    A copy made aside is removed by `close`, or at the latest with this object.
    """

    def __init__(self, name: str, *, path: Path | None = None, data: bytes = b"") -> None:
        self.name = name
        self._path = path
        self._data = data
        self._closed = False
        self._copy: weakref.finalize[[Path], Content] | None = None

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._data) if self._path is None else self._path.stat().st_size

    def open(self) -> BinaryIO:
        """A handle of its own, at the start. Raises `SourceError` once closed."""
        if self._closed:
            raise SourceError("source_closed", file=self.name)
        return BytesIO(self._data) if self._path is None else self._path.open("rb")

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in pieces."""
        with self.open() as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def digest(self) -> str:
        """SHA-256 of all bytes, in hexadecimal."""
        sha = hashlib.sha256()
        for chunk in self.chunks():
            sha.update(chunk)
        return sha.hexdigest()

    def close(self) -> None:
        """Remove the copy made aside, if there is one; nothing can be opened afterwards."""
        self._closed = True
        self._data = b""
        if self._copy is not None:
            self._copy()

    @classmethod
    def of_path(cls, path: str | os.PathLike[str], limits: Limits) -> Content:
        """The file at `path`; what can be read only once (a pipe) is copied aside."""
        name = os.path.basename(os.fspath(path)) or os.fspath(path)
        with reading(name):
            found = Path(path)
            status = found.stat()
            if stat.S_ISDIR(status.st_mode):
                raise SourceError("source_is_folder", file=name)
            if not stat.S_ISREG(status.st_mode):
                with found.open("rb") as pipe:
                    return cls.of_stream(pipe, name, limits)
            _check_size(status.st_size, name, limits)
            return cls(name, path=found)

    @classmethod
    def of_bytes(cls, data: bytes | bytearray | memoryview, name: str, limits: Limits) -> Content:
        """Bytes in memory."""
        _check_size(len(data), name, limits)
        return cls(name, data=bytes(data))

    @classmethod
    def of_stream(cls, stream: Readable, name: str, limits: Limits) -> Content:
        """What `stream` still holds, copied to a temporary file."""
        content = cls(name)
        handle, path = tempfile.mkstemp(prefix="crmcore-")
        content._path = Path(path)
        content._copy = weakref.finalize(content, _remove, content._path)
        try:
            with reading(name), os.fdopen(handle, "wb") as copy:
                size = 0
                while chunk := stream.read(CHUNK):
                    if not isinstance(chunk, bytes | bytearray):
                        raise SourceError("source_text_mode", file=name)
                    size += len(chunk)
                    _check_size(size, name, limits)
                    copy.write(chunk)
        except BaseException:
            content.close()
            raise
        return content


def _check_size(size: int, name: str, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise SourceError("source_too_large", file=name, limit=limits.file_bytes)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
