"""One server for several processes: whoever comes first starts it, whoever leaves last stops it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from crmcore.errors import StorageError

_PAUSE_SECONDS: Final = 0.05
_PATIENCE: Final = 2_400
"""Times of a pause: two minutes."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let no other process into `folder` that asks for it by this function.

    Raises `StorageError` (`store_busy`) after two minutes.
    """
    lock = folder / "lock"
    for _ in range(_PATIENCE):
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        except FileExistsError:
            _break_if_orphaned(lock)
            time.sleep(_PAUSE_SECONDS)
        else:
            break
    else:
        raise StorageError("store_busy")
    try:
        os.write(handle, str(os.getpid()).encode())
        os.close(handle)
        yield
    finally:
        lock.unlink(missing_ok=True)


def enter(folder: Path) -> bool:
    """Note that this process uses the server in `folder`; whether it is the first one."""
    users = _users(folder)
    _note(folder, [*users, os.getpid()])
    return not users


def leave(folder: Path) -> bool:
    """Note that this process is done with the server in `folder`; whether it was the last one."""
    users = _users(folder)
    if os.getpid() in users:
        users.remove(os.getpid())
    _note(folder, users)
    return not users


def _users(folder: Path) -> list[int]:
    """The processes that use the server and are alive."""
    try:
        found: list[int] = json.loads((folder / "users").read_text())
    except FileNotFoundError:
        return []
    return [one for one in found if is_alive(one)]


def _note(folder: Path, users: list[int]) -> None:
    (folder / "users").write_text(json.dumps(users))


def is_alive(process: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _break_if_orphaned(lock: Path) -> None:
    try:
        holder = int(lock.read_text() or "0")
    except (FileNotFoundError, ValueError):
        return
    if holder and not is_alive(holder):
        lock.unlink(missing_ok=True)
