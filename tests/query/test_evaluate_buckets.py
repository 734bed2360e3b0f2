"""Buckets are local calendar dates, at every change of the clocks as zoneinfo has it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.clock import from_milliseconds
from crmcore.errors import Invalid
from crmcore.query.bound import BoundBucket
from crmcore.query.buckets import bucket_of, zone_offsets
from crmcore.testing.conformance.buckets import UNITS, around_changes, local_bucket
from crmcore.testing.generate.questions import ZONES

_FIRST, _LAST = date(1900, 1, 2), date(2099, 12, 30)


@pytest.mark.parametrize("zone", ZONES)
def test_every_change_of_the_clocks_is_followed(zone: str) -> None:
    info, offsets = ZoneInfo(zone), zone_offsets(zone)
    moments = around_changes(zone)
    assert len(moments) >= (0 if zone == "UTC" else 10)
    for unit in UNITS:
        bucket = BoundBucket(unit, 4, offsets)
        for moment in moments:
            expected = local_bucket(unit, moment.astimezone(info))
            assert bucket_of(bucket, moment) == expected, (unit, moment)


@pytest.mark.parametrize("zone", ZONES)
def test_no_change_of_the_clocks_is_missed(zone: str) -> None:
    """Every third hour of two years in each of which some zone changed often."""
    info, offsets = ZoneInfo(zone), zone_offsets(zone)
    bucket = BoundBucket("hour", 1, offsets)
    for year in (1916, 1944, 1986, 2011, 2024, 2037, 2090):
        moment = datetime(year, 1, 1, tzinfo=UTC)
        while moment.year == year:
            assert bucket_of(bucket, moment) == moment.astimezone(info).hour, moment
            moment += timedelta(hours=3)


@given(
    st.integers(-2_208_902_400_000, 4_102_271_999_999).map(from_milliseconds),
    st.sampled_from(ZONES),
    st.sampled_from(UNITS),
)
def test_any_moment_lies_in_the_bucket_of_its_local_date(
    moment: datetime, zone: str, unit: str
) -> None:
    bucket = BoundBucket(unit, 4, zone_offsets(zone))
    assert bucket_of(bucket, moment) == local_bucket(unit, moment.astimezone(ZoneInfo(zone)))


@given(st.dates(_FIRST, _LAST), st.sampled_from([unit for unit in UNITS if unit != "hour"]))
def test_days_need_no_zone(day: date, unit: str) -> None:
    assert bucket_of(BoundBucket(unit, 4, ()), day) == local_bucket(unit, day)


@given(st.dates(), st.integers(1, 12))
def test_buckets_are_total_and_begin_before_what_they_hold(day: date, starts: int) -> None:
    for unit in ("day", "week", "month", "quarter", "year", "fiscal_year"):
        begins = bucket_of(BoundBucket(unit, starts, ()), day)
        assert isinstance(begins, date)
        assert begins <= day
        assert bucket_of(BoundBucket(unit, starts, ()), begins) == begins


@given(st.integers(-62_135_510_400_000, 253_402_214_399_999), st.sampled_from(ZONES))
def test_every_moment_of_the_domain_has_buckets(milliseconds: int, zone: str) -> None:
    moment = from_milliseconds(milliseconds)
    for unit in UNITS:
        assert bucket_of(BoundBucket(unit, 7, zone_offsets(zone)), moment) is not None


def test_offsets_begin_before_everything_and_rise() -> None:
    for zone in ZONES:
        offsets = zone_offsets(zone)
        assert offsets[0][0] < -(10**17)
        assert [one for one, _ in offsets] == sorted({one for one, _ in offsets})
        assert all(first != second for (_, first), (_, second) in pairwise(offsets))
    assert len(zone_offsets("UTC")) == 1


@pytest.mark.parametrize(
    ("zone", "start", "days"),
    [
        ("Africa/Freetown", datetime(1939, 8, 30, 0, 50, tzinfo=UTC), 8),
        ("America/Fortaleza", datetime(2000, 10, 6, tzinfo=UTC), 20),
        ("America/Boa_Vista", datetime(2000, 10, 6, tzinfo=UTC), 20),
    ],
)
def test_clocks_that_were_changed_back_soon_are_followed(
    zone: str, start: datetime, days: int
) -> None:
    info, bucket = ZoneInfo(zone), BoundBucket("hour", 1, zone_offsets(zone))
    for hours in range(24 * days):
        moment = start + timedelta(hours=hours)
        assert bucket_of(bucket, moment) == moment.astimezone(info).hour


def test_an_unknown_zone_is_refused() -> None:
    for zone in ("Mars/Olympus", "", "../../etc/passwd", "x" * 500):
        with pytest.raises(Invalid) as caught:
            zone_offsets(zone)
        assert caught.value.code == "unknown_zone"
