"""Dates, instants, times of day and durations. A date is not an instant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.number import exact_decimal

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?", re.ASCII)
FIRST_INSTANT: Final = datetime(1, 1, 2, tzinfo=UTC)
LAST_INSTANT: Final = datetime(9999, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@frozen
class Date(Kind):
    """A calendar day from 0001-01-01 to 9999-12-31."""

    name: ClassVar[str] = "date"
    shape: ClassVar[Shape] = "date"

    def normalize(self, value: object) -> date | None:
        if type(value) is date:
            return value
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            found = _DATE.fullmatch(text)
            if found is not None:
                try:
                    return date(*(int(part) for part in found.groups()))
                except ValueError:
                    self.refuse("not_a_date", value)
        self.refuse("not_a_date", value)


@frozen
class DateTime(Kind):
    """An instant in UTC, cut to milliseconds.

    Naive values are refused unless the kind names the `zone` that they are in.
    """

    name: ClassVar[str] = "datetime"
    shape: ClassVar[Shape] = "instant"
    zone: str | None = None

    def normalize(self, value: object) -> datetime | None:
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            try:
                value = datetime.fromisoformat(text)
            except ValueError:
                self.refuse("not_an_instant", value)
        if not isinstance(value, datetime):
            self.refuse("not_an_instant", value)
        if value.tzinfo is None:
            value = value.replace(tzinfo=self._zone(value))
        elif value.tzinfo is UTC and value.microsecond % 1000 == 0:
            return self._bounded(value)
        try:
            instant = value.astimezone(UTC)
        except OverflowError:
            self.refuse("out_of_range", value, minimum=FIRST_INSTANT, maximum=LAST_INSTANT)
        return self._bounded(instant.replace(microsecond=instant.microsecond // 1000 * 1000))

    def _bounded(self, value: datetime) -> datetime:
        if FIRST_INSTANT <= value <= LAST_INSTANT:
            return value
        self.refuse("out_of_range", value, minimum=FIRST_INSTANT, maximum=LAST_INSTANT)

    def _zone(self, value: datetime) -> ZoneInfo:
        if self.zone is None:
            self.refuse("naive_instant", value)
        return zone_of(self.zone)

    def to_json(self, value: object) -> object:
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    def from_json(self, data: object) -> datetime | None:
        return self.normalize(data.replace("Z", "+00:00") if isinstance(data, str) else data)


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone `name`; raises `Invalid` for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        DateTime().refuse("unknown_zone", name)


@frozen
class WallTime(Kind):
    """A time of day in whole minutes."""

    name: ClassVar[str] = "wall_time"
    shape: ClassVar[Shape] = "minutes"

    def normalize(self, value: object) -> time | None:
        if isinstance(value, str):
            text = value.strip()
            if not text:
                return None
            found = _TIME.fullmatch(text)
            if found is None or int(found[1]) > 23 or int(found[2]) > 59:
                self.refuse("not_a_time", value)
            return time(int(found[1]), int(found[2]))
        if not isinstance(value, time) or value.tzinfo or value.second or value.microsecond:
            self.refuse("not_a_time", value)
        return value.replace(fold=0)

    def to_json(self, value: object) -> object:
        return None if value is None else f"{value:%H:%M}"


@frozen
class Duration(Kind):
    """A length of time in whole milliseconds; numbers given are minutes."""

    name: ClassVar[str] = "duration"
    shape: ClassVar[Shape] = "milliseconds"

    def normalize(self, value: object) -> timedelta | None:
        if isinstance(value, timedelta):
            return value - timedelta(microseconds=value.microseconds % 1000)
        number = exact_decimal(self, value)
        if number is None:
            return None
        milliseconds = number * 60_000
        if milliseconds != milliseconds.to_integral_value() or abs(milliseconds) > 10**15:
            self.refuse("not_a_duration", value)
        return timedelta(milliseconds=int(milliseconds))

    def to_json(self, value: object) -> object:
        if value is None:
            return None
        assert isinstance(value, timedelta)
        return value // _MILLISECOND

    def from_json(self, data: object) -> timedelta | None:
        if data is None:
            return None
        if type(data) is not int:
            self.refuse("not_a_duration", data)
        return timedelta(milliseconds=data)
