"""Cells as text, as people see them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from crmcore.importing.sources.values import Cell, CellError, Percent

_LONGEST: Final = 40
_MIDNIGHT: Final = time()


def shown(cell: Cell) -> str:
    """The text that a cell shows: whole numbers without `.0`, dates in ISO 8601."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | Decimal):
        return _number(Decimal(cell))
    if isinstance(cell, datetime):
        if cell.tzinfo is None and cell.time() == _MIDNIGHT:
            return cell.date().isoformat()
        return cell.isoformat(sep=" ", timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat("seconds" if cell.second else "minutes")
    if isinstance(cell, timedelta):
        return _span(cell)
    if isinstance(cell, Percent):
        return _number((cell.value * 100).normalize()) + "%"
    return cell.text if isinstance(cell, CellError) else str(cell)


def _number(number: Decimal) -> str:
    if not number.is_finite() or not -_LONGEST < number.adjusted() < _LONGEST:
        return str(number)
    return str(int(number)) if number == number.to_integral_value() else f"{number:f}"


def _span(span: timedelta) -> str:
    sign, span = ("-", -span) if span < timedelta() else ("", span)
    minutes, seconds = divmod(span.days * 86_400 + span.seconds, 60)
    text = f"{sign}{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text
