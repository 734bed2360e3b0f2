"""The file of an archive: a zip of plain structure whose comment is the digest of all before it.

Nothing is ever extracted to a path. Entries have no names, dates or attributes of their
own, so equal content gives equal bytes, and one wrong byte anywhere is seen.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final, TypeVar

from attrs import define, field

from crmcore.archive.ciphers import Cipher
from crmcore.errors import SourceError
from crmcore.errors.files import file_refusal

T = TypeVar("T")

MARK: Final = b"crmz "
MAX_CHUNK: Final = 64_000_000
"""Bytes of one chunk before compression, at most; ten times what is ever written."""

HEADER: Final = "header.json"
MANIFEST: Final = "manifest.json"
_MAX_MANIFEST: Final = 256_000_000
_MAX_DIRECTORY: Final = 64_000_000
_MAX_HEADER: Final = 1_000
_LEVEL: Final = 4
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_HEX: Final = 64
_COMMENT: Final = len(MARK) + _HEX
_END: Final = 22 + _COMMENT
_LOCAL: Final = 30
_DESCRIPTOR: Final = 16
_PIECE: Final = 1 << 20


def chunk_name(number: int) -> str:
    """The name of the entry of chunk `number`, counted from 1."""
    return f"chunks/{number:08d}.jsonl"


@define
class _Sink:
    """A stream that is only written to, and digests all but the last 64 bytes."""

    file: IO[bytes]
    digest: hashlib._Hash = field(factory=hashlib.sha256)
    held: bytes = b""

    def write(self, data: bytes) -> int:
        whole = self.held + bytes(data)
        self.digest.update(whole[:-_HEX])
        self.held = whole[-_HEX:]
        self.file.write(data)
        return len(data)

    def flush(self) -> None:
        self.file.flush()


@define
class ArchiveWriter:
    """Writes the entries of an archive, one after the other."""

    file: IO[bytes]
    cipher: Cipher | None
    _sink: _Sink = field(init=False)
    _zip: zipfile.ZipFile = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sink = _Sink(self.file)
        self._zip = zipfile.ZipFile(self._sink, "w")  # type: ignore[call-overload]

    def add(self, name: str, raw: bytes, *, is_plain: bool = False) -> None:
        """One entry; encrypted where there is a cipher, unless it is to be read without."""
        info = zipfile.ZipInfo(name, _DATE)
        info.create_system = 3
        if self.cipher is None or is_plain:
            self._zip.writestr(info, raw, zipfile.ZIP_DEFLATED, _LEVEL)
        else:
            sealed = self.cipher.encrypted(name, zlib.compress(raw, _LEVEL))
            self._zip.writestr(info, sealed, zipfile.ZIP_STORED)

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def finish(self) -> None:
        """Write the directory and the digest of everything, to the disk."""
        self._zip.comment = MARK + b"0" * _HEX
        self._zip.close()
        self.file.seek(-_HEX, os.SEEK_END)
        self.file.write(self._sink.digest.hexdigest().encode())
        self.file.flush()
        os.fsync(self.file.fileno())


@define
class ArchiveReader:
    """Reads the entries of an archive; raises `SourceError` for whatever is not as we write it."""

    file: IO[bytes]
    name: str
    cipher: Cipher | None = None
    _zip: zipfile.ZipFile = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._zip = self._guarded(self._opened)
        if [one.filename for one in self._zip.infolist()] != self._expected():
            raise self.damaged("directory")

    def damaged(self, place: str) -> SourceError:
        """The refusal of what is wrong at `place`."""
        return SourceError("archive_damaged", file=self.name, place=place)

    @property
    def count(self) -> int:
        """How many chunks there are."""
        return len(self._zip.infolist()) - 2

    def check_bytes(self) -> None:
        """Read every byte of the file and compare with the digest at its end."""
        self._guarded(self._check_bytes)

    def _check_bytes(self) -> None:
        digest, left = hashlib.sha256(), self._size() - _HEX
        self.file.seek(0)
        while left > 0:
            piece = self.file.read(min(_PIECE, left))
            if not piece:
                raise self.damaged("bytes")
            digest.update(piece)
            left -= len(piece)
        if self.file.read() != digest.hexdigest().encode():
            raise self.damaged("bytes")

    def header(self) -> bytes:
        """The entry that says how to read the others."""
        return self._guarded(lambda: self._read(HEADER, _MAX_HEADER, None))

    def manifest(self) -> bytes:
        """The manifest, decrypted; raises `SourceError` (`archive_key`) for another key."""
        return self._guarded(lambda: self._read(MANIFEST, _MAX_MANIFEST, self.cipher))

    def chunk(self, number: int, size: int) -> bytes:
        """The bytes of a chunk, which must be `size`."""
        if not 0 <= size <= MAX_CHUNK:
            raise self.damaged(chunk_name(number))
        raw = self._guarded(lambda: self._read(chunk_name(number), size, self.cipher))
        if len(raw) != size:
            raise self.damaged(chunk_name(number))
        return raw

    def _size(self) -> int:
        return self.file.seek(0, os.SEEK_END)

    def _opened(self) -> zipfile.ZipFile:
        size = self._size()
        if size < _END:
            raise SourceError("not_an_archive", file=self.name)
        self.file.seek(size - _END)
        end = self.file.read(_END)
        if not end.startswith(b"PK\5\6") or end[22 : 22 + len(MARK)] != MARK:
            raise SourceError("not_an_archive", file=self.name)
        if int.from_bytes(end[12:16], "little") > _MAX_DIRECTORY:
            raise self.damaged("directory")
        found = zipfile.ZipFile(self.file)
        self._check_places(found)
        return found

    def _check_places(self, found: zipfile.ZipFile) -> None:
        """Entries lie one behind the other, and nothing lies between, before or behind them."""
        place = 0
        for info in found.infolist():
            is_plain = info.compress_type in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
            is_ours = is_plain and info.flag_bits == 8 and info.extra == _far(place)
            if info.header_offset != place or not is_ours:
                raise self.damaged("directory")
            place += _LOCAL + len(info.filename) + info.compress_size + _DESCRIPTOR
        if place != found.start_dir:
            raise self.damaged("directory")

    def _expected(self) -> list[str]:
        return [HEADER, *(chunk_name(number + 1) for number in range(self.count)), MANIFEST]

    def _read(self, name: str, limit: int, cipher: Cipher | None) -> bytes:
        info = self._zip.getinfo(name)
        # Ciphers and deflate add little to what cannot be compressed.
        if info.file_size > limit + limit // 100 + 1_000:
            raise self.damaged(name)
        with self._zip.open(info) as entry:
            raw = entry.read(info.file_size + 1)
        if cipher is not None:
            inflate = zlib.decompressobj()
            raw = inflate.decompress(cipher.decrypted(self.name, name, raw), limit + 1)
            if not inflate.eof or inflate.unused_data:
                raise self.damaged(name)
        if len(raw) > limit:
            raise self.damaged(name)
        return raw

    def _guarded(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except OSError as error:
            raise file_refusal(error, self.name) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise self.damaged("zip") from error
        except (KeyError, ValueError, IndexError, UnicodeDecodeError) as error:
            raise self.damaged("zip") from error


def _far(place: int) -> bytes:
    """What the directory adds for an entry that lies behind 2 GB."""
    return b"" if place <= zipfile.ZIP64_LIMIT else struct.pack("<HHQ", 1, 8, place)


def fresh_file(path: Path) -> tuple[Path, IO[bytes]]:
    """A new file beside `path`, readable by its owner alone; raises `SourceError`."""
    if path.exists():
        raise SourceError("archive_exists", file=path.name)
    number, name = tempfile.mkstemp(".part", f"{path.name}.", path.parent)
    return Path(name), os.fdopen(number, "w+b")


def publish(part: Path, path: Path) -> None:
    """Let the complete file `part` appear as `path`; raises `SourceError` (`archive_exists`)."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise SourceError("archive_exists", file=path.name) from None
    except OSError:
        # Not every file system has hard links.
        os.replace(part, path)
