"""Cells of columns of text, of links and of JSON."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from crmcore.importing.convert.cleaning import clean_line, clean_lines
from crmcore.importing.convert.columns import Column, LinkText, Reader, refusal
from crmcore.importing.convert.profile import shown
from crmcore.importing.sources.values import Cell

LOST: Final = re.compile(r"\s*[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}\s*", re.IGNORECASE)
"""A number whose last digits a spreadsheet has dropped: 1.38E+10."""

_KEPT: Final = 10**15
_LARGEST: Final = 40
_MIDNIGHT: Final = time()
_LINKS: Final = re.compile(r"[;；、|｜\n]")
_MAX_LINKS: Final = 1_000


def as_text(cell: Cell) -> str:
    """The one line of text that a cell shows: whole numbers without `.0`, dates in ISO 8601.

    Raises `Invalid` `digits_lost` for numbers that spreadsheets do not keep exactly.
    """
    return clean_line(cell) if isinstance(cell, str) else _typed(cell)


def _typed(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | Decimal):
        return _number(cell)
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
    return shown(cell)


def _number(number: int | Decimal) -> str:
    # Beyond 15 digits a number cell is no longer what was typed.
    value = Decimal(number)
    if not value.is_finite() or abs(value) >= _KEPT:
        raise refusal("digits_lost", number if value.adjusted() < _LARGEST else "…")
    return str(int(value)) if value == value.to_integral_value() else f"{value:f}"


def _span(span: timedelta) -> str:
    sign, span = ("-", -span) if span < timedelta() else ("", span)
    minutes, seconds = divmod(span.days * 86_400 + span.seconds, 60)
    text = f"{sign}{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def text_reader(column: Column) -> Reader:
    """Reads one line of text, cleaned; leading zeros stay."""
    del column

    def read(cell: Cell) -> object:
        if isinstance(cell, str) and LOST.fullmatch(cell):
            raise refusal("digits_lost", cell)
        return as_text(cell) or None

    return read


def long_text_reader(column: Column) -> Reader:
    """Reads text of many lines, without invisible characters."""
    del column
    return lambda cell: (clean_lines(cell) if isinstance(cell, str) else as_text(cell)) or None


def link_reader(column: Column) -> Reader:
    """Reads the text by which the linked record is known."""
    lookup = column.lookup

    def read(cell: Cell) -> object:
        if isinstance(cell, str) and LOST.fullmatch(cell):
            raise refusal("digits_lost", cell)
        text = as_text(cell)
        return LinkText(text, lookup) if text else None

    return read


def multi_link_reader(column: Column) -> Reader:
    """Reads the texts of several records, separated by `;` `、` `|` or line breaks.

    A comma does not separate: names of companies hold commas.
    """
    lookup = column.lookup

    def read(cell: Cell) -> object:
        if not isinstance(cell, str):
            return (LinkText(as_text(cell), lookup),)
        pieces = [clean_line(piece) for piece in _LINKS.split(clean_lines(cell))]
        if len(pieces) > _MAX_LINKS:
            raise refusal("too_many_values", cell, limit=_MAX_LINKS)
        return tuple(LinkText(piece, lookup) for piece in dict.fromkeys(pieces) if piece) or None

    return read


def json_reader(column: Column) -> Reader:
    """Reads JSON."""
    del column

    def read(cell: Cell) -> object:
        if not isinstance(cell, str):
            return cell if isinstance(cell, bool | int) else as_text(cell)
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            raise refusal("json_unreadable", cell) from None

    return read
