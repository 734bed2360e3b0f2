"""Names in the database: made of declared names and numbers, never of what people typed.

A column belongs to (field number, generation): `amount_17`, `amount_17_g2`; a part that
needs a column of its own has a suffix. Where a column lies is read back from the number,
so that a renamed field keeps its column.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Final

from crmcore.errors import WorkspaceError
from crmcore.schema import ENDINGS, STAMPS, Field, Module

Place = tuple[int, int, str]
"""What a column holds: the field's number and generation, and the part of its value."""

KEY_SUFFIX: Final = "_u"

MAIN: Final = 1
"""The number of the table in which a module begins; where it goes on has 2, 3, …"""

# No prefix makes a table look like an index; no name exceeds the 63 bytes of PostgreSQL.
_PREFIX = re.compile(r"(?:(?!ix_)[a-z][a-z0-9_]{0,7})?", re.ASCII)
# SQLite keeps such names to itself, and a workspace can move there.
_OF_SQLITE: Final = "sqlite_"
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_COLUMN = re.compile(r".+?_(\d+)(?:_g(\d+))?(_[a-z])?", re.ASCII)
_LONGEST: Final = 63
_DIGITS: Final = 24
_STAMPS: Final = {stamp.name: stamp.number for stamp in (*STAMPS, *ENDINGS)}


def checked_prefix(prefix: str) -> str:
    """`prefix` if tables may be called so: letters, digits and `_`, at most 8, all lower case.

    Raises `WorkspaceError` (`bad_prefix`, `prefix_of_sqlite`) otherwise.
    """
    if _PREFIX.fullmatch(prefix) is None:
        raise WorkspaceError("bad_prefix", prefix=prefix)
    if prefix.startswith(_OF_SQLITE):
        raise WorkspaceError("prefix_of_sqlite", prefix=prefix)
    return prefix


def checked_schema(schema: str) -> str:
    """`schema` if one may be called so; raises `WorkspaceError` (`bad_store_name`) otherwise."""
    if _SCHEMA.fullmatch(schema) is None:
        raise WorkspaceError("bad_store_name", name=schema)
    return schema


def current_table(prefix: str, module: Module, number: int = MAIN) -> str:
    """A table of the live records of `module`."""
    return f"{prefix}crmd{_numbered(number)}_{module.name}"


def history_table(prefix: str, module: Module, number: int = MAIN) -> str:
    """A table of the former versions of `module`."""
    return f"{prefix}crmh{_numbered(number)}_{module.name}"


def _numbered(number: int) -> str:
    return "" if number == MAIN else str(number)


def view_name(prefix: str, module: Module) -> str:
    """The view of the live records of `module`."""
    return f"{prefix}crmv_{module.name}"


def catalogue_table(prefix: str) -> str:
    """The table of what the store knows about itself."""
    return f"{prefix}crm_catalogue"


def journal_table(prefix: str) -> str:
    """The table of the steps by which the store came to its present shape."""
    return f"{prefix}crm_journal"


def column_name(field: Field, suffix: str) -> str:
    """What a new column for one part of `field` is called."""
    if field.number < 0:
        return field.name
    generation = "" if field.generation == 1 else f"_g{field.generation}"
    return f"{field.name}_{field.number}{generation}{suffix}"


def key_column(number: int) -> str:
    """The column of the digests of the unique key `number`."""
    return f"key_{number}{KEY_SUFFIX}"


def index_name(table: str, what: str) -> str:
    """An index over `what` of `table`; names of indexes are unique in a database."""
    name = f"ix_{what}_{table}"
    if len(name) <= _LONGEST:
        return name
    return f"ix_{what}_{sha256(table.encode()).hexdigest()[:_DIGITS]}"


def place_of(column: str) -> Place | None:
    """What a column called so holds; `None` for one that is not ours."""
    stamp = _STAMPS.get(column)
    if stamp is not None:
        return stamp, 1, ""
    found = _COLUMN.fullmatch(column)
    if found is None:
        return None
    return int(found[1]), int(found[2] or 1), found[3] or ""
