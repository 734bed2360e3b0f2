"""Which tables of a database are ours: for tools that compare it with the host's models."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from crmcore_sql.names import checked_prefix

IncludeObject = Callable[[Any, str | None, str, bool, Any], bool]
"""What Alembic asks: object, name, its type, whether it was reflected, what it compares to."""

IncludeName = Callable[[str | None, str, Any], bool]
"""What Alembic asks before it looks at a table: name, type, names of what it belongs to."""


def _ours(prefix: str) -> re.Pattern[str]:
    return re.compile(rf"{checked_prefix(prefix)}crm(?:[dh][0-9]*_.+|v_.+|_catalogue|_journal)")


def include_object(
    prefix: str = "", schema: str | None = None, also: IncludeObject | None = None
) -> IncludeObject:
    """For `context.configure(include_object=…)`: keeps tables and views of ours out.

    `prefix` and `schema` are those that the workspace was opened with; without `schema`
    the tables are ours in whichever one they stand. `also` decides of everything else.
    Raises `WorkspaceError` (`bad_prefix`).
    """
    ours = _ours(prefix)

    def is_included(
        found: Any, name: str | None, kind: str, reflected: bool, compare_to: Any
    ) -> bool:
        table: Any = found if kind == "table" else getattr(found, "table", None)
        name_here = None if table is None or schema not in (None, table.schema) else table.name
        if name_here is not None and ours.fullmatch(str(name_here)):
            return False
        return True if also is None else also(found, name, kind, reflected, compare_to)

    return is_included


def include_name(
    prefix: str = "", schema: str | None = None, also: IncludeName | None = None
) -> IncludeName:
    """For `context.configure(include_name=…)`: our tables are not even looked at.

    Beside `include_object` it saves the time, and warnings about indexes that Alembic cannot
    compare. Words and errors as there.
    """
    ours = _ours(prefix)

    def is_included(name: str | None, kind: str, parents: Any) -> bool:
        is_here = kind == "table" and schema in (None, parents.get("schema_name"))
        if is_here and name is not None and ours.fullmatch(name):
            return False
        return True if also is None else also(name, kind, parents)

    return is_included
