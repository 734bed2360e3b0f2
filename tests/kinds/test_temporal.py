"""Days, instants, times of day, lengths of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from crmcore.errors import Invalid
from crmcore.kinds import Date, DateTime, Duration, Kind, WallTime
from crmcore.kinds.temporal import zone_of

NEW_YORK = DateTime(zone="America/New_York")
SHANGHAI = DateTime(zone="Asia/Shanghai")


def code(kind: Kind, value: object) -> str:
    with pytest.raises(Invalid) as caught:
        kind.normalize(value)
    return caught.value.code


class Holiday(date):
    """A date with a name, as libraries make them."""


class Stamp(datetime):
    """A moment with more, as libraries make them."""


def naive(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, fold=fold)  # type: ignore[arg-type,misc]  # noqa: DTZ001


def test_days() -> None:
    for value in ("2024-01-05", "2024-1-5", " 2024-01-05 ", date(2024, 1, 5), Holiday(2024, 1, 5)):
        found = Date().normalize(value)
        assert found == date(2024, 1, 5)
        assert type(found) is date
    assert Date().to_json(date(1, 1, 1)) == "0001-01-01"
    assert Date().from_json("9999-12-31") == date.max


@pytest.mark.parametrize(
    "bad",
    [
        "2023-02-29",
        "0000-01-01",
        "2024-13-01",
        "2024/01/05",
        "20240105",
        "2024-01-05T00:00",
        "5.1.2024",
        20240105,
        45296.0,
        True,
        naive(2024, 1, 5),
        datetime(2024, 1, 5, tzinfo=UTC),
        "２０２４-01-05",
    ],
)
def test_what_is_no_day(bad: object) -> None:
    assert code(Date(), bad) == "not_a_date"


@pytest.mark.parametrize(
    "value",
    [
        "2024-01-05T02:00:00Z",
        "2024-01-05 10:00+08:00",
        "2024-01-05T10:00:00.000+0800",
        "2024-01-05t02:00:00.000999z",
        datetime(2024, 1, 5, 2, tzinfo=UTC),
        datetime(2024, 1, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai")),
        datetime(2024, 1, 4, 21, 0, 0, 999, tzinfo=timezone(timedelta(hours=-5))),
        Stamp(2024, 1, 5, 2, tzinfo=UTC),
        datetime(2024, 1, 5, 2, tzinfo=UTC, fold=1),
    ],
)
def test_instants_are_utc_and_cut_to_milliseconds(value: object) -> None:
    found = DateTime().normalize(value)
    assert found == datetime(2024, 1, 5, 2, tzinfo=UTC)
    assert type(found) is datetime
    assert found.tzinfo is UTC
    assert found.microsecond == 0
    assert found.fold == 0
    assert DateTime().to_json(found) == "2024-01-05T02:00:00.000Z"


def test_milliseconds_are_cut_not_rounded() -> None:
    for microsecond, cut in ((999_999, 999_000), (1_500, 1_000), (1_000, 1_000)):
        found = DateTime().normalize(datetime(2024, 1, 5, 0, 0, 0, microsecond, tzinfo=UTC))
        assert found is not None
        assert found.microsecond == cut
    early = DateTime().normalize("0900-01-01T00:00:00.123Z")
    assert DateTime().to_json(early) == "0900-01-01T00:00:00.123Z"


def test_a_naive_moment_needs_a_stated_zone() -> None:
    for value in (naive(2024, 1, 5, 10), "2024-01-05 10:00", "2024-01-05"):
        assert code(DateTime(), value) == "naive_instant"
    assert SHANGHAI.normalize(naive(2024, 1, 5, 10)) == datetime(2024, 1, 5, 2, tzinfo=UTC)
    assert SHANGHAI.normalize("2024-01-05") == datetime(2024, 1, 4, 16, tzinfo=UTC)
    # In the summer of 1991 China had daylight saving time; in 1900 a local mean time.
    assert SHANGHAI.normalize("1991-07-01 00:00") == datetime(1991, 6, 30, 15, tzinfo=UTC)
    assert SHANGHAI.normalize("1900-01-01 08:05:43") == datetime(1900, 1, 1, tzinfo=UTC)


def test_a_moment_that_the_clocks_skip_is_refused() -> None:
    assert code(NEW_YORK, naive(2024, 3, 10, 2, 30)) == "no_such_moment"
    assert NEW_YORK.normalize("2024-03-10 03:00") == datetime(2024, 3, 10, 7, tzinfo=UTC)


def test_of_a_moment_shown_twice_the_fold_decides() -> None:
    first = NEW_YORK.normalize(naive(2024, 11, 3, 1, 30))
    second = NEW_YORK.normalize(naive(2024, 11, 3, 1, 30, fold=1))
    assert first == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)
    assert second == datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    assert second is not None
    assert second.fold == 0


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T23:59:59Z",
        "9999-12-31T00:00:00Z",
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    ],
)
def test_the_edges_of_time_are_refused(value: object) -> None:
    assert code(DateTime(), value) == "out_of_range"
    assert code(NEW_YORK, "9999-12-31 23:00") == code(SHANGHAI, "0001-01-01") == "out_of_range"
    assert DateTime().normalize("0001-01-02T00:00Z") is not None
    assert DateTime().normalize("9999-12-30T23:59:59.999Z") is not None


@pytest.mark.parametrize(
    "bad", ["10:00", "2024-01-05T25:00Z", "2024-W01-1", "now", 0, 1.5, date.max]
)
def test_what_is_no_instant(bad: object) -> None:
    assert code(DateTime(), bad) == "not_an_instant"
    assert code(SHANGHAI, bad) == "not_an_instant"


def test_unknown_zones_are_refused() -> None:
    for bad in ("Mars/Base", "../../etc/passwd", "/etc/passwd", "a\0b", "", "x" * 1_000, "America"):
        with pytest.raises(Invalid) as caught:
            zone_of(bad)
        assert caught.value.code == "unknown_zone"
    assert zone_of("Asia/Shanghai").key == "Asia/Shanghai"


def test_times_of_day() -> None:
    for value in ("9:05", "09:05", "09:05:00", time(9, 5), time(9, 5, fold=1)):
        found = WallTime().normalize(value)
        assert found == time(9, 5)
        assert found is not None
        assert found.fold == 0
    assert WallTime().to_json(time(9, 5)) == "09:05"
    for bad in ("24:00", "9:60", "9", "9:05:30", time(9, 5, 30), time(9, tzinfo=UTC), 905, True):
        assert code(WallTime(), bad) == "not_a_time"


def test_lengths_of_time() -> None:
    kind = Duration()
    assert kind.normalize(90) == kind.normalize("90") == timedelta(minutes=90)
    assert kind.normalize(0.5) == timedelta(seconds=30)
    assert kind.normalize("-1.5") == timedelta(seconds=-90)
    assert kind.normalize("0.00005") == timedelta(milliseconds=3)
    assert kind.normalize(timedelta(microseconds=1_999)) == timedelta(milliseconds=1)
    assert kind.normalize(timedelta(microseconds=-1)) == timedelta(milliseconds=-1)
    assert kind.to_json(timedelta(days=-1, milliseconds=5)) == -86_399_995
    assert kind.from_json(-86_399_995) == timedelta(days=-1, milliseconds=5)
    assert kind.normalize(10**9) is not None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("0.00001", "not_a_duration"),
        (10**11, "not_a_duration"),
        (timedelta.max, "not_a_duration"),
        (timedelta.min, "not_a_duration"),
        ("1.0000001", "too_many_digits"),
        (10**15, "number_too_large"),
        ("1h", "not_a_number"),
        (True, "not_a_number"),
    ],
)
def test_what_is_no_length_of_time(bad: object, reason: str) -> None:
    assert code(Duration(), bad) == reason
