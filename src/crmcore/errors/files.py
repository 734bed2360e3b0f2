"""What the system says of a file, as a refusal that names the file as the caller did."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from crmcore.errors.classes import SourceError

_CODES: Final = {
    errno.EACCES: "file_denied",
    errno.EPERM: "file_denied",
    errno.EROFS: "file_denied",
    errno.EISDIR: "file_is_folder",
    errno.ENOTDIR: "folder_is_file",
    errno.EEXIST: "folder_is_file",
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
}


def file_refusal(error: OSError, name: str | None = None) -> SourceError:
    """`error` as a refusal about the file `name`; without, about the one that it names."""
    shown = name or (str(error.filename) if error.filename else "")
    if error.errno == errno.ENOENT:
        folder = os.path.dirname(shown)
        if folder and not os.path.isdir(folder):
            return SourceError("no_such_folder", name=shown, folder=folder)
        return SourceError("no_such_file", name=shown)
    code = _CODES.get(error.errno or 0)
    if code is None:
        reason = error.strerror or type(error).__name__
        return SourceError("file_failed", name=shown, reason=reason)
    return SourceError(code, name=shown)


@contextmanager
def file_access(name: str | os.PathLike[str]) -> Iterator[None]:
    """Let what the system says of the file `name` leave the block as `SourceError`."""
    try:
        yield
    except OSError as error:
        raise file_refusal(error, os.fspath(name)) from error


def checked_name(name: str | os.PathLike[str]) -> str:
    """`name`, which may be that of a file; raises `SourceError` (`bad_file_name`)."""
    text = os.fspath(name)
    if not text or "\0" in text:
        raise SourceError("bad_file_name", name=text)
    return text
