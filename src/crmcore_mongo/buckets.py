"""Buckets of time: the server cuts local time, whose offsets to UTC we hand it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from crmcore.clock import from_milliseconds
from crmcore.query.bound import BoundBucket
from crmcore_mongo.expressions import Expression, literal

Finish = Callable[[Any], object]
_TRUNCATED: Final = ("day", "week", "month", "quarter", "year")


def bucketed(path: str, bucket: BoundBucket) -> tuple[Expression, Finish]:
    """The expression to group by, and the function from its values to buckets.

    Where there is no date, none of its operators gives anything.
    """
    local: Expression = f"${path}"
    if bucket.offsets:
        local = {"$add": [local, _offset(local, bucket.offsets)]}
    if bucket.unit in _TRUNCATED:
        words = {"date": local, "unit": bucket.unit, "startOfWeek": "monday"}
        return {"$dateTrunc": words}, _date
    if bucket.unit == "weekday":
        return {"$isoDayOfWeek": local}, int
    if bucket.unit == "hour":
        return {"$hour": local}, int
    earlier = {"$cond": [{"$lt": [{"$month": local}, bucket.starts]}, 1, 0]}
    year = {"$subtract": [{"$year": local}, earlier]}
    return year, _date_of_fiscal_year(bucket.starts)


def _offset(value: Expression, offsets: Sequence[tuple[int, int]]) -> Expression:
    """What to add to an instant, as a balanced tree of conditions."""
    if len(offsets) == 1:
        return literal(offsets[0][1])
    middle = len(offsets) // 2
    change = from_milliseconds(offsets[middle][0])
    earlier, later = _offset(value, offsets[:middle]), _offset(value, offsets[middle:])
    return {"$cond": [{"$lt": [value, literal(change)]}, earlier, later]}


def _date(found: datetime) -> date:
    return found.date()


def _date_of_fiscal_year(starts: int) -> Finish:
    def finish(year: int) -> date:
        # There is no year 0: what would begin in it begins with the calendar.
        return date(year, starts, 1) if year >= 1 else date(1, 1, 1)

    return finish
