"""Plain copies of what callers hand over.

Subclasses of plain types may override anything, and other objects may raise at every
touch. Kinds work on exact copies made by the plain type itself, so that nothing foreign
reaches a normal form or an error.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeGuard, TypeVar

_T = TypeVar("_T")
_SHOWN: Final = 100
_SMALL: Final = 10**30
_DATE_PARTS: Final[tuple[Any, ...]] = (date.year, date.month, date.day)
_TIME_PARTS: Final[tuple[Any, ...]] = (time.hour, time.minute, time.second, time.microsecond)
_CLOCK_PARTS: Final[tuple[Any, ...]] = (
    datetime.hour,
    datetime.minute,
    datetime.second,
    datetime.microsecond,
)
_SPAN_PARTS: Final[tuple[Any, ...]] = (timedelta.days, timedelta.seconds, timedelta.microseconds)
_ZONE: Final[Any] = datetime.tzinfo
_FOLD: Final[Any] = datetime.fold


def is_a(value: object, plain: type[_T]) -> TypeGuard[_T]:
    """Whether `value` truly is a `plain`: `isinstance` would ask the value itself."""
    return issubclass(type(value), plain)


def plain_str(value: object) -> str | None:
    """An exact copy of a text; `None` for anything else."""
    if type(value) is str:
        return value
    return str.__str__(value) if is_a(value, str) else None


def plain_int(value: object) -> int | None:
    """An exact copy of an integer; `None` for anything else, booleans too."""
    if type(value) is int:
        return value
    if is_a(value, int) and type(value) is not bool:
        return int.__index__(value)
    return None


def plain_decimal(value: object) -> Decimal | None:
    """An exact copy of a decimal, or a float as the shortest text that names it.

    `None` for anything else.
    """
    if type(value) is Decimal:
        return value
    if is_a(value, float):
        return Decimal(float.__repr__(value))
    return Decimal(value) if is_a(value, Decimal) else None


def plain_date(value: object) -> date | None:
    """An exact copy of a day; `None` for anything else, instants too."""
    if type(value) is date:
        return value
    if is_a(value, date) and not is_a(value, datetime):
        return date(*(part.__get__(value) for part in _DATE_PARTS))
    return None


def plain_datetime(value: object) -> datetime | None:
    """An exact copy of a moment, with its time zone; `None` for anything else."""
    if type(value) is datetime:
        return value
    if not is_a(value, datetime):
        return None
    day = date(*(part.__get__(value) for part in _DATE_PARTS))
    clock = time(*(part.__get__(value) for part in _CLOCK_PARTS), fold=_FOLD.__get__(value))
    return datetime.combine(day, clock, _ZONE.__get__(value))


def plain_time(value: object) -> time | None:
    """An exact copy of a time of day; `None` for anything else, those with a zone too."""
    if not is_a(value, time) or _zone_of_time(value) is not None:
        return None
    return time(*(part.__get__(value) for part in _TIME_PARTS))


_zone_of_time: Final[Callable[[time], object]] = time.tzinfo.__get__


def plain_timedelta(value: object) -> timedelta | None:
    """An exact copy of a length of time; `None` for anything else."""
    if type(value) is timedelta:
        return value
    if not is_a(value, timedelta):
        return None
    return timedelta(*(part.__get__(value) for part in _SPAN_PARTS))


def attribute(value: object, name: str) -> object:
    """The attribute `name` of `value`, or `None` where there is none or reading it fails."""
    try:
        return getattr(value, name, None)
    except Exception:
        return None


def pairs_of(value: object, limit: int) -> dict[object, object] | None:
    """An exact copy of a dict; `None` for anything else and for more than `limit` members."""
    if not is_a(value, dict) or dict.__len__(value) > limit:
        return None
    return dict(zip(dict.keys(value), dict.values(value), strict=True))


def items_of(value: object, limit: int) -> list[object] | None:
    """The members of a list, tuple or set; `None` for anything else and for more than `limit`."""
    plain: Any
    for plain in (list, tuple, set, frozenset):
        if is_a(value, plain):
            return list(plain.__iter__(value)) if plain.__len__(value) <= limit else None
    return None


def shown(value: object) -> str | int | bool | None:
    """`value` as an error may keep it: small, plain, without a way to raise later."""
    if value is None or value is True or value is False:
        return value
    text = plain_str(value)
    if text is not None:
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    if type(value) is int:
        return value if -_SMALL < value < _SMALL else "…"
    if type(value) is Decimal:
        small = not value.is_finite() or (-40 < value.adjusted() < 40)
        return _cut(str(value)) if small else "…"
    if type(value) is float:
        return float.__repr__(value)
    if type(value) is date or type(value) is timedelta:
        return str(value)
    # The zone of a moment is foreign code.
    if (type(value) is datetime or type(value) is time) and (
        value.tzinfo is None or value.tzinfo is UTC
    ):
        return str(value)
    return f"<{_cut(type.__getattribute__(type(value), '__name__'))}>"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
