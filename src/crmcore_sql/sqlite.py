"""SQLite: strict tables, text ids, integers for everything that counts, JSON for lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import Integer, SelectBase, Text, exists, func, literal_column, not_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from crmcore.clock import from_milliseconds, to_milliseconds
from crmcore.errors import WorkspaceError
from crmcore_sql import encodings
from crmcore_sql.dialect import Condition, Dialect, Expression, Indexing, NewTable, Parameter
from crmcore_sql.forms import Form
from crmcore_sql.jsons import json_codes
from crmcore_sql.junction import all_of
from crmcore_sql.rooms import INDEX, Room
from crmcore_sql.sqlite_sessions import SqliteSessions

_OLDEST: Final = (3, 38)
"""Strict tables came with 3.37, JSON functions in every build with 3.38."""

_INTEGER: Final = Integer()
_TEXT: Final = Text()
_INTEGERS: Final[frozenset[Form]] = frozenset(
    {"integer", "scaled", "boolean", "instant", "minutes", "milliseconds", "amount"}
)


class _Codec:
    """Everything is an integer or a text."""

    names: Mapping[str, object] = {
        **encodings.NAMES,
        "day": date.fromisoformat,
        "milliseconds_of": to_milliseconds,
        "epoch": from_milliseconds(0),
        "codes": json_codes,
    }

    def column_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.column_type`."""
        return _INTEGER if form in _INTEGERS else _TEXT

    def encoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.encoding`."""
        return {
            "boolean": f"int({value})",
            "date": f"{value}.isoformat()",
            "instant": f"milliseconds_of({value})",
            "codes": f"json_list({value})",
            "digest": f"{value}.hex()",
        }.get(form) or encodings.encoding(form, scale, value)

    def decoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.decoding`."""
        return {
            "boolean": f"{value} == 1",
            "date": f"day({value})",
            "instant": f"epoch + millisecond * {value}",
            "codes": f"codes({value})",
        }.get(form) or encodings.decoding(form, scale, value)

    def list_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.list_type`."""
        return _TEXT

    def list_encoding(self, items: str) -> str:
        """See `Codec.list_encoding`."""
        return f"json_list({items})"

    def sets_encoding(self, sets: str) -> str:
        """See `Codec.sets_encoding`."""
        return f"json_list([json_list(one) for one in {sets}])"

    def pairs_encoding(self, items: str) -> str:
        """See `Codec.pairs_encoding`."""
        return f"json_list({items})"


# Written out, not bound: the planner knows an indexed expression by its text.
_FIRST: Final[Expression] = literal_column("1", _INTEGER)
_LENGTH: Final[Expression] = literal_column("200", _INTEGER)


class _Expressions:
    """Lists travel as JSON; dates are texts, instants milliseconds."""

    def order_key(self, key: Expression) -> Expression:
        """See `Expressions.order_key`."""
        return func.substr(key, _FIRST, _LENGTH, type_=_TEXT)

    def contains(self, key: Expression, sought: Parameter) -> Condition:
        """See `Expressions.contains`."""
        return func.instr(key, sought, type_=_INTEGER) > literal_column("0", _INTEGER)

    def begins(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """See `Expressions.begins`."""
        return func.substr(key, _FIRST, length, type_=_TEXT) == sought

    def ends(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """See `Expressions.ends`."""
        return func.substr(key, -length, type_=_TEXT) == sought

    def among(self, column: Expression, values: Parameter, negated: bool = False) -> Condition:
        """See `Expressions.among`."""
        listed = select(_each(values))
        return column.not_in(listed) if negated else column.in_(listed)

    def among_to_update(self, column: Expression, values: Parameter) -> Condition:
        """See `Expressions.among_to_update`."""
        return self.among(column, values)

    def selected(self, column: Expression, query: SelectBase) -> Condition:
        """See `Expressions.selected`."""
        return column.in_(query)

    def money_listed(
        self, amount: Expression, currency: Expression, values: Parameter
    ) -> Condition:
        """See `Expressions.money_listed`."""
        pair = _each(values)
        return exists().where(
            func.json_extract(pair, literal_column("'$[0]'", _TEXT), type_=_INTEGER) == amount,
            func.json_extract(pair, literal_column("'$[1]'", _TEXT), type_=_TEXT) == currency,
        )

    def holds(self, codes: Expression, values: Parameter, how: Literal["all", "any"]) -> Condition:
        """See `Expressions.holds`."""
        held, sought = _each(codes), _each(values)
        if how == "any":
            return exists().where(held.in_(select(sought)))
        missing = exists().where(sought.not_in(select(held)))
        return all_of([codes.is_not(None), not_(missing)])

    def exact_sum(self, number: Expression) -> tuple[Expression, ...]:
        """See `Expressions.exact_sum`."""
        bits, mask = literal_column("32", _INTEGER), literal_column("4294967295", _INTEGER)
        high = func.sum(number.op(">>")(bits), type_=_INTEGER)
        return high, func.sum(number.op("&")(mask), type_=_INTEGER)

    def extreme(self, which: Literal["min", "max"], values: Expression) -> Expression:
        """See `Expressions.extreme`."""
        pick = func.min if which == "min" else func.max
        return pick(values, type_=values.type)

    def direction(self, value: Expression, descending: bool, nullable: bool) -> Expression:
        """See `Expressions.direction`."""
        return value.desc() if descending else value.asc()

    def index_part(self, value: Expression) -> Expression:
        """See `Expressions.index_part`."""
        return value

    def sortable_amount(self, amount: Expression) -> Expression:
        """See `Expressions.sortable_amount`."""
        positive = amount + literal_column("1000000000000000000", _INTEGER)
        return func.printf(literal_column("'%019d'", _TEXT), positive, type_=_TEXT)

    def milliseconds(self, instant: Expression) -> Expression:
        """See `Expressions.milliseconds`."""
        return instant

    def day_number(self, day: Expression) -> Expression:
        """See `Expressions.day_number`."""
        noon = func.julianday(day, literal_column("'12:00'", _TEXT), type_=_INTEGER)
        return sql_cast(noon, Integer) - literal_column("1721060", _INTEGER)

    def month_of_day(self, number: Expression) -> Expression:
        """See `Expressions.month_of_day`."""
        # A bare number is a Julian day, whose whole numbers are noons.
        noon = number + literal_column("1721060", _INTEGER)
        return func.strftime(literal_column("'%Y-%m'", _TEXT), noon, type_=_TEXT)

    def month_of_date(self, day: Expression) -> Expression:
        """See `Expressions.month_of_date`."""
        return func.substr(day, _FIRST, literal_column("7", _INTEGER), type_=_TEXT)


def _each(values: Expression) -> Expression:
    found: Expression = func.json_each(values).table_valued("value").c.value
    return found


@compiles(NewTable, "sqlite")
def _strict_table(element: NewTable, compiler: DDLCompiler, **words: Any) -> str:
    return f"{compiler.process(CreateTable(element.element), **words).rstrip()} STRICT"


def sqlite(durable: bool = True) -> Dialect:
    """SQLite; without `durable`, a store that is thrown away is not forced to disk.

    Raises `WorkspaceError` (`engine_too_old`).
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        found, needed = sqlite3.sqlite_version, ".".join(map(str, _OLDEST))
        raise WorkspaceError("engine_too_old", engine="SQLite", found=found, needed=needed)
    return Dialect(
        name="sqlite",
        codec=_Codec(),
        expressions=_Expressions(),
        sessions=SqliteSessions(durable),
        table_options={},
        has_one_writer=True,
        indexing=Indexing(skips_empties=True, unites_branches="pages"),
        # Of 2,000 columns of a table, of an answer, and of what an UPDATE sets.
        room=Room(limits=(1_800,), columns=1_990, usual=(1,), sizes={INDEX: (0,)}),
        adds_one_by_one=True,
    )
