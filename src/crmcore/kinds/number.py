"""Exact numbers: integer, decimal, percent, rating, score, and the boolean."""

from __future__ import annotations

import re
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import ClassVar, Final

from attrs import field, frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.plain import plain_decimal, plain_int, plain_str

INT64: Final = 2**63
MAX_DIGITS: Final = 18
QUANTA: Final = tuple(Decimal(1).scaleb(-scale) for scale in range(MAX_DIGITS + 1))
"""One unit in the last place of each scale."""

_INPUT_LENGTH: Final = 60
EXACT: Final = Context(
    prec=60,
    rounding=ROUND_HALF_EVEN,
    Emin=-80,
    Emax=80,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Never the context of the host: that may round, or trap what is no error here."""

_PLAIN = re.compile(r"[+-]?(?:(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+)", re.ASCII)


def exact_decimal(kind: Kind, value: object) -> Decimal | None:
    """`value` as an exact decimal of bounded size; raises `Invalid` through `kind`."""
    whole = plain_int(value)
    if whole is not None:
        return Decimal(whole) if -INT64 <= whole < INT64 else kind.refuse("number_too_large", "…")
    number = plain_decimal(value)
    if number is None:
        text = plain_str(value)
        if text is None:
            return None if value is None else kind.refuse("not_a_number", value)
        text = text.strip()
        if not text:
            return None
        if len(text) > _INPUT_LENGTH or _PLAIN.fullmatch(text) is None:
            kind.refuse("not_a_number", text)
        number = Decimal(text.replace(",", ""))
    elif not number.is_finite():
        kind.refuse("not_a_number", value)
    if not number:
        return Decimal(0)
    if not -40 < number.adjusted() < 25:
        kind.refuse("number_too_large", "…")
    return number


@frozen
class Integer(Kind):
    """A whole number of 64 bits, perhaps within `minimum` … `maximum`."""

    name: ClassVar[str] = "integer"
    shape: ClassVar[Shape] = "integer"
    minimum: int = -INT64
    maximum: int = INT64 - 1

    def __attrs_post_init__(self) -> None:
        numbers = type(self.minimum) is int and type(self.maximum) is int
        holds = numbers and -INT64 <= self.minimum <= self.maximum < INT64
        self.demand(holds, "minimum … maximum", "a range of 64-bit integers")

    def normalize(self, value: object) -> int | None:
        if type(value) is not int:
            number = exact_decimal(self, value)
            if number is None:
                return None
            if number != number.to_integral_value(ROUND_HALF_EVEN, EXACT):
                self.refuse("not_whole", value)
            value = int(number)
        if not self.minimum <= value <= self.maximum:
            self.refuse("out_of_range", value, minimum=self.minimum, maximum=self.maximum)
        return value

    @property
    def family(self) -> str:
        return "number"


def _bound(given: object) -> Decimal | None:
    """A declared limit: a decimal, or a whole number or text that names one."""
    return given if given is None or type(given) is Decimal else exact_decimal(Integer(), given)


@frozen
class DecimalKind(Kind):
    """An exact decimal of `scale` digits behind the point, at most 18 in all.

    Excess digits are refused unless `rounded`, which rounds half to even.
    """

    name: ClassVar[str] = "decimal"
    shape: ClassVar[Shape] = "scaled"
    digits: int = 2
    rounded: bool = False
    minimum: Decimal | None = field(default=None, converter=_bound)
    maximum: Decimal | None = field(default=None, converter=_bound)

    def __attrs_post_init__(self) -> None:
        known = type(self.digits) is int and 0 <= self.digits <= MAX_DIGITS
        self.demand(known, "digits", f"0 to {MAX_DIGITS}")
        low, high = self.minimum, self.maximum
        limits = [limit for limit in (low, high) if limit is not None]
        finite = all(limit.is_finite() and abs(limit.adjusted()) < 40 for limit in limits)
        ordered = not finite or low is None or high is None or low <= high
        self.demand(finite and ordered, "minimum … maximum", "a range of numbers")

    @property
    def scale(self) -> int:
        return self.digits

    def normalize(self, value: object) -> Decimal | None:
        scale = self.digits
        if (
            type(value) is Decimal
            and value
            and value.same_quantum(QUANTA[scale])
            and value.adjusted() + scale < MAX_DIGITS
        ):
            fixed = value
        else:
            number = exact_decimal(self, value)
            if number is None:
                return None
            fixed = fix_scale(self, number, scale, rounded=self.rounded)
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
        fixed = number.quantize(QUANTA[scale], ROUND_HALF_EVEN, EXACT)
    except InvalidOperation:
        kind.refuse("number_too_large", "…")
    if fixed != number and not rounded:
        kind.refuse("too_many_digits", number, scale=scale)
    if not fixed:
        return fixed.copy_abs()
    if fixed.adjusted() + scale >= MAX_DIGITS:
        kind.refuse("number_too_large", number)
    return fixed


@frozen
class Percent(DecimalKind):
    """A share in percent: 12 means 12 %."""

    name: ClassVar[str] = "percent"
    minimum: Decimal | None = field(default=Decimal(0), converter=_bound)
    maximum: Decimal | None = field(default=Decimal(100), converter=_bound)

    def normalize(self, value: object) -> Decimal | None:
        text = plain_str(value)
        if text is not None:
            text = text.strip()
            if text.endswith(("%", "\uff05")):
                number = text[:-1].strip()
                return super().normalize(number or self.refuse("not_a_number", text))
        return super().normalize(value)


@frozen
class Rating(DecimalKind):
    """Stars from `minimum` to `maximum`, 1 to 5 unless declared."""

    name: ClassVar[str] = "rating"
    digits: int = 0
    minimum: Decimal | None = field(default=Decimal(1), converter=_bound)
    maximum: Decimal | None = field(default=Decimal(5), converter=_bound)


@frozen
class Score(DecimalKind):
    """Points from `minimum` to `maximum`, 0 to 100 unless declared."""

    name: ClassVar[str] = "score"
    digits: int = 0
    minimum: Decimal | None = field(default=Decimal(0), converter=_bound)
    maximum: Decimal | None = field(default=Decimal(100), converter=_bound)


@frozen
class Boolean(Kind):
    """`True` or `False`, and nothing that merely looks like it."""

    name: ClassVar[str] = "boolean"
    shape: ClassVar[Shape] = "boolean"

    def normalize(self, value: object) -> bool | None:
        if value is True or value is False:
            return value
        if value is None:
            return None
        text = plain_str(value)
        if text is not None and not text.strip():
            return None
        return self.refuse("not_boolean", value)
