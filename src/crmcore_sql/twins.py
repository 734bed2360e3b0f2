"""Twins: virtual columns with the beginning of a text, for engines that index no expression.

`name_1_v` is `name_1`, computed as a text of limited length; `name_1_o` is what takes part
in an order of the search key `name_1_k`. How much a field may hold decides which twin it
has: where that changes, the twin and its index are given up for another, so that a twin
always has the whole value. Nothing is ever written to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Column, Integer, String, Table, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from crmcore.kinds import Kind
from crmcore_sql.dialect import Expression
from crmcore_sql.forms import CUT, KEY, is_choice, max_length

TWINS: Final[Mapping[str, int]] = {"_s": 64, "_v": 255, "_w": 500}
"""Code points that a twin holds, by its suffix."""
_CUT_AT: Final = 200
_LENGTHS: Final[Mapping[int, Expression]] = {
    64: literal_column("64", Integer()),
    _CUT_AT: literal_column("200", Integer()),
    255: literal_column("255", Integer()),
    500: literal_column("500", Integer()),
}


def twin_suffix(kind: Kind) -> str | None:
    """The suffix of the twin that holds values of `kind`, texts; `None` for long ones."""
    if is_choice(kind):
        return "_s"
    longest = 500 if kind.shape == "typed" else max_length(kind)
    return next((suffix for suffix, length in TWINS.items() if longest <= length), None)


def cut_of(key: Expression) -> Expression | None:
    """The twin of the search key `key` in the same table, or `None`."""
    table = getattr(key, "table", None)
    name: str | None = getattr(key, "name", None)
    if table is None or name is None or not name.endswith(KEY):
        return None
    found: Expression | None = table.c.get(name.removesuffix(KEY) + CUT)
    return found


def needs_twin(column: Column[Any], kind: Kind, suffix: str) -> bool:
    """Whether an ordered index over a part of `kind` needs a twin that is not there."""
    if kind.shape not in ("text", "typed"):
        return False
    name = twin_name(column, kind, suffix)
    return name is not None and name not in column.table.c


def twin_name(column: Column[Any], kind: Kind, suffix: str) -> str | None:
    """What the twin of `column` is called, which holds a part of `kind`."""
    if suffix == KEY:
        return column.name.removesuffix(KEY) + CUT
    own = twin_suffix(kind)
    return None if own is None else column.name + own


class AddTwin(ExecutableDDLElement):
    """`ALTER TABLE … ADD COLUMN` of the twin of `column`, which holds a part of `kind`."""

    def __init__(self, column: Column[Any], kind: Kind, suffix: str) -> None:
        self.column = column
        self.kind = kind
        self.suffix = suffix

    @property
    def name(self) -> str:
        """What the twin is called."""
        return str(twin_name(self.column, self.kind, self.suffix))


class DropTwin(ExecutableDDLElement):
    """`ALTER TABLE … DROP COLUMN` of a twin, and of the index that was made over it, at once."""

    def __init__(self, table: Table, column: str, index: str | None) -> None:
        self.table = table
        self.column = column
        self.index = index


@compiles(AddTwin)
def _add_twin(element: AddTwin, compiler: DDLCompiler, **_: object) -> str:
    table = compiler.preparer.format_table(element.column.table)
    spelled = spelled_twin(compiler, element.column, element.kind, element.suffix)
    return f"ALTER TABLE {table} ADD COLUMN {spelled}"


def spelled_twin(compiler: DDLCompiler, column: Column[Any], kind: Kind, suffix: str) -> str:
    """The definition of the twin of `column`, which holds a part of `kind`."""
    length = _CUT_AT if suffix == KEY else TWINS[twin_suffix(kind) or ""]
    beginning = func.left(column, _LENGTHS[length], type_=String())
    words = compiler.sql_compiler.process(beginning, include_table=False)
    text: Any = column.type
    spelled = compiler.dialect.type_compiler_instance.process(
        text.shortened(length)
        if hasattr(text, "shortened")
        else String(length, collation=text.collation)
    )
    twin = compiler.preparer.quote(str(twin_name(column, kind, suffix)))
    return f"{twin} {spelled} AS ({words}) VIRTUAL"


@compiles(DropTwin)
def _drop_twin(element: DropTwin, compiler: DDLCompiler, **_: object) -> str:
    quote = compiler.preparer.quote
    table = compiler.preparer.format_table(element.table)
    index = "" if element.index is None else f"DROP INDEX {quote(element.index)}, "
    return f"ALTER TABLE {table} {index}DROP COLUMN {quote(element.column)}"
