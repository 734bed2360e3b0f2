"""Sums are exact, in whatever way a server adds: integers first, decimals beyond 64 bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest
from bson.decimal128 import Decimal128
from hypothesis import example, given
from hypothesis import strategies as st
from tests.servers.mongodb import Databases

from crmcore.kinds import AnyMoney, Integer, Money, Text
from crmcore.query.bound import BoundGroup, BoundMeasure, BoundSummary, Ref
from crmcore.schema import Field, Module
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.script import Create
from crmcore_mongo.backend import MongoBackend, open_mongo
from crmcore_mongo.figures import Adding
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import field_name, place_name
from crmcore_mongo.summaries import answered

THING = Module(
    "thing",
    [
        Field("name", Text(), number=1),
        Field("amount", Integer(), number=2),
        Field("cost", AnyMoney(), number=3),
    ],
    title="name",
    number=104,
)
SHELF = Shelf(THING, "", {place_name(one): field_name(one) for one in THING.fields})
NAME, AMOUNT, COST = (Ref((), one) for one in THING.fields)
INT64 = 2**63
BORDERS = [0, 1, -1, INT64 - 1, -INT64, 2**62, -(2**62), 10**18 - 1, 1 - 10**18]
AMOUNTS = st.one_of(st.none(), st.sampled_from(BORDERS), st.integers(-INT64, INT64 - 1))
Values = list[tuple[str, int | None]]


class Documented:
    """A server that adds as MongoDB documents it, over `values` by name.

    A sum of integers beyond 64 bits is one in floating point; over nothing it is 0, and the
    largest value nothing. Decimals have 34 digits.
    """

    def __init__(self, values: Values) -> None:
        self.values = values
        self.asked: list[Adding] = []

    def __call__(self, _collection: str, stages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        words: Mapping[str, Any] = stages[-1]["$group"]
        self.asked.append(self._adding(words))
        by_name: dict[str | None, list[int | None]] = {}
        for name, value in self.values:
            by_name.setdefault(name if words["_id"] else None, []).append(value)
        for name, found in by_name.items():
            there = [value for value in found if value is not None]
            document: dict[str, Any] = {"_id": {"g0": name} if words["_id"] else None}
            for one, accumulator in words.items():
                if one != "_id":
                    document[one] = self._accumulated(accumulator, there)
            yield document

    def _adding(self, words: Mapping[str, Any]) -> Adding:
        if any(one == {"$sum": {"$toDecimal": "$amount_2"}} for one in words.values()):
            return Adding.DECIMAL
        return Adding.COUNTED if {"$max": "$amount_2"} in words.values() else Adding.BARE

    def _accumulated(self, accumulator: Mapping[str, Any], there: list[int]) -> Any:
        if accumulator == {"$max": "$amount_2"}:
            return max(there, default=None)
        total = sum(there)
        if accumulator == {"$sum": "$amount_2"}:
            return total if -INT64 <= total < INT64 else float(total)
        assert accumulator == {"$sum": {"$toDecimal": "$amount_2"}}
        return Decimal128(str(total)) if there else 0


def _expected(values: Values, *, grouped: bool) -> list[tuple[object, ...]]:
    by_name: dict[str, list[int]] = {}
    for name, value in values:
        here = by_name.setdefault(name if grouped else "", [])
        here += [] if value is None else [value]
    if not grouped:
        by_name.setdefault("", [])
    totals = [(name, sum(found) if found else None) for name, found in by_name.items()]
    return sorted((pair if grouped else pair[1:] for pair in totals), key=repr)


@given(st.lists(st.tuples(st.sampled_from("ab"), AMOUNTS), max_size=12), st.booleans())
@example([("a", INT64 - 1), ("a", 1)], True)
@example([("a", INT64 - 1), ("a", 0)], True)
@example([("a", -INT64), ("a", -1), ("b", 5)], True)
@example([("a", 1), ("a", -1), ("b", None)], True)
@example([("a", INT64 - 1), ("a", INT64 - 1), ("b", 0), ("c", None)], True)
@example([], False)
def test_sums_are_exact_where_a_server_adds_as_documented(values: Values, grouped: bool) -> None:
    server = Documented(values)
    groups = (BoundGroup(NAME),) if grouped else ()
    query = BoundSummary(THING, groups, (BoundMeasure("sum", AMOUNT),))
    found = answered(query, lambda _module: SHELF, server, Adding.BARE)
    assert sorted(found, key=repr) == _expected(values, grouped=grouped)
    assert server.asked[0] is Adding.BARE


def test_one_question_is_enough_where_sums_are_small() -> None:
    server = Documented([("a", 1), ("a", 2), ("b", -7)])
    query = BoundSummary(THING, (BoundGroup(NAME),), (BoundMeasure("sum", AMOUNT),))
    assert len(answered(query, lambda _module: SHELF, server, Adding.BARE)) == 2
    assert server.asked == [Adding.BARE]


@pytest.fixture
def desk(mongodb_stores: Databases) -> Iterator[Desk]:
    """A store for things."""
    backend = open_mongo(mongodb_stores("store"), create=True)
    yield Desk.at(backend, THING)
    backend.close()


def _create(desk: Desk, values: list[tuple[str, int | None, str | None]]) -> None:
    acts = []
    for place, (name, amount, cost) in enumerate(values):
        money = AnyMoney().normalize(cost)
        found = {"name": name, "amount": amount, "cost": money}
        acts.append(Create("thing", record_named(f"{place}"), found))
    desk.commit(*acts)


MANY: list[tuple[str, int | None, str | None]] = [
    ("far", 2**62, "1 EUR"),
    ("far", 2**62, "2 EUR"),
    ("far", 2**62 + 1, "5 CNY"),
    ("near", 5, "99999999999999.9999 EUR"),
    ("near", None, "-99999999999999.9999 EUR"),
    ("none", None, None),
    ("zero", 3, None),
    ("zero", -3, None),
]


def test_sums_are_exact_on_the_server(desk: Desk) -> None:
    _create(desk, MANY)
    assert desk.summarize("thing", "sum:amount", by=["name"]) == [
        ("far", 3 * 2**62 + 1),
        ("near", 5),
        ("none", None),
        ("zero", 0),
    ]
    assert desk.summarize("thing", "sum:amount") == [(3 * 2**62 + 6,)]
    assert desk.summarize("thing", "sum:amount", where="name == 'nobody'") == [(None,)]


@pytest.mark.parametrize("adding", list(Adding))
def test_every_way_of_adding_tells_the_same(desk: Desk, adding: Adding) -> None:
    """What a server of MongoDB is asked, over sums that the server of the tests can tell."""
    _create(desk, MANY[3:])
    assert isinstance(desk.backend, MongoBackend)
    desk.backend._store._adding = adding
    found = desk.summarize("thing", "sum:amount", "count", "sum:cost", by=["name"])
    assert [row[:3] for row in found] == [("near", 5, 2), ("none", None, 1), ("zero", 0, 2)]
    assert [str(row[3]) for row in found[1:]] == ["None", "None"]
    (zero,) = cast("tuple[Money, ...]", found[0][3])
    assert (str(zero.amount), zero.currency) == ("0.0000", "EUR")
    assert desk.summarize("thing", "sum:amount", where="name == 'none'") == [(None,)]
    assert desk.summarize("thing", "sum:amount", where="name == 'near'") == [(5,)]
