"""Operands: constants folded, parameters looked up, places resolved, formulas typed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NoReturn

from attrs import frozen

from crmcore.errors import QueryError
from crmcore.kinds import (
    Boolean,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Integer,
    Kind,
    LongText,
    Text,
)
from crmcore.query import ast
from crmcore.query.arithmetic import calculate
from crmcore.query.bind.paths import Scope, resolve
from crmcore.query.bound import Apply, Arith, BoundNode, Const
from crmcore.schema.names import nearest

NUMBER: Final = DecimalKind(digits=18)
TEXT: Final = LongText()
DATE: Final = Date()
INSTANT: Final = DateTime()
DURATION: Final = Duration()
WHOLE: Final = Integer()
BOOLEAN: Final = Boolean()


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


def _fail(code: str, node: ast.Node, **params: object) -> NoReturn:
    raise QueryError(code, position=getattr(node, "position", 0), **params)


def operand(scope: Scope, node: ast.Node) -> Operand:
    """What `node` stands for; raises `QueryError`."""
    if isinstance(node, ast.Value):
        return Operand(None, None, node.value)
    if isinstance(node, ast.Name):
        return _name(scope, node)
    if isinstance(node, ast.Items):
        return Operand(None, None, tuple(operand(scope, item).value for item in node.items))
    if isinstance(node, ast.Arithmetic):
        return _arithmetic(scope, node)
    if isinstance(node, ast.Call):
        return _function(scope, node)
    if scope.formula and isinstance(node, (ast.Compare, ast.Logic, ast.Not)):
        return Operand(scope.condition(scope, node), BOOLEAN)
    _fail("not_a_value", node)


def _name(scope: Scope, node: ast.Name) -> Operand:
    parameter = scope.reader.parameters.get(".".join(node.parts))
    if parameter is not None:
        if parameter.value is None and scope.policy:
            raise EmptyParameter
        return Operand(None, None, parameter.value)
    if node.parts[0] == "me":
        known = ", ".join(name for name in scope.reader.parameters if name.startswith("me"))
        _fail("unknown_parameter", node, name=".".join(node.parts), known=known)
    ref = resolve(scope, node.parts, node.position)
    return Operand(ref, ref.kind)


def _arithmetic(scope: Scope, node: ast.Arithmetic) -> Operand:
    left, right = operand(scope, node.left), operand(scope, node.right)
    if left.constant_only and right.constant_only:
        return Operand(None, None, fold(node.operator, left.value, right.value, node))
    if not scope.formula:
        _fail("arithmetic_on_fields", node)
    left_kind, right_kind = _kind(left, node), _kind(right, node)
    kind = _result(node.operator, left_kind, right_kind)
    if kind is None:
        _fail("not_comparable", node, left=left_kind.name, right=right_kind.name)
    return Operand(Arith(node.operator, _node(left, node), _node(right, node), kind), kind)


def _node(found: Operand, at: ast.Node) -> BoundNode:
    return found.node if found.node is not None else Const(found.value, _kind(found, at))


def _kind(found: Operand, at: ast.Node) -> Kind:
    if found.kind is not None:
        return found.kind
    value = found.value
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, (int, Decimal)) or value is None:
        return NUMBER
    if isinstance(value, datetime):
        return INSTANT
    if isinstance(value, date):
        return DATE
    if isinstance(value, timedelta):
        return DURATION
    if isinstance(value, str):
        return TEXT
    _fail("not_a_value", at)


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


def fold(operator: str, left: object, right: object, node: ast.Node) -> object | None:
    """The constant that `left operator right` is; empty where an operand is empty."""
    if left is None or right is None:
        return None
    try:
        return _fold(operator, left, right)
    except (TypeError, OverflowError, ValueError):
        _fail("not_comparable", node, left=type(left).__name__, right=type(right).__name__)


def _fold(operator: str, left: object, right: object) -> object | None:
    if isinstance(left, bool) or isinstance(right, bool):
        raise TypeError
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return _fold_numbers(operator, Decimal(left), Decimal(right))
    if isinstance(left, date) and isinstance(right, timedelta) and operator in "+-":
        if not isinstance(left, datetime) and right % timedelta(days=1):
            raise ValueError("a date moves by whole days")
        return left + right if operator == "+" else left - right
    if isinstance(left, timedelta) and isinstance(right, timedelta) and operator in "+-":
        return left + right if operator == "+" else left - right
    raise TypeError


def _fold_numbers(operator: str, left: Decimal, right: Decimal) -> Decimal | int | None:
    found = calculate(operator, left, right)
    if found is not None and found == found.to_integral_value() and abs(found) < 10**18:
        return int(found)
    return found


_FUNCTIONS: Final[dict[str, tuple[tuple[int, int], Kind | None]]] = {
    "round": ((1, 2), NUMBER),
    "abs": ((1, 1), NUMBER),
    "min": ((2, 20), None),
    "max": ((2, 20), None),
    "if": ((3, 3), None),
    "coalesce": ((2, 20), None),
    "concat": ((1, 20), TEXT),
    "length": ((1, 1), WHOLE),
    "year": ((1, 1), WHOLE),
    "month": ((1, 1), WHOLE),
    "day": ((1, 1), WHOLE),
}
"""Functions of formulas: how many arguments, and the kind of the result (`None`: theirs)."""


def _function(scope: Scope, node: ast.Call) -> Operand:
    if node.function == "money" and len(node.arguments) == 2:
        amount, currency = (operand(scope, argument) for argument in node.arguments)
        if amount.constant_only and currency.constant_only:
            return Operand(None, None, {"amount": amount.value, "currency": currency.value})
    if node.function == "date" and len(node.arguments) == 1:
        return Operand(None, None, DATE.normalize(operand(scope, node.arguments[0]).value))
    known = _FUNCTIONS.get(node.function)
    if known is None:
        names = [*_FUNCTIONS, "contains", "starts_with", "ends_with", "exists", "count", "all"]
        _fail(
            "unknown_function", node, name=node.function, suggestion=nearest(node.function, names)
        )
    if not scope.formula:
        _fail("arithmetic_on_fields", node)
    (least, most), kind = known
    if not least <= len(node.arguments) <= most:
        _fail("argument_count", node, function=node.function, count=least)
    found = [operand(scope, argument) for argument in node.arguments]
    results = found[1:] if node.function == "if" else found
    result = kind if kind is not None else _common_kind(results, node)
    if node.function == "if" and _kind(found[0], node).name != "boolean":
        _fail("not_a_condition", node)
    return Operand(Apply(node.function, tuple(_node(one, node) for one in found), result), result)


def _common_kind(found: list[Operand], node: ast.Node) -> Kind:
    kinds = [_kind(one, node) for one in found if one.value is not None or one.node is not None]
    if not kinds:
        return NUMBER
    if any(kind.family != kinds[0].family for kind in kinds):
        _fail("not_comparable", node, left=kinds[0].name, right=kinds[-1].name)
    family = kinds[0].family
    if family == "number":
        return NUMBER
    return TEXT if isinstance(kinds[0], (Text, LongText)) else kinds[0]
