"""Numbers, durations, days, instants and strings of the text form, read exactly."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from crmcore.errors import QueryError
from crmcore.query.ast import MAX_DIGITS, Constant
from crmcore.query.constants import duration
from crmcore.query.text.words import DURATIONS, GLUED, MAGNITUDES, NARROW

_D = "[0-9０-９]"
_SEPARATOR = "[-－/／]"
_DAY = re.compile(
    rf"({_D}{{4}})(?:({_SEPARATOR})({_D}{{1,2}})({_SEPARATOR})({_D}{{1,2}})(?!{_D})"
    rf"|年({_D}{{1,2}})月({_D}{{1,2}})[日号])"
)
_CLOCK = re.compile(rf"({_D}{{1,2}})[:：]({_D}{{2}})(?:[:：]({_D}{{2}})(?:[.．]({_D}{{1,6}}))?)?")
_ZONE = re.compile(rf"[Zz]|([-+－＋])({_D}{{2}})[:：]({_D}{{2}})(?:[:：]({_D}{{2}}))?")
_NUMBER = re.compile(rf"({_D}+)(?:[.．]({_D}+))?")
_UNIT = re.compile(r"[^\W\d_]+")
_LONGEST_UNIT: Final = 3

_BODIES: Final = {
    opening: re.compile(rf"((?:[^\\{closing}]++|\\.)*+)[{closing}]", re.DOTALL)
    for openings, closing in (
        ("'", "'"),
        ('"', '"'),
        ("‘’＇", "‘’＇"),
        ("“”＂", "“”＂"),
        ("「", "」"),
        ("『", "』"),
    )
    for opening in openings
}
QUOTES: Final = "".join(_BODIES)
"""Every character that opens a string."""

_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_QUOTING: Final = frozenset("'\"‘’＇“”＂「」『』")


def read_number(text: str, start: int) -> tuple[Constant, int]:
    """The number, duration, day, instant or time of day at `start`, and where it ends."""
    day = _DAY.match(text, start)
    if day:
        return _day_or_instant(text, day)
    clock = _CLOCK.match(text, start)
    if clock:
        return _time(clock), clock.end()
    number = _NUMBER.match(text, start)
    if number is None:  # pragma: no cover - the lexer only calls this on a digit
        raise QueryError("bad_character", position=start, found=text[start : start + 1])
    whole, fraction = (part.translate(NARROW) for part in (number[1], number[2] or ""))
    unit, end = _unit(text, number)
    if len(whole) + len(fraction) + MAGNITUDES.get(unit, 0) > MAX_DIGITS:
        raise QueryError("number_too_long", position=start, limit=MAX_DIGITS)
    if unit in DURATIONS:
        return _duration(whole, fraction, unit, start), end
    return scaled(whole, fraction, MAGNITUDES.get(unit, 0)), end


def scaled(whole: str, fraction: str, zeros: int = 0) -> int | Decimal:
    """`whole.fraction` times ten to the `zeros`: an integer where only a suffix made it whole."""
    if not fraction:
        return int(whole + "0" * zeros)
    if not zeros:
        return Decimal(f"{whole}.{fraction}")
    padded = fraction.ljust(zeros, "0")
    rest = padded[zeros:].rstrip("0")
    moved = whole + padded[:zeros]
    return Decimal(f"{moved}.{rest}") if rest else int(moved)


def read_string(text: str, start: int) -> tuple[str, int]:
    """The string that opens at `start`, its escapes resolved, and where it ends."""
    found = _BODIES[text[start]].match(text, start + 1)
    if found is None:
        raise QueryError("string_unterminated", position=start, found=text[start:])
    body = found[1]
    return (unescape(body, start + 1) if "\\" in body else body), found.end()


def unescape(body: str, start: int) -> str:
    r"""Resolve `\\ \' \" \n \r \t \uXXXX`; anything else is refused with its position."""

    def resolve(escape: re.Match[str]) -> str:
        name = escape[1]
        if len(name) > 1:
            return chr(int(name[1:], 16))
        if name in _QUOTING:
            return name
        if name not in _ESCAPES:
            raise QueryError("string_escape", position=start + escape.start(), found=escape[0])
        return _ESCAPES[name]

    resolved = _ESCAPE.sub(resolve, body)
    try:
        return resolved.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise QueryError("string_escape", position=start, found=body) from None


def _unit(text: str, number: re.Match[str]) -> tuple[str, int]:
    end = number.end()
    found = _UNIT.match(text, end)
    if found is None:
        return "", end
    run = found[0]
    if run in MAGNITUDES or run in DURATIONS:
        return run, found.end()
    for length in range(min(_LONGEST_UNIT, len(run)), -1, -1):
        unit = run[:length]
        known = not unit or unit in MAGNITUDES or unit in DURATIONS
        if known and run.startswith(GLUED, length):
            return unit, end + length
    raise _unknown_unit(number, run, text[found.end() : found.end() + 1])


def _unknown_unit(number: re.Match[str], run: str, following: str) -> QueryError:
    start, digits = number.start(), number[0]
    if run in {"e", "E"}:
        return QueryError("number_exponent", position=start, found=digits + run + following)
    for length in range(min(_LONGEST_UNIT, len(run)), 0, -1):
        if run[:length] in MAGNITUDES or run[:length] in DURATIONS:
            suggestion = digits + run[:length]
            break
    else:
        suggestion = digits
    return QueryError("number_unit", position=start, found=digits + run, suggestion=suggestion)


def _duration(whole: str, fraction: str, unit: str, start: int) -> timedelta:
    total, rest = divmod(int(whole + fraction) * DURATIONS[unit], 10 ** len(fraction))
    found = None if rest else duration(total)
    if found is None:
        raise QueryError("duration_range", position=start)
    return found


def _day_or_instant(text: str, found: re.Match[str]) -> tuple[Constant, int]:
    year, first, month, _, day, month_zh, day_zh = (
        part and part.translate(NARROW) for part in found.groups()
    )
    month, day = (month or month_zh).zfill(2), (day or day_zh).zfill(2)
    iso = f"{year}-{month}-{day}"
    spelled = found[0].translate(NARROW)
    if first and spelled != iso:
        raise QueryError("date_form", position=found.start(), found=found[0], suggestion=iso)
    try:
        value = date.fromisoformat(iso)
    except ValueError:
        raise QueryError("date_invalid", position=found.start(), found=found[0]) from None
    end = found.end()
    if first and text[end : end + 1] in {"T", "t"}:
        clock = _CLOCK.match(text, end + 1)
        if clock:
            return _instant(text, value, clock, found.start())
    return value, end


def _instant(text: str, day: date, clock: re.Match[str], start: int) -> tuple[Constant, int]:
    zone = _ZONE.match(text, clock.end())
    if zone is None:
        spelled = text[start : clock.end()]
        raise QueryError(
            "instant_without_zone", position=start, found=spelled, suggestion=spelled + "+08:00"
        )
    moment = datetime.combine(day, _time(clock)).isoformat()
    offset = zone[0].translate(NARROW).upper()
    try:
        return datetime.fromisoformat(moment + offset), zone.end()
    except ValueError:
        raise QueryError("date_invalid", position=start, found=text[start : zone.end()]) from None


def _time(clock: re.Match[str]) -> time:
    hour, minute, second, fraction = ((part or "0").translate(NARROW) for part in clock.groups())
    try:
        return time(int(hour), int(minute), int(second), int(fraction.ljust(6, "0")))
    except ValueError:
        raise QueryError("time_invalid", position=clock.start(), found=clock[0]) from None
