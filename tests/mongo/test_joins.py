"""Working in the session of a host: never committed here, never ended, undone on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from tests.servers.mongodb import Databases

from crmcore.errors import Conflict, Duplicate, StorageError
from crmcore.storage import Expect, Insert, Intent, Replace, Write
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.keys import TICKET
from crmcore.testing.rows import new_row, next_row
from crmcore_mongo.backend import open_mongo

A, B, C = (record_named(name) for name in ("one", "two", "three"))


class Host:
    """A program with a client of its own, and a store of ours in its database."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self.client = client
        self.database = client.get_default_database()
        self.desk = Desk.at(open_mongo(self.database, create=True, prefix="a_"), TICKET)
        self.database.create_collection("orders")

    def counts(self) -> tuple[int, int]:
        """How many orders of the host and tickets of ours are committed."""
        return self.database.orders.count_documents({}), len(self.desk.find("ticket"))


@pytest.fixture
def host(mongodb_stores: Databases) -> Iterator[Host]:
    """A host."""
    with MongoClient[dict[str, Any]](mongodb_stores("host")) as client:
        yield Host(client)


def _insert(record: str, **values: Any) -> Insert:
    return Insert(TICKET, [new_row(TICKET, record, 1, values)])


@pytest.mark.parametrize("commits", [True, False])
def test_the_host_decides(host: Host, commits: bool) -> None:
    with host.client.start_session() as session:
        session.start_transaction()
        host.database.orders.insert_one({"_id": 1}, session=session)
        ours = host.desk.backend.begin(Intent.WRITE, session)
        ours.apply([_insert(A, title="t")])
        assert host.desk.find("ticket", within=ours) == ["t"]
        ours.commit()
        assert session.in_transaction
        assert host.counts() == (0, 0)
        if commits:
            session.commit_transaction()
        else:
            session.abort_transaction()
    assert host.counts() == ((1, 1) if commits else (0, 0))


def test_a_transaction_is_begun_in_the_name_of_the_host(host: Host) -> None:
    with host.client.start_session() as session:
        ours = host.desk.backend.begin(Intent.WRITE, session)
        ours.apply([_insert(A, title="t")])
        ours.commit()
        assert session.in_transaction
        assert host.counts() == (0, 0)
        session.commit_transaction()
    assert host.counts() == (0, 1)


@pytest.mark.parametrize("refused", [True, False])
def test_our_part_is_undone_and_the_work_of_the_host_stays(host: Host, refused: bool) -> None:
    setup = host.desk.backend.begin(Intent.WRITE)
    setup.apply([_insert(A, title="a", code="x"), _insert(B, title="b")])
    setup.commit()
    before = host.desk.versions("ticket")
    with host.client.start_session() as session:
        session.start_transaction()
        host.database.orders.insert_one({"_id": 1}, session=session)
        ours = host.desk.backend.begin(Intent.WRITE, session)
        row = next(row[:-2] for row in before if row[0] == A)
        changed = next_row(TICKET, row, 2, {"title": "z", "code": None})
        writes: list[Write] = [_insert(C, title="c"), Replace(TICKET, [changed], [1])]
        ours.apply([*writes, Expect(TICKET, [B])])
        if refused:
            with pytest.raises(Conflict):
                ours.apply([_insert(B, title="taken")])
        else:
            ours.rollback()
        session.commit_transaction()
    assert host.desk.versions("ticket") == before
    assert host.counts() == (1, 2)


def test_a_taken_key_is_found_before_the_server_ends_the_transaction(host: Host) -> None:
    with host.client.start_session() as session:
        session.start_transaction()
        host.database.orders.insert_one({"_id": 1}, session=session)
        ours = host.desk.backend.begin(Intent.WRITE, session)
        with pytest.raises(Duplicate):
            ours.apply([_insert(A, code="x"), _insert(B, code="x")])
        session.commit_transaction()
    assert host.counts() == (1, 0)


def test_sessions_of_others_are_refused(host: Host, mongodb_stores: Databases) -> None:
    with (
        MongoClient[dict[str, Any]](mongodb_stores("host")) as other,
        other.start_session() as session,
        pytest.raises(StorageError, match="cannot join"),
    ):
        host.desk.backend.begin(Intent.WRITE, session)
    with host.client.start_session() as session:
        pass
    ended = host.desk.backend.begin(Intent.WRITE, session)
    with pytest.raises(StorageError):
        ended.apply([_insert(A, title="t")])


def test_a_prefix_keeps_two_stores_apart(host: Host) -> None:
    other = Desk.at(open_mongo(host.database, create=True, prefix="b_"), TICKET)
    transaction = other.backend.begin(Intent.WRITE)
    transaction.apply([_insert(A, title="t")])
    transaction.commit()
    assert len(other.find("ticket")) == 1
    assert host.counts() == (0, 0)
    names = host.database.list_collection_names()
    assert all(name.startswith(("a_crm", "b_crm")) or name == "orders" for name in names)


@pytest.mark.parametrize("is_begun_anew", [True, False])
def test_a_transaction_that_the_host_ended_is_written_in_no_more(
    host: Host, is_begun_anew: bool
) -> None:
    write = host.desk.backend.begin(Intent.WRITE)
    write.apply([_insert(A, title="theirs")])
    write.commit()
    with host.client.start_session() as session:
        session.start_transaction()
        ours = host.desk.backend.begin(Intent.WRITE, session)
        ours.apply([_insert(B, title="ours")])
        session.abort_transaction()
        if is_begun_anew:
            session.start_transaction()
        with pytest.raises(StorageError) as refused:
            ours.apply([_insert(C, title="half")])
        assert refused.value.code == "host_transaction_over"
        ours.rollback()
        if is_begun_anew:
            session.commit_transaction()
    assert host.desk.find("ticket") == ["theirs"]
