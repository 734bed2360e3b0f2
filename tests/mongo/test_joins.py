"""Working in the session of a host: never committed here, never ended, undone on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.client_session import ClientSession, TransactionOptions
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from tests.mongo.test_wire import Listener
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


def begun(session: ClientSession, reads: str | None = "snapshot", **writes: Any) -> None:
    """Begin a transaction of the host, as it may be joined unless told otherwise."""
    concern = WriteConcern(**(writes or {"w": "majority", "j": True}))
    session.start_transaction(ReadConcern(reads), concern)


def _insert(record: str, **values: Any) -> Insert:
    return Insert(TICKET, [new_row(TICKET, record, 1, values)])


@pytest.mark.parametrize("commits", [True, False])
def test_the_host_decides(host: Host, commits: bool) -> None:
    with host.client.start_session() as session:
        begun(session)
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
        begun(session)
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
        begun(session)
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
        begun(session)
        ours = host.desk.backend.begin(Intent.WRITE, session)
        ours.apply([_insert(B, title="ours")])
        session.abort_transaction()
        if is_begun_anew:
            begun(session)
        with pytest.raises(StorageError) as refused:
            ours.apply([_insert(C, title="half")])
        assert refused.value.code == "host_transaction_over"
        ours.rollback()
        if is_begun_anew:
            session.commit_transaction()
    assert host.desk.find("ticket") == ["theirs"]


LAX: dict[str, tuple[str | None, dict[str, Any]]] = {
    "reads of one server": ("local", {"w": "majority", "j": True}),
    "reads of the majority": ("majority", {"w": "majority", "j": True}),
    "whatever reads the server likes": (None, {"w": "majority", "j": True}),
    "one server": ("snapshot", {"w": 1, "j": True}),
    "three servers": ("snapshot", {"w": 3, "j": True}),
    "a tag": ("snapshot", {"w": "east", "j": True}),
    "no journal": ("snapshot", {"w": "majority", "j": False}),
    "whatever journal the server likes": ("snapshot", {"w": "majority"}),
    "a journal of whom": ("snapshot", {"j": True}),
}


@pytest.mark.parametrize("lax", LAX)
@pytest.mark.parametrize("intent", Intent)
def test_who_promises_less_is_not_joined(host: Host, intent: Intent, lax: str) -> None:
    reads, writes = LAX[lax]
    with host.client.start_session() as session:
        begun(session, reads, **writes)
        host.database.orders.insert_one({"_id": 1}, session=session)
        ours = host.desk.backend.begin(intent, session)
        with pytest.raises(StorageError) as refused:
            if intent is Intent.WRITE:
                ours.apply([_insert(A, title="t")])
            else:
                host.desk.find("ticket", within=ours)
        assert refused.value.code == "join_too_lax"
        for language in ("en", "zh"):
            assert "majority" in refused.value.message(language)  # type: ignore[arg-type]
        ours.rollback()
        # The transaction is the host's still, and so is what he wrote in it.
        assert session.in_transaction
        session.abort_transaction()
    assert host.counts() == (0, 0)


@pytest.mark.parametrize("told", ["by the transaction", "by the session", "by the client", "by us"])
def test_what_is_joined_is_durable_on_the_wire(
    mongodb_stores: Databases, host: Host, told: str
) -> None:
    listener = Listener()
    options: dict[str, Any] = {"event_listeners": [listener], "w": 1, "journal": False}
    if told == "by the client":
        options |= {"w": "majority", "journal": True, "readConcernLevel": "snapshot"}
    strict = TransactionOptions(ReadConcern("snapshot"), WriteConcern("majority", j=True))
    with MongoClient[dict[str, Any]](mongodb_stores("host"), **options) as client:
        backend = open_mongo(client.get_default_database(), prefix="a_")
        defaults = strict if told == "by the session" else None
        with client.start_session(default_transaction_options=defaults) as session:
            if told == "by the transaction":
                begun(session)
            elif told != "by us":
                session.start_transaction()
            listener.sent.clear()
            ours = backend.begin(Intent.WRITE, session)
            ours.apply([_insert(A, title="t")])
            ours.commit()
            session.commit_transaction()
        first = next(one for _, one in listener.sent if one.get("startTransaction"))
        assert first["readConcern"]["level"] == "snapshot"
        commits = listener.of("commitTransaction")
        assert [one["writeConcern"] for one in commits] == [{"w": "majority", "j": True}]
    assert host.counts() == (0, 1)
