"""Dates and times of day in text: what the characters say, before any choice of order."""

from __future__ import annotations

import re
from datetime import UTC, date, time, timedelta, timezone
from typing import Final, Literal

from attrs import frozen

_LONGEST: Final = 60

Layout = Literal["ymd", "digits", "named", "numeric", "short", "month"]
"""How a date is laid out: `ymd` (2024-1-5), `digits` (20240105), `named` (5-Jan-2024), `numeric`
(05/04/2024, whose order is open), `short` (a year of two digits), `month` (no day)."""


@frozen
class DateText:
    """A date, and perhaps a time of day and an offset, as text holds them.

    `parts` are year, month, day; for `numeric` the first, the second and the year; for `short`
    the three numbers as they stand, in the order `order` where the text itself tells it.
    """

    layout: Layout
    parts: tuple[int, int, int]
    clock: time | None = None
    offset: timezone | None = None
    order: Literal["ymd", "dmy", "mdy"] | None = None


_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june",
            "jul july", "aug august", "sep sept september", "oct october", "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH: Final = r"(?P<name>[a-z]{3,9})\.?"
_ORDINAL: Final = r"(?:st|nd|rd|th)?"
_LAYOUTS: Final[tuple[tuple[Layout, str], ...]] = (
    ("ymd", r"(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"),
    ("ymd", r"(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]?"),
    ("digits", r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    ("numeric", r"(?P<y>\d{1,2})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{4})"),
    ("named", rf"(?P<d>\d{{1,2}}){_ORDINAL}[-/. ]?{_MONTH}[-/., ]{{0,2}}(?P<y>\d{{4}})"),
    ("named", rf"{_MONTH}[-/. ]?(?P<d>\d{{1,2}}){_ORDINAL}[-/., ]{{1,2}}(?P<y>\d{{4}})"),
    ("named", rf"(?P<y>\d{{4}})[-/. ]{_MONTH}[-/. ](?P<d>\d{{1,2}})"),
    ("short", r"(?P<y>\d{1,2})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})"),
    ("short", r"(?P<y>\d{2}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]?"),
    ("short", rf"(?P<y>\d{{1,2}}){_ORDINAL}[-/. ]{_MONTH}[-/. ](?P<d>\d{{2}})"),
    ("month", r"(?P<y>\d{4}) ?[-/.年] ?(?P<m>\d{1,2})(?P<d>) ?月?"),
    ("month", rf"{_MONTH}[-/. ](?P<y>\d{{4}})(?P<d>)"),
)
_DAY_FORMS: Final = tuple((layout, re.compile(form, re.ASCII)) for layout, form in _LAYOUTS)
_WEEKDAY: Final = re.compile(
    r" ?\(?(?:星期|周|礼拜)[一二三四五六日天]\)? ?"
    r"|^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,.]? "
)
_CLOCK: Final = re.compile(
    r"(?P<half>凌晨|早上|上午|中午|下午|傍晚|晚上|am|pm)? ?(?P<h>\d{1,2})"
    r"(?:[:时点](?:(?P<m>\d{1,2})分?|(?P<half_past>半))?)?(?:(?:(?<=分)|:)(?P<s>\d{1,2})"
    r"(?:[.,](?P<f>\d{1,9}))?秒?)?整? ?(?P<after>am|pm|a\.m\.|p\.m\.)?"
    r" ?(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
# A quick look: no date and no time of day holds any other character.
_ALPHABET: Final = re.compile(
    r"[0-9a-z ,.:/()+\-年月日号星期周礼拜一二三四五六天时点分秒半整上中下午早晚凌晨傍]+"
)
_SPLIT: Final = re.compile(r"(?<=[\d日号])(?: ?t(?=\d)| +|(?<=[日号])(?=[\d凌早上中下傍晚]))")


def read_date(text: str) -> DateText | None:
    """The date in `text` (half-width), with its time if it has one; `None` where it is none."""
    if not 5 <= len(text) <= _LONGEST or not any(mark.isdigit() for mark in text):
        return None
    text = text.lower()
    if _ALPHABET.fullmatch(text) is None:
        return None
    text = _WEEKDAY.sub(" ", text).strip()
    found = _day(text)
    if found is not None:
        return found
    for gap in _SPLIT.finditer(text):
        found, rest = _day(text[: gap.start()]), text[gap.end() :]
        clock = read_clock(rest) if found is not None else None
        if found is not None and clock is not None:
            moment, offset = clock
            return DateText(found.layout, found.parts, moment, offset, found.order)
    if len(text) == 14 and text.isdecimal():
        found = _day(text[:8])
        clock = read_clock(f"{text[8:10]}:{text[10:12]}:{text[12:]}")
        if found is not None and clock is not None:
            return DateText("digits", found.parts, clock[0])
    return None


def _day(text: str) -> DateText | None:
    for layout, pattern in _DAY_FORMS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        if "name" in parts and parts["name"] not in _MONTHS:
            continue
        month = _MONTHS[parts["name"]] if "name" in parts else int(parts["m"])
        year, day = int(parts["y"]), int(parts["d"] or 1)
        order = None
        if layout == "short" and "name" in parts:
            order = "dmy"
        elif layout == "short" and "年" in text:
            order = "ymd"
        if layout == "digits" and (not 1800 <= year < 2200 or not is_day(year, month, day)):
            return None
        return DateText(layout, (year, month, day), order=order)  # type: ignore[arg-type]
    return None


def read_clock(text: str) -> tuple[time, timezone | None] | None:
    """The time of day in `text` (half-width), and its offset; `None` where it is none."""
    found = _CLOCK.fullmatch(text.lower()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    half = (found["half"] or found["after"] or "").replace(".", "")
    if not half and ":" not in text and "时" not in text and "点" not in text:
        return None
    hour = _hour(int(found["h"]), half)
    minute = 30 if found["half_past"] else int(found["m"] or 0)
    second = int(found["s"] or 0)
    if hour is None or minute > 59 or second > 59:
        return None
    micro = int((found["f"] or "").ljust(6, "0")[:6] or 0)
    return time(hour, minute, second, micro), _offset(found["zone"])


def _hour(hour: int, half: str) -> int | None:
    if half in ("am", "上午", "凌晨", "早上"):
        return hour % 12 if hour <= 12 else None
    if half in ("pm", "下午", "傍晚", "晚上", "中午"):
        if half == "晚上" and hour == 12:
            return None
        if half == "中午" and hour == 11:
            return 11
        return hour % 12 + 12 if hour <= 12 else hour if hour < 24 else None
    return hour if hour < 24 else None


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    digits = text.removeprefix("utc").removeprefix("gmt").replace(":", "")
    if digits in ("", "z"):
        return UTC
    minutes = int(digits[1:3]) * 60 + int(digits[3:5])
    if minutes > 18 * 60:
        return None
    return timezone(timedelta(minutes=-minutes if digits[0] == "-" else minutes))


def is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
