"""Constants calculated and compared before any record is looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from crmcore.errors import Invalid
from crmcore.kinds import order_key
from crmcore.query import ast
from crmcore.query.arithmetic import calculate
from crmcore.query.bind.constants import is_number, refused
from crmcore.query.bind.refusal import refusal
from crmcore.query.bound import FALSE, TRUE, Always, BoundComparator, BoundNode

_HOLDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


def fold(operator: str, left: object, right: object, node: ast.Node) -> object | None:
    """The constant that `left operator right` is; empty where an operand is empty.

    Raises `QueryError`: `not_comparable` where it means nothing, `constant_refused` where
    the result is too large.
    """
    if left is None or right is None:
        return None
    try:
        return _fold(operator, left, right)
    except Invalid as error:
        raise refused(error, getattr(node, "position", 0)) from None
    except (TypeError, OverflowError, ValueError):
        raise refusal("not_comparable", node, left=sort_of(left), right=sort_of(right)) from None


def _fold(operator: str, left: object, right: object) -> object | None:
    if is_number(left) and is_number(right):
        return _numbers(operator, Decimal(left), Decimal(right))  # type: ignore[arg-type]
    if operator not in ("+", "-"):
        raise TypeError
    if isinstance(left, date) and not isinstance(left, datetime) and type(right) is int:
        # As in formulas, a number moves a day by days.
        right = timedelta(days=right)
    if isinstance(left, (date, timedelta)) and isinstance(right, timedelta):
        if type(left) is date and right % timedelta(days=1):
            raise ValueError("a date moves by whole days")
        return left + right if operator == "+" else left - right
    if operator == "-" and isinstance(left, datetime) and isinstance(right, datetime):
        return left - right
    if operator == "-" and type(left) is date and type(right) is date:
        return (left - right).days
    raise TypeError


def _numbers(operator: str, left: Decimal, right: Decimal) -> Decimal | int | None:
    found = calculate(operator, left, right)
    if found is not None and found == found.to_integral_value() and abs(found) < 10**18:
        return int(found)
    return found


def compared(comparator: BoundComparator, left: object, right: object, node: ast.Node) -> BoundNode:
    """What a comparison of two constants comes to; raises `QueryError` (`not_comparable`)."""
    if left is None or right is None:
        return TRUE if comparator == "!=" else FALSE
    is_equality = comparator in ("==", "!=")
    sort = sort_of(left)
    if sort != sort_of(right) or (not is_equality and sort not in _ORDERED):
        raise refusal("not_comparable", node, left=sort, right=sort_of(right))
    if sort == "text" and not is_equality:
        left, right = _text_order(left), _text_order(right)
    try:
        return Always(_HOLDS[comparator](left, right))
    except TypeError:
        # A moment without a zone comes before and after nothing.
        raise refusal("not_comparable", node, left=sort, right=sort) from None


_ORDERED: Final = frozenset({"number", "text", "date", "datetime", "time", "duration"})


def _text_order(text: object) -> tuple[str, str]:
    assert isinstance(text, str)
    return order_key(text), text


def sort_of(value: object) -> str:
    """What people call the sort of a constant."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, Decimal)):
        return "number"
    names = {"str": "text", "timedelta": "duration", "tuple": "list", "dict": "money"}
    plain = type(value).__name__
    return names.get(plain, plain)
