"""What people write: expressions and questions as plain data, before any name is looked up.

Nodes compare by content; positions (code points from 0, for error messages) do not
take part. A node is no truth value: `a and b` in Python is refused, `a & b` of the
builder `f` is meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NoReturn
from typing import Literal as OneOf

from attrs import field, frozen

Constant = None | bool | int | Decimal | str | date | datetime | time | timedelta
"""What a literal may hold. A `float` is never one: decimals are exact."""

Comparator = OneOf["==", "!=", "<", "<=", ">", ">=", "in"]
Operator = OneOf["+", "-", "*", "/", "%"]
Connective = OneOf["and", "or"]

MAX_LENGTH: Final = 20_000
"""Code points of one expression in text form."""
MAX_DEPTH: Final = 32
MAX_TERMS: Final = 500
"""Leaves of one expression, list items not counted."""
MAX_LIST: Final = 10_000
MAX_DIGITS: Final = 40
"""Digits of one number in text form."""


class Node:
    """An expression. Refuses to be used as a Python truth value."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "an expression has no truth value; combine with & | ~ instead of and/or/not"
        )


def _nodes(items: Iterable[Node]) -> tuple[Node, ...]:
    return tuple(items)


def _names(items: str | Iterable[str]) -> tuple[str, ...]:
    """The names of a path: a label that has a dot itself is given in a tuple."""
    return tuple(items.split(".")) if isinstance(items, str) else tuple(items)


@frozen
class Value(Node):
    """A constant: `'华东'`, `100`, `1.5`, `true`, `null`, `30d`."""

    value: Constant
    position: int = field(default=0, eq=False, repr=False)

    # 1 == True == Decimal(1) in Python; as constants they differ.
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@frozen
class Name(Node):
    """A dotted path of names or labels: `amount`, `account.region`, `me.department`, `now`."""

    parts: tuple[str, ...] = field(converter=_names)
    position: int = field(default=0, eq=False, repr=False)


@frozen
class Items(Node):
    """A written list: `['A', 'B']`."""

    items: tuple[Node, ...] = field(converter=_nodes)
    position: int = field(default=0, eq=False, repr=False)


@frozen
class Not(Node):
    """The exact complement of its term."""

    term: Node
    position: int = field(default=0, eq=False, repr=False)


@frozen
class Logic(Node):
    """`and`/`or` over any number of terms; of nothing they are true and false."""

    connective: Connective
    terms: tuple[Node, ...] = field(converter=_nodes)
    position: int = field(default=0, eq=False, repr=False)


@frozen
class Compare(Node):
    """`left op right`; comparisons do not chain."""

    comparator: Comparator
    left: Node
    right: Node
    position: int = field(default=0, eq=False, repr=False)


@frozen
class Arithmetic(Node):
    """`left op right` with numbers, dates and durations. Negation is `0 - x`."""

    operator: Operator
    left: Node
    right: Node
    position: int = field(default=0, eq=False, repr=False)


@frozen
class Call(Node):
    """A function of the closed list: `contains(name, 'x')`, `exists(deals, stage == 'won')`.

    `name.contains('x')` in text form is the same call with the receiver as first argument.
    """

    function: str
    arguments: tuple[Node, ...] = field(converter=_nodes, default=())
    position: int = field(default=0, eq=False, repr=False)


@frozen
class OrderBy:
    """One term of an order: a dotted path, ascending unless `descending`.

    Empty sorts smallest; `empties="last"` moves empties behind everything else.
    """

    path: tuple[str, ...] = field(converter=_names)
    descending: bool = False
    empties: OneOf["smallest", "last"] = "smallest"


@frozen
class Query:
    """A list of records: which module, which of them, which columns, in which order."""

    module: str
    where: Node | None = None
    columns: tuple[tuple[str, ...], ...] = ()
    order: tuple[OrderBy, ...] = ()
    limit: int | None = None
    after: str | None = None


@frozen
class Bucket:
    """How a date or an instant is grouped: `unit` in `zone` (IANA; default the workspace's).

    Units: day, week (ISO), month, quarter, year, fiscal_year (first month `starts`),
    weekday (ISO 1–7), hour.
    """

    unit: str
    zone: str | None = None
    starts: int = 1


@frozen
class GroupBy:
    """One dimension of a summary: a dotted path (`account.region`, or its names in a tuple),
    perhaps bucketed, shown as `name`."""

    path: tuple[str, ...] = field(converter=_names)
    bucket: Bucket | None = None
    name: str | None = None


@frozen
class Measure:
    """One figure of a summary.

    `function`: count, count_distinct, sum, min, max, avg; `path` empty for plain count;
    `where` counts only what fulfils it.
    """

    function: str
    path: tuple[str, ...] = field(converter=_names, default=())
    where: Node | None = None
    name: str | None = None


@frozen
class Ratio:
    """A figure computed from two measures of the same summary, by their names."""

    numerator: str
    denominator: str
    name: str


@frozen
class Summary:
    """Groups and figures over the records of one module (the grain)."""

    module: str
    by: tuple[GroupBy, ...] = field(default=(), converter=tuple[GroupBy, ...])
    measures: tuple[Measure | Ratio, ...] = field(default=(), converter=tuple[Measure | Ratio, ...])
    where: Node | None = None
    order: tuple[OrderBy, ...] = field(default=(), converter=tuple[OrderBy, ...])
    limit: int | None = None
    total: bool = False
