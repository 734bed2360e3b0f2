"""What is asked is found through indexes: keys, indexed fields, links, pages, history."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from tests.servers.mongodb import Databases

from crmcore.kinds import DecimalKind, Integer, Link, MultiLink, Text
from crmcore.query.bound import ID_REF, BoundQuery
from crmcore.schema import Field, Module
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.script import Change, Create
from crmcore.testing.servers.mongodb import URL_VARIABLE
from crmcore_mongo.backend import MongoBackend, open_mongo
from crmcore_mongo.indexes import indexes
from crmcore_mongo.lists import as_find, plan_list

PARENT = record_named("parent")
THING = Module(
    "thing",
    [
        Field("name", Text(), number=1, indexed=True),
        Field("code", Text(sorted=False), unique="exact", number=2),
        Field("alias", Text(), unique="folded", number=3),
        Field("size", Integer(), number=4, indexed=True),
        Field("price", DecimalKind(2), number=5),
        Field("parent", Link("thing"), number=6),
        Field("friends", MultiLink("thing"), number=7),
    ],
    title="name",
    number=104,
)


@pytest.fixture
def desk(mongodb_stores: Databases) -> Iterator[Desk]:
    """Three hundred things."""
    backend = open_mongo(mongodb_stores("store"), create=True)
    made = Desk.at(backend, THING)
    ids = [record_named(f"{number}") for number in range(300)]
    made.commit(
        Create("thing", PARENT, {"name": "parent"}),
        *(
            Create(
                "thing",
                one,
                {"name": f"n{n}", "code": f"c{n}", "alias": f"A{n}", "size": n, "parent": PARENT},
            )
            for n, one in enumerate(ids)
        ),
    )
    made.commit(Change("thing", ids[0], {"size": -1}))
    yield made
    backend.close()


def _plan(desk: Desk, query: BoundQuery) -> list[dict[str, Any]]:
    """The stages of the plan that the server chose for a list."""
    assert isinstance(desk.backend, MongoBackend)
    store = desk.backend._store
    plan = plan_list(query, store.shelf)
    stages = plan.pipelines[0]
    found = as_find(stages)
    if found is None:
        words = {"aggregate": plan.collection, "pipeline": stages, "cursor": {}}
    else:
        order = dict(found["sort"])
        words = {"find": plan.collection, "filter": found["filter"], "sort": order}
    told = store.database.command("explain", words, verbosity="queryPlanner")
    if "stages" in told:
        told = told["stages"][0]["$cursor"]
    stage, stages = told["queryPlanner"]["winningPlan"], []
    waiting = [stage]
    while waiting:
        stage = waiting.pop()
        stages.append(stage)
        waiting += stage.get("inputStages", [])
        waiting += [stage["inputStage"]] if "inputStage" in stage else []
    return stages


def _used(desk: Desk, query: BoundQuery) -> list[str]:
    stages = _plan(desk, query)
    assert "COLLSCAN" not in [stage["stage"] for stage in stages]
    return [name for stage in stages for name in stage.get("keyPattern", {})]


def _chosen(desk: Desk, query: BoundQuery) -> set[str]:
    """What the filter of a list demands of every record, by the names of fields."""
    assert isinstance(desk.backend, MongoBackend)
    found = as_find(plan_list(query, desk.backend._store.shelf).pipelines[0])
    assert found is not None
    terms = found["filter"].get("$and", [found["filter"]])
    return {name for term in terms for name in term}


CONDITIONS = [
    ("name == 'n7'", "name_1_k"),
    ("name in ['n7', 'n8']", "name_1_k"),
    ("like(name, 'N7')", "name_1_k"),
    ("starts_with(name, 'N7')", "name_1_k"),
    ("name > 'n7' and price == null", "name_1_k"),
    ("code == 'c7'", "key_2_u"),
    ("code in ['c7', 'c8']", "key_2_u"),
    ("like(alias, 'a7')", "key_3_u"),
    ("size == 7", "size_4"),
    ("size >= 7 and size < 9", "size_4"),
    (f"parent == '{PARENT}'", "parent_6"),
    (f"'{PARENT}' in friends", "friends_7"),
    (f"id == '{PARENT}'", "_id"),
    (f"created_by == '{PARENT}'", "created_by"),
]
# The server of the tests uses neither partial indexes nor, beside a second condition,
# others: what is demanded of a real one.
SHOWN = ("starts_with(name, 'N7')", "size == 7", "size >= 7 and size < 9")
SHOWN = (*SHOWN, f"created_by == '{PARENT}'", f"parent == '{PARENT}'", f"id == '{PARENT}'")


@pytest.mark.parametrize(("where", "first"), CONDITIONS)
def test_conditions_demand_what_an_index_begins_with(desk: Desk, where: str, first: str) -> None:
    query = desk.query("thing", where)
    assert first in _chosen(desk, query)
    if where in SHOWN or URL_VARIABLE in os.environ:
        assert first in _used(desk, query)


def test_children_are_found_by_their_link_and_targets_by_their_id(desk: Desk) -> None:
    assert isinstance(desk.backend, MongoBackend)
    shelf_of = desk.backend._store.shelf
    for where, foreign in (("exists(thing.parent)", "parent_6"), ("parent.size == 1", "_id")):
        stages = plan_list(desk.query("thing", where), shelf_of).pipelines[0]
        (lookup,) = [stage["$lookup"] for stage in stages if "$lookup" in stage]
        assert lookup["foreignField"] == foreign


def test_pages_begin_in_the_index_where_the_one_before_ended(desk: Desk) -> None:
    query = desk.query("thing", None, "name", order="size")
    page = evolve(query, columns=(*query.columns, ID_REF), limit=50)
    assert "size_4" in _used(desk, evolve(page, after=None))
    last = desk.rows(page)[-1]
    following = evolve(page, after=(47, last[-1]))
    assert "size_4" in _chosen(desk, following)
    rows = [row[0] for row in desk.rows(following)]
    assert rows[0] in ("n47", "n48")
    assert len(rows) == 50


def test_the_history_of_a_record_is_found_by_its_id(desk: Desk) -> None:
    assert isinstance(desk.backend, MongoBackend)
    store = desk.backend._store
    words = {"find": "crmh_thing", "filter": {"v._id": {"$eq": record_named("0")}}}
    told = store.database.command("explain", words, verbosity="queryPlanner")
    assert "IXSCAN" in str(told["queryPlanner"]["winningPlan"])
    query = desk.past("thing", f"id == '{record_named('0')}'")
    assert "_id" in _used(desk, query)
    assert [row[1] for row in desk.rows(query)] == [1, 2]


def test_every_index_that_is_wanted_is_there(desk: Desk) -> None:
    assert isinstance(desk.backend, MongoBackend)
    store = desk.backend._store
    for wanted in indexes(store.shelf(THING)):
        there = store.database[wanted.collection].index_information()
        assert [name for name, _ in there[wanted.name]["key"]] == list(wanted.fields)
    keys = store.database["crmd_thing"].index_information()
    assert keys["key_2_u"]["unique"]
    assert keys["key_2_u"]["partialFilterExpression"] == {"key_2_u": {"$exists": True}}


def test_preparing_again_asks_for_nothing_anew(desk: Desk) -> None:
    assert isinstance(desk.backend, MongoBackend)
    journal = desk.backend._store.database["crm_journal"]
    before = journal.count_documents({})
    desk.prepare(THING)
    assert journal.count_documents({}) == before
    desk.prepare(evolve(THING, fields=(*THING.fields, Field("more", Text(), number=8))))
    assert journal.count_documents({}) == before + 1
