"""Values as plain text: how a CSV file shows numbers, dates and times."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from crmcore.errors import Invalid
from crmcore.sheets.model import Cell, CellError, Formula, Marked

_MOST_ZEROS: Final = 400


def plain_decimal(value: Decimal) -> str:
    """`value` without exponent, all its digits kept; in notation with E beyond 400 places."""
    if not value.is_finite() or abs(value.adjusted()) > _MOST_ZEROS:
        return str(value)
    return format(value, "f")


def plain_duration(value: timedelta) -> str:
    """`value` as hours, minutes and seconds (`-26:05:00`, `0:00:01.500`)."""
    sign, rest = ("-", -value) if value < timedelta(0) else ("", value)
    milliseconds = rest // timedelta(milliseconds=1)
    seconds, fraction = divmod(milliseconds, 1000)
    shown = f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{shown}.{fraction:03}" if fraction else shown


def plain_value(value: Cell) -> str:
    """`value` as text, not guarded; an instant keeps its offset, a mark is left out.

    Raises `Invalid` (`cell_type`) for a value that is none of `Cell`.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return plain_duration(value)
    return _wrapped(value)


def _wrapped(value: Formula | CellError | Marked) -> str:
    if isinstance(value, Formula | Marked):
        return plain_value(value.value)
    if isinstance(value, CellError):
        return value.code
    raise Invalid("cell_type", type=type(value).__name__)
