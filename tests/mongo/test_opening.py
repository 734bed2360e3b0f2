"""Opening a store: what is refused, and what is promised on a server without transactions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from tests.servers.mongodb import Databases

from crmcore.errors import Conflict, Duplicate, StorageError, WorkspaceError
from crmcore.storage import Insert, Intent
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.keys import TICKET
from crmcore.testing.rows import new_row
from crmcore.testing.script import Change, Create, Remove
from crmcore.testing.servers.mongodb import MongodbServer
from crmcore_mongo.backend import open_mongo

A, B, C = (record_named(name) for name in ("one", "two", "three"))


@pytest.mark.parametrize(
    "url",
    ["mongodb://", "mongodb://host", "mongodb://host/", "mongodb://host/a b", "postgres://x/y"],
)
def test_what_is_no_url_of_a_store(url: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        open_mongo(url, create=True)
    assert caught.value.code == "bad_store_url"


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(StorageError) as caught:
        open_mongo("mongodb://127.0.0.1:1/crm?serverSelectionTimeoutMS=50")
    assert caught.value.code == "store_unreachable"


def test_an_empty_database_is_no_store_unless_one_is_to_be_made(mongodb_stores: Databases) -> None:
    with pytest.raises(WorkspaceError) as caught:
        open_mongo(mongodb_stores("a"))
    assert caught.value.code == "not_a_store"
    Desk.at(open_mongo(mongodb_stores("a"), create=True), TICKET).backend.close()
    open_mongo(mongodb_stores("a")).close()


@pytest.mark.parametrize("name", ["format", "unicode"])
def test_a_store_of_another_program_is_refused(mongodb_stores: Databases, name: str) -> None:
    Desk.at(open_mongo(mongodb_stores("a"), create=True), TICKET).backend.close()
    with MongoClient[dict[str, Any]](mongodb_stores("a")) as client:
        database = client.get_default_database()
        database["crm_catalogue"].update_one({"_id": "store"}, {"$set": {name: "0"}})
    with pytest.raises(WorkspaceError) as caught:
        open_mongo(mongodb_stores("a"), create=True)
    assert caught.value.code in ("unknown_format", "other_unicode")


def test_collections_without_a_catalogue_are_not_taken_over(mongodb_stores: Databases) -> None:
    with MongoClient[dict[str, Any]](mongodb_stores("a")) as client:
        client.get_default_database().create_collection("crmd_ticket")
    backend = open_mongo(mongodb_stores("a"), create=True)
    with pytest.raises(WorkspaceError) as caught:
        Desk.at(backend, TICKET)
    assert caught.value.code == "not_a_store"
    backend.close()


@pytest.fixture(scope="module")
def standalone() -> Iterator[MongodbServer]:
    """A server that has no transactions."""
    with MongodbServer(standalone=True) as server:
        yield server


@pytest.fixture
def loose(standalone: MongodbServer) -> Iterator[Desk]:
    """A desk in single-document mode."""
    backend = open_mongo(f"{standalone.database()}?crm_single_document=true", create=True)
    yield Desk.at(backend, TICKET)
    backend.close()


def test_a_server_without_transactions_is_refused(standalone: MongodbServer) -> None:
    with pytest.raises(WorkspaceError) as caught:
        open_mongo(standalone.database(), create=True)
    assert caught.value.code == "no_transactions"
    assert "--replSet" in caught.value.message("en")
    assert "副本集" in caught.value.message("zh")


def test_single_document_mode_says_what_it_is(loose: Desk, mongodb_stores: Databases) -> None:
    assert not loose.backend.capabilities.atomic
    assert loose.backend.capabilities.joins == ()
    url = f"{mongodb_stores('a')}?crm_single_document=true"
    with_transactions = open_mongo(url, create=True)
    assert with_transactions.capabilities.atomic
    with_transactions.close()


def test_single_document_mode_keeps_versions_keys_and_history(loose: Desk) -> None:
    loose.commit(
        Create("ticket", A, {"title": "a", "code": "x"}), Create("ticket", B, {"title": "b"})
    )
    loose.commit(Change("ticket", A, {"title": "z"}), Remove("ticket", B))
    assert loose.find("ticket") == ["z"]
    assert len(loose.versions("ticket")) == 3
    assert sorted(loose.find("ticket", as_of=1)) == ["a", "b"]
    with pytest.raises(Conflict):
        loose.commit(Change("ticket", A, {"title": "late"}, stale=True))
    with pytest.raises(Duplicate):
        loose.commit(Create("ticket", C, {"code": "x"}))


def test_single_document_mode_leaves_nothing_of_what_was_refused(loose: Desk) -> None:
    loose.commit(
        Create("ticket", A, {"title": "a", "code": "x"}), Create("ticket", B, {"title": "b"})
    )
    before, sets = loose.versions("ticket"), loose.versions("crm_change_set")
    with pytest.raises(Duplicate):
        loose.commit(
            Change("ticket", A, {"title": "z", "code": None}),
            Remove("ticket", B),
            Create("ticket", C, {"code": "y"}),
            Create("ticket", record_named("four"), {"code": "y"}),
        )
    assert loose.versions("ticket") == before
    assert loose.versions("crm_change_set") == sets


def test_single_document_mode_rolls_back_what_others_have_seen(loose: Desk) -> None:
    """The reduced promise: what is written is there at once, and gone after a rollback."""
    transaction = loose.backend.begin(Intent.WRITE)
    transaction.apply([Insert(TICKET, [new_row(TICKET, A, 1, {"title": "a"})])])
    assert loose.find("ticket") == ["a"]
    transaction.rollback()
    assert loose.find("ticket") == []
    assert loose.versions("ticket") == []


def test_single_document_mode_cannot_be_joined(loose: Desk) -> None:
    with pytest.raises(StorageError):
        loose.backend.begin(Intent.WRITE, object())
