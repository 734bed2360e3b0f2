"""Expressions built in Python: `(f.amount > 100) & f.account.region.contains("华")`.

`f` makes the same tree as the text form. Names that clash with a method are reached with
brackets: `f["count"]`, `f.account["contains"]`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NoReturn

from crmcore.errors import QueryError
from crmcore.query.ast import (
    Arithmetic,
    Call,
    Comparator,
    Compare,
    Connective,
    Items,
    Logic,
    Name,
    Node,
    Not,
    Operator,
    Value,
)
from crmcore.query.constants import constant
from crmcore.query.constants import name as checked_name
from crmcore.query.text import parse, print_expression
from crmcore.query.text.parser import flattened


class Expression:
    """A tree under construction; `node` is the plain data.

    Python's operators build: `== != < <= > >= & | ~ + - * / %`. An expression has no truth
    value and no hash. Constants must be exact: a float raises `QueryError`.
    """

    __slots__ = ("node",)
    node: Node

    def __init__(self, node: Node) -> None:
        self.node = node

    def in_(self, items: object) -> Expression:
        """Whether this is one of `items` (an iterable, or a field that holds a set)."""
        right = items if isinstance(items, (Expression, Node)) else _listed(items)
        return _compare("in", self, right)

    def has(self, item: object) -> Expression:
        """Whether this set contains `item`."""
        return _compare("in", item, self)

    def contains(self, part: object) -> Expression:
        """Whether this text contains `part`, as people search; or this set the item."""
        return _call("contains", self, part)

    def starts_with(self, part: object) -> Expression:
        """Whether this text begins with `part`, as people search."""
        return _call("starts_with", self, part)

    def ends_with(self, part: object) -> Expression:
        """Whether this text ends with `part`, as people search."""
        return _call("ends_with", self, part)

    def like(self, text: object) -> Expression:
        """Whether this text is `text`, but for case, width, accents and blanks."""
        return _call("like", self, text)

    def contains_any(self, items: Iterable[object]) -> Expression:
        """Whether this set contains at least one of `items`."""
        return _call("contains_any", self, _listed(items))

    def contains_all(self, items: Iterable[object]) -> Expression:
        """Whether this set contains every one of `items`."""
        return _call("contains_all", self, _listed(items))

    def is_empty(self) -> Expression:
        """Whether nothing stands there: the same as `x == null`."""
        return _compare("==", self, None)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return _compare("==", self, other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return _compare("!=", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: object) -> Expression:
        return _compare("<", self, other)

    def __le__(self, other: object) -> Expression:
        return _compare("<=", self, other)

    def __gt__(self, other: object) -> Expression:
        return _compare(">", self, other)

    def __ge__(self, other: object) -> Expression:
        return _compare(">=", self, other)

    def __and__(self, other: object) -> Expression:
        return _logic("and", (self, other))

    def __rand__(self, other: object) -> Expression:
        return _logic("and", (other, self))

    def __or__(self, other: object) -> Expression:
        return _logic("or", (self, other))

    def __ror__(self, other: object) -> Expression:
        return _logic("or", (other, self))

    def __invert__(self) -> Expression:
        return Expression(Not(self.node))

    def __add__(self, other: object) -> Expression:
        return _arithmetic("+", self, other)

    def __radd__(self, other: object) -> Expression:
        return _arithmetic("+", other, self)

    def __sub__(self, other: object) -> Expression:
        return _arithmetic("-", self, other)

    def __rsub__(self, other: object) -> Expression:
        return _arithmetic("-", other, self)

    def __mul__(self, other: object) -> Expression:
        return _arithmetic("*", self, other)

    def __rmul__(self, other: object) -> Expression:
        return _arithmetic("*", other, self)

    def __truediv__(self, other: object) -> Expression:
        return _arithmetic("/", self, other)

    def __rtruediv__(self, other: object) -> Expression:
        return _arithmetic("/", other, self)

    def __mod__(self, other: object) -> Expression:
        return _arithmetic("%", self, other)

    def __rmod__(self, other: object) -> Expression:
        return _arithmetic("%", other, self)

    def __neg__(self) -> Expression:
        return _arithmetic("-", 0, self)

    def __bool__(self) -> NoReturn:
        raise TypeError("an expression has no truth value; write & | ~ for and, or, not")

    def __contains__(self, item: object) -> NoReturn:
        raise TypeError("write field.has(item) or field.in_(items), not `in`")

    def __iter__(self) -> NoReturn:
        raise TypeError("an expression cannot be iterated over")

    def __repr__(self) -> str:
        try:
            return f"Expression({print_expression(self.node)})"
        except QueryError:
            return f"Expression({self.node!r})"


class Path(Expression):
    """A dotted path of names or labels: `f.account.region`, `f["客户"]["区域"]`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Path:
        name = _attribute(name)
        return _path(self.node, name)

    def __getitem__(self, name: str) -> Path:
        return _path(self.node, name)


class Fields:
    """Where paths begin, and the functions that belong to no field; use the one `f`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Path:
        return _path(None, _attribute(name))

    def __getitem__(self, name: str) -> Path:
        return _path(None, name)

    def exists(self, relation: str | Path, condition: object = None) -> Expression:
        """Whether a record of the child relation fulfils `condition` (default: any at all)."""
        return _over("exists", relation, condition)

    def all(self, relation: str | Path, condition: object) -> Expression:
        """Whether every record of the child relation fulfils `condition`."""
        return _over("all", relation, condition)

    def count(self, relation: str | Path, condition: object = None) -> Expression:
        """How many records of the child relation fulfil `condition`."""
        return _over("count", relation, condition)

    def call(self, function: str, *arguments: object) -> Expression:
        """Any function of the language by its name: `f.call("round", f.amount, 2)`."""
        return _call(function, *arguments)

    def value(self, value: object) -> Expression:
        """A constant as an expression: `f.value(1) / f.rate`."""
        return Expression(_node(value))


f: Final = Fields()
"""The beginning of every built expression."""


def all_of(*conditions: object) -> Expression:
    """A condition that holds where all hold; of nothing it is true."""
    return _logic("and", conditions)


def any_of(*conditions: object) -> Expression:
    """A condition that holds where at least one holds; of nothing it is false."""
    return _logic("or", conditions)


def to_node(condition: str | Expression | Node) -> Node:
    """The tree of a condition given as text, as built with `f`, or as a tree already."""
    if isinstance(condition, str):
        return parse(condition)
    return condition.node if isinstance(condition, Expression) else condition


def _attribute(name: str) -> str:
    # What Python, copying and notebooks look for on any object is no field.
    if name.startswith("_") or name == "node":
        raise AttributeError(name)
    return name


def _path(start: Node | None, name: str) -> Path:
    if not isinstance(name, str):
        raise TypeError("a field is named by a string")
    parts = start.parts if isinstance(start, Name) else ()
    return Path(Name((*parts, checked_name(name))))


def _node(value: object) -> Node:
    if isinstance(value, Expression):
        return value.node
    if isinstance(value, Node):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return _listed(value)
    return Value(constant(value))


def _listed(items: object) -> Items:
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise QueryError("list_expected", found=items)
    nodes = [_node(item) for item in items]
    # A set has no order; the same set must make the same tree.
    unordered = isinstance(items, (set, frozenset))
    return Items(sorted(nodes, key=repr) if unordered else nodes)


def _compare(comparator: Comparator, left: object, right: object) -> Expression:
    return Expression(Compare(comparator, _node(left), _node(right)))


def _arithmetic(operator: Operator, left: object, right: object) -> Expression:
    return Expression(Arithmetic(operator, _node(left), _node(right)))


def _call(function: str, *arguments: object) -> Expression:
    return Expression(Call(function, tuple(map(_node, arguments))))


def _over(function: str, relation: str | Path, condition: object) -> Expression:
    path = relation if isinstance(relation, Path) else _path(None, relation)
    return _call(function, path, *(() if condition is None else (condition,)))


def _logic(connective: Connective, conditions: tuple[object, ...]) -> Expression:
    nodes = [_condition(one) for one in conditions]
    if len(nodes) == 1:
        return Expression(nodes[0])
    return Expression(Logic(connective, flattened(connective, nodes)))


def _condition(value: object) -> Node:
    # `f.a > 1 & f.b < 2` means `f.a > (1 & f.b) < 2` to Python: a constant gives it away.
    if not isinstance(value, (Expression, Node, bool)):
        raise QueryError("condition_expected", found=value)
    return _node(value)
