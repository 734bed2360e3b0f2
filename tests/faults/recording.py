"""What SQLite asks of the operating system, recorded: writes, truncations, syncs.

SQLite reaches files through a table of functions, its VFS. A copy of the usual one, in
which some functions note what they are asked before they pass it on, is made the default
of the process. The shared memory of a WAL is not recorded: it is made anew after a cut.
"""

from __future__ import annotations

import ctypes
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

Kind = Literal["write", "truncate", "sync", "delete", "mark"]
KINDS: Sequence[Kind] = ("write", "truncate", "sync", "delete", "mark")


class Event(NamedTuple):
    """One request: `place` is where a write begins or to what size a file is cut.

    A `mark` is what the program says in between; its `data` is what it says.
    """

    kind: Kind
    file: str
    place: int = 0
    data: bytes = b""


_VFS_SLOTS, _OPEN, _DELETE = 21, 5, 6
_FILE_SLOTS, _CLOSE, _WRITE, _TRUNCATE, _SYNC = 19, 1, 3, 4, 5
_POINTER, _INT, _LONG, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p
_Open = ctypes.CFUNCTYPE(_INT, _POINTER, _POINTER, _POINTER, _INT, _POINTER)
_Delete = ctypes.CFUNCTYPE(_INT, _POINTER, _TEXT, _INT)
_Close = ctypes.CFUNCTYPE(_INT, _POINTER)
_Write = ctypes.CFUNCTYPE(_INT, _POINTER, _POINTER, _INT, _LONG)
_Truncate = ctypes.CFUNCTYPE(_INT, _POINTER, _LONG)
_Sync = ctypes.CFUNCTYPE(_INT, _POINTER, _INT)


class Recorder:
    """Records all files that this process opens through SQLite from now on."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._names: dict[int, str] = {}
        self._kept: list[object] = []
        self._tables: dict[int, object] = {}
        library = ctypes.CDLL(getattr(__import__("_sqlite3"), "__file__", None))
        library.sqlite3_vfs_find.restype = _POINTER
        self._usual = library.sqlite3_vfs_find(None)
        table = (_POINTER * _VFS_SLOTS).from_buffer_copy(
            ctypes.string_at(self._usual, 8 * _VFS_SLOTS)
        )
        self._open = _Open(table[_OPEN])
        self._delete = _Delete(table[_DELETE])
        name = ctypes.create_string_buffer(b"recording")
        table[3] = ctypes.addressof(name)
        table[_OPEN] = self._keep(_Open(self._opened))
        table[_DELETE] = self._keep(_Delete(self._deleted))
        self._kept += [name, table]
        if library.sqlite3_vfs_register(ctypes.byref(table), 1):
            raise AssertionError("SQLite takes no other VFS")

    def mark(self, said: str) -> None:
        """Note what the program says."""
        self.events.append(Event("mark", "", 0, said.encode()))

    def _keep(self, function: object) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, _POINTER).value  # type: ignore[arg-type]

    def _opened(self, _vfs: int, name: int, file: int, flags: int, out: int) -> int:
        code = self._open(self._usual, name, file, flags, out)
        methods = _POINTER.from_address(file)
        if code == 0 and name and methods.value:
            self._names[file] = Path(ctypes.string_at(name).decode()).name
            methods.value = self._recording(methods.value)
        return code

    def _deleted(self, _vfs: int, name: bytes, sync: int) -> int:
        self.events.append(Event("delete", Path(name.decode()).name))
        return self._delete(self._usual, name, sync)

    def _recording(self, usual: int) -> int:
        """The functions of a file, of which those that change it are exchanged."""
        if usual not in self._tables:
            table = (_POINTER * _FILE_SLOTS).from_buffer_copy(
                ctypes.string_at(usual, 8 * _FILE_SLOTS)
            )
            for slot, kind, made in (
                (_CLOSE, _Close, self._closing),
                (_WRITE, _Write, self._writing),
                (_TRUNCATE, _Truncate, self._truncating),
                (_SYNC, _Sync, self._syncing),
            ):
                table[slot] = self._keep(kind(made(kind(table[slot]))))
            self._tables[usual] = table
        return ctypes.addressof(self._tables[usual])  # type: ignore[arg-type]

    def _closing(self, close: Callable[[int], int]) -> Callable[[int], int]:
        def closed(file: int) -> int:
            self._names.pop(file, None)
            return close(file)

        return closed

    def _writing(self, write: Callable[..., int]) -> Callable[..., int]:
        def written(file: int, data: int, size: int, place: int) -> int:
            said = ctypes.string_at(data, size)
            self.events.append(Event("write", self._names[file], place, said))
            return write(file, data, size, place)

        return written

    def _truncating(self, truncate: Callable[..., int]) -> Callable[..., int]:
        def truncated(file: int, size: int) -> int:
            self.events.append(Event("truncate", self._names[file], size))
            return truncate(file, size)

        return truncated

    def _syncing(self, sync: Callable[..., int]) -> Callable[..., int]:
        def synced(file: int, flags: int) -> int:
            code = sync(file, flags)
            if code == sqlite3.SQLITE_OK:
                self.events.append(Event("sync", self._names[file]))
            return code

        return synced


_HEAD = struct.Struct("!BHqI")


def store(events: Sequence[Event], path: Path) -> None:
    """Write a recording to a file."""
    with path.open("wb") as out:
        for event in events:
            name = event.file.encode()
            out.write(_HEAD.pack(KINDS.index(event.kind), len(name), event.place, len(event.data)))
            out.write(name + event.data)


def load(path: Path) -> Iterator[Event]:
    """The recording in a file."""
    with path.open("rb") as source:
        while head := source.read(_HEAD.size):
            kind, name, place, size = _HEAD.unpack(head)
            yield Event(KINDS[kind], source.read(name).decode(), place, source.read(size))
