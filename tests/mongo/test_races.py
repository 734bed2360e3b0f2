"""Races and failures of the server: written again where nothing is lost by it, else told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pymongo import MongoClient
from tests.servers.mongodb import Databases

from crmcore.errors import Conflict, Duplicate, StorageError
from crmcore.storage import Delete, Expect, Insert, Intent
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.keys import TICKET
from crmcore.testing.rows import change_set_id, new_row
from crmcore.testing.script import Create
from crmcore_mongo import sessions
from crmcore_mongo.backend import open_mongo

A, B, C = (record_named(name) for name in ("one", "two", "three"))


@pytest.fixture
def tickets(mongodb_stores: Databases) -> Iterator[Desk]:
    """A store for tickets."""
    backend = open_mongo(mongodb_stores("store"), create=True)
    yield Desk.at(backend, TICKET)
    backend.close()


@pytest.fixture
def admin(mongodb_stores: Databases) -> Iterator[Any]:
    """Commands to the server."""
    with MongoClient[dict[str, Any]](mongodb_stores("store")) as client:
        yield client.admin


@contextmanager
def failing(admin: Any, commands: list[str], code: int, times: int, *labels: str) -> Iterator[None]:
    """The server fails so many times on `commands`."""
    data = {"failCommands": commands, "errorCode": code, "errorLabels": list(labels)}
    admin.command("configureFailPoint", "failCommand", mode={"times": times}, data=data)
    try:
        yield
    finally:
        admin.command("configureFailPoint", "failCommand", mode="off")


def _insert(record: str, **values: Any) -> Insert:
    return Insert(TICKET, [new_row(TICKET, record, 1, values)])


@pytest.mark.parametrize("command", ["insert", "update", "commitTransaction"])
def test_a_transient_failure_is_written_again(tickets: Desk, admin: Any, command: str) -> None:
    tickets.commit(Create("ticket", A, {"title": "a"}))
    with failing(admin, [command], 112, 3, "TransientTransactionError"):
        transaction = tickets.backend.begin(Intent.WRITE)
        transaction.apply([_insert(B, title="b")])
        assert sorted(tickets.find("ticket", within=transaction)) == ["a", "b"]
        transaction.apply([Expect(TICKET, [A]), _insert(C, title="c")])
        transaction.commit()
    assert sorted(tickets.find("ticket")) == ["a", "b", "c"]
    assert len(tickets.versions("ticket")) == 3


def test_a_commit_of_unknown_outcome_is_asked_for_again(tickets: Desk, admin: Any) -> None:
    with failing(admin, ["commitTransaction"], 91, 3, "UnknownTransactionCommitResult"):
        tickets.commit(Create("ticket", A, {"title": "a"}))
    assert tickets.find("ticket") == ["a"]


def test_patience_ends(tickets: Desk, admin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_PATIENCE", 0.2)
    with (
        failing(admin, ["insert"], 112, 1_000_000, "TransientTransactionError"),
        pytest.raises(Conflict) as caught,
    ):
        tickets.commit(Create("ticket", A, {"title": "a"}))
    assert not isinstance(caught.value, Duplicate)
    assert tickets.find("ticket") == []


def test_a_reader_is_begun_anew_only_before_it_was_told_anything(tickets: Desk, admin: Any) -> None:
    tickets.commit(Create("ticket", A, {"title": "a"}))
    with failing(admin, ["find"], 246, 1, "TransientTransactionError"), tickets.reading() as one:
        assert tickets.find("ticket", within=one) == ["a"]
    with tickets.reading() as other:
        assert tickets.find("ticket", within=other) == ["a"]
        with (
            failing(admin, ["find"], 246, 1, "TransientTransactionError"),
            pytest.raises(StorageError) as caught,
        ):
            tickets.find("ticket", within=other)
    assert caught.value.code == "store_busy"


def test_another_failure_is_told_without_values(tickets: Desk, admin: Any) -> None:
    with failing(admin, ["insert"], 2, 1), pytest.raises(StorageError) as caught:
        tickets.commit(Create("ticket", A, {"title": "secret"}))
    assert caught.value.code == "store_failed"
    assert "secret" not in caught.value.message("en")
    assert tickets.find("ticket") == []


def test_who_relies_on_a_record_meets_who_changes_it(tickets: Desk) -> None:
    tickets.commit(Create("ticket", A, {"title": "a"}))
    first = tickets.backend.begin(Intent.WRITE)
    second = tickets.backend.begin(Intent.WRITE)
    assert tickets.find("ticket", within=second) == ["a"]
    first.apply([Expect(TICKET, [A], [1])])
    first.commit()
    # Relying on it changed nothing: the second may rely on it as well.
    second.apply([Expect(TICKET, [A], [1])])
    second.commit()
    assert tickets.find("ticket", None, "title") == ["a"]
    assert len(tickets.versions("ticket")) == 1


def test_what_somebody_relies_on_is_not_removed_before_his_commit(
    tickets: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets.commit(Create("ticket", A, {"title": "a"}))
    monkeypatch.setattr(sessions, "_PATIENCE", 0.2)
    relying = tickets.backend.begin(Intent.WRITE)
    relying.apply([Expect(TICKET, [A])])
    removing = tickets.backend.begin(Intent.WRITE)
    with pytest.raises(Conflict):
        removing.apply([Delete(TICKET, [A], [1], change_set_id(9))])
    relying.commit()
    assert tickets.find("ticket") == ["a"]
    again = tickets.backend.begin(Intent.WRITE)
    again.apply([Delete(TICKET, [A], [1], change_set_id(9))])
    again.commit()
    assert tickets.find("ticket") == []
