"""Dates, instants, times of day and durations. A date is not an instant."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar, Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.number import EXACT, exact_decimal, fix_scale
from crmcore.kinds.plain import (
    plain_date,
    plain_datetime,
    plain_int,
    plain_str,
    plain_time,
    plain_timedelta,
)

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_INPUT_LENGTH: Final = 60
FIRST_INSTANT: Final = datetime(1, 1, 2, tzinfo=UTC)
LAST_INSTANT: Final = datetime(9999, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC)
LONGEST: Final = timedelta(milliseconds=10**15)
"""No duration is longer, forwards or backwards: some 31,000 years."""

_MILLISECOND: Final = timedelta(milliseconds=1)


def _line(value: object) -> str | None:
    """`value` trimmed where it is a text of sensible length; `None` for anything else."""
    text = plain_str(value)
    if text is None:
        return None
    text = text.strip()
    return text if len(text) <= _INPUT_LENGTH else None


@frozen
class Date(Kind):
    """A calendar day from 0001-01-01 to 9999-12-31."""

    name: ClassVar[str] = "date"
    shape: ClassVar[Shape] = "date"

    def normalize(self, value: object) -> date | None:
        if type(value) is date:
            return value
        text = _line(value)
        if value is None or text == "":
            return None
        day = plain_date(value)
        if day is not None:
            return day
        found = _DATE.fullmatch(text) if text else None
        if found is None:
            self.refuse("not_a_date", value)
        try:
            return date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            self.refuse("not_a_date", value)


@frozen
class DateTime(Kind):
    """An instant in UTC, cut to milliseconds.

    Naive values are refused unless the kind names the `zone` that they are in; then a
    moment that the clocks of the zone skip is refused, and one that they show twice is
    the earlier one unless its `fold` says otherwise.
    """

    name: ClassVar[str] = "datetime"
    shape: ClassVar[Shape] = "instant"
    zone: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.zone is not None:
            self.demand(_is_zone(self.zone), "zone", "an IANA time zone")

    def normalize(self, value: object) -> datetime | None:
        moment = value if type(value) is datetime else self._moment(value)
        if moment is None:
            return None
        if moment.tzinfo is not UTC:
            moment = self._in_utc(moment)
        if moment.fold or moment.microsecond % 1000:
            cut = moment.microsecond // 1000 * 1000
            moment = moment.replace(microsecond=cut, fold=0)
        if not FIRST_INSTANT <= moment <= LAST_INSTANT:
            self._beyond(moment)
        return moment

    def _moment(self, value: object) -> datetime | None:
        text = _line(value)
        if value is None or text == "":
            return None
        moment = self._read(text) if text else plain_datetime(value)
        return self.refuse("not_an_instant", value) if moment is None else moment

    def _read(self, text: str) -> datetime:
        found = _MOMENT.fullmatch(text)
        if found is None:
            self.refuse("not_an_instant", text)
        day, clock, seconds, fraction, offset = found.groups()
        micro = (fraction or "")[:6].ljust(6, "0")
        zone = "+00:00" if offset in ("Z", "z") else offset or ""
        try:
            return datetime.fromisoformat(
                f"{day}T{clock or '00:00'}:{seconds or '00'}.{micro}{zone}"
            )
        except ValueError:
            self.refuse("not_an_instant", text)

    def _in_utc(self, moment: datetime) -> datetime:
        try:
            offset = moment.utcoffset()
            if offset is not None:
                return moment.astimezone(UTC)
        except OverflowError:
            self._beyond(moment.replace(tzinfo=None))
        except Exception:
            # Time zones are foreign code.
            self.refuse("not_an_instant", moment)
        if self.zone is None:
            self.refuse("naive_instant", moment.replace(tzinfo=None))
        return self._local(moment.replace(tzinfo=zone_of(self.zone)))

    def _local(self, moment: datetime) -> datetime:
        try:
            instant = moment.astimezone(UTC)
            shown = instant.astimezone(moment.tzinfo)
        except (OverflowError, ValueError):
            self._beyond(moment.replace(tzinfo=None))
        if shown.replace(tzinfo=None) != moment.replace(tzinfo=None):
            self.refuse("no_such_moment", moment.replace(tzinfo=None), zone=self.zone)
        return instant

    def _beyond(self, moment: datetime) -> NoReturn:
        self.refuse("out_of_range", moment, minimum=FIRST_INSTANT, maximum=LAST_INSTANT)

    def to_json(self, value: object) -> object:
        if value is None:
            return None
        assert isinstance(value, datetime)
        return value.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _is_zone(name: object) -> bool:
    try:
        return isinstance(name, str) and len(name) <= 100 and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone `name`; raises `Invalid` for an unknown one."""
    if not _is_zone(name):
        DateTime().refuse("unknown_zone", name)
    return ZoneInfo(name)


@frozen
class WallTime(Kind):
    """A time of day in whole minutes."""

    name: ClassVar[str] = "wall_time"
    shape: ClassVar[Shape] = "minutes"

    def normalize(self, value: object) -> time | None:
        text = _line(value)
        if value is None or text == "":
            return None
        found = _TIME.fullmatch(text) if text else None
        if found is not None and int(found[1]) <= 23 and int(found[2]) <= 59:
            return time(int(found[1]), int(found[2]))
        clock = plain_time(value)
        if clock is None or clock.second or clock.microsecond:
            self.refuse("not_a_time", value)
        return clock

    def to_json(self, value: object) -> object:
        return None if value is None else f"{value:%H:%M}"


@frozen
class Duration(Kind):
    """A length of time in whole milliseconds; numbers given are minutes."""

    name: ClassVar[str] = "duration"
    shape: ClassVar[Shape] = "milliseconds"

    def normalize(self, value: object) -> timedelta | None:
        span = plain_timedelta(value)
        if span is None:
            minutes = exact_decimal(self, value)
            if minutes is None:
                return None
            # Whole milliseconds are minutes of at most five digits behind the point.
            scaled = int(fix_scale(self, minutes, 5).scaleb(5, EXACT))
            milliseconds, rest = divmod(scaled * 3, 5)
            if rest or abs(milliseconds) > LONGEST // _MILLISECOND:
                self.refuse("not_a_duration", value)
            return timedelta(milliseconds=milliseconds)
        if not -LONGEST <= span <= LONGEST:
            self.refuse("not_a_duration", value)
        return span - timedelta(microseconds=span.microseconds % 1000)

    def to_json(self, value: object) -> object:
        if value is None:
            return None
        assert isinstance(value, timedelta)
        return value // _MILLISECOND

    def from_json(self, data: object) -> timedelta | None:
        if data is None:
            return None
        milliseconds = plain_int(data)
        if milliseconds is None or abs(milliseconds) > LONGEST // _MILLISECOND:
            self.refuse("not_a_duration", data)
        return timedelta(milliseconds=milliseconds)
