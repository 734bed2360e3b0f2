"""Where a file is written: whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

Target = str | os.PathLike[str] | BinaryIO
"""A path, or a binary file that the caller opened and closes."""


def _beside(path: Path) -> Path:
    return path.with_name(f".{secrets.token_hex(8)}.part")


def _opened(temporary: Path, target: str | os.PathLike[str]) -> BinaryIO:
    try:
        return temporary.open("xb")
    except OSError as error:
        # Nobody asked for a file of that name.
        raise OSError(error.errno, error.strerror, os.fspath(target)) from None


def check_target(target: Target) -> None:
    """Raise `OSError` where `target` cannot be written; leaves nothing behind."""
    if not isinstance(target, str | os.PathLike):
        return
    path = Path(os.path.realpath(target))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(target))
    if path.exists() and not path.is_file():
        return
    temporary = _beside(path)
    _opened(temporary, target).close()
    temporary.unlink()


@contextmanager
def binary_target(target: Target) -> Iterator[BinaryIO]:
    """A binary file to write to.

    For a path, a new file beside it takes its place when the block ends, and is removed
    when the block fails: whoever opens the path finds the old or the new content, complete.
    Raises `OSError` as the system reports it (no such folder, no room, no permission).
    """
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    path = Path(os.path.realpath(target))
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    temporary = _beside(path)
    try:
        with _opened(temporary, target) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
