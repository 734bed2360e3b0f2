"""Names in the database: made of declared names and numbers, never of what people typed.

A field of documents belongs to (field number, generation): `amount_17`, `amount_17_g2`; a
part that needs one of its own has a suffix. The catalogue remembers the name that was given
first, so that a renamed field keeps its values.
"""

from __future__ import annotations

import re
from typing import Final

from crmcore.errors import WorkspaceError
from crmcore.schema import Field, Module

ID: Final = "_id"
"""The record id, in the documents of live records and in the former versions in history."""

LOCK: Final = "lock"
"""Written anew by whoever relies on a record, so that nobody changes it meanwhile."""

HOLDS: Final = "holds"
"""Beside it, where there are documents that are written in its place."""

FORMER: Final = "v"
"""Where a document of history keeps the version that ended, as it was."""

ENDED_BY: Final = "ended_by"
REMOVED: Final = "removed"

_PREFIX = re.compile(r"(?:[a-z][a-z0-9_]{0,7})?", re.ASCII)
# SQLite keeps such names to itself, and a workspace can move there.
_OF_SQLITE: Final = "sqlite_"


def checked_prefix(prefix: str) -> str:
    """`prefix` if collections may be called so: letters, digits and `_`, at most 8.

    Raises `WorkspaceError` (`bad_prefix`, `prefix_of_sqlite`) otherwise.
    """
    if _PREFIX.fullmatch(prefix) is None:
        raise WorkspaceError("bad_prefix", prefix=prefix)
    if prefix.startswith(_OF_SQLITE):
        raise WorkspaceError("prefix_of_sqlite", prefix=prefix)
    return prefix


def current_collection(prefix: str, module: Module) -> str:
    """The collection of the live records of `module`."""
    return f"{prefix}crmd_{module.name}"


def history_collection(prefix: str, module: Module) -> str:
    """The collection of the former versions of `module`."""
    return f"{prefix}crmh_{module.name}"


def catalogue_collection(prefix: str) -> str:
    """The collection of what the store knows about itself."""
    return f"{prefix}crm_catalogue"


def journal_collection(prefix: str) -> str:
    """The collection of the steps by which the store came to its present shape."""
    return f"{prefix}crm_journal"


def holds_collection(prefix: str) -> str:
    """The collection of what is written by those who rely on a record, in its place."""
    return f"{prefix}crm_holds"


def field_name(field: Field) -> str:
    """What a new field of documents for `field` is called."""
    generation = "" if field.generation == 1 else f"_g{field.generation}"
    return f"{field.name}_{field.number}{generation}"


def place_name(field: Field) -> str:
    """How the catalogue spells the number and generation of `field`."""
    return f"{field.number}g{field.generation}"


def key_name(number: int) -> str:
    """The field of the digests of the unique key `number`; its index is called so, too."""
    return f"key_{number}_u"
