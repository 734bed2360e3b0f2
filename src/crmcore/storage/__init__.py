"""The storage port and the in-memory backend."""

from crmcore.storage.port import (
    Backend,
    Batch,
    Capability,
    Delete,
    Derive,
    Erase,
    Expect,
    Insert,
    Intent,
    Load,
    Purge,
    Replace,
    Rewrite,
    Row,
    Transaction,
    Write,
)

__all__ = [
    "Backend",
    "Batch",
    "Capability",
    "Delete",
    "Derive",
    "Erase",
    "Expect",
    "Insert",
    "Intent",
    "Load",
    "Purge",
    "Replace",
    "Rewrite",
    "Row",
    "Transaction",
    "Write",
]
