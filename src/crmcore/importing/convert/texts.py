"""Cells of columns of text, of links and of JSON."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final

from crmcore.importing.convert.cleaning import clean_line, clean_lines
from crmcore.importing.convert.columns import Column, LinkText, Reader, refusal
from crmcore.importing.convert.showing import shown
from crmcore.importing.sources.values import Cell

LOST: Final = re.compile(r"\s*[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]{1,3}\s*", re.IGNORECASE)
"""A number whose last digits a spreadsheet has dropped: 1.38E+10."""

_KEPT: Final = 10**15
_LINKS: Final = re.compile(r"[;；、|｜\n]")
_MAX_LINKS: Final = 1_000


def as_text(cell: Cell) -> str:
    """The one line of text that a cell shows.

    Raises `Invalid` `digits_lost` for numbers that spreadsheets do not keep exactly.
    """
    if isinstance(cell, str):
        return clean_line(cell)
    if isinstance(cell, int | Decimal):
        number = Decimal(cell)
        # Beyond 15 digits a number cell is no longer what was typed.
        if not number.is_finite() or abs(number) >= _KEPT:
            raise refusal("digits_lost", cell)
    return shown(cell)


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
