"""Figures and buckets at the ends of what values can be, against the in-memory backend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.sql.engines import ENGINES, url_of
from tests.sql.questions import ZONES
from tests.sql.stores import ACCOUNT, SCHEMA, account, read, write
from tests.sql.worlds import DAYS, INSTANTS

from crmcore.errors import CapacityExceeded
from crmcore.kinds import Money
from crmcore.query.bound import (
    TRUE,
    BoundBucket,
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundSummary,
    Comparison,
    Const,
    Ref,
)
from crmcore.query.buckets import zone_offsets
from crmcore.storage import Backend, Insert, Row
from crmcore.storage.memory import MemoryBackend
from crmcore_sql import open_sql

UNITS = ["day", "week", "month", "quarter", "year", "weekday"]
LARGEST, LEAST = 2**63 - 1, -(2**63)
MOST = Decimal("9999999999999999.99")
YEARS = [2, 4, 100, 400, 1582, 1899, 1900, 1969, 1970, 1991, 2000, 2024, 2026, 2100, 9998]


@pytest.fixture(params=ENGINES)
def stores(request: pytest.FixtureRequest) -> Iterator[list[Backend]]:
    made = [MemoryBackend(), open_sql(url_of(request), create=True)]
    for store in made:
        store.prepare(SCHEMA)
    yield made
    made[1].close()


def ref(name: str) -> Ref:
    return Ref((), ACCOUNT.by_name[name])


def same(stores: list[Backend], question: BoundSummary) -> list[Row]:
    expected, found = (sorted(read(store, question), key=repr) for store in stores)
    assert repr(found) == repr(expected)
    return found


def filled(stores: list[Backend], rows: list[Row]) -> None:
    for store in stores:
        write(store, Insert(ACCOUNT, rows))


def summed(name: str, where: BoundNode = TRUE) -> BoundSummary:
    return BoundSummary(ACCOUNT, (), (BoundMeasure("sum", ref(name), where),))


@pytest.mark.parametrize(
    "numbers",
    [
        [LARGEST, LARGEST],
        [LEAST, LEAST, LEAST],
        [LARGEST, 1, -1],
        [LARGEST, LEAST, LARGEST],
        [LARGEST] * 300,
        [-1, -(2**32), 2**32, -(2**31), 2**31 - 1],
        [0],
        [],
    ],
)
def test_sums_are_exact_whatever_is_added(stores: list[Backend], numbers: list[int]) -> None:
    filled(stores, [account(place, size=number) for place, number in enumerate(numbers, 1)])
    assert same(stores, summed("size")) == [(sum(numbers) if numbers else None,)]


def test_sums_of_decimals_durations_and_money(stores: list[Backend]) -> None:
    span = timedelta(milliseconds=10**14 + 1)
    rows = [
        account(
            n, amount=MOST, spent=span, price=f"99999999999999.9999 {'CNY' if n % 2 else 'USD'}"
        )
        for n in range(1, 41)
    ]
    filled(stores, [*rows, account(99)])
    assert same(stores, summed("amount")) == [(MOST * 40,)]
    assert same(stores, summed("spent")) == [(span * 40,)]
    total = Decimal("1999999999999999.9980")
    assert same(stores, summed("price")) == [((Money(total, "CNY"), Money(total, "USD")),)]
    few = Comparison("==", ref("price"), Const(rows[0][8 + 10], ref("price").kind))
    assert same(stores, summed("price", few)) == [((Money(total, "CNY"),),)]
    by_size = BoundSummary(ACCOUNT, (BoundGroup(ref("size")),), summed("price").measures)
    assert len(same(stores, by_size)) == 1


def test_extremes_of_everything_that_has_an_order(stores: list[Backend]) -> None:
    rows = [
        account(1, name="b", stage="won", price="-5 USD", size=LEAST, day=DAYS[0], active=False),
        account(2, name="B", stage="new", price="7 CNY", size=LARGEST, day=DAYS[-1], active=True),
        account(3, name="a" * 230 + "x", price="-99999999999999.9999 CNY", at=INSTANTS[0]),
        account(4, name="a" * 230, stage="lost", at=INSTANTS[-1], amount=-MOST, opens="00:00"),
        account(5, amount=MOST, spent=timedelta(days=-1), opens="23:59", fine="0.000001"),
    ]
    filled(stores, rows)
    names = [
        "name",
        "stage",
        "price",
        "size",
        "day",
        "active",
        "at",
        "amount",
        "spent",
        "opens",
        "fine",
    ]
    measures = tuple(
        BoundMeasure(function, ref(name)) for name in names for function in ("min", "max")
    )  # type: ignore[arg-type]
    same(stores, BoundSummary(ACCOUNT, (), measures))  # type: ignore[arg-type]
    same(stores, BoundSummary(ACCOUNT, (BoundGroup(ref("active")),), measures))  # type: ignore[arg-type]


def test_sums_that_are_too_large_are_refused(stores: list[Backend]) -> None:
    span = timedelta(milliseconds=10**15)
    filled(stores, [account(n, spent=span) for n in range(1, 12)])
    for store in stores:
        with pytest.raises(CapacityExceeded):
            read(store, summed("spent"))


@pytest.mark.parametrize("zone", ZONES)
def test_buckets_of_instants(stores: list[Backend], zone: str) -> None:
    offsets = zone_offsets(zone)
    moments = {
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment + shift)
        for moment, _ in offsets[1:]
        for shift in (-1, 0, 86_400_000)
    }
    moments |= {
        datetime(year, month, 1, 12, tzinfo=UTC) for year in YEARS for month in (1, 3, 7, 12)
    }
    moments |= {
        moment - timedelta(hours=12, milliseconds=1) for moment in moments if moment.year > 1
    }
    moments |= set(INSTANTS)
    filled(stores, [account(n, at=moment) for n, moment in enumerate(sorted(moments), 1)])
    for unit in (*UNITS, "hour"):
        buckets(stores, "at", BoundBucket(unit, 1, offsets))
    for starts in range(1, 13):
        buckets(stores, "at", BoundBucket("fiscal_year", starts, offsets))


def test_buckets_of_dates(stores: list[Backend]) -> None:
    days = {*DAYS, *(DAYS[0] + timedelta(days=n) for n in range(800))}
    days |= {DAYS[-1] - timedelta(days=n) for n in range(400)}
    filled(stores, [account(n, day=day) for n, day in enumerate(sorted(days), 1)])
    for unit in UNITS:
        buckets(stores, "day", BoundBucket(unit, 1, ()))
    for starts in range(1, 13):
        buckets(stores, "day", BoundBucket("fiscal_year", starts, ()))


def buckets(stores: list[Backend], name: str, bucket: BoundBucket) -> None:
    groups = (BoundGroup(ref(name), bucket),)
    found = same(stores, BoundSummary(ACCOUNT, groups, (BoundMeasure("count"),)))
    assert len(found) > 1
