"""Exit codes: what the number means that a command ends with."""

from __future__ import annotations

from typing import Final

from crmcore.errors import (
    BeyondHorizon,
    CrmError,
    MissingExtra,
    NotFound,
    QueryError,
    StorageError,
    WorkspaceError,
)

OK: Final = 0
"""Done; nothing is wrong."""
REFUSED: Final = 1
"""Refused, or problems were found: rows, rights, values, a law that does not hold."""
USAGE: Final = 2
"""The command, or an expression in it, cannot be understood."""
NOT_FOUND: Final = 3
"""No such workspace, file, module, field, record, operation or user, wherever it is named."""
CONFLICT: Final = 4
"""Somebody else changed it meanwhile, or a unique value is taken."""
STORAGE: Final = 5
"""The store, or a file, could not be read or written."""
MISSING: Final = 6
"""A library is not installed; the sentence names the extra."""
FAULT: Final = 70
"""A fault of the program itself."""
STOPPED: Final = 130
"""Stopped from the keyboard."""

_NOT_FOUND_CODES: Final = frozenset(
    {
        "unknown_column",
        "unknown_field",
        "unknown_module",
        "unknown_relation",
        "unknown_role_or_user",
        "unknown_user",
        "no_such_store",
        "no_such_file",
        "no_such_folder",
        "no_such_law",
        "no_such_sabotage",
    }
)
_STORAGE_CODES: Final = frozenset(
    {"file_denied", "file_is_folder", "folder_is_file", "disk_full", "file_failed"}
)
_USAGE_CODES: Final = frozenset(
    {
        "no_workspace",
        "bad_option",
        "bad_file_name",
        "target_is_memory",
        "sabotage_elsewhere",
        "sabotage_not_of_law",
        "unknown_scheme",
        "unknown_engine",
        "bad_store_url",
    }
)


def exit_code(error: BaseException) -> int:
    """The exit code that an error ends a command with."""
    if isinstance(error, CrmError):
        return _of_refusal(error)
    if isinstance(error, FileNotFoundError):
        return NOT_FOUND
    if isinstance(error, OSError):
        return STORAGE
    return STOPPED if isinstance(error, KeyboardInterrupt) else FAULT


def _of_refusal(error: CrmError) -> int:
    if isinstance(error, MissingExtra):
        return MISSING
    if error.code in _NOT_FOUND_CODES or isinstance(error, NotFound | BeyondHorizon):
        return NOT_FOUND
    if error.code in _USAGE_CODES or isinstance(error, QueryError):
        return USAGE
    if error.code in _STORAGE_CODES or isinstance(error, StorageError | WorkspaceError):
        return STORAGE
    if error.http_status == 409:
        return CONFLICT
    return REFUSED
