"""Read-only views with declared names, for tools that ask in SQL: no rights, no history.

They are called `{prefix}crmv_{module}`. Numbers are numbers, moments are moments (UTC), sets
are texts with commas. A store that has them keeps them: `prepare` makes them anew where
definitions change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import frozen
from sqlalchemy import (
    Float,
    Integer,
    Numeric,
    Select,
    Text,
    cast,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from crmcore.schema import Module, Schema
from crmcore.schema.reserved import USER
from crmcore_sql.dialect import Dialect, Expression
from crmcore_sql.forms import Form
from crmcore_sql.layout import ModuleTables
from crmcore_sql.names import view_name
from crmcore_sql.normal_forms import Shown, shown
from crmcore_sql.selectable import shown_fields
from crmcore_sql.steps import Step, Work

WANTED: Final = "views"
"""Where the catalogue keeps that there are to be views."""
_SPELLING: Final = 1
"""Goes up where values are spelled in another way, so that views are made anew."""
_TEXTS: Final = ("text", "typed")
_DIGITS: Final = 38
_EPOCH: Final[Expression] = literal_column("TIMESTAMPTZ 'epoch'", Text())
_MILLISECOND: Final[Expression] = literal_column("INTERVAL '1 ms'", Text())
_MIDNIGHT: Final[Expression] = literal_column("TIME '00:00'", Text())
_MINUTE: Final[Expression] = literal_column("INTERVAL '1 minute'", Text())


class CreateView(ExecutableDDLElement):
    """`CREATE VIEW`."""

    def __init__(self, name: str, schema: str | None, query: Select[Any]) -> None:
        self.name = name
        self.schema = schema
        self.query = query


class DropView(ExecutableDDLElement):
    """`DROP VIEW IF EXISTS`."""

    def __init__(self, name: str, schema: str | None) -> None:
        self.name = name
        self.schema = schema


@compiles(CreateView)
def _create_view(element: CreateView, compiler: DDLCompiler, **_: object) -> str:
    words = compiler.sql_compiler.process(element.query, literal_binds=True)
    return f"CREATE VIEW {_spelled(element, compiler)} AS {words}"


@compiles(DropView)
def _drop_view(element: DropView, compiler: DDLCompiler, **_: object) -> str:
    return f"DROP VIEW IF EXISTS {_spelled(element, compiler)}"


def _spelled(element: CreateView | DropView, compiler: DDLCompiler) -> str:
    quote = compiler.preparer.quote
    schema = "" if element.schema is None else f"{quote(element.schema)}."
    return schema + quote(element.name)


def recorded_as(module: Module) -> str:
    """Where the catalogue keeps what the view of `module` shows."""
    return f"view:{module.name}"


def view_steps(schema: Schema, values: Mapping[str, str]) -> Iterator[Step]:
    """The views to be made, or given up."""
    for module in schema.modules:
        found, name = values.get(recorded_as(module)), module.name
        is_shown = not name.startswith("crm_") or name == USER.name
        if WANTED in values and is_shown and not module.retired:
            if found != described(module):
                yield MakeView(module)
        elif found is not None:
            yield GiveUpView(module)


def described(module: Module) -> str:
    """What the view of `module` shows."""
    found = [[one.name, one.number, one.generation, one.kind.shape] for one in shown_fields(module)]
    return json.dumps([_SPELLING, found])


@frozen
class MakeView:
    """A view over the live records of a module, in place of the one before."""

    module: Module

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"create view of {self.module.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        dialect, prefix = work.catalogue.dialect, work.catalogue.prefix
        schema, name = dialect.table_options.get("schema"), view_name(prefix, self.module)
        tables = work.tables(self.module)
        work.define(DropView(name, schema))
        work.define(CreateView(name, schema, view_query(dialect, tables)))
        work.catalogue.put(work.cursor, recorded_as(self.module), described(self.module))


@frozen
class GiveUpView:
    """No view of a module any more."""

    module: Module

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"drop view of {self.module.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        dialect, prefix = work.catalogue.dialect, work.catalogue.prefix
        schema = dialect.table_options.get("schema")
        work.define(DropView(view_name(prefix, self.module), schema))
        work.catalogue.put(work.cursor, recorded_as(self.module), None)


def view_query(dialect: Dialect, tables: ModuleTables) -> Select[Any]:
    """What a view selects."""
    fields = shown_fields(tables.module)
    parts = shown(dialect.codec, [(one.name, one.kind) for one in fields])
    pairs = [
        (each, tables.column(one, each.suffix))
        for one, found in zip(fields, parts, strict=True)
        for each in found
    ]
    columns = [_readable(dialect, each, tables.table_of(name).c[name]) for each, name in pairs]
    # Engines write through a view over one table; over two they do not, or not all of it.
    nothing = select(literal_column("1", Integer()).label("one")).subquery("only")
    source = tables.joined(name for _, name in pairs)
    return select(*columns).select_from(source.join(nothing, literal_column("1=1")))


def _readable(dialect: Dialect, one: Shown, column: Expression) -> Expression:
    found, form, scale = column, one.type.form, one.type.kind.scale
    if form == "milliseconds":
        found = _decimal(dialect, column, 3)
    elif form in ("scaled", "amount") and scale:
        found = _decimal(dialect, column, scale)
    elif form in ("instant", "minutes", "codes") or (dialect.name == "mysql" and form in _TEXTS):
        found = _SPELLED[dialect.name](form, column)
    return found.label(one.name)


def _decimal(dialect: Dialect, column: Expression, scale: int) -> Expression:
    if dialect.name == "sqlite":
        # The only fractions that this engine has.
        return column / literal(float(10**scale), Float())
    unit: Expression = cast(literal(f"{Decimal(1).scaleb(-scale):f}", Text()), _decimals(scale))
    whole: Expression = cast(column, Numeric(_DIGITS - scale, 0))
    return cast(whole * unit, _decimals(scale))


def _decimals(scale: int) -> Numeric[Decimal]:
    return Numeric(_DIGITS, scale)


def _of_sqlite(form: Form, column: Expression) -> Expression:
    if form == "instant":
        seconds = column / literal(1000.0, Float())
        return func.strftime(literal("%Y-%m-%d %H:%M:%f"), seconds, literal("unixepoch"))
    if form == "minutes":
        hours, rest = column.op("/")(literal(60)), column.op("%")(literal(60))
        return func.printf(literal("%02d:%02d"), hours, rest)
    return _without_quotes(column)


def _of_postgresql(form: Form, column: Expression) -> Expression:
    if form == "instant":
        return _EPOCH.op("+")(column.op("*")(_MILLISECOND))
    if form == "minutes":
        return _MIDNIGHT.op("+")(column.op("*")(_MINUTE))
    return func.array_to_string(column, literal(","))


def _of_mariadb(form: Form, column: Expression) -> Expression:
    if form == "instant":
        return column
    if form == "minutes":
        return func.sec_to_time(column.op("*")(literal(60)))
    return _without_quotes(column)


def _of_mysql(form: Form, column: Expression) -> Expression:
    return cast(column, Text) if form in _TEXTS else _of_mariadb(form, column)


def _without_quotes(codes: Expression) -> Expression:
    """A JSON list of codes, none of which has a quote in it, as a text with commas."""
    found = codes
    for mark in ('["', '"]'):
        found = func.replace(found, literal(mark), literal(""))
    return func.replace(found, literal('","'), literal(","))


_SPELLED: Final = {
    "sqlite": _of_sqlite,
    "postgresql": _of_postgresql,
    "mariadb": _of_mariadb,
    "mysql": _of_mysql,
}
