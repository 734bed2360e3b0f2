"""What goes over the wire: durable commits, snapshot reads, literals; nothing that runs code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from tests.servers.mongodb import Databases

from crmcore.storage import Intent
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, DEALS, PEOPLE
from crmcore.testing.hostile import HOSTILE
from crmcore.testing.script import Change, Create, Remove
from crmcore_mongo.backend import MongoBackend, open_mongo

ACME = record_named("acme")
_WRITES = ("insert", "update", "delete", "findAndModify", "create", "createIndexes")
_CODE = ("$where", "$function", "$accumulator")


class Listener(monitoring.CommandListener):
    """Keeps every command that is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Mapping[str, Any]]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.sent.append((event.command_name, event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass

    def of(self, *names: str) -> list[Mapping[str, Any]]:
        """The commands of these names."""
        return [command for name, command in self.sent if name in names]


@pytest.fixture
def listener() -> Listener:
    """What listens to the client of the test."""
    return Listener()


@pytest.fixture
def desk(mongodb_stores: Databases, listener: Listener) -> Iterator[Desk]:
    """A desk over the client of a host that asks for less than we need."""
    url = mongodb_stores("store")
    with MongoClient[dict[str, Any]](url, w=1, journal=False, event_listeners=[listener]) as client:
        backend = open_mongo(client.get_default_database(), create=True)
        assert isinstance(backend, MongoBackend)
        yield Desk.at(backend, COMPANY, DEAL)
        backend.close()


def test_every_write_is_majority_and_journal(desk: Desk, listener: Listener) -> None:
    desk.commit(*PEOPLE, *DEALS)
    desk.commit(Change("company", ACME, {"region": "南"}), Remove("deal", record_named("d4")))
    commits = listener.of("commitTransaction")
    assert len(commits) >= 3
    assert all(one["writeConcern"] == {"w": "majority", "j": True} for one in commits)
    outside = [one for one in listener.of(*_WRITES) if one.get("autocommit") is not False]
    # Preparing is no transaction: each of its steps says so itself.
    assert outside
    assert all(one["writeConcern"] == {"w": "majority", "j": True} for one in outside)


def test_records_are_written_within_transactions_only(desk: Desk, listener: Listener) -> None:
    listener.sent.clear()
    desk.commit(*PEOPLE)
    desk.commit(Change("company", ACME, {"region": "南"}))
    writes = listener.of("insert", "update", "delete")
    assert writes
    assert all(one["autocommit"] is False for one in writes)


def test_every_transaction_reads_a_snapshot(desk: Desk, listener: Listener) -> None:
    listener.sent.clear()
    desk.commit(*PEOPLE)
    desk.find("company")
    desk.summarize("company")
    begun = [command for _, command in listener.sent if command.get("startTransaction")]
    assert len(begun) >= 3
    assert all(one["readConcern"]["level"] == "snapshot" for one in begun)


def test_questions_bring_no_code_and_every_constant_behind_an_operator(
    desk: Desk, listener: Listener
) -> None:
    texts = [text for text in HOSTILE if text.isprintable() and text == text.strip()]
    texts += ["$name", "$$ROOT", "a.b", "$where", '{"$ne": null}', "$literal"]
    texts = list(dict.fromkeys(texts))
    acts = [Create("company", record_named(text), {"name": text}) for text in texts]
    desk.commit(*acts)
    listener.sent.clear()
    for text in texts:
        quoted = json.dumps(text, ensure_ascii=False)
        assert desk.find("company", f"name == {quoted}") == [text]
        assert text in desk.find("company", f"contains(name, {quoted})")
        assert text in desk.find("company", f"ends_with(name, {quoted})")
        assert text not in desk.find("company", f"name != {quoted}")
        assert desk.find("company", f"name in [{quoted}]") == [text]
        assert desk.summarize("company", "min:name", where=f"name == {quoted}") == [(text,)]
    for command in listener.of("find", "aggregate"):
        _assert_harmless(command)


def _assert_harmless(node: Any) -> None:
    """No operator that runs code; texts that look like paths stand under `$literal` or `$eq`."""
    if isinstance(node, Mapping):
        for name, part in node.items():
            assert name not in _CODE
            if name not in ("$literal", "$eq", "$in", "$gte", "$lt"):
                _assert_harmless(part)
    elif isinstance(node, list):
        for part in node:
            _assert_harmless(part)
    elif isinstance(node, str):
        assert node not in ("$where", "$name", "$$ROOT", "$literal")


def test_an_answer_is_read_in_one_command(desk: Desk, listener: Listener) -> None:
    desk.commit(*PEOPLE, *DEALS)
    transaction = desk.backend.begin(Intent.READ)
    listener.sent.clear()
    found = desk.find(
        "deal", "company.region == '华东'", "title", order="title", within=transaction
    )
    transaction.rollback()
    assert found
    assert [name for name, _ in listener.sent] == ["aggregate", "abortTransaction"]
