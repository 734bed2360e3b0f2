"""Errors of the driver as ours: they carry codes, never values of records."""

from __future__ import annotations

from typing import Final

from bson.errors import InvalidDocument
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
)

from crmcore.errors import Conflict, CrmError, StorageError, StorageFull

_TAKEN: Final = frozenset({11000, 11001, 12582})
_RACES: Final = frozenset({112, 246, 251, 225, 239})
"""WriteConflict, SnapshotUnavailable, NoSuchTransaction, TransactionTooOld, SnapshotTooOld."""
_BUSY: Final = frozenset({24, 50, 91, 189, 10107, 11600, 11602, 13435, 13436, 262, 202})
_FORBIDDEN: Final = frozenset({13, 18, 8000})
_FULL: Final = frozenset({14031, 39})
_NO_TRANSACTIONS: Final = frozenset({20, 263})


def code_of(error: BaseException) -> int | None:
    """The code of the server's error, that of the first write that failed in a batch."""
    if isinstance(error, BulkWriteError):
        failed = error.details.get("writeErrors") or [{}]
        found = failed[0].get("code", error.code)
    else:
        found = getattr(error, "code", None)
    return found if isinstance(found, int) else None


def is_taken(error: BaseException) -> bool:
    """Whether a value that must be unique is taken."""
    return isinstance(error, PyMongoError) and code_of(error) in _TAKEN


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may do better when it is begun anew."""
    if not isinstance(error, PyMongoError):
        return False
    labeled = error.has_error_label("TransientTransactionError")
    return labeled or code_of(error) in _RACES


def is_unknown(error: BaseException) -> bool:
    """Whether it is unknown if a commit took effect; committing again tells."""
    if not isinstance(error, PyMongoError):
        return False
    return error.has_error_label("UnknownTransactionCommitResult")


def lacks_transactions(error: BaseException) -> bool:
    """Whether the server says that it has no transactions."""
    return isinstance(error, OperationFailure) and code_of(error) in _NO_TRANSACTIONS


def as_ours(error: BaseException, *, writing: bool = True) -> BaseException:
    """A driver's error as one of ours, carrying no values; any other error as it is."""
    if not isinstance(error, (PyMongoError, InvalidDocument)):
        return error
    return _ours(error, writing)


def _ours(error: Exception, writing: bool) -> CrmError:
    code = code_of(error)
    if isinstance(error, (WaitQueueTimeoutError, ExecutionTimeout)):
        return StorageError("store_busy")
    if isinstance(error, ServerSelectionTimeoutError):
        return StorageError("store_unreachable", reason=type(error).__name__)
    if isinstance(error, ConnectionFailure):
        return StorageError("connection_lost")
    if is_taken(error) or is_transient(error):
        # Whoever runs again finds what the other one wrote.
        return Conflict("record_changed") if writing else StorageError("store_busy")
    if code in _BUSY:
        return StorageError("store_busy")
    if code in _FULL:
        return StorageFull("store_full")
    reason = f"{code} {type(error).__name__}" if code is not None else type(error).__name__
    if code in _FORBIDDEN:
        return StorageError("store_forbids", reason=reason)
    if isinstance(error, (DocumentTooLarge, InvalidDocument, ConfigurationError)):
        return StorageError("store_failed", reason=type(error).__name__)
    return StorageError("store_failed", reason=reason)
