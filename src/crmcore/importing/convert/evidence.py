"""What one cell tells about its column: the form it has, and signs of how it was written."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Final, Literal

from attrs import evolve, frozen

from crmcore.importing.convert.cleaning import clean_line, plain
from crmcore.importing.convert.datetext import DateText, is_day, read_clock, read_date
from crmcore.importing.convert.durations import read_duration
from crmcore.importing.convert.figures import Figure, read_figure
from crmcore.importing.convert.formats import EMPTY_WORDS
from crmcore.importing.convert.words import WORDS
from crmcore.importing.sources.values import Cell, CellError, Percent
from crmcore.kinds import Email, Phone, Url

Form = Literal[
    "empty",
    "error",  # an error cell
    "boolean",  # true, 是, √
    "integer",
    "code",  # digits with a leading zero, or more than a spreadsheet keeps
    "decimal",
    "percent",
    "money",  # a number with the sign of a currency
    "exponent",  # 1.38E+10: digits are lost
    "date",
    "datetime",
    "time",
    "duration",
    "email",
    "phone",
    "url",
    "text",
    "long_text",
]
"""The form of a cell, whatever its column is for."""

Sign = Literal[
    "placeholder",  # a word that stands for an empty cell, such as N/A
    "cleaned",  # held invisible characters or superfluous blanks
    "counted",  # a number with a word of counting, such as 100人
    "comma",  # a number that only a decimal comma explains
    "fraction",  # a bare number between 0 and 1
    "points",  # a bare number above 1
    "first_is_day",  # 13/01/2024
    "second_is_day",  # 01/13/2024
    "order_open",  # 05/04/2024
    "short_year",  # 24/1/5
    "serial",  # a number that may count days
    "moment",  # a date with a time of day that is not midnight
]
"""Something of a cell that helps to read its neighbors."""


@frozen
class Trait:
    """The form of one cell, the signs that it shows, and the currency that it names."""

    form: Form
    signs: tuple[Sign, ...] = ()
    currency: str | None = None


_LONG: Final = 255
_KEPT_DIGITS: Final = 15
SERIAL_RANGE: Final = (20_000, 80_000)
"""Day numbers that occur in practice: from 1954 to 2119."""

_EMAIL: Final = Email()
_NUMBER: Final = Phone()
_ADDRESS: Final = Url()
_URL: Final = re.compile(
    r"https?://\S+|www\.\S+\.\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|cn|net|org)(?:/\S*)?",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(
    r"(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?:\.0)?"
    r"|(?:\+86[- ]?)?\(?0\d{2,3}\)?[- ]?[2-8]\d{6,7}(?:(?:[- ]|转|ext\.? ?)\d{1,6})?"
    r"|[48]00(?:[- ]?\d{3,4}){2}|\+[1-9]\d{0,2}[- (]?\d[\d ()-]{5,14}\d",
    re.IGNORECASE,
)
_SPELLED: Final = frozenset("零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟整正元圆角分")
_DIGITS: Final = re.compile(r"[0-9]+")
_ANY_DIGIT: Final = re.compile(r"[0-9]")


def trait_of(cell: Cell) -> Trait:
    """What `cell` tells."""
    if cell is None:
        return Trait("empty")
    if isinstance(cell, str):
        return trait_of_text(cell)
    if isinstance(cell, bool):
        return Trait("boolean")
    if isinstance(cell, int | Decimal):
        return _number(cell)
    if isinstance(cell, Percent):
        return Trait("percent")
    if isinstance(cell, CellError):
        return Trait("error")
    if isinstance(cell, datetime):
        return Trait("datetime", ("moment",) if cell.time() != time() else ())
    if isinstance(cell, date):
        return Trait("date")
    return _of_clock(cell, cell.tzinfo) if isinstance(cell, time) else Trait("duration")


def _number(number: int | Decimal) -> Trait:
    value = Decimal(number)
    if not value.is_finite() or value.adjusted() > _KEPT_DIGITS:
        return Trait("decimal")
    size: tuple[Sign, ...] = ()
    if value and abs(value) != 1:
        size = ("fraction",) if abs(value) < 1 else ("points",)
    low, high = SERIAL_RANGE
    serial: tuple[Sign, ...] = ("serial",) if low <= value < high else ()
    if value != value.to_integral_value():
        return Trait("decimal", (*size, *serial))
    whole = int(value)
    if 13_000_000_000 <= whole < 20_000_000_000:
        return Trait("phone")
    if read_date(str(whole)) is not None:
        serial = ("serial",)
    return Trait("integer", (*size, *serial))


def trait_of_text(text: str) -> Trait:
    """What a text cell tells."""
    cleaned = clean_line(text)
    if not cleaned:
        return Trait("empty", ("cleaned",))
    if "\n" in text.strip():
        return Trait("long_text")
    found = _of_words(plain(cleaned)) if len(cleaned) <= _LONG else Trait("long_text")
    return found if cleaned == text else evolve(found, signs=(*found.signs, "cleaned"))


def _of_words(text: str) -> Trait:
    if _DIGITS.fullmatch(text):
        return _of_digits(text)
    if text.lower() in WORDS:
        return Trait("boolean")
    if text.lower() in EMPTY_WORDS:
        return Trait("empty", ("placeholder",))
    if "@" in text:
        return Trait("email" if _EMAIL.canonical_form(text) is not None else "text")
    if not _ANY_DIGIT.search(text):
        figure = read_figure(text) if text[-1] in _SPELLED else None
        if figure is None:
            return Trait("url" if _is_url(text) else "text")
        return _of_figure(figure)
    if _is_phone(text):
        return Trait("phone")
    figure = read_figure(text)
    if figure is not None:
        return _of_figure(figure)
    day = read_date(text)
    if day is not None:
        return _of_date(day)
    clock = read_clock(text)
    if clock is not None:
        return _of_clock(*clock)
    milliseconds = read_duration(text)
    if milliseconds is not None and milliseconds == milliseconds.to_integral_value():
        return Trait("duration")
    return Trait("url" if _is_url(text) else "text")


def _is_phone(text: str) -> bool:
    number = text.removesuffix(".0")
    return bool(_PHONE.fullmatch(text)) and _NUMBER.canonical_form(number) is not None


def _is_url(text: str) -> bool:
    return bool(_URL.fullmatch(text)) and _ADDRESS.canonical_form(text) is not None


def _of_digits(text: str) -> Trait:
    if len(text) > 1 and text[0] == "0":
        return Trait("phone" if _is_phone(text) else "code")
    if len(text) > _KEPT_DIGITS:
        return Trait("code")
    return Trait("phone") if _is_phone(text) else _number(int(text))


def _of_figure(figure: Figure) -> Trait:
    signs: tuple[Sign, ...] = ("comma",) if figure.marks == "comma" else ()
    if figure.counted and (figure.currencies or figure.percent):
        return Trait("text")
    if figure.counted:
        signs = (*signs, "counted")
    if figure.exponent:
        return Trait("exponent")
    if figure.percent:
        return Trait("percent", signs)
    if figure.currencies:
        return Trait("money", signs, figure.currencies[0])
    found = _number(figure.value)
    if figure.value % 1 or figure.marks == "comma":
        return Trait("decimal", (*found.signs, *signs))
    return Trait("integer", (*(sign for sign in found.signs if sign != "serial"), *signs))


def _of_clock(clock: time, offset: tzinfo | None) -> Trait:
    whole = not clock.second and not clock.microsecond and offset is None
    return Trait("time" if whole else "text")


def _is_real(day: DateText) -> bool:
    """Whether the calendar has the day, in some order of its parts."""
    first, second, third = day.parts
    if day.layout == "month":
        return False
    if day.layout == "numeric":
        return is_day(third, second, first) or is_day(third, first, second)
    if day.layout == "short":
        return is_day(2000 + first, second, third) or any(
            is_day(2000 + third, *pair) for pair in ((second, first), (first, second))
        )
    return is_day(first, second, third)


def _of_date(day: DateText) -> Trait:
    has_clock = day.clock is not None
    if not _is_real(day):
        return Trait("text")
    signs: list[Sign] = ["moment"] if day.clock not in (None, time()) else []
    first, second, _ = day.parts
    if day.layout == "short":
        signs.append("short_year")
    if day.layout == "numeric" and first != second:
        if first > 12:
            signs.append("first_is_day")
        else:
            signs.append("second_is_day" if second > 12 else "order_open")
    return Trait("datetime" if has_clock else "date", tuple(signs))
