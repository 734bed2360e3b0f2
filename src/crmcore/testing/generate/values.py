"""Generated values: any normal form of a kind, of any size."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Final

from crmcore.clock import from_milliseconds, to_milliseconds
from crmcore.errors import Invalid
from crmcore.kinds import DecimalKind, Integer, Kind, Money
from crmcore.kinds.temporal import FIRST_INSTANT, LAST_INSTANT
from crmcore.testing.choices import Choices

_FIRST: Final = to_milliseconds(FIRST_INSTANT)
_SPAN: Final = to_milliseconds(LAST_INSTANT) - _FIRST + 1
_DAYS: Final = date.max.toordinal()
_LONGEST: Final = 10**15
_RANGES: Final = (
    (0x20, 0x7E),
    (0xA1, 0x24F),
    (0x370, 0x3FF),
    (0x400, 0x4FF),
    (0x5D0, 0x5EA),
    (0x600, 0x6FF),
    (0x900, 0x97F),
    (0xE00, 0xE7F),
    (0x2000, 0x206F),
    (0x3040, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xFF00, 0xFFEF),
    (0x1F300, 0x1F6FF),
    (0x20000, 0x2A6DF),
)


def another(choices: Choices, kind: Kind, known: tuple[Any, ...]) -> Any:
    """A value of `kind` in normal form; one of `known` where no other can be made up."""
    if choices.chance(20):
        return choices.pick(known)
    try:
        made = kind.normalize(_raw(choices, kind, known))
    except Invalid:
        made = None
    return choices.pick(known) if made is None else made


def _raw(choices: Choices, kind: Kind, known: tuple[Any, ...]) -> Any:
    """What might be a value of `kind`."""
    if kind.shape == "text" and kind.family == "text":
        return any_text(choices, 40)
    if isinstance(kind, Integer):
        return _whole(choices, 63)
    if isinstance(kind, DecimalKind):
        return Decimal(_whole(choices, 59)).scaleb(-kind.scale)
    if kind.shape == "money":
        return Money(Decimal(_whole(choices, 59)).scaleb(-4), choices.pick(("CNY", "USD", "JPY")))
    if kind.shape == "date":
        return date.fromordinal(1 + choices.below(_DAYS))
    if kind.shape == "instant":
        return from_milliseconds(_FIRST + choices.below(_SPAN))
    if kind.shape == "minutes":
        return time(choices.below(24), choices.below(60))
    if kind.shape == "milliseconds":
        return timedelta(milliseconds=choices.below(2 * _LONGEST + 1) - _LONGEST)
    if kind.shape == "json":
        return _json(choices, 3)
    return choices.pick(known)


def any_text(choices: Choices, most: int) -> str:
    """Up to `most` characters of any writing, not in normal form."""
    ranges = [choices.pick(_RANGES) for _ in range(2)]
    picked = (choices.pick(ranges) for _ in range(choices.between(1, most)))
    return "".join(chr(choices.between(first, last)) for first, last in picked)


def _whole(choices: Choices, bits: int) -> int:
    size = 1 << choices.between(1, bits)
    return choices.below(2 * size - 1) - (size - 1)


def _json(choices: Choices, depth: int) -> Any:
    sort = choices.below(7 if depth else 5)
    if sort == 0:
        return choices.pick((None, True, False))
    if sort < 3:
        return _whole(choices, 70) if sort == 1 else choices.below(10**6) / 64
    if sort < 5:
        return any_text(choices, 10)
    if sort == 5:
        return [_json(choices, depth - 1) for _ in range(choices.below(4))]
    return {any_text(choices, 5): _json(choices, depth - 1) for _ in range(choices.below(4))}
