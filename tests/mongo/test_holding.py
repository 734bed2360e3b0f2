"""Many may rely on one record at once, and none of them misses that it changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pymongo import MongoClient
from tests.mongo.test_races import failing
from tests.servers.mongodb import Databases

from crmcore.errors import Conflict
from crmcore.query.bound import ID_REF, BoundQuery
from crmcore.schema import Module
from crmcore.storage import Delete, Expect, Insert, Intent, Replace, Transaction
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL
from crmcore.testing.rows import change_set_id, new_row, next_row
from crmcore.testing.script import Create
from crmcore_mongo import holding, sessions
from crmcore_mongo.backend import MongoBackend, open_mongo
from crmcore_mongo.transaction import MongoTransaction

ACME = record_named("acme")


@pytest.fixture
def url(mongodb_stores: Databases) -> str:
    """Where the store is."""
    return mongodb_stores("store")


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    """A store with one company, on which many rely."""
    backend = open_mongo(url, create=True)
    made = Desk.at(backend, COMPANY, DEAL)
    with made.writing() as transaction:
        transaction.apply([Insert(_module(made, "company"), [_acme(made)])])
    yield made
    backend.close()


@pytest.fixture
def restarts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows whenever a transaction begins anew."""
    found: list[object] = []
    begin_anew = MongoTransaction._restart

    def noted(transaction: MongoTransaction) -> None:
        found.append(transaction)
        begin_anew(transaction)

    monkeypatch.setattr(MongoTransaction, "_restart", noted)
    return found


def _module(desk: Desk, name: str) -> Module:
    return desk.schema.module(name)


def _acme(desk: Desk) -> tuple[object, ...]:
    return new_row(_module(desk, "company"), ACME, 1, {"name": "acme"})


def _rely(desk: Desk, *, alone: bool = False, version: int | None = 1) -> Transaction:
    """A transaction that relies on the company, not yet committed."""
    transaction = desk.backend.begin(Intent.WRITE)
    versions = None if version is None else [version]
    transaction.apply([Expect(_module(desk, "company"), [ACME], versions, alone)])
    return transaction


def _changed(desk: Desk) -> Replace:
    company = _module(desk, "company")
    return Replace(company, [next_row(company, _acme(desk), 2, {"name": "new"})], [1])


def _meet(desk: Desk) -> None:
    """Two who rely at once, for the first time: one begins anew, and has a hold from then on."""
    first = _rely(desk)
    committing = threading.Timer(0.1, first.commit)
    committing.start()
    _rely(desk).commit()
    committing.join()


def _holds(url: str) -> list[str]:
    with MongoClient[dict[str, Any]](url) as client:
        return [one["_id"] for one in client.get_default_database()["crm_holds"].find()]


def test_whoever_met_somebody_meets_nobody_from_then_on(
    desk: Desk, url: str, restarts: list[object]
) -> None:
    assert _holds(url) == []
    _meet(desk)
    assert len(restarts) >= 1
    assert len(_holds(url)) == 1
    restarts.clear()
    holding_one, plain = _rely(desk), _rely(desk)
    plain.commit()
    holding_one.commit()
    assert restarts == []
    assert len(_holds(url)) == 1


def test_a_record_that_is_held_does_not_change(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _meet(desk)
    monkeypatch.setattr(sessions, "_PATIENCE", 0.2)
    relying = _rely(desk)
    changing = desk.backend.begin(Intent.WRITE)
    with pytest.raises(Conflict):
        changing.apply([_changed(desk)])
    removing = desk.backend.begin(Intent.WRITE)
    with pytest.raises(Conflict):
        removing.apply([Delete(_module(desk, "company"), [ACME], [1], change_set_id(9))])
    with pytest.raises(Conflict):
        _rely(desk, alone=True)
    relying.commit()
    again = desk.backend.begin(Intent.WRITE)
    again.apply([_changed(desk)])
    again.commit()
    assert desk.find("company") == ["new"]


def test_who_holds_a_record_does_not_miss_that_it_changes(desk: Desk, url: str) -> None:
    _meet(desk)
    changing = desk.backend.begin(Intent.WRITE)
    changing.apply([_changed(desk)])
    committing = threading.Timer(0.1, changing.commit)
    committing.start()
    with pytest.raises(Conflict):
        _rely(desk)
    committing.join()
    assert _holds(url) == []
    assert desk.find("company") == ["new"]
    _rely(desk, version=2).commit()


def test_another_program_that_changes_a_record_removes_its_holds(desk: Desk, url: str) -> None:
    _meet(desk)
    other = open_mongo(url)
    changing = other.begin(Intent.WRITE)
    changing.apply([_changed(desk)])
    changing.commit()
    other.close()
    assert _holds(url) == []
    with pytest.raises(Conflict):
        _rely(desk)
    _rely(desk, version=2).commit()


def test_holds_that_nobody_uses_any_more_are_removed(
    desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "_MOST", 3)
    for _ in range(3):
        # A program that ended without its holds.
        assert isinstance(desk.backend, MongoBackend)
        desk.backend._store.holds._free.clear()
        _meet(desk)
    assert len(_holds(url)) == 3
    desk.backend._store.holds._free.clear()
    _meet(desk)
    assert len(_holds(url)) == 1


def test_no_child_is_left_without_its_parent(desk: Desk) -> None:
    """Some create children of a record while another removes it, if it sees none."""
    _meet(desk)
    company, deal = _module(desk, "company"), _module(desk, "deal")
    started = threading.Barrier(3)

    def create(number: int) -> None:
        started.wait()
        for step in range(4):
            with suppress(Conflict), desk.writing() as transaction:
                values = {"title": "t", "company": ACME}
                row = new_row(deal, record_named(f"{number} {step}"), number, values)
                transaction.apply([Expect(company, [ACME]), Insert(deal, [row])])

    def remove() -> None:
        started.wait()
        with suppress(Conflict), desk.writing() as transaction:
            transaction.apply([Expect(company, [ACME], alone=True)])
            if not list(transaction.select(BoundQuery(deal, (ID_REF,)))):
                transaction.apply([Delete(company, [ACME], [1], change_set_id(9))])

    threads = [threading.Thread(target=create, args=(number,)) for number in range(2)]
    threads.append(threading.Thread(target=remove))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (desk.find("company") == ["acme"]) or desk.find("deal") == []


def test_what_was_counted_is_not_written_under_another_snapshot(desk: Desk, url: str) -> None:
    """Somebody else may have added a child meanwhile, where the transaction begins anew."""
    deal = _module(desk, "deal")
    row = new_row(deal, record_named("d"), 1, {"title": "0 others", "company": ACME})
    transaction = _rely(desk, alone=True)
    assert list(transaction.select(BoundQuery(deal, (ID_REF,)))) == []
    with (
        MongoClient[dict[str, Any]](url) as client,
        failing(client.admin, ["insert"], 112, 1, "TransientTransactionError"),
        pytest.raises(Conflict),
    ):
        transaction.apply([Insert(deal, [row])])
    assert desk.find("deal") == []


def test_a_taken_key_is_told_after_something_was_counted(desk: Desk) -> None:
    desk.commit(Create("deal", record_named("d"), {"title": "d"}))
    deal = _module(desk, "deal")
    transaction = _rely(desk, alone=True)
    list(transaction.select(BoundQuery(deal, (ID_REF,))))
    with pytest.raises(Conflict) as caught:
        transaction.apply([Insert(deal, [new_row(deal, record_named("d"), 1, {"title": "d"})])])
    assert caught.value.problems[0].record == record_named("d")
