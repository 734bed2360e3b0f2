"""PostgreSQL: native types where they keep a value exactly, `text COLLATE "C"` for every text.

Decimals and money are scaled to 64-bit integers (18 digits fit), instants are milliseconds,
sets are `text[]` under a GIN index. Lists travel as arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    SelectBase,
    Text,
    all_,
    any_,
    exists,
    func,
    literal_column,
)
from sqlalchemy import Dialect as Engine
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import TypeEngine

from crmcore.clock import from_milliseconds, to_milliseconds
from crmcore_sql import encodings
from crmcore_sql.dialect import Condition, Dialect, Expression, Indexing, Parameter
from crmcore_sql.forms import Form
from crmcore_sql.postgresql_bulk import Copy
from crmcore_sql.postgresql_sessions import PostgresqlSessions
from crmcore_sql.rooms import INDEX, Room

_TEXT: Final = Text(collation="C")
_NUMBER: Final = BigInteger()
_TYPES: Final[Mapping[Form, TypeEngine[Any]]] = {
    "integer": _NUMBER,
    "scaled": _NUMBER,
    "boolean": Boolean(),
    "date": Date(),
    "instant": _NUMBER,
    "minutes": _NUMBER,
    "milliseconds": _NUMBER,
    "amount": _NUMBER,
    "codes": ARRAY(_TEXT),
    "digest": LargeBinary(),
}
_LONGEST: Final = 400
"""Code points: 2,704 bytes of an entry, less those of a search key and an id."""

_WIDE: Final = (1, 16)
_ROOM: Final = Room(
    # Columns, dropped ones included, and bytes: a row fills at most a page, of 8,160 bytes.
    limits=(1_500, 7_000),
    columns=1_600,
    # Longer values leave their row for a pointer; shorter ones stay.
    usual=(1, 24),
    sizes={
        # Eight bytes, at most so many more to where such a number may begin.
        **dict.fromkeys(("integer", "scaled", "instant", "milliseconds"), _WIDE),
        **dict.fromkeys(("minutes", "amount"), _WIDE),
        "date": (1, 8),
        "boolean": (1, 1),
        INDEX: (0, 0),
    },
)


class _Codec:
    """What the driver takes and gives as it is needs no code."""

    names: Mapping[str, object] = {
        **encodings.NAMES,
        "list": list,
        "tuple": tuple,
        "milliseconds_of": to_milliseconds,
        "epoch": from_milliseconds(0),
    }

    def column_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.column_type`."""
        return _TYPES.get(form, _TEXT)

    def encoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.encoding`."""
        return {
            "instant": f"milliseconds_of({value})",
            "codes": f"list({value})",
        }.get(form) or encodings.encoding(form, scale, value)

    def decoding(self, form: Form, scale: int, value: str) -> str:
        """See `Codec.decoding`."""
        return {
            "instant": f"epoch + millisecond * {value}",
            "codes": f"tuple({value})",
        }.get(form) or encodings.decoding(form, scale, value)

    def list_type(self, form: Form) -> TypeEngine[Any]:
        """See `Codec.list_type`."""
        return ARRAY(_TEXT if form == "codes" else self.column_type(form))

    def list_encoding(self, items: str) -> str:
        """See `Codec.list_encoding`."""
        return items

    def sets_encoding(self, sets: str) -> str:
        """See `Codec.sets_encoding`: no array holds arrays of several lengths."""
        return f"[','.join(one) for one in {sets}]"

    def pairs_encoding(self, items: str) -> str:
        """See `Codec.pairs_encoding`."""
        return f"json_list({items})"


# Written out, not bound: the planner knows an indexed expression by its constants.
_ZERO: Final[Expression] = literal_column("0", Integer())
_ONE: Final[Expression] = literal_column("1", Integer())
_LENGTH: Final[Expression] = literal_column("200", Integer())
_COMMA: Final[Expression] = literal_column("','", Text())
_FIRST_DAY: Final[Expression] = literal_column("DATE '0001-01-01'", Date())
_BEFORE_FIRST_DAY: Final[Expression] = literal_column("366", Integer())
_MONTH: Final[Expression] = literal_column("'YYYY-MM'", Text())


class _Expressions:
    """Arrays for lists; NULL is the greatest here, so every order says that it is the least."""

    def order_key(self, key: Expression) -> Expression:
        """See `Expressions.order_key`."""
        return func.substr(key, _ONE, _LENGTH, type_=_TEXT)

    def contains(self, key: Expression, sought: Parameter) -> Condition:
        """See `Expressions.contains`."""
        return func.strpos(key, sought, type_=Integer()) > _ZERO

    def begins(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """See `Expressions.begins`."""
        return func.substr(key, _ONE, sql_cast(length, Integer), type_=_TEXT) == sought

    def ends(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """See `Expressions.ends`."""
        return func.right(key, sql_cast(length, Integer), type_=_TEXT) == sought

    def among(self, column: Expression, values: Parameter, negated: bool = False) -> Condition:
        """See `Expressions.among`."""
        if isinstance(column.type, ARRAY):
            column = func.array_to_string(column, _COMMA, type_=_TEXT)
        return column != all_(values) if negated else column == any_(values)

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
        pairs = func.json_array_elements(sql_cast(values, JSON))
        pair: Any = pairs.table_valued("value", joins_implicitly=True).c.value
        text = func.json_array_element_text
        return exists().where(
            sql_cast(text(pair, _ZERO, type_=Text()), BigInteger) == amount,
            text(pair, _ONE, type_=_TEXT) == currency,
        )

    def holds(self, codes: Expression, values: Parameter, how: Literal["all", "any"]) -> Condition:
        """See `Expressions.holds`."""
        return codes.bool_op("@>")(values) if how == "all" else codes.bool_op("&&")(values)

    def exact_sum(self, number: Expression) -> tuple[Expression, ...]:
        """See `Expressions.exact_sum`; of 64-bit numbers it is numeric, which never overflows."""
        return (func.sum(number, type_=Numeric()),)

    def extreme(self, which: Literal["min", "max"], values: Expression) -> Expression:
        """See `Expressions.extreme`; truth values have theirs under other names."""
        if isinstance(values.type, Boolean):
            both = func.bool_and if which == "min" else func.bool_or
            return both(values, type_=values.type)
        pick = func.min if which == "min" else func.max
        return pick(values, type_=values.type)

    def direction(self, value: Expression, descending: bool, nullable: bool) -> Expression:
        """See `Expressions.direction`."""
        found = value.desc() if descending else value.asc()
        if not nullable:
            return found
        return found.nulls_last() if descending else found.nulls_first()

    def index_part(self, value: Expression) -> Expression:
        """See `Expressions.index_part`."""
        return value.asc().nulls_first()

    def sortable_amount(self, amount: Expression) -> Expression:
        """See `Expressions.sortable_amount`."""
        positive = amount + literal_column("1000000000000000000", BigInteger())
        width, zero = literal_column("19", Integer()), literal_column("'0'", Text())
        return func.lpad(sql_cast(positive, Text), width, zero, type_=_TEXT)

    def milliseconds(self, instant: Expression) -> Expression:
        """See `Expressions.milliseconds`."""
        return instant

    def day_number(self, day: Expression) -> Expression:
        """See `Expressions.day_number`."""
        # The difference of two dates is a number here.
        days: Expression = sql_cast(day - _FIRST_DAY, Integer)
        return days + _BEFORE_FIRST_DAY

    def month_of_day(self, number: Expression) -> Expression:
        """See `Expressions.month_of_day`."""
        day = _FIRST_DAY + sql_cast(number - _BEFORE_FIRST_DAY, Integer)
        return func.to_char(sql_cast(day, DateTime), _MONTH, type_=Text())

    def month_of_date(self, day: Expression) -> Expression:
        """See `Expressions.month_of_date`."""
        return func.to_char(sql_cast(day, DateTime), _MONTH, type_=Text())


def _compiler() -> Engine:
    """Writes `%s`, which every driver for PostgreSQL understands."""
    return PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]


def postgresql(schema: str | None = None) -> Dialect:
    """PostgreSQL; tables stand in `schema`, `None` for the first one of the search path."""
    return Dialect(
        name="postgresql",
        codec=_Codec(),
        expressions=_Expressions(),
        sessions=PostgresqlSessions(schema),
        table_options={"schema": schema},
        has_one_writer=False,
        indexing=Indexing(
            skips_empties=False,
            longest=_LONGEST,
            long_text={"postgresql_using": "hash"},
            codes={"postgresql_using": "gin"},
            unites_branches="entries",
        ),
        room=_ROOM,
        compiler=_compiler(),
        bulk=Copy(),
    )
