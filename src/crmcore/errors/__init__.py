"""The refusals of crmcore: one class per meaning, every message in Chinese and English.

Every error carries `code`, `http_status` and `problems`, and can be handed to a
web response with `to_dict()`. What a person may not see is `NotFound`.
"""

from crmcore.errors.classes import (
    AccessDenied,
    BeyondHorizon,
    CapacityExceeded,
    Conflict,
    CrmError,
    Duplicate,
    ImportRefused,
    Invalid,
    MissingExtra,
    NotFound,
    OpMismatch,
    QueryError,
    SchemaError,
    SignInRefused,
    SourceError,
    Stale,
    StorageError,
    StorageFull,
    Throttled,
    UnitOfWorkClosed,
    WorkspaceError,
)
from crmcore.errors.problem import Language, Problem

__all__ = [
    "AccessDenied",
    "BeyondHorizon",
    "CapacityExceeded",
    "Conflict",
    "CrmError",
    "Duplicate",
    "ImportRefused",
    "Invalid",
    "Language",
    "MissingExtra",
    "NotFound",
    "OpMismatch",
    "Problem",
    "QueryError",
    "SchemaError",
    "SignInRefused",
    "SourceError",
    "Stale",
    "StorageError",
    "StorageFull",
    "Throttled",
    "UnitOfWorkClosed",
    "WorkspaceError",
]
