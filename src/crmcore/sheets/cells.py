"""One value → the XML of one cell."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from crmcore.errors import CapacityExceeded, Invalid
from crmcore.sheets.guard import guard_in_workbook, is_formula_like
from crmcore.sheets.markup import xml_text
from crmcore.sheets.model import Cell, CellError, Column, Formula, Marked
from crmcore.sheets.plain import plain_value
from crmcore.sheets.styles import (
    DATE_FORMAT,
    DURATION_FORMAT,
    MOMENT_FORMAT,
    TEXT_FORMAT,
    TIME_FORMAT,
    Look,
    Styles,
    is_date_format,
)

LONGEST_TEXT: Final = 32_767
_EXACT_DIGITS: Final = 15
_LARGEST_EXPONENT: Final = 300
_LONGEST_AS_TEXT_FORMAT: Final = 255
_NOT_ASIS: Final = re.compile('[&<>"\r\n\t\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x')
_DAY_ZERO: Final = date(1899, 12, 30)
_MOMENT_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zone
_DAY: Final = timedelta(days=1)
# Spreadsheets believe in 1900-02-29: earlier days mean different things to different readers.
_FIRST_DAY: Final = date(1900, 3, 1)


@frozen
class Track:
    """Where and how the values of one column are written; numbers are those of styles."""

    index: int
    letters: str
    text: int
    quoted: int
    long_text: int
    number: int
    day: int
    moment: int
    clock: int
    duration: int
    marked: Track | None = None


def column_letters(index: int) -> str:
    """`A` for 0, `Z` for 25, `AA` for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def make_track(index: int, column: Column, styles: Styles, marked: bool = False) -> Track:
    """The track of `column`, the `index`-th of its sheet, counted from 0."""
    declared = column.number_format
    dated = declared is not None and is_date_format(declared)
    number = declared if declared is not None and not dated else "General"

    def style(code: str, quoted: bool = False) -> int:
        return styles.index(Look(code, quoted, marked))

    def timed(code: str) -> int:
        return style(declared if declared is not None and dated else code)

    return Track(
        index=index,
        letters=column_letters(index),
        text=style(declared or TEXT_FORMAT),
        quoted=style(declared or TEXT_FORMAT, quoted=True),
        long_text=style("General", quoted=True),
        number=style(number),
        day=timed(DATE_FORMAT),
        moment=timed(MOMENT_FORMAT),
        clock=timed(TIME_FORMAT),
        duration=timed(DURATION_FORMAT),
        marked=None if marked else make_track(index, column, styles, marked=True),
    )


def text_cell(ref: str, track: Track, text: str) -> str:
    """A typed text cell, never a formula. Raises `CapacityExceeded` beyond 32,767 units."""
    if (
        len(text) <= _LONGEST_AS_TEXT_FORMAT
        and text[:1].isalnum()
        and _NOT_ASIS.search(text) is None
        and not text[-1].isspace()
    ):
        return f'<c r="{ref}" s="{track.text}" t="inlineStr"><is><t>{text}</t></is></c>'
    if not text:
        return ""
    return _special_text(ref, track, guard_in_workbook(text))


def _special_text(ref: str, track: Track, text: str) -> str:
    units = len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units > LONGEST_TEXT:
        raise CapacityExceeded("xlsx_text_too_long", cell=ref, length=units, limit=LONGEST_TEXT)
    if len(text) > _LONGEST_AS_TEXT_FORMAT:
        style = track.long_text
    else:
        style = track.quoted if is_formula_like(text) else track.text
    return (
        f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
        f"{xml_text(text)}</t></is></c>"
    )


def other_cell(ref: str, track: Track, value: Cell) -> str:
    """The cell of any value that is not a plain `str`; raises `Invalid` for what is no `Cell`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{ref}" s="{track.number}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        return _number(ref, track, value)
    if isinstance(value, str):
        return text_cell(ref, track, str.__str__(value))
    if isinstance(value, date | time | timedelta):
        return _temporal(ref, track, value)
    if isinstance(value, Marked):
        return _either(ref, track.marked or track, value.value)
    if isinstance(value, CellError):
        return f'<c r="{ref}" s="{track.number}" t="e"><v>{value.code}</v></c>'
    if isinstance(value, Formula):
        return _formula(ref, track, value)
    raise Invalid("cell_type", type=type(value).__name__)


def _either(ref: str, track: Track, value: Cell) -> str:
    shown = text_cell(ref, track, value) if type(value) is str else other_cell(ref, track, value)
    return shown or f'<c r="{ref}" s="{track.text}"/>'


def _number(ref: str, track: Track, value: int | float | Decimal) -> str:
    shown = _exact(value)
    if shown is None:
        return text_cell(ref, track, plain_value(value))
    return f'<c r="{ref}" s="{track.number}"><v>{shown}</v></c>'


def _exact(value: int | float | Decimal) -> str | None:
    """The digits of `value`, or `None` where a spreadsheet would not keep all of them."""
    if isinstance(value, int):
        return str(int(value)) if abs(value) < 10**_EXACT_DIGITS else None
    if isinstance(value, float):
        return float.__repr__(value) if math.isfinite(value) else None
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        return None
    shown = str(value)
    if len(shown) <= _EXACT_DIGITS:
        return shown
    digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
    return shown if len(digits) <= _EXACT_DIGITS else None


def _temporal(ref: str, track: Track, value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        style, serial = track.moment, (value.replace(tzinfo=None) - _MOMENT_ZERO) / _DAY
        early = value.date() < _FIRST_DAY
    elif isinstance(value, date):
        style, serial, early = track.day, (value - _DAY_ZERO).days, value < _FIRST_DAY
    elif isinstance(value, time):
        wall = timedelta(0, value.second, value.microsecond, 0, value.minute, value.hour)
        style, serial, early = track.clock, wall / _DAY, False
    else:
        style, serial, early = track.duration, value / _DAY, value < timedelta(0)
    if early:
        return text_cell(ref, track, plain_value(value))
    return f'<c r="{ref}" s="{style}"><v>{serial!r}</v></c>'


def _formula(ref: str, track: Track, value: Formula) -> str:
    body = f"<f>{xml_text(value.expression)}</f>"
    inner = value.value
    if isinstance(inner, int | float | Decimal) and (shown := _exact(inner)) is not None:
        kind = ' t="b"' if isinstance(inner, bool) else ""
        return f'<c r="{ref}" s="{track.number}"{kind}>{body}<v>{shown}</v></c>'
    if inner is None:
        return f'<c r="{ref}" s="{track.number}">{body}</c>'
    cached = xml_text(guard_in_workbook(plain_value(inner)))
    return f'<c r="{ref}" s="{track.number}" t="str">{body}<v>{cached}</v></c>'
