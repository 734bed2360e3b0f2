"""New tables with all their indexes in one definition, where each definition is dear.

An engine that commits every definition writes and flushes for each; an index that is made
with its table costs nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Column, Constraint, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler

from crmcore.kinds import Kind
from crmcore_sql import names
from crmcore_sql.dialect import Dialect, NewTable
from crmcore_sql.forms import Form
from crmcore_sql.indexes import MakeIndex
from crmcore_sql.layout import made_table
from crmcore_sql.steps import MakeTable, Step, Work
from crmcore_sql.twins import needs_twin, spelled_twin, twin_name


class WithTwin(Constraint):
    """A twin, among the columns of a new table."""

    def __init__(self, column: Column[Any], kind: Kind, suffix: str) -> None:
        super().__init__()
        self.column = column
        self.kind = kind
        self.suffix = suffix


class WithIndex(Constraint):
    """An index, among the columns of a new table: over columns, of texts the first `length`."""

    def __init__(self, name: str, columns: Sequence[str], length: int | None) -> None:
        super().__init__()
        self.called = name
        self.over = columns
        self.length = length


@compiles(WithTwin)
def _with_twin(element: WithTwin, compiler: DDLCompiler, **_: object) -> str:
    return spelled_twin(compiler, element.column, element.kind, element.suffix)


@compiles(WithIndex)
def _with_index(element: WithIndex, compiler: DDLCompiler, **_: object) -> str:
    quote = compiler.preparer.quote
    length = "" if element.length is None else f"({element.length:d})"
    columns = ", ".join(f"{quote(column)}{length}" for column in element.over)
    return f"INDEX {quote(element.called)} ({columns})"


@frozen
class MakeWholeTable:
    """A new table of live records or of history, with its indexes."""

    table: MakeTable
    indexes: tuple[MakeIndex, ...]

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return self.table.described

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        work.define(NewTable(self.made(work.catalogue.dialect, self.table.name)))

    def made(self, dialect: Dialect, name: str, prefixes: Sequence[str] = ()) -> Table:
        """The table under the name `name`, with words before TABLE."""
        own = self.table
        key = None if own.is_history else "id"
        columns: list[tuple[str, Form | None]] = [(one.name, one.form) for one in own.columns]
        table = made_table(dialect, name, columns, key, prefixes)
        twins: dict[str, WithTwin] = {}
        for index in self.indexes:
            over: list[str] = []
            for one, suffix in index.parts:
                column: Column[Any] = table.c[names.column_name(one, suffix)]
                found = str(column.name)
                if index.twins and needs_twin(column, one.kind, suffix):
                    found = str(twin_name(column, one.kind, suffix))
                    twins.setdefault(found, WithTwin(column, one.kind, suffix))
                over.append(found)
            length = next(iter((index.words or {}).values()), None)
            table.append_constraint(WithIndex(index.name, over, length))
        for twin in twins.values():
            table.append_constraint(twin)
        return table


def merged(steps: Iterable[Step]) -> list[Step]:
    """`steps` with the indexes of new tables made with their tables."""
    found = list(steps)
    own: dict[str, list[MakeIndex]] = {one.name: [] for one in found if isinstance(one, MakeTable)}
    kept: list[Step] = []
    for one in found:
        if isinstance(one, MakeIndex) and one.table in own:
            own[one.table].append(one)
        else:
            kept.append(one)
    return [
        MakeWholeTable(one, tuple(own[one.name])) if isinstance(one, MakeTable) else one
        for one in kept
    ]
