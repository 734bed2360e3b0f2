"""The steps that bring tables to a schema: each small, idempotent and named in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
from crmcore_sql.dialect import Dialect, NewTable, Structure
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
from crmcore_sql.names import MAIN, Place
from crmcore_sql.placing import Placing, places_of


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


class AddColumns(ExecutableDDLElement):
    """`ALTER TABLE … ADD COLUMN …, ADD COLUMN …`, all of one table."""

    def __init__(self, columns: Sequence[Column[Any]]) -> None:
        self.columns = columns


@compiles(AddColumns)
def _add_columns(element: AddColumns, compiler: DDLCompiler, **_: object) -> str:
    table = compiler.preparer.format_table(element.columns[0].table)
    added = (f"ADD COLUMN {compiler.get_column_specification(one)}" for one in element.columns)
    return f"ALTER TABLE {table} {', '.join(added)}"


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
class MakeColumns:
    """New columns of a table that is there."""

    table: str
    columns: tuple[Wanted, ...]

    @property
    def described(self) -> str:
        """See `Step.described`."""
        if len(self.columns) == 1:
            return f"add column {self.table}.{self.columns[0].name}"
        return f"add columns to {self.table}: {', '.join(one.name for one in self.columns)}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        for statement in self.statements(work.catalogue.dialect, self.table):
            work.define(statement)

    def statements(self, dialect: Dialect, table: str) -> list[AddColumns]:
        """What adds the columns to the table called `table`."""
        made = made_table(dialect, table, [(one.name, one.form) for one in self.columns])
        columns: list[Column[Any]] = list(made.c)
        if dialect.adds_one_by_one:
            return [AddColumns([one]) for one in columns]
        return [AddColumns(columns)]


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
    """What is missing to hold the records of one module.

    Raises `SchemaError` (`row_too_wide`).
    """

    module: Module
    structure: Structure
    values: Mapping[str, str]
    prefix: str
    dialect: Dialect
    homes: Mapping[Place, int] = field(init=False)
    """The table of each column that there is or will be."""
    _recorded: dict[str, str] = field(init=False)
    _there: dict[Place, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._recorded = json.loads(self.values.get(described_as(self.module.name), "{}"))
        self._there = places_of(self.structure, self.prefix, self.module)
        placing = Placing(self.module, self.dialect, self._there, self._recorded)
        self.homes = {**self._there, **placing.tables()}

    def columns(self) -> Iterator[Step]:
        """Tables and columns; raises `SchemaError` (`column_changed`)."""
        recorded, wanted = self._recorded, current_columns(self.module)
        for one in wanted:
            noted = recorded.get(_spelled(one), one.described)
            if one.place in self._there and noted != one.described:
                raise SchemaError("column_changed", module=self.module.name, name=one.name)
        yield from self._tables(wanted, is_history=False)
        if self.module.keeping == "history":
            yield from self._tables(history_columns(self.module), is_history=True)
        found = recorded | {_spelled(one): one.described for one in wanted}
        if found != recorded:
            columns = json.dumps(found, sort_keys=True, separators=(",", ":"))
            yield Describe(self.module.name, columns)

    def _tables(self, wanted: Sequence[Wanted], *, is_history: bool) -> Iterator[Step]:
        """The tables of live records, or of history, one after the other."""
        called = names.history_table if is_history else names.current_table
        keys = ("id", "version") if is_history else ("id",)
        own = [one for one in wanted if one.name in keys]
        by_number: dict[int, list[Wanted]] = {}
        for one in wanted:
            number = self.homes.get(one.place, MAIN)
            by_number.setdefault(number, [] if number == MAIN else [*own]).append(one)
        for number, columns in sorted(by_number.items()):
            name = called(self.prefix, self.module, number)
            if name not in self.structure.tables:
                yield MakeTable(name, tuple(columns), is_history)
                continue
            there = places_in(self.structure.tables[name])
            missing = tuple(one for one in columns if one.place not in there)
            if missing:
                yield MakeColumns(name, missing)

    def unfilled(self) -> list[Field]:
        """Texts that have values but no search keys yet."""
        return [
            one
            for one in self.module.fields
            if one.stored
            and is_sorted_text(one.kind)
            and (one.number, one.generation, VALUE) in self._there
            and (one.number, one.generation, KEY) not in self._there
        ]


def _spelled(wanted: Wanted) -> str:
    number, generation, suffix = wanted.place
    return f"{number}.{generation}{suffix}"
