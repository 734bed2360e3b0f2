"""How values lie in documents: real types, no empty fields, nothing hostile can become a name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pymongo import MongoClient
from tests.servers.mongodb import Databases

from crmcore.kinds import (
    AnyMoney,
    Date,
    DateTime,
    DecimalKind,
    Json,
    Money,
    MultiChoice,
    Phone,
    Text,
)
from crmcore.schema import Field, Module
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.script import Change, Create
from crmcore_mongo.backend import open_mongo

A, B = record_named("one"), record_named("two")
THING = Module(
    "thing",
    [
        Field("name", Text(), number=1),
        Field("price", DecimalKind(2), number=2),
        Field("cost", AnyMoney(), number=3),
        Field("day", Date(), number=4),
        Field("moment", DateTime(), number=5),
        Field("tags", MultiChoice(["$x", "a.b"]), number=6),
        Field("extra", Json(), number=7),
        Field("phone", Phone(), number=8),
    ],
    title="name",
    number=104,
)


@pytest.fixture
def place(mongodb_stores: Databases) -> Iterator[tuple[Desk, Any]]:
    """A desk, and the bare database beneath it."""
    url = mongodb_stores("store")
    backend = open_mongo(url, create=True)
    with MongoClient[dict[str, Any]](url) as client:
        yield Desk.at(backend, THING), client.get_default_database()
    backend.close()


def test_documents_hold_typed_values_and_no_empty_ones(place: tuple[Desk, Any]) -> None:
    desk, database = place
    values: dict[str, Any] = {
        "name": "Übung",
        "price": Decimal("12.50"),
        "cost": Money(Decimal("1.0000"), "EUR"),
        "day": date(1, 1, 1),
        "moment": datetime(9999, 12, 30, 23, 59, 59, 999000, tzinfo=UTC),
    }
    desk.commit(Create("thing", A, values), Create("thing", B, {"name": "b"}))
    found = database["crmd_thing"].find_one({"_id": A})
    assert found["name_1"] == "Übung"
    assert found["name_1_k"] == "ubung"
    assert (found["price_2"], found["cost_3"], found["cost_3_c"]) == (1250, 10_000, "EUR")
    assert found["day_4"] == datetime(1, 1, 1)  # noqa: DTZ001
    assert found["moment_5"] == datetime(9999, 12, 30, 23, 59, 59, 999000)  # noqa: DTZ001
    bare = database["crmd_thing"].find_one({"_id": B})
    assert sorted(bare) == sorted(
        [
            "_id",
            "version",
            "created_at",
            "created_by",
            "updated_at",
            "updated_by",
            "change_set",
            "salt",
            "name_1",
            "name_1_k",
        ]
    )


def test_a_value_that_is_given_up_leaves_the_document(place: tuple[Desk, Any]) -> None:
    desk, database = place
    desk.commit(Create("thing", A, {"name": "a", "price": Decimal("1.00")}))
    desk.commit(Change("thing", A, {"name": None, "price": None}))
    found = database["crmd_thing"].find_one({"_id": A})
    assert not {"name_1", "name_1_k", "price_2"} & set(found)
    former = database["crmh_thing"].find_one({"v._id": A})
    assert (former["v"]["name_1"], former["removed"]) == ("a", 0)


def test_hostile_json_stays_a_text(place: tuple[Desk, Any]) -> None:
    desk, database = place
    hostile: Any = {"$where": "1", "a.b": {"$ne": None}, "": [{"$gt": ""}], "$x": "$name"}
    value = Json().normalize(hostile)
    desk.commit(Create("thing", A, {"name": "a", "extra": value}))
    assert isinstance(database["crmd_thing"].find_one({"_id": A})["extra_7"], str)
    assert desk.find("thing", None, "extra") == [value]


def test_hostile_codes_are_only_codes(place: tuple[Desk, Any]) -> None:
    desk, _ = place
    desk.commit(Create("thing", A, {"tags": ("$x", "a.b")}), Create("thing", B, {"tags": ("a.b",)}))
    assert desk.find("thing", "'$x' in tags", "id") == [A]
    assert desk.find("thing", "tags == ['a.b']", "id") == [B]
    groups = {row[0] for row in desk.summarize("thing", by=["tags"])}
    assert groups == {("$x", "a.b"), ("a.b",)}


def test_keys_longer_than_what_orders_are_found_whole(place: tuple[Desk, Any]) -> None:
    desk, database = place
    text = "ab" * 110 + "z"
    desk.commit(Create("thing", A, {"name": text}), Create("thing", B, {"name": "ab" * 100}))
    found = database["crmd_thing"].find_one({"_id": A})
    assert (len(found["name_1_k"]), found["name_1_w"]) == (200, text)
    assert desk.find("thing", f"contains(name, '{text[-30:]}')", "id") == [A]
    assert desk.find("thing", "ends_with(name, 'abz')", "id") == [A]
    assert desk.find("thing", "ends_with(name, 'ab')", "id") == [B]
    assert desk.find("thing", f"starts_with(name, '{text[:210].upper()}')", "id") == [A]
    assert desk.find("thing", f"like(name, '{text.upper()}')", "id") == [A]
    assert desk.find("thing", f"like(name, '{'AB' * 100}')", "id") == [B]
