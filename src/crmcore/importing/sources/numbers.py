"""Numbers as a workbook stores them, made exact."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from math import isfinite

from crmcore.importing.sources.values import Cell, Percent, cell_error

# Columns repeat their percentages; this many different ones are kept.
_REMEMBERED = 8_192
NUMBER_CHARACTERS = 64
"""No number that a spreadsheet stores is written longer."""

_INTEGER_DIGITS = 40
# Up to here every integer has a binary float of its own.
_EXACT = 2**53
# So few digits are the shortest that mean their float; more may be digits of the float itself.
_CERTAIN_DIGITS = 15


def number(text: str) -> Cell:
    """The number in `text`: an `int` where it is integral and exact, else a `Decimal`.

    Spreadsheets keep binary floats and write up to 17 digits of them (1.1 as
    1.1000000000000001); the shortest decimal that means the same float is what people see and
    is what is returned.
    """
    if text.isdecimal() and len(text) <= _INTEGER_DIGITS:
        return int(text)
    try:
        found = float(text)
    except ValueError:
        return cell_error(text, "cell_not_a_number")
    if found.is_integer() and -_EXACT <= found <= _EXACT and "_" not in text:
        return int(found)
    digits = text.replace(".", "", 1)
    if len(digits) <= _CERTAIN_DIGITS and digits.isdecimal():
        return Decimal(text)
    if not isfinite(found) or "_" in text:
        return cell_error(text, "cell_not_a_number")
    return Decimal(repr(found))


def percent(text: str) -> Cell:
    """The number in `text`, as a percentage."""
    if len(text) > NUMBER_CHARACTERS:
        return cell_error(text, "cell_not_a_number")
    return _percent(text)


@lru_cache(_REMEMBERED)
def _percent(text: str) -> Cell:
    found = number(text)
    return Percent(Decimal(found)) if isinstance(found, int | Decimal) else found
