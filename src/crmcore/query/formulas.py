"""Arithmetic and functions of formulas: exact, total, empty where an operand is empty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from crmcore.errors import Invalid
from crmcore.query.arithmetic import calculate, rounded
from crmcore.query.bound import Apply, Arith

Function = Callable[..., Any]


def arithmetic(node: Arith) -> Function:
    """The function that computes `node` from its two operands."""
    operator, result = node.operator, node.kind.name

    def compute(left: Any, right: Any) -> object:
        if left is None or right is None:
            return None
        if result == "decimal":
            return calculate(operator, Decimal(left), Decimal(right))
        try:
            return _temporal(operator, left, right)
        except OverflowError:
            raise Invalid("number_too_large", value="…") from None

    return compute


def _temporal(operator: str, left: Any, right: Any) -> object:
    if isinstance(right, (int, Decimal)):
        right = timedelta(days=int(right))
    if operator == "+":
        return left + right
    difference = left - right
    if type(left) is date and type(right) is date:
        return difference.days
    return difference


def apply_function(node: Apply) -> Function:
    """The function that computes `node` from its arguments."""
    return _FUNCTIONS[node.function]


def _round(number: Any, digits: Any = 0) -> object:
    if number is None or digits is None or not -18 <= digits <= 18:
        return None
    return rounded(Decimal(number), int(digits))


def _present(function: Function) -> Function:
    def compute(*values: Any) -> object:
        return None if any(value is None for value in values) else function(*values)

    return compute


def _first(*values: Any) -> object:
    return next((value for value in values if value is not None), None)


def _best(choose: Function) -> Function:
    def compute(*values: Any) -> object:
        known = [value for value in values if value is not None]
        return choose(known) if known else None

    return compute


def _text(*values: Any) -> object:
    return "".join(str(value) for value in values if value is not None) or None


_FUNCTIONS: Final[dict[str, Function]] = {
    "round": _round,
    "abs": _present(abs),
    "min": _best(min),
    "max": _best(max),
    "if": lambda holds, yes, no: yes if holds else no,
    "coalesce": _first,
    "concat": _text,
    "length": _present(len),
    "year": _present(lambda day: day.year),
    "month": _present(lambda day: day.month),
    "day": _present(lambda day: day.day),
}
