"""What buckets promise: local calendar dates, across every change of the clocks of a zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from crmcore.clock import from_milliseconds
from crmcore.kinds import Date, DateTime
from crmcore.query.ast import Bucket, GroupBy
from crmcore.query.buckets import zone_offsets
from crmcore.schema import Field, Module
from crmcore.storage import Backend
from crmcore.testing.canonical import DATES, INSTANTS
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.generate.questions import ZONES
from crmcore.testing.script import Create

EVENT = Module(
    "event",
    [Field("at", DateTime(), number=1), Field("on", Date(), number=2)],
    number=103,
)
UNITS: Final = ("day", "week", "month", "quarter", "year", "fiscal_year", "weekday", "hour")
_STARTS: Final = 4


def local_bucket(unit: str, local: datetime | date) -> date | int:
    """The bucket of a local moment, taken with the calendar of Python."""
    day = local.date() if isinstance(local, datetime) else local
    if unit == "weekday":
        return day.isoweekday()
    if unit == "hour":
        assert isinstance(local, datetime)
        return local.hour
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    if unit == "year":
        return date(day.year, 1, 1)
    if unit == "fiscal_year":
        return date(day.year if day.month >= _STARTS else day.year - 1, _STARTS, 1)
    return day


def around_changes(zone: str) -> list[datetime]:
    """Moments a second and a millisecond before, at and after every change of a zone's clocks."""
    steps = (-1_000, -1, 0, 1, 1_000)
    changes = [moment for moment, _ in zone_offsets(zone)[1:]]
    return [from_milliseconds(moment + step) for moment in changes for step in steps]


class Buckets:
    """Days, weeks, months … of a date, and of a moment in a zone."""

    @pytest.mark.parametrize("zone", ZONES)
    def test_buckets_follow_the_clocks_of_the_zone(self, store: Backend, zone: str) -> None:
        desk = Desk.at(store, EVENT)
        moments = [
            *around_changes(zone)[-600:],
            *(one for one in INSTANTS if 1900 <= one.year < 2100),
        ]
        desk.commit(*(_event(n, "at", moment) for n, moment in enumerate(moments)))
        info = ZoneInfo(zone)
        local = [moment.astimezone(info) for moment in moments]
        for unit in UNITS:
            assert _counts(desk, "at", unit, zone) == _expected(unit, local), unit

    @pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "hour"])
    def test_buckets_of_days(self, store: Backend, unit: str) -> None:
        desk = Desk.at(store, EVENT)
        first = date(2023, 12, 20)
        days = [*(first + timedelta(days=n) for n in range(120)), *DATES[1:]]
        desk.commit(*(_event(n, "on", day) for n, day in enumerate(days)))
        assert _counts(desk, "on", unit, None) == _expected(unit, days)

    def test_nothing_has_no_bucket(self, store: Backend) -> None:
        desk = Desk.at(store, EVENT)
        desk.commit(_event(1, "at", INSTANTS[4]), _event(2, "on", DATES[4]))
        for unit in UNITS:
            assert _counts(desk, "at", unit, "Asia/Shanghai")[None] == 1

    def test_the_ends_of_the_calendar_have_buckets(self, store: Backend) -> None:
        """Where a bucket would begin before the first day, it begins with it."""
        desk = Desk.at(store, EVENT)
        desk.commit(_event(1, "on", date(1, 1, 1)), _event(2, "on", date(9999, 12, 31)))
        expected = {
            "day": [date(1, 1, 1), date(9999, 12, 31)],
            "week": [date(1, 1, 1), date(9999, 12, 27)],
            "fiscal_year": [date(1, 1, 1), date(9999, 4, 1)],
        }
        for unit, begins in expected.items():
            assert sorted(_counts(desk, "on", unit, None)) == begins

    def test_every_fiscal_year_begins_with_its_month(self, store: Backend) -> None:
        desk = Desk.at(store, EVENT)
        days = [date(2024, month, 15) for month in range(1, 13)]
        desk.commit(*(_event(n, "on", day) for n, day in enumerate(days)))
        for starts in range(1, 13):
            by = GroupBy(("on",), Bucket("fiscal_year", None, starts))
            found = {row[0]: row[1] for row in desk.summarize("event", "count", by=[by])}
            expected = {date(2024, starts, 1): 13 - starts}
            if starts > 1:
                expected[date(2023, starts, 1)] = starts - 1
            assert found == expected


def _event(number: int, name: str, value: date | datetime) -> Create:
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return Create("event", record_named(f"e{number}"), {name: value})


def _counts(desk: Desk, name: str, unit: str, zone: str | None) -> Counter[Any]:
    by = GroupBy((name,), Bucket(unit, zone, _STARTS))
    return Counter({row[0]: row[1] for row in desk.summarize("event", "count", by=[by])})


def _expected(unit: str, local: Iterable[datetime | date]) -> Counter[object]:
    return Counter(local_bucket(unit, one) for one in local)
