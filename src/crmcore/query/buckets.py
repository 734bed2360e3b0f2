"""Buckets of time: the local calendar date at which a day, week, month … begins.

Offsets of a zone are enumerated for 1900–2100; before and after, the first and the last
one hold. This is the definition for every backend.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from crmcore.clock import to_milliseconds
from crmcore.kinds.temporal import zone_of
from crmcore.query.bound import BoundBucket

DATE_UNITS: Final = ("day", "week", "month", "quarter", "year", "fiscal_year")
NUMBER_UNITS: Final = ("weekday", "hour")
_BEGINNING: Final = -(2**62)
_STEP: Final = timedelta(days=2)
"""Clocks were changed and changed back within four days (Freetown, 1939)."""


@lru_cache(maxsize=64)
def zone_offsets(zone: str) -> tuple[tuple[int, int], ...]:
    """(from this millisecond on, offset to UTC in milliseconds), ascending; raises `Invalid`."""
    info = zone_of(zone)

    def offset(moment: datetime) -> int:
        found = moment.astimezone(info).utcoffset()
        assert found is not None
        return found // timedelta(milliseconds=1)

    moment, end = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    present = offset(moment)
    found = [(_BEGINNING, present)]
    while moment < end:
        following = moment + _STEP
        if offset(following) != present:
            change = _first_change(offset, moment, following, present)
            present = offset(change)
            found.append((to_milliseconds(change), present))
            moment = change
        else:
            moment = following
    return tuple(found)


def _first_change(
    offset: Callable[[datetime], int], low: datetime, high: datetime, present: int
) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if offset(middle) == present:
            low = middle
        else:
            high = middle
    return high


def offset_at(offsets: tuple[tuple[int, int], ...], milliseconds: int) -> int:
    """The offset in force at a moment."""
    low, high = 0, len(offsets)
    while high - low > 1:
        middle = (low + high) // 2
        if offsets[middle][0] <= milliseconds:
            low = middle
        else:
            high = middle
    return offsets[low][1]


def bucket_of(bucket: BoundBucket, value: date | datetime) -> date | int:
    """The bucket that `value` falls into: a local date, or a number for weekday and hour."""
    hour = 0
    if isinstance(value, datetime):
        moment = to_milliseconds(value)
        local = moment + offset_at(bucket.offsets, moment)
        day = date(1970, 1, 1) + timedelta(days=local // 86_400_000)
        hour = local % 86_400_000 // 3_600_000
    else:
        day = value
    if bucket.unit == "weekday":
        return day.isoweekday()
    if bucket.unit == "hour":
        return hour
    return _beginning(bucket, day)


def _beginning(bucket: BoundBucket, day: date) -> date:
    if bucket.unit == "week":
        return date.fromordinal(max(1, day.toordinal() - day.weekday()))
    if bucket.unit == "month":
        return day.replace(day=1)
    if bucket.unit == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if bucket.unit == "year":
        return date(day.year, 1, 1)
    if bucket.unit == "fiscal_year":
        year = day.year if day.month >= bucket.starts else day.year - 1
        return date(max(1, year), bucket.starts if year >= 1 else 1, 1)
    return day
