"""The steps that bring tables to a schema: each small, idempotent and named in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from attrs import define, field, frozen
from sqlalchemy import Column
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, DropIndex, ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from crmcore.errors import SchemaError
from crmcore.schema import Field, Module
from crmcore_sql import names
from crmcore_sql.catalogue import Catalogue, define_in
from crmcore_sql.dialect import NewTable, Structure
from crmcore_sql.forms import KEY, VALUE, Form, is_sorted_text
from crmcore_sql.layout import (
    ModuleTables,
    Tables,
    Wanted,
    current_columns,
    history_columns,
    made_table,
    places_in,
)


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
        self.catalogue.dialect.sessions.keep(self.cursor)
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


def _spelled(wanted: Wanted) -> str:
    number, generation, suffix = wanted.place
    return f"{number}.{generation}{suffix}"
