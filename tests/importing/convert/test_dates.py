"""Cells of columns of days, moments, times and durations."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.convert.reading import read, refusal

from crmcore.importing.convert import CellFormat, converter
from crmcore.importing.sources import Cell, CellError
from crmcore.kinds import Date, DateTime, Duration, WallTime
from crmcore.schema import Field

naive = datetime.fromisoformat
SHANGHAI = CellFormat(zone="Asia/Shanghai")


@pytest.mark.parametrize(
    "cell",
    [
        "2024年1月5日",
        "2024年01月05日",
        "2024 年 1 月 5 日",
        "2024年1月5号",
        "２０２４年１月５日",
        "2024-1-5",
        "2024-01-05",
        "2024/1/5",
        "2024.1.5",
        "20240105",
        20240105,
        "5-Jan-2024",
        "5 January 2024",
        "Jan 5, 2024",
        "2024-01-05 00:00:00",
        "2024-01-05T00:00:00",
        "2024年1月5日 星期五",
        "2024-01-05（周五）",
        " 2024-01-05 ",
        "\u200e2024-01-05",
        date(2024, 1, 5),
        naive("2024-01-05"),
    ],
)
def test_a_date_column_reads(cell: Cell) -> None:
    assert read(Date(), cell) == date(2024, 1, 5)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("昨天", "date_unreadable"),
        ("2024/1-5", "date_unreadable"),
        ("2024-01-05 10", "date_unreadable"),
        ("13800138000", "date_unreadable"),
        ("99999999", "date_unreadable"),
        ("05012024", "date_unreadable"),
        (True, "date_unreadable"),
        (time(9, 30), "date_unreadable"),
        ("5-Foo-2024", "date_unreadable"),
        ("2024-02-30", "date_unreal"),
        ("2024年13月1日", "date_unreal"),
        ("0000-00-00", "date_unreal"),
        ("2024-1", "date_incomplete"),
        ("2024年1月", "date_incomplete"),
        ("May 2024", "date_incomplete"),
        ("24/1/5", "date_short_year"),
        ("5-Jan-24", "date_short_year"),
        ("24年1月5日", "date_short_year"),
        ("05/04/2024", "date_order_open"),
        ("5.4.2024", "date_order_open"),
        ("2024-01-05 10:30", "date_with_time"),
        (naive("2024-01-05 10:30"), "date_with_time"),
        (CellError("60", "cell_date_unreal"), "cell_date_unreal"),
    ],
)
def test_a_date_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(Date(), cell) == code


def test_the_whole_column_settles_day_and_month() -> None:
    day_first: list[Cell] = ["05/04/2024", "13/01/2024", None, "2024-01-05"]
    assert read(Date(), "05/04/2024", column=day_first) == date(2024, 4, 5)
    month_first: list[Cell] = ["05/04/2024", "01/13/2024"]
    assert read(Date(), "05/04/2024", column=month_first) == date(2024, 5, 4)
    assert refusal(Date(), "13/01/2024", column=month_first) == "date_unreal"


def test_a_column_that_mixes_both_orders_is_refused() -> None:
    mixed: list[Cell] = ["05/04/2024", "13/01/2024", "01/13/2024"]
    for cell in mixed:
        assert refusal(Date(), cell, column=mixed) == "date_order_mixed"


def test_the_order_can_be_declared() -> None:
    assert read(Date(), "05/04/2024", CellFormat(date_order="dmy")) == date(2024, 4, 5)
    assert read(Date(), "05/04/2024", CellFormat(date_order="mdy")) == date(2024, 5, 4)
    assert refusal(Date(), "05/04/2024", CellFormat(date_order="ymd")) == "date_order_open"
    assert read(Date(), "05/05/2024") == date(2024, 5, 5)


def test_years_of_two_digits_need_a_declaration() -> None:
    declared = CellFormat(years_from=1970, date_order="ymd")
    assert read(Date(), "24/1/5", declared) == date(2024, 1, 5)
    assert read(Date(), "85-1-5", declared) == date(1985, 1, 5)
    assert read(Date(), "24年1月5日", CellFormat(years_from=1970)) == date(2024, 1, 5)
    assert read(Date(), "5-Jan-24", CellFormat(years_from=1970)) == date(2024, 1, 5)
    assert refusal(Date(), "24/1/5", CellFormat(years_from=1970)) == "date_order_open"
    day_first = CellFormat(years_from=1950, date_order="dmy")
    assert read(Date(), "5.1.24", day_first) == date(2024, 1, 5)


def test_numbers_are_days_only_where_the_column_says_so() -> None:
    serials: list[Cell] = [45296, 45297, None]
    assert read(Date(), 45296, column=serials) == date(2024, 1, 5)
    assert read(Date(), "45296", column=["45296", "45297"]) == date(2024, 1, 5)
    assert refusal(Date(), 45296, column=[45296, "2024-01-05"]) == "date_serial"
    assert refusal(Date(), 7, column=[7, 8]) == "date_serial"
    assert read(Date(), 45296, CellFormat(serials=1900), [45296, "x"]) == date(2024, 1, 5)
    assert read(Date(), 43834, CellFormat(serials=1904)) == date(2024, 1, 5)
    assert read(Date(), 59, CellFormat(serials=1900)) == date(1900, 2, 28)
    assert read(Date(), 61, CellFormat(serials=1900)) == date(1900, 3, 1)
    assert refusal(Date(), 60, CellFormat(serials=1900)) == "date_unreal"
    assert refusal(Date(), Decimal("45296.5"), CellFormat(serials=1900)) == "date_with_time"
    assert refusal(Date(), 99_999_999, CellFormat(serials=1900)) == "date_unreadable"


def test_times_of_day_are_cut_only_when_declared() -> None:
    cut = CellFormat(cut_time=True)
    assert read(Date(), "2024-01-05 10:30", cut) == date(2024, 1, 5)
    assert read(Date(), naive("2024-01-05 10:30"), cut) == date(2024, 1, 5)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-05 10:30:00",
        "2024-01-05 10:30",
        "2024/1/5 10:30",
        "2024/01/05 10:30:00",
        "2024年1月5日 10:30",
        "2024年1月5日10时30分",
        "2024年1月5日 上午10:30",
        "2024-01-05 10:30 AM",
        "20240105103000",
        "2024-01-05T02:30:00Z",
        "2024-01-05T02:30:00.000+00:00",
        "2024-01-05T11:30:00+09:00",
        "Fri, 5 Jan 2024 10:30:00 +0800",
        naive("2024-01-05 10:30"),
        datetime(2024, 1, 5, 2, 30, tzinfo=UTC),
    ],
)
def test_a_moment_is_read_in_the_zone_of_the_import(cell: Cell) -> None:
    assert read(DateTime(), cell, SHANGHAI) == datetime(2024, 1, 5, 2, 30, tzinfo=UTC)


def test_a_moment_without_a_time_is_midnight() -> None:
    midnight = datetime(2024, 1, 4, 16, tzinfo=UTC)
    assert read(DateTime(), "2024-01-05", SHANGHAI) == midnight
    assert read(DateTime(), date(2024, 1, 5), SHANGHAI) == midnight


def test_a_moment_without_a_zone_is_refused_where_none_is_stated() -> None:
    assert refusal(DateTime(), "2024-01-05 10:30:00") == "zone_missing"
    assert refusal(DateTime(), "2024-01-05 10:30:00", CellFormat(zone="Mars/A")) == "unknown_zone"
    zoned = DateTime(zone="Asia/Shanghai")
    assert read(zoned, "2024-01-05 10:30:00") == datetime(2024, 1, 5, 2, 30, tzinfo=UTC)
    assert refusal(DateTime(), "morgen", SHANGHAI) == "instant_unreadable"
    assert refusal(DateTime(), "2024-01-05 25:00", SHANGHAI) == "instant_unreadable"
    assert refusal(DateTime(), "2024-13-05 10:30:00", SHANGHAI) == "date_unreal"


def test_serials_of_moments_have_times() -> None:
    found = read(DateTime(), Decimal("45296.4375"), SHANGHAI, [Decimal("45296.4375"), 45297])
    assert found == datetime(2024, 1, 5, 2, 30, tzinfo=UTC)


@given(
    st.datetimes(naive("0003-01-01"), naive("9990-01-01")).map(lambda m: m.replace(microsecond=0)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.booleans(),
)
def test_moments_agree_with_the_zone_database(moment: datetime, zone: str, text: bool) -> None:
    cell = moment.isoformat(" ") if text else moment
    assert read(DateTime(), cell, CellFormat(zone=zone)) == moment.replace(
        tzinfo=ZoneInfo(zone), microsecond=0
    ).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        ("America/New_York", ["2024-03-10 01:30:00", "2024-03-10 03:30:00", "2024-03-10 02:30:00"]),
        ("America/New_York", ["2024-11-03 00:30:00", "2024-11-03 01:30:00", "2024-11-03 02:30:00"]),
        ("Asia/Shanghai", ["1991-04-14 00:30:00", "1991-04-14 05:30:00", "1991-09-15 00:30:00"]),
        ("Australia/Lord_Howe", ["2024-04-07 01:15:00", "2024-04-07 01:45:00"]),
        ("Pacific/Apia", ["2011-12-29 23:59:59", "2011-12-31 00:00:00"]),
    ],
)
def test_days_on_which_clocks_change_have_two_offsets(zone: str, moments: list[str]) -> None:
    convert = converter(Field("x", DateTime()), None, CellFormat(zone=zone))
    for text in [*moments, *reversed(moments)]:
        expected = naive(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert convert(text) == convert(naive(text)) == expected


@given(
    st.dates(), st.sampled_from(["{y:04}-{m:02}-{d:02}", "{y:04}/{m}/{d}", "{y:04}年{m}月{d}日"])
)
def test_every_day_written_year_first_is_read(day: date, layout: str) -> None:
    text = layout.format(y=day.year, m=day.month, d=day.day)
    assert read(Date(), text) == day


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("9:30", time(9, 30)),
        ("09:30:00", time(9, 30)),
        ("９：３０", time(9, 30)),
        ("上午9:30", time(9, 30)),
        ("下午3点30分", time(15, 30)),
        ("下午3点半", time(15, 30)),
        ("9点", time(9)),
        ("3:30 PM", time(15, 30)),
        ("12:00am", time(0)),
        ("中午12:30", time(12, 30)),
        (time(9, 30), time(9, 30)),
        (timedelta(hours=9, minutes=30), time(9, 30)),
    ],
)
def test_a_time_of_day_reads(cell: Cell, value: time) -> None:
    assert read(WallTime(), cell) == value


@pytest.mark.parametrize(
    "cell", ["25:00", "9:60", "9:30:15", "930", "晚上12:00", timedelta(hours=25)]
)
def test_a_time_of_day_refuses(cell: Cell) -> None:
    assert refusal(WallTime(), cell) == "time_unreadable"


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("90", 90),
        (90, 90),
        ("1:30", 90),
        ("1:30:00", 90),
        ("1小时30分", 90),
        ("1小时30分钟", 90),
        ("1个小时", 60),
        ("1.5小时", 90),
        ("1.5h", 90),
        ("90 min", 90),
        ("2天", 2880),
        ("1天2小时", 1560),
        (timedelta(minutes=90), 90),
        (time(1, 30), 90),
        (Decimal("1.5"), 1.5),
    ],
)
def test_a_duration_reads(cell: Cell, minutes: float) -> None:
    assert read(Duration(), cell) == timedelta(minutes=minutes)


def test_the_unit_of_durations_can_be_declared() -> None:
    assert read(Duration(), "1.5", CellFormat(unit="小时")) == timedelta(minutes=90)
    assert read(Duration(), 2, CellFormat(unit="天")) == timedelta(days=2)
    assert read(Duration(), "90分", CellFormat(unit="小时")) == timedelta(minutes=90)


@pytest.mark.parametrize("cell", ["一会儿", "30分1小时", "1小时30", "1:99", True, "9" * 70])
def test_a_duration_refuses(cell: Cell) -> None:
    assert refusal(Duration(), cell) == "duration_unreadable"
