"""Exact numbers: integer, decimal, money, percent, rating, score, and the boolean."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import ClassVar, Final

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape

INT64: Final = 2**63
MAX_DIGITS: Final = 18
_INPUT_LENGTH: Final = 60
_EXACT: Final = Context(prec=60, Emax=80, Emin=-80)
_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+", re.ASCII)


def exact_decimal(kind: Kind, value: object) -> Decimal | None:
    """`value` as an exact decimal of bounded size; raises `Invalid` through `kind`."""
    if type(value) is Decimal:
        number = value
    elif type(value) is int:
        if not -INT64 <= value < INT64:
            kind.refuse("number_too_large", "…")
        number = Decimal(value)
    elif isinstance(value, str):
        text = value.strip()
        if not text:
            return None
        if len(text) > _INPUT_LENGTH or _PLAIN.fullmatch(text) is None:
            kind.refuse("not_a_number", value)
        number = Decimal(text.replace(",", ""))
    elif isinstance(value, float):
        # The shortest text that names this float is what its author meant.
        number = Decimal(repr(value))
    else:
        kind.refuse("not_a_number", value)
    if not number.is_finite():
        kind.refuse("not_a_number", value)
    if number and not -40 < number.adjusted() < 25:
        kind.refuse("number_too_large", "…")
    return number


@frozen
class Integer(Kind):
    """A whole number of 64 bits, perhaps within `minimum` … `maximum`."""

    name: ClassVar[str] = "integer"
    shape: ClassVar[Shape] = "integer"
    minimum: int = -INT64
    maximum: int = INT64 - 1

    def normalize(self, value: object) -> int | None:
        if type(value) is not int:
            number = exact_decimal(self, value)
            if number is None:
                return None
            if number != number.to_integral_value():
                self.refuse("not_whole", value)
            value = int(number)
        if not self.minimum <= value <= self.maximum:
            self.refuse("out_of_range", value, minimum=self.minimum, maximum=self.maximum)
        return value

    @property
    def family(self) -> str:
        return "number"


@frozen
class DecimalKind(Kind):
    """An exact decimal of `scale` digits behind the point, at most 18 in all.

    Excess digits are refused unless `rounded`, which rounds half to even.
    """

    name: ClassVar[str] = "decimal"
    shape: ClassVar[Shape] = "scaled"
    digits: int = 2
    rounded: bool = False
    minimum: Decimal | None = None
    maximum: Decimal | None = None

    @property
    def scale(self) -> int:
        return self.digits

    def normalize(self, value: object) -> Decimal | None:
        number = exact_decimal(self, value)
        if number is None:
            return None
        fixed = fix_scale(self, number, self.digits, rounded=self.rounded)
        if (self.minimum is not None and fixed < self.minimum) or (
            self.maximum is not None and fixed > self.maximum
        ):
            low, high = self.minimum, self.maximum
            self.refuse("out_of_range", value, minimum=low, maximum=high)
        return fixed

    def to_json(self, value: object) -> object:
        return None if value is None else format(value, "f")

    @property
    def family(self) -> str:
        return "number"


def fix_scale(kind: Kind, number: Decimal, scale: int, *, rounded: bool = False) -> Decimal:
    """`number` with exactly `scale` digits behind the point; raises `Invalid` through `kind`."""
    try:
        fixed = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN, _EXACT)
    except InvalidOperation:
        kind.refuse("number_too_large", "…")
    if fixed != number and not rounded:
        kind.refuse("too_many_digits", number, scale=scale)
    if fixed and fixed.adjusted() + scale >= MAX_DIGITS:
        kind.refuse("number_too_large", number)
    return abs(fixed) if not fixed else fixed


@frozen
class Percent(DecimalKind):
    """A share in percent: 12 means 12 %."""

    name: ClassVar[str] = "percent"
    minimum: Decimal | None = Decimal(0)
    maximum: Decimal | None = Decimal(100)

    def normalize(self, value: object) -> Decimal | None:
        if isinstance(value, str):
            value = value.strip().removesuffix("%").removesuffix("\uff05")
        return super().normalize(value)


@frozen
class Rating(DecimalKind):
    """Stars from `minimum` to `maximum`, 1 to 5 unless declared."""

    name: ClassVar[str] = "rating"
    digits: int = 0
    minimum: Decimal | None = Decimal(1)
    maximum: Decimal | None = Decimal(5)


@frozen
class Score(DecimalKind):
    """Points from `minimum` to `maximum`, 0 to 100 unless declared."""

    name: ClassVar[str] = "score"
    digits: int = 0
    minimum: Decimal | None = Decimal(0)
    maximum: Decimal | None = Decimal(100)


@frozen
class Boolean(Kind):
    """`True` or `False`, and nothing that merely looks like it."""

    name: ClassVar[str] = "boolean"
    shape: ClassVar[Shape] = "boolean"

    def normalize(self, value: object) -> bool | None:
        if value is True or value is False:
            return value
        if isinstance(value, str) and not value.strip():
            return None
        self.refuse("not_boolean", value)
