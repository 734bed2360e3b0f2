"""The steps that bring tables to a schema: each small, idempotent and named in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from attrs import define, field, frozen
from sqlalchemy import Column, Index
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, DropIndex, ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from crmcore.errors import SchemaError
from crmcore.kinds import Link, MultiLink
from crmcore.schema import ENDINGS, STAMPS, Field, Module
from crmcore_sql import names
from crmcore_sql.catalogue import Catalogue, define_in
from crmcore_sql.dialect import Expression, Indexing, NewTable, Structure
from crmcore_sql.forms import CURRENCY, KEY, VALUE, Form, is_sorted_text, max_length
from crmcore_sql.layout import (
    REQUIRED,
    ModuleTables,
    Tables,
    Wanted,
    current_columns,
    history_columns,
    made_table,
    places_in,
)

_STAMPS: Final = {stamp.name: stamp for stamp in (*STAMPS, *ENDINGS)}


@define(eq=False)
class Work:
    """What steps work on: one connection, and the tables as they are by now."""

    catalogue: Catalogue
    cursor: DBAPICursor
    _tables: Tables | None = None

    def present(self) -> Tables:
        """The tables as they are by now."""
        if self._tables is None:
            catalogue = self.catalogue
            sessions = catalogue.dialect.sessions
            structure = sessions.structure(self.cursor, catalogue.prefix)
            self._tables = Tables(catalogue.dialect, catalogue.prefix, structure)
        return self._tables

    def tables(self, module: Module) -> ModuleTables:
        """The present tables of `module`."""
        return self.present().of(module)

    def define(self, statement: ExecutableDDLElement) -> None:
        """Run a statement that defines something."""
        define_in(self.cursor, statement, self.catalogue.engine)
        if not isinstance(statement, (CreateIndex, DropIndex)):
            self._tables = None


class Step(Protocol):
    """One step."""

    @property
    def described(self) -> str:
        """What is done, for the journal."""
        ...

    def run(self, work: Work) -> None:
        """Do it."""
        ...


class AddColumn(ExecutableDDLElement):
    """`ALTER TABLE … ADD COLUMN`."""

    def __init__(self, column: Column[Any]) -> None:
        self.column = column


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: DDLCompiler, **_: object) -> str:
    table = compiler.preparer.format_table(element.column.table)
    return f"ALTER TABLE {table} ADD COLUMN {compiler.get_column_specification(element.column)}"


@frozen
class MakeTable:
    """A new table of live records or of history."""

    name: str
    columns: tuple[Wanted, ...]
    is_history: bool

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"create table {self.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        columns: list[tuple[str, Form | None]] = [(one.name, one.form) for one in self.columns]
        key = None if self.is_history else "id"
        work.define(NewTable(made_table(work.catalogue.dialect, self.name, columns, key)))


@frozen
class MakeColumn:
    """A new column of a table that is there."""

    table: str
    column: Wanted

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"add column {self.table}.{self.column.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        column = self.column
        table = made_table(work.catalogue.dialect, self.table, [(column.name, column.form)])
        work.define(AddColumn(table.c[self.column.name]))


@frozen
class MakeIndex:
    """An index over parts of fields; search keys as far as they take part in an order.

    `words` are what the engine calls an index that is not ordered.
    """

    module: Module
    name: str
    parts: tuple[tuple[Field, str], ...]
    is_history: bool = False
    words: Mapping[str, Any] | None = None

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"create index {self.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        tables = work.tables(self.module)
        table = tables.history if self.is_history else tables.current
        assert table is not None
        expressions = work.catalogue.dialect.expressions
        found: list[Any] = []
        for one, suffix in self.parts:
            part: Expression = table.c[tables.column(one, suffix)]
            if suffix == KEY:
                part = expressions.order_key(part)
            is_ordered = self.words is None and one.name not in REQUIRED
            found.append(expressions.index_part(part) if is_ordered else part)
        work.define(CreateIndex(Index(self.name, *found, **(self.words or {}))))


@frozen
class GiveUpIndex:
    """An index that cannot hold what a field may have by now."""

    name: str
    table: str

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"drop index {self.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        table = made_table(work.catalogue.dialect, self.table, [("id", "id")])
        work.define(DropIndex(Index(self.name, table.c.id)))


@frozen
class Describe:
    """What the columns of a module hold, for the next time."""

    module: str
    columns: str

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"describe {self.module}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        work.catalogue.put(work.cursor, described_as(self.module), self.columns)


def described_as(module: str) -> str:
    """Where the catalogue keeps what the columns of `module` hold."""
    return f"module:{module}"


@define(eq=False)
class ModuleSteps:
    """What is missing to hold the records of one module."""

    module: Module
    structure: Structure
    values: Mapping[str, str]
    prefix: str
    indexing: Indexing
    current: str = field(init=False)
    history: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.current = names.current_table(self.prefix, self.module)
        self.history = names.history_table(self.prefix, self.module)

    def columns(self) -> Iterator[Step]:
        """Tables and columns; raises `SchemaError` (`column_changed`)."""
        recorded: dict[str, str] = json.loads(self.values.get(described_as(self.module.name), "{}"))
        wanted = current_columns(self.module)
        yield from self._table(self.current, wanted, recorded, is_history=False)
        if self.module.keeping == "history":
            former = history_columns(self.module)
            yield from self._table(self.history, former, recorded, is_history=True)
        found = recorded | {_spelled(one): one.described for one in wanted}
        if found != recorded:
            columns = json.dumps(found, sort_keys=True, separators=(",", ":"))
            yield Describe(self.module.name, columns)

    def _table(
        self, name: str, wanted: list[Wanted], recorded: Mapping[str, str], *, is_history: bool
    ) -> Iterator[Step]:
        if name not in self.structure.tables:
            yield MakeTable(name, tuple(wanted), is_history)
            return
        there = places_in(self.structure.tables[name])
        for one in wanted:
            if one.place not in there:
                yield MakeColumn(name, one)
            elif recorded.get(_spelled(one), one.described) != one.described:
                raise SchemaError("column_changed", module=self.module.name, name=one.name)

    def unfilled(self) -> list[Field]:
        """Texts that have values but no search keys yet."""
        there = places_in(self.structure.tables.get(self.current, ()))
        return [
            one
            for one in self.module.fields
            if one.stored
            and is_sorted_text(one.kind)
            and (one.number, one.generation, VALUE) in there
            and (one.number, one.generation, KEY) not in there
        ]

    def indexes(self) -> Iterator[Step]:
        """The indexes that are missing."""
        for found in (*self._live_indexes(), *self._history_indexes()):
            is_there = found.name in self.structure.indexes
            if isinstance(found, GiveUpIndex) is is_there:
                yield found

    def _live_indexes(self) -> Iterator[MakeIndex | GiveUpIndex]:
        for one in self.module.stored:
            kind = one.kind
            is_link = isinstance(kind, Link) and not isinstance(kind, MultiLink)
            if kind.shape == "codes":
                if (one.indexed or isinstance(kind, MultiLink)) and self.indexing.codes is not None:
                    yield self._unordered(one, self.indexing.codes)
            elif (one.indexed or is_link) and kind.shape != "json":
                yield from self._ordered(one, is_sorted_text(kind))
        what = names.index_name(self.current, "change_set")
        yield MakeIndex(self.module, what, ((_STAMPS["change_set"], VALUE),))

    def _ordered(self, one: Field, is_sorted: bool) -> Iterator[MakeIndex | GiveUpIndex]:
        parts = [(one, VALUE), (_STAMPS["id"], VALUE)]
        if is_sorted:
            parts.insert(0, (one, KEY))
        elif one.kind.shape == "money":
            parts.insert(0, (one, CURRENCY))
        what = f"{one.number}_{one.generation}{KEY if is_sorted else ''}"
        name = names.index_name(self.current, what)
        longest = self.indexing.longest
        if longest is None or max_length(one.kind) <= longest:
            yield MakeIndex(self.module, name, tuple(parts))
            return
        yield GiveUpIndex(name, self.current)
        if is_sorted:
            key = names.index_name(self.current, f"{what}_cut")
            yield MakeIndex(self.module, key, (parts[0], parts[-1]))
        else:
            yield self._unordered(one, self.indexing.long_text)

    def _unordered(self, one: Field, words: Mapping[str, Any]) -> MakeIndex:
        name = names.index_name(self.current, f"{one.number}_{one.generation}_in")
        return MakeIndex(self.module, name, ((one, VALUE),), words=words)

    def _history_indexes(self) -> Iterator[MakeIndex]:
        if self.module.keeping != "history":
            return
        for stamps in (("id", "version"), ("change_set",), ("ended_by",)):
            name = names.index_name(self.history, stamps[0])
            parts = tuple((_STAMPS[stamp], VALUE) for stamp in stamps)
            yield MakeIndex(self.module, name, parts, is_history=True)


def _spelled(wanted: Wanted) -> str:
    number, generation, suffix = wanted.place
    return f"{number}.{generation}{suffix}"
