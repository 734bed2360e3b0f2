"""Dates and times that a workbook keeps as numbers of days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import isfinite
from typing import Literal

from crmcore.importing.sources.numbers import NUMBER_CHARACTERS
from crmcore.importing.sources.values import Cell, cell_error

Calendar = Literal[1900, 1904]

_DAY_MILLISECONDS = 86_400_000
# Day 0 of each calendar. That of 1900 counts a day that never was, so its first days lie one
# further from the origin than they say.
_ORIGIN = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
_UNREAL_DAY = 60
_LAST_DAY = {year: (date.max - origin).days for year, origin in _ORIGIN.items()}
# Columns repeat their dates; this many different ones are kept.
_REMEMBERED = 8_192


class Serials:
    """Turns the stored text of date cells into dates, by the calendar of the workbook.

    Times are rounded to milliseconds, which is finer than a day number holds reliably.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._calendar: Calendar = calendar
        self._remembered = lru_cache(_REMEMBERED)(self._value)

    def day(self, text: str) -> Cell:
        """A cell whose format shows a date without a time; a fraction is kept all the same."""
        return self._read(text, False)

    def moment(self, text: str) -> Cell:
        """A cell whose format shows a time, with or without a date."""
        return self._read(text, True)

    def span(self, text: str) -> Cell:
        """A cell whose format shows elapsed time."""
        days = _days(text)
        if days is None or abs(days) > timedelta.max.days:
            return cell_error(text, "cell_date_out_of_range")
        return timedelta(milliseconds=round(days * _DAY_MILLISECONDS))

    def _read(self, text: str, with_time: bool) -> Cell:
        # Only what can be a number is remembered, so that hostile texts do not pile up.
        return (self._remembered if len(text) <= NUMBER_CHARACTERS else self._value)(
            text, with_time
        )

    def _value(self, text: str, with_time: bool) -> Cell:
        days = _days(text)
        if days is None or not 0 <= days < _LAST_DAY[self._calendar] + 1:
            return cell_error(text, "cell_date_out_of_range")
        day, milliseconds = divmod(round(days * _DAY_MILLISECONDS), _DAY_MILLISECONDS)
        clock = _clock(milliseconds)
        if day == 0 and (with_time or milliseconds):
            return clock
        if self._calendar == 1900:
            if day == 0:
                return cell_error(text, "cell_date_out_of_range")
            if day == _UNREAL_DAY:
                return cell_error(text, "cell_date_unreal")
            if day < _UNREAL_DAY:
                day += 1
        if day > _LAST_DAY[self._calendar]:
            return cell_error(text, "cell_date_out_of_range")
        found = _ORIGIN[self._calendar] + timedelta(days=day)
        return datetime.combine(found, clock) if with_time or milliseconds else found


def _clock(milliseconds: int) -> time:
    seconds, rest = divmod(milliseconds, 1_000)
    minutes, second = divmod(seconds, 60)
    return time(minutes // 60, minutes % 60, second, rest * 1_000)


def _days(text: str) -> float | None:
    try:
        days = float(text)
    except ValueError:
        return None
    return days if isfinite(days) else None


def iso_value(text: str) -> Cell:
    """A cell that holds a date, a time or both in ISO 8601 instead of a number."""
    for kind in (date, time, datetime):
        try:
            return kind.fromisoformat(text)
        except ValueError:
            continue
    return cell_error(text, "cell_unreadable")
