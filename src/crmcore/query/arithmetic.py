"""Exact arithmetic of formulas: decimals of 28 significant digits, division half to even."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final

from crmcore.errors import Invalid

_CONTEXT: Final = Context(
    prec=28, rounding=ROUND_HALF_EVEN, Emax=60, Emin=-60, traps=[Overflow, InvalidOperation]
)
_CONTEXT.traps[DivisionByZero] = False


def calculate(operator: str, left: Decimal, right: Decimal) -> Decimal | None:
    """`left operator right`; by zero is empty, overflow is `Invalid`."""
    try:
        if operator == "+":
            return _CONTEXT.add(left, right)
        if operator == "-":
            return _CONTEXT.subtract(left, right)
        if operator == "*":
            return _CONTEXT.multiply(left, right)
        if not right:
            return None
        if operator == "/":
            return _CONTEXT.divide(left, right)
        return _CONTEXT.remainder(left, right)
    except (Overflow, InvalidOperation):
        raise Invalid("number_too_large", value="…") from None


def rounded(number: Decimal, digits: int) -> Decimal:
    """`number` with `digits` digits behind the point, half to even."""
    try:
        return number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, Context(prec=60))
    except InvalidOperation:
        raise Invalid("number_too_large", value="…") from None
