"""What writers do to each other on PostgreSQL, step by step, and what servers do to writers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Engine, create_engine, make_url
from tests.servers.fixtures import Schemas
from tests.sql.stores import (
    ACCOUNT,
    DEAL,
    SCHEMA,
    account,
    changed,
    everything,
    new,
    one,
    read,
    write,
)
from tests.sql.worlds import MOMENT, USER

from crmcore import Field, Module, RollUp, Schema, Workspace, open_workspace
from crmcore.errors import Conflict, CrmError, Duplicate, StorageError, WorkspaceError
from crmcore.kinds import Integer, Link, Text
from crmcore.query.bound import BoundQuery, Comparison, Const, Ref
from crmcore.storage import Delete, Expect, Insert, Intent, Replace, Rewrite, Transaction
from crmcore.testing.servers import Databases
from crmcore_sql import SqlBackend, open_sql

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
FIRST = account(1, name="a", code="a", size=1)


@pytest.fixture
def store(postgresql_schemas: Schemas) -> Iterator[SqlBackend]:
    backend = open_sql(postgresql_schemas("store"), create=True)
    backend.prepare(SCHEMA)
    write(backend, Insert(ACCOUNT, [FIRST]))
    yield backend
    backend.close()


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    """A thread for what waits."""
    with ThreadPoolExecutor(1) as pool:
        yield pool


def waits(store: SqlBackend, pool: ThreadPoolExecutor, *writes: Any) -> Future[None]:
    """Another transaction that comes to wait for a lock while it does `writes`."""
    started = threading.Event()

    def run() -> None:
        transaction = store.begin(Intent.WRITE)
        read_in(transaction)
        started.set()
        try:
            transaction.apply(writes)
            transaction.commit()
        finally:
            transaction.rollback()

    found = pool.submit(run)
    assert started.wait(30)
    wait_for_locks(store)
    return found


def read_in(transaction: Transaction) -> None:
    assert [row for batch in transaction.select(everything()) for row in batch]


def wait_for_locks(store: SqlBackend) -> None:
    connection = store._store.engine.raw_connection()
    cursor = connection.cursor()
    for _ in range(3_000):
        cursor.execute(
            "SELECT count(*), pg_sleep(0.01) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        row = cursor.fetchone()
        if row is not None and row[0]:
            break
    else:
        raise AssertionError("nobody waits")
    connection.close()


def writing(store: SqlBackend, *writes: Any) -> Transaction:
    transaction = store.begin(Intent.WRITE)
    transaction.apply(writes)
    return transaction


def test_of_two_changes_the_later_is_refused(store: SqlBackend, other: ThreadPoolExecutor) -> None:
    first = writing(store, Replace(ACCOUNT, [changed(FIRST, name="first")], [1]))
    second = waits(store, other, Replace(ACCOUNT, [changed(FIRST, name="second")], [1]))
    first.commit()
    with pytest.raises(Conflict):
        second.result(30)
    assert read(store, one(1))[0][8] == "first"
    versions = BoundQuery(ACCOUNT, everything().columns, versions=True)
    assert len(read(store, versions)) == 2


def test_a_change_waits_for_one_that_is_taken_back(
    store: SqlBackend, other: ThreadPoolExecutor
) -> None:
    first = writing(store, Replace(ACCOUNT, [changed(FIRST, name="first")], [1]))
    second = waits(store, other, Replace(ACCOUNT, [changed(FIRST, name="second")], [1]))
    first.rollback()
    second.result(30)
    assert read(store, one(1))[0][8] == "second"


def test_a_parent_waits_for_its_child(store: SqlBackend, other: ThreadPoolExecutor) -> None:
    child = new(DEAL, 1, account=FIRST[0])
    first = writing(store, Expect(ACCOUNT, [str(FIRST[0])]), Insert(DEAL, [child]))
    gone = waits(store, other, Delete(ACCOUNT, [str(FIRST[0])], [1], "c" * 32))
    # Who only expects the parent too does not wait.
    write(store, Expect(ACCOUNT, [str(FIRST[0])]), Insert(DEAL, [new(DEAL, 2)]))
    first.commit()
    gone.result(30)


def test_a_child_waits_for_its_parent_and_is_refused(
    store: SqlBackend, other: ThreadPoolExecutor
) -> None:
    first = writing(store, Delete(ACCOUNT, [str(FIRST[0])], [1], "c" * 32))
    child = new(DEAL, 1, account=FIRST[0])
    second = waits(store, other, Expect(ACCOUNT, [str(FIRST[0])]), Insert(DEAL, [child]))
    first.commit()
    with pytest.raises(Conflict):
        second.result(30)
    assert read(store, everything(DEAL)) == []


@pytest.mark.parametrize("count", [1, 200])
def test_a_key_is_given_to_whoever_comes_first(
    store: SqlBackend, other: ThreadPoolExecutor, count: int
) -> None:
    first = writing(store, Insert(ACCOUNT, [account(2, code="b")]))
    rows = [account(100 + n, code=f"n{n}") for n in range(1, count)]
    second = waits(store, other, Insert(ACCOUNT, [*rows, account(3, code="b")]))
    first.commit()
    with pytest.raises(Duplicate) as error:
        second.result(30)
    assert error.value.problems[0].record == f"{3:032x}"
    assert len(read(store, everything())) == 2


def test_a_rewrite_never_overlooks_a_change(store: SqlBackend, other: ThreadPoolExecutor) -> None:
    size = Ref((), ACCOUNT.by_name["size"])
    small = BoundQuery(ACCOUNT, (size,), Comparison("==", size, Const(1, size.kind)))
    many = Rewrite(small, {"notes": "seen"}, "9" * 32, MOMENT, USER, "6" * 32)
    first = writing(store, Replace(ACCOUNT, [changed(FIRST, size=2)], [1]))
    second = waits(store, other, many)
    first.commit()
    with pytest.raises(Conflict):
        second.result(30)
    assert [row[1] for row in read(store, one(1))] == [2]


def test_whoever_meets_a_deadlock_may_run_again(
    store: SqlBackend, other: ThreadPoolExecutor
) -> None:
    second = account(2, name="b")
    write(store, Insert(ACCOUNT, [second]))
    mine = writing(store, Replace(ACCOUNT, [changed(FIRST)], [1]))
    barrier = threading.Barrier(2)

    def crossing() -> str:
        theirs = writing(store, Replace(ACCOUNT, [changed(second)], [1]))
        barrier.wait(30)
        return outcome(theirs, Replace(ACCOUNT, [changed(FIRST)], [1]))

    crossed = other.submit(crossing)
    barrier.wait(30)
    found = [outcome(mine, Replace(ACCOUNT, [changed(second)], [1])), crossed.result(60)]
    assert sorted(found) == ["done", "record_changed"]


def outcome(transaction: Transaction, write: Any) -> str:
    try:
        transaction.apply([write])
        transaction.commit()
    except CrmError as error:
        return error.code
    finally:
        transaction.rollback()
    return "done"


def test_counted_children_take_turns(postgresql_schemas: Schemas) -> None:
    """Without waiting for a deadlock to be found, which takes a second."""
    url = postgresql_schemas("crm")
    modules = [
        Module("account", [Field("name", Text()), Field("deals", Integer())], title="name"),
        Module("deal", [Field("title", Text()), Field("account", Link("account"))], title="title"),
    ]
    crm = open_workspace(url, create=True, schema=Schema(modules))
    crm.configure(computed=[RollUp("account", "deals", "deal", "account", "count")])
    with crm.work() as work:
        parent = work.create("account", {"name": "p"}).id

    with engine_of(crm).connect() as connection:
        before = connection.exec_driver_sql(DEADLOCKS).scalar_one()

    def children(name: int) -> None:
        own = open_workspace(url)
        for number in range(10):
            own.run(
                lambda work, n=number: work.create("deal", {"title": str(n), "account": parent}).id,
                op_id=f"{name}-{number}",
            )
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(children, range(4)))
    assert crm.get("account", parent)["deals"] == 40
    with engine_of(crm).connect() as connection:
        assert connection.exec_driver_sql(DEADLOCKS).scalar_one() == before
    crm.close()


def engine_of(crm: Workspace) -> Engine:
    backend = crm._store.backend
    assert isinstance(backend, SqlBackend)
    return backend._store.engine


def test_a_lost_connection_ends_the_unit_and_no_more(store: SqlBackend) -> None:
    transaction = writing(store, Insert(ACCOUNT, [account(2)]))
    terminated(store)
    with pytest.raises(StorageError) as error:
        transaction.apply([Insert(ACCOUNT, [account(3)])])
    assert error.value.code == "connection_lost"
    assert len(read(store, everything())) == 1
    # Every connection that lay in the pool is gone: the next is a new one.
    terminated(store)
    write(store, Insert(ACCOUNT, [account(4)]))
    assert len(read(store, everything())) == 2


def terminated(store: SqlBackend) -> None:
    connection = store._store.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    connection.close()


def test_a_connection_lost_while_reading_is_told(store: SqlBackend) -> None:
    transaction = store.begin(Intent.READ)
    batches = transaction.select(everything())
    assert next(batches)
    terminated(store)
    with pytest.raises(StorageError) as error:
        list(transaction.select(everything(DEAL)))
    assert error.value.code == "connection_lost"
    transaction.rollback()


def test_a_server_that_may_only_be_read_says_so(
    store: SqlBackend, postgresql_schemas: Schemas
) -> None:
    place = make_url(postgresql_schemas("store")).difference_update_query(["crm_schema"])
    words = {"options": "-c default_transaction_read_only=on"}
    engine = create_engine(place, connect_args=words)
    schema = str(make_url(postgresql_schemas("store")).query["crm_schema"])
    reading = open_sql(engine, schema=schema)
    with engine.connect() as host, pytest.raises(StorageError) as error:
        reading.begin(Intent.WRITE, host).apply([Insert(ACCOUNT, [account(2)])])
    assert error.value.code == "store_read_only"
    assert len(read(reading, everything())) == 1
    engine.dispose()


def test_names_and_places_that_are_none(postgresql: Databases, postgresql_database: str) -> None:
    joint = "&" if "?" in postgresql_database else "?"
    codes = {
        f"{postgresql_database}{joint}crm_schema=A;b": "bad_store_name",
        f"{postgresql_database}{joint}crm_schema=missing": "no_such_store",
        postgresql.of("missing"): "store_unreachable",
        "postgresql+asyncpg://localhost/x": "unknown_engine",
        "postgresql+pg8000://localhost/x": "unknown_engine",
        "postgresql://%": "store_unreachable",
    }
    for url, code in codes.items():
        with pytest.raises((WorkspaceError, StorageError)) as error:
            open_sql(url)
        assert error.value.code == code, url


def test_two_who_create_one_store_at_once(postgresql_schemas: Schemas) -> None:
    url = postgresql_schemas("both")
    start = threading.Barrier(3)

    def create(_: int) -> SqlBackend:
        start.wait(30)
        backend = open_sql(url, create=True)
        backend.prepare(SCHEMA)
        return backend

    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(create, range(3)))
    write(stores[0], Insert(ACCOUNT, [FIRST]))
    assert [len(read(one, everything())) for one in stores] == [1, 1, 1]
    for one_store in stores:
        one_store.close()


def test_others_notice_that_a_store_grew(store: SqlBackend, postgresql_schemas: Schemas) -> None:
    second = open_sql(postgresql_schemas("store"))
    assert len(read(second, everything())) == 1
    more = Field("more", Text(), number=90)
    grown = evolve(ACCOUNT, fields=[*ACCOUNT.fields, more])
    store.prepare(evolve(SCHEMA, modules=[grown, DEAL]))
    row = (*account(7), "x")
    write(second, Insert(grown, [row]))
    assert read(second, one(7, grown))[0][-1] == "x"
    assert len(read(second, everything())) == 2
    second.close()
