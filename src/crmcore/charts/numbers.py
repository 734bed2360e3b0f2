"""Numbers of any size: where they stand on an axis, and how people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_FLOOR, Context, Decimal
from typing import Final

from attrs import frozen

from crmcore.errors import Language

Number = int | float | Decimal

# Wide enough for every Decimal; never raises, whatever it is given.
_EXACTLY: Final = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])
_STEPS: Final = tuple(map(Decimal, ("1", "2", "2.5", "5", "10")))
_WANTED_TICKS: Final = 5
_MOST_TICKS: Final = 20
_UNITS: Final[dict[Language, tuple[tuple[Decimal, str], ...]]] = {
    "zh": ((Decimal(10**8), "亿"), (Decimal(10**4), "万")),
    "en": ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**4), "K")),
}
_UNIT_SIZES: Final = {"K": Decimal(1000)}
_LARGEST_PLAIN: Final = 15
_SMALLEST_PLAIN: Final = -6
_LONGEST_EXACT: Final = 40
_LARGEST_EXPONENT: Final = 10**9


def finite(value: Number | None) -> Decimal | None:
    """`value` as a Decimal; `None` for what is missing, no number, or beyond 10^(10^9)."""
    if value is None:
        return None
    if isinstance(value, float):
        return Decimal(repr(float(value))) if math.isfinite(value) else None
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > _LARGEST_EXPONENT:
        return None
    return number


@frozen
class Scale:
    """An axis from `low` to `high` with a tick every `step`."""

    low: Decimal
    high: Decimal
    step: Decimal

    def at(self, value: Decimal) -> float:
        """Where `value` stands: 0 at `low`, 1 at `high`."""
        span = _EXACTLY.subtract(self.high, self.low)
        place = _EXACTLY.divide(_EXACTLY.subtract(value, self.low), span)
        return min(max(float(place), 0.0), 1.0) if place.is_finite() else 0.0

    def ticks(self) -> tuple[Decimal, ...]:
        """The values at which the axis is labeled."""
        found = [self.low]
        while (
            len(found) < _MOST_TICKS and (tick := _EXACTLY.add(found[-1], self.step)) <= self.high
        ):
            found.append(tick)
        return tuple(found)


def make_scale(values: Iterable[Decimal], from_zero: bool) -> Scale:
    """A scale with round ticks that holds all `values`, and zero if asked or not far."""
    known = list(values)
    low, high = (min(known), max(known)) if known else (Decimal(0), Decimal(0))
    span = _EXACTLY.subtract(high, low)
    far = max(low.copy_abs(), high.copy_abs())
    if from_zero or not span or _EXACTLY.multiply(span, Decimal(2)) >= far:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
        span = _EXACTLY.subtract(high, low)
    if not span:
        return Scale(Decimal(0), Decimal(1), Decimal(1))
    step = _round_step(_EXACTLY.divide(span, Decimal(_WANTED_TICKS)))
    if step < 1 and all(_is_whole(value) for value in known):
        step = Decimal(1)
    top = _multiple(high.copy_negate(), step).copy_negate()
    return Scale(_multiple(low, step), top, step)


def _round_step(wanted: Decimal) -> Decimal:
    exponent = wanted.adjusted()
    leading = wanted.scaleb(-exponent, _EXACTLY)
    chosen = next(step for step in _STEPS if leading <= step)
    return chosen.scaleb(exponent, _EXACTLY)


def _multiple(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`."""
    times = _EXACTLY.divide(value, step).to_integral_value(ROUND_FLOOR)
    return _EXACTLY.multiply(times, step)


def _is_whole(value: Decimal) -> bool:
    return value.adjusted() > _LARGEST_PLAIN or value == value.to_integral_value()


def compact(value: Decimal, language: Language) -> str:
    """`value` as short as people write it: `1,234.5`, `12.35万`, `1.2亿`, `3.4M`, `1.2E+30`."""
    size = value.copy_abs()
    if not value:
        return "0"
    if not _SMALLEST_PLAIN <= value.adjusted() <= _LARGEST_PLAIN:
        return _scientific(value, 3)
    for threshold, unit in _UNITS[language]:
        if size >= threshold:
            divided = _EXACTLY.divide(value, _UNIT_SIZES.get(unit, threshold))
            return _grouped(divided, 2) + unit
    return _grouped(value, 2 if size >= 1 else 2 - value.adjusted())


def exact(value: Decimal) -> str:
    """All digits of `value` with separators; beyond 40 of them in notation with E."""
    if abs(value.adjusted()) > _LONGEST_EXACT or len(value.as_tuple().digits) > _LONGEST_EXACT:
        return _scientific(value, 12)
    return f"{value:,f}"


def percent(part: Decimal, whole: Decimal) -> str | None:
    """`part` in hundredths of `whole`, with one decimal; `None` where that says nothing."""
    if whole <= 0 or part < 0:
        return None
    share = _EXACTLY.divide(_EXACTLY.multiply(part, Decimal(100)), whole)
    if share.adjusted() > _LARGEST_PLAIN:
        return None
    return _grouped(share, 1) + "%"


def _grouped(value: Decimal, places: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), context=_EXACTLY)
    shown = f"{rounded:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _scientific(value: Decimal, digits: int) -> str:
    rounded = Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[]).plus(value)
    return f"{rounded.normalize(_EXACTLY):E}"
