"""What may stand in an expression as a constant, and its plain forms."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from operator import index
from typing import Final

from crmcore.errors import QueryError
from crmcore.kinds.unicode import nfc
from crmcore.query.ast import MAX_DIGITS, MAX_LENGTH, Constant

MAX_NAME: Final = 255
"""Code points of one name or label."""

_MICROSECONDS: Final = 1_000_000
_LARGEST: Final = 10**MAX_DIGITS


def constant(value: object) -> Constant:
    """The value as an exact constant of an expression.

    Subclasses become their plain type, instants UTC. Raises `QueryError`:
    `float_constant` for a binary float, `naive_constant` for a date and time without a
    zone, `number_too_long` beyond 40 digits, `expression_too_long` beyond 20,000
    characters, `constant_type` for anything else.
    """
    match value:
        case None | bool():
            return value
        case float():
            raise QueryError("float_constant", found=value)
        case str():
            return _text(value)
        case Decimal():
            decimal_text(value)
            return Decimal(value)
        case datetime():
            return _instant(value)
        case date():
            return date(value.year, value.month, value.day)
        case time():
            return _wall_time(value)
        case timedelta():
            return timedelta(value.days, value.seconds, value.microseconds)
    return _integer(value)


def name(text: str, position: int = 0) -> str:
    """A name or label in NFC. Raises `QueryError`: `name_empty`, `name_too_long`."""
    if not text:
        raise QueryError("name_empty", position=position)
    # Composing a flood of combining marks takes quadratic time.
    if len(text) > MAX_NAME:
        raise QueryError("name_too_long", position=position, limit=MAX_NAME)
    return nfc(text)


def decimal_text(value: Decimal) -> str:
    """A decimal in plain digits, always with a point: `100.0`, `0.001`.

    Raises `QueryError` (`number_too_long`, `constant_type`) for what has no such form
    within 40 digits.
    """
    if not value.is_finite():
        raise QueryError("constant_type", found=str(value))
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or max(abs(exponent), len(digits)) > MAX_DIGITS:
        raise QueryError("number_too_long", position=0, limit=MAX_DIGITS)
    text = format(value, "f")
    text = text if "." in text else text + ".0"
    if sum(c.isdigit() for c in text) > MAX_DIGITS:
        raise QueryError("number_too_long", position=0, limit=MAX_DIGITS)
    return text


def seconds_text(value: timedelta) -> str:
    """A duration in seconds, exactly: `86400`, `-0.5`."""
    total = microseconds(value)
    whole, part = divmod(abs(total), _MICROSECONDS)
    fraction = f".{part:06}".rstrip("0") if part else ""
    return f"{'-' if total < 0 else ''}{whole}{fraction}"


def microseconds(value: timedelta) -> int:
    """A duration as a whole number of microseconds."""
    return (value.days * 86_400 + value.seconds) * _MICROSECONDS + value.microseconds


def duration(total: int) -> timedelta | None:
    """The duration of so many microseconds; `None` beyond what a duration can hold."""
    try:
        return timedelta(microseconds=total)
    except OverflowError:
        return None


def check_integer(value: int) -> int:
    """The integer, refused (`number_too_long`) beyond 40 digits."""
    if not -_LARGEST < value < _LARGEST:
        raise QueryError("number_too_long", position=0, limit=MAX_DIGITS)
    return value


def _text(value: str) -> str:
    plain = str.__str__(value)
    if len(plain) > MAX_LENGTH:
        raise QueryError("expression_too_long", length=len(plain), limit=MAX_LENGTH)
    if not plain.isascii() and any("\ud800" <= c <= "\udfff" for c in plain):
        raise QueryError("constant_type", found=plain)
    return plain


def _integer(value: object) -> int:
    try:
        return check_integer(index(value))  # type: ignore[arg-type]
    except TypeError:
        raise QueryError("constant_type", found=type(value).__name__) from None


def _instant(value: datetime) -> datetime:
    try:
        if value.tzinfo is None or value.utcoffset() is None:
            raise QueryError("naive_constant", found=value.isoformat())
        utc = value.astimezone(UTC)
        return datetime(
            utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, UTC
        )
    except (OverflowError, TypeError, ValueError):
        raise QueryError("constant_type", found=str(value)) from None


def _wall_time(value: time) -> time:
    if value.tzinfo is not None:
        raise QueryError("constant_type", found=str(value))
    return time(value.hour, value.minute, value.second, value.microsecond)
