"""What MariaDB spells its own way: lists by `JSON_TABLE`, order by virtual columns."""

from __future__ import annotations

from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Integer,
    Numeric,
    SelectBase,
    Text,
    cast,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.mysql.base import MySQLCompiler
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import String, TypeDecorator, TypeEngine

from crmcore_sql.dialect import Condition, Expression, Parameter
from crmcore_sql.twins import cut_of

_COLLATED: Final = " COLLATE utf8mb4_nopad_bin"


class ListOf(TypeDecorator[Any]):
    """The type of a parameter that carries a list as JSON; `item` is that of one value."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item


class JsonTable(FunctionElement[Any]):
    """`JSON_TABLE` over a list, with a column for each of `columns`: name, type, path."""

    name = "json_table"
    inherit_cache = False

    def __init__(
        self, values: Expression, *columns: tuple[str, TypeEngine[Any], str], strict: bool = False
    ) -> None:
        """With `strict`, a value that is not of its type is an error, not NULL."""
        super().__init__(values)
        self.columns_of_list = columns
        self.otherwise = " ERROR ON ERROR" if strict else ""


@compiles(JsonTable)
def _json_table(element: JsonTable, compiler: SQLCompiler, **words: Any) -> str:
    (values,) = element.clauses
    spelled = compiler.dialect.type_compiler_instance.process
    quote = compiler.preparer.quote
    columns = ", ".join(
        f"{quote(name)} {spelled(kind)} PATH '{path}'{element.otherwise}"
        for name, kind, path in element.columns_of_list
    )
    return f"JSON_TABLE({compiler.process(values, **words)}, '$[*]' COLUMNS ({columns}))"


def divided(compiler: SQLCompiler, binary: Any, **words: Any) -> str:
    """A division of whole numbers without fractions."""
    left, right = compiler.process(binary.left, **words), compiler.process(binary.right, **words)
    return f"{left} DIV {right}"


class _Compiler(MySQLCompiler):
    """Whole numbers are divided exactly; a number that becomes a text compares as all do."""

    def visit_floordiv_binary(self, binary: Any, operator: Any, **words: Any) -> str:
        """Without fractions, which this engine rounds at four places."""
        return divided(self, binary, **words)

    def visit_cast(self, cast: Any, **words: Any) -> str:
        """In the one collation, whatever that of the connection is."""
        made = super().visit_cast(cast, **words)
        if not isinstance(cast.type, String):
            return made
        return f"{made.removesuffix(')')} CHARACTER SET utf8mb4){_COLLATED}"


class MariadbCompiling(MariaDBDialect):
    """Writes the statements."""

    statement_compiler = _Compiler
    supports_statement_cache = False


# Written out, not bound: engines divide and cut by bound numbers differently.
_ZERO: Final[Expression] = literal_column("0", Integer())
_LENGTH: Final[Expression] = literal_column("200", Integer())
_THOUSAND: Final[Expression] = literal_column("1000", Integer())
_MICROSECOND: Final[Expression] = literal_column("MICROSECOND", Integer())
_EPOCH: Final[Expression] = literal_column("'1970-01-01'", Text())
_MONTH: Final[Expression] = literal_column("'%Y-%m'", Text())


class MariadbExpressions:
    """Lists travel as JSON; NULL is the least as it is."""

    def order_key(self, key: Expression) -> Expression:
        """See `Expressions.order_key`."""
        twin = cut_of(key)
        return func.left(key, _LENGTH, type_=key.type) if twin is None else twin

    def contains(self, key: Expression, sought: Parameter) -> Condition:
        """See `Expressions.contains`."""
        return func.locate(sought, key, type_=Integer()) > _ZERO

    def begins(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """See `Expressions.begins`."""
        return func.left(key, length, type_=key.type) == sought

    def ends(self, key: Expression, sought: Parameter, length: Parameter) -> Condition:
        """See `Expressions.ends`."""
        return func.right(key, length, type_=key.type) == sought

    def among(self, column: Expression, values: Parameter, negated: bool = False) -> Condition:
        """See `Expressions.among`."""
        listed = select(_each(values))
        return column.not_in(listed) if negated else column.in_(listed)

    def among_to_update(self, column: Expression, values: Parameter) -> Condition:
        """See `Expressions.among_to_update`; as a join, which alone is driven by the list."""
        return column == _each(values)

    def selected(self, column: Expression, query: SelectBase) -> Condition:
        """See `Expressions.selected`."""
        return column.in_(query)

    def money_listed(
        self, amount: Expression, currency: Expression, values: Parameter
    ) -> Condition:
        """See `Expressions.money_listed`."""
        pairs = JsonTable(
            values, ("amount", BigInteger(), "$[0]"), ("currency", currency.type, "$[1]")
        ).table_valued("amount", "currency")
        return exists().where(pairs.c.amount == amount, pairs.c.currency == currency)

    def holds(self, codes: Expression, values: Parameter, how: Literal["all", "any"]) -> Condition:
        """See `Expressions.holds`."""
        if how == "all":
            return func.json_contains(codes, values, type_=Boolean())
        return func.json_overlaps(codes, values, type_=Boolean())

    def exact_sum(self, number: Expression) -> tuple[Expression, ...]:
        """See `Expressions.exact_sum`; of 64-bit numbers it is decimal, which never overflows."""
        return (func.sum(number, type_=Numeric()),)

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
        positive = amount + literal_column("1000000000000000000", BigInteger())
        width, zero = literal_column("19", Integer()), literal_column("'0'", Text())
        return func.lpad(cast(positive, Text), width, zero, type_=Text())

    def milliseconds(self, instant: Expression) -> Expression:
        """See `Expressions.milliseconds`."""
        found = func.timestampdiff(_MICROSECOND, _EPOCH, instant, type_=BigInteger())
        return found // _THOUSAND

    def day_number(self, day: Expression) -> Expression:
        """See `Expressions.day_number`."""
        return func.to_days(day, type_=Integer())

    def month_of_day(self, number: Expression) -> Expression:
        """See `Expressions.month_of_day`."""
        return func.date_format(func.from_days(number), _MONTH, type_=Text())

    def month_of_date(self, day: Expression) -> Expression:
        """See `Expressions.month_of_date`."""
        return func.date_format(day, _MONTH, type_=Text())


def _each(values: Expression) -> Expression:
    assert isinstance(values.type, ListOf)
    listed = JsonTable(values, ("v", values.type.item, "$")).table_valued("v")
    found: Expression = listed.c.v
    return found
