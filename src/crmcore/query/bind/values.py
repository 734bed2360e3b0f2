"""Operands: constants folded, parameters looked up, places resolved, formulas typed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from crmcore.errors import Invalid
from crmcore.kinds import Boolean, Date, DateTime, Duration, Kind, WallTime
from crmcore.query import ast
from crmcore.query.bind.constants import refused
from crmcore.query.bind.folding import fold
from crmcore.query.bind.functions import FUNCTIONS, NUMBER, TEXT, WHOLE, result_kind
from crmcore.query.bind.paths import Scope, resolve
from crmcore.query.bind.refusal import refusal, refuse_encrypted
from crmcore.query.bound import Apply, Arith, BoundNode, Const
from crmcore.schema.names import nearest

DATE: Final = Date()
INSTANT: Final = DateTime()
DURATION: Final = Duration()
BOOLEAN: Final = Boolean()
TIME: Final = WallTime()


CONDITIONS: Final = (
    "contains",
    "starts_with",
    "ends_with",
    "like",
    "contains_any",
    "contains_all",
    "is_empty",
    "exists",
    "all",
)
"""Functions that give a condition, and so stand in a formula as a boolean."""


class EmptyParameter(Exception):
    """A policy mentions a parameter without a value: it fails closed."""


@frozen
class Operand:
    """One side of a comparison: a place or formula (`node`, of `kind`), or a constant."""

    node: BoundNode | None
    kind: Kind | None
    value: object = None

    @property
    def constant_only(self) -> bool:
        """Whether this is a constant, known before any record is looked at."""
        return self.node is None


def operand(scope: Scope, node: ast.Node) -> Operand:
    """What `node` stands for; raises `QueryError`."""
    if isinstance(node, ast.Value):
        if isinstance(node.value, Decimal) and not node.value.is_finite():
            raise refusal("not_a_value", node)
        return Operand(None, None, node.value)
    if isinstance(node, ast.Name):
        return _name(scope, node)
    if isinstance(node, ast.Items):
        return Operand(None, None, items(scope, node))
    if isinstance(node, ast.Arithmetic):
        return _arithmetic(scope, node)
    if isinstance(node, ast.Call):
        return _call(scope, node)
    if scope.formula and isinstance(node, (ast.Compare, ast.Logic, ast.Not)):
        return Operand(scope.condition(scope, node), BOOLEAN)
    raise refusal("not_a_value", node)


def items(scope: Scope, node: ast.Items) -> tuple[object, ...]:
    """The constants of a written list; raises `QueryError` for anything else in it."""
    if len(node.items) > ast.MAX_LIST:
        raise refusal("list_too_long", node, limit=ast.MAX_LIST)
    found = [operand(scope, item) for item in node.items]
    for item, one in zip(node.items, found, strict=True):
        if not one.constant_only or isinstance(one.value, tuple):
            raise refusal("in_needs_constant", item)
    return tuple(one.value for one in found)


def _name(scope: Scope, node: ast.Name) -> Operand:
    name = ".".join(node.parts)
    parameter = scope.reader.parameters.get(name)
    if parameter is not None:
        if scope.policy and _is_empty(parameter.value):
            raise EmptyParameter
        return Operand(None, None, parameter.value)
    if node.parts and node.parts[0] == "me":
        known = [name for name in scope.reader.parameters if name.startswith("me")]
        suggestion = nearest(name, known)
        raise refusal(
            "unknown_parameter", node, name=name, known=", ".join(known), suggestion=suggestion
        )
    ref = resolve(scope, node.parts, node.position)
    if scope.formula:
        # What is computed of it would lie open.
        refuse_encrypted(ref, node)
    return Operand(ref, ref.kind)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, tuple) and all(one is None for one in value))


def _arithmetic(scope: Scope, node: ast.Arithmetic) -> Operand:
    left, right = operand(scope, node.left), operand(scope, node.right)
    if left.constant_only and right.constant_only:
        return Operand(None, None, fold(node.operator, left.value, right.value, node))
    if not scope.formula:
        raise refusal("arithmetic_on_fields", node)
    left_kind, right_kind = _kind(left, node), _kind(right, node)
    kind = _result(node.operator, left_kind, right_kind)
    if kind is None:
        raise refusal("not_comparable", node, left=left_kind.name, right=right_kind.name)
    return Operand(Arith(node.operator, _node(left, node), _node(right, node), kind), kind)


def _node(found: Operand, at: ast.Node) -> BoundNode:
    return found.node if found.node is not None else Const(found.value, _kind(found, at))


_KINDS: Final[tuple[tuple[type, Kind], ...]] = (
    (bool, BOOLEAN),
    (int, NUMBER),
    (Decimal, NUMBER),
    (datetime, INSTANT),
    (date, DATE),
    (timedelta, DURATION),
    (time, TIME),
    (str, TEXT),
)


def _kind(found: Operand, at: ast.Node) -> Kind:
    if found.kind is not None:
        return found.kind
    if found.value is None:
        return NUMBER
    for sort, kind in _KINDS:
        if isinstance(found.value, sort):
            return kind
    raise refusal("not_a_value", at)


def _result(operator: str, left: Kind, right: Kind) -> Kind | None:
    """The kind of `left operator right`; `None` where it means nothing."""
    families = (left.family, right.family)
    if families == ("number", "number"):
        return NUMBER
    if operator == "+" and families == ("text", "text"):
        return TEXT
    if operator == "-" and families == ("date", "date"):
        return WHOLE
    if operator == "-" and families == ("datetime", "datetime"):
        return DURATION
    if operator in "+-" and families == ("duration", "duration"):
        return DURATION
    if operator in "+-" and families[1] == "duration" and families[0] in ("date", "datetime"):
        return DATE if families[0] == "date" else INSTANT
    if operator in "+-" and families == ("date", "number"):
        return DATE
    return None


def _call(scope: Scope, node: ast.Call) -> Operand:
    if node.function == "money":
        return Operand(None, None, _money(scope, node))
    if node.function == "date":
        return Operand(None, None, _date(scope, node))
    if node.function in CONDITIONS:
        if not scope.formula:
            raise refusal("not_a_value", node)
        return Operand(scope.condition(scope, node), BOOLEAN)
    if node.function == "count":
        # A count stands beside a comparator and a number, and nowhere else.
        raise refusal("needs_relation", node, function=node.function)
    known = FUNCTIONS.get(node.function)
    if known is None:
        names = [*FUNCTIONS, *CONDITIONS, "count", "date", "money"]
        suggestion = nearest(node.function, names)
        raise refusal("unknown_function", node, name=node.function, suggestion=suggestion)
    if not scope.formula:
        raise refusal("arithmetic_on_fields", node)
    if not known.least <= len(node.arguments) <= known.most:
        raise refusal("argument_count", node, function=node.function, count=known.least)
    found = [operand(scope, argument) for argument in node.arguments]
    kinds = [None if one.constant_only and one.value is None else _kind(one, node) for one in found]
    result = result_kind(node.function, kinds, node)
    return Operand(Apply(node.function, tuple(_node(one, node) for one in found), result), result)


def _constant_arguments(scope: Scope, node: ast.Call, count: int) -> list[object]:
    if len(node.arguments) != count:
        raise refusal("argument_count", node, function=node.function, count=count)
    found = [operand(scope, argument) for argument in node.arguments]
    if not all(one.constant_only for one in found):
        raise refusal("in_needs_constant", node)
    return [one.value for one in found]


def _money(scope: Scope, node: ast.Call) -> object:
    amount, currency = _constant_arguments(scope, node, 2)
    return None if amount is None else {"amount": amount, "currency": currency}


def _date(scope: Scope, node: ast.Call) -> object:
    (given,) = _constant_arguments(scope, node, 1)
    try:
        return DATE.normalize(given)
    except Invalid as error:
        raise refused(error, node.position) from None
