"""What writers do to each other on MariaDB, step by step, and what servers do to writers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import create_engine
from tests.servers.mariadb import MariadbDatabases, Schemas
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
from tests.sql.worlds import MOMENT, USER, values

from crmcore import Field, Module, RollUp, Schema, open_workspace
from crmcore.errors import Conflict, CrmError, Duplicate, StorageError, WorkspaceError
from crmcore.kinds import Integer, Link, Text
from crmcore.query.bound import ID_REF, BoundOrder, BoundQuery, Comparison, Const, Ref
from crmcore.records import layout_of
from crmcore.schema import numbered
from crmcore.storage import Delete, Expect, Insert, Intent, Replace, Rewrite, Transaction
from crmcore_sql import SqlBackend, open_sql

SIZE = layout_of(ACCOUNT).index["size"]
FIRST = account(1, name="a", code="a", size=1)


@pytest.fixture
def store(mariadb_schemas: Schemas) -> Iterator[SqlBackend]:
    backend = open_sql(mariadb_schemas("store"), create=True)
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
        cursor.execute("SELECT SLEEP(0.01)")
        # What InnoDB tells is kept for a tenth of a second.
        cursor.execute("SELECT COUNT(*) FROM information_schema.innodb_lock_waits")
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


def test_counted_children_take_turns(mariadb_schemas: Schemas) -> None:
    url = mariadb_schemas("crm")
    modules = [
        Module("account", [Field("name", Text()), Field("deals", Integer())], title="name"),
        Module("deal", [Field("title", Text()), Field("account", Link("account"))], title="title"),
    ]
    crm = open_workspace(url, create=True, schema=Schema(modules))
    crm.configure(computed=[RollUp("account", "deals", "deal", "account", "count")])
    with crm.work() as work:
        parent = work.create("account", {"name": "p"}).id

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
    crm.close()


def killed(store: SqlBackend) -> None:
    """End all connections to the database but one."""
    connection = store._store.engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(
        "SELECT id FROM information_schema.processlist"
        " WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )
    for (number,) in cursor.fetchall():
        cursor.execute("KILL %s", (number,))
    connection.close()


def test_a_lost_connection_ends_the_unit_and_no_more(store: SqlBackend) -> None:
    transaction = writing(store, Insert(ACCOUNT, [account(2)]))
    killed(store)
    with pytest.raises(StorageError) as error:
        transaction.apply([Insert(ACCOUNT, [account(3)])])
    assert error.value.code == "connection_lost"
    assert len(read(store, everything())) == 1
    # Every connection that lay in the pool is gone: the next is a new one.
    killed(store)
    write(store, Insert(ACCOUNT, [account(4)]))
    assert len(read(store, everything())) == 2


def test_many_writers_lose_no_update(mariadb_schemas: Schemas, store: SqlBackend) -> None:
    """Two programs, two threads each: every one of them counts one record up by 15."""
    url = mariadb_schemas("store")

    def count_up(backend: SqlBackend) -> int:
        refused = 0
        for _ in range(15):
            while True:
                transaction = backend.begin(Intent.WRITE)
                (row,) = [row for batch in transaction.select(one(1)) for row in batch]
                size = row[SIZE]
                assert isinstance(size, int)
                new_row = changed(row, size=size + 1)
                if outcome(transaction, Replace(ACCOUNT, [new_row], [int(str(row[1]))])) == "done":
                    break
                refused += 1
        return refused

    second = open_sql(url)
    with ThreadPoolExecutor(4) as pool:
        refusals = list(pool.map(count_up, [store, second, store, second]))
    (row,) = read(store, one(1))
    assert (row[1], row[SIZE]) == (61, 61)
    versions = BoundQuery(ACCOUNT, everything().columns, versions=True)
    assert [row[1] for row in read(store, versions)] == list(range(1, 62))
    assert sum(refusals)
    second.close()


def test_no_link_dangles_whoever_comes_first(mariadb_schemas: Schemas) -> None:
    """Accounts are removed while deals come to them, by two programs."""
    url = mariadb_schemas("crm")
    modules = [
        Module("account", [Field("name", Text())], title="name"),
        Module("deal", [Field("title", Text()), Field("account", Link("account"))], title="title"),
    ]
    crm = open_workspace(url, create=True, schema=Schema(modules))
    with crm.work() as work:
        parents = [work.create("account", {"name": f"a{n}"}).id for n in range(30)]
    start = threading.Barrier(2)

    def each(do: Any) -> int:
        own = open_workspace(url)
        start.wait(30)
        done = 0
        for parent in parents:
            try:
                with own.work() as work:
                    do(work, parent)
                done += 1
            except CrmError:
                continue
        own.close()
        return done

    with ThreadPoolExecutor(2) as pool:
        removed = pool.submit(each, lambda work, one: work.delete("account", one))
        added = pool.submit(
            each, lambda work, one: work.create("deal", {"title": "d", "account": one})
        )
        assert removed.result(120) + added.result(120)
    left = {str(row["id"]) for row in crm.find("account")}
    linked = {str(row["account"]) for row in crm.find("deal")}
    assert linked <= left
    assert len(left) + removed.result() == len(parents)
    crm.close()


@pytest.mark.parametrize("count", [1, 30])
def test_one_key_is_given_once(store: SqlBackend, count: int) -> None:
    """Four at once insert the same codes: one of them has each."""
    start = threading.Barrier(4)

    def insert(worker: int) -> str:
        rows = [account(1_000 * (worker + 1) + n, code=f"k{n}") for n in range(count)]
        transaction = store.begin(Intent.WRITE)
        start.wait(30)
        while True:
            found = outcome(transaction, Insert(ACCOUNT, rows))
            if found != "record_changed":
                return found
            transaction = store.begin(Intent.WRITE)

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(insert, range(4)))
    assert found == ["done", "value_taken", "value_taken", "value_taken"]
    assert len(read(store, everything())) == 1 + count


def test_names_and_places_that_are_none(mariadb: MariadbDatabases) -> None:
    codes = {
        mariadb.of("missing"): "no_such_store",
        mariadb.of("information_schema"): "not_a_store",
        "mariadb+mysqldb://localhost/x": "unknown_engine",
        "mariadb+pymysql://127.0.0.1:1/x": "store_unreachable",
        "mariadb+pymysql://localhost": "bad_store_url",
    }
    for url, code in codes.items():
        with pytest.raises((WorkspaceError, StorageError)) as error:
            open_sql(url)
        assert error.value.code == code, url


def test_two_who_create_one_store_at_once(mariadb_schemas: Schemas) -> None:
    url = mariadb_schemas("both")
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


def test_others_notice_that_a_store_grew(store: SqlBackend, mariadb_schemas: Schemas) -> None:
    second = open_sql(mariadb_schemas("store"))
    assert len(read(second, everything())) == 1
    more = Field("more", Text(), number=90)
    grown = evolve(ACCOUNT, fields=[*ACCOUNT.fields, more])
    store.prepare(evolve(SCHEMA, modules=[grown, DEAL]))
    row = (*account(7), "x")
    write(second, Insert(grown, [row]))
    assert read(second, one(7, grown))[0][-1] == "x"
    second.close()


def test_long_texts_are_sorted_as_a_whole(mariadb_schemas: Schemas) -> None:
    """By more than the 1,024 bytes that the engine compares by itself, on every connection."""
    names = [f"t{number}" for number in range(6)]
    module = Module("page", [Field(name, Text(max_length=9_000)) for name in names])
    schema = numbered(Schema([module]))
    module = schema.module("page")
    store = open_sql(mariadb_schemas("long"), create=True)
    store.prepare(schema)
    ends = ["b", "c", "a", "d"]
    long = "张" * 8_000
    rows = [new(module, n, **dict.fromkeys(names, long + end)) for n, end in enumerate(ends)]
    write(store, Insert(module, rows))
    order = tuple(BoundOrder(Ref((), module.by_name[name]), True) for name in names)
    query = BoundQuery(module, (ID_REF, Ref((), module.by_name["t0"])), order=order)
    expected = sorted(ends, reverse=True)
    assert [str(row[1])[-1] for row in read(store, query)] == expected
    host = create_engine(store._store.engine.url)
    joined = SqlBackend(host)
    assert [str(row[1])[-1] for row in read(joined, query)] == expected
    with host.connect() as connection:
        found = [str(row[1])[-1] for row in read(joined, query, connection)]
    assert found == expected
    host.dispose()
    store.close()


def test_many_rows_come_back_as_they_were(store: SqlBackend) -> None:
    """They travel in one parameter, where a few travel each by itself."""
    random = Random(7)
    rows = [(*account(1_000 + n)[:8], *values(random, ACCOUNT))[: len(FIRST)] for n in range(300)]
    # Keys are not what this is about.
    places = [layout_of(ACCOUNT).index[name] for name in ("code", "nick", "size", "stage")]
    rows = [tuple(None if i in places else v for i, v in enumerate(row)) for row in rows]
    hostile = "a'b\"c\\d%s 张\U0001f600`"
    rows.append(account(5_000, name=hostile, alias=hostile))
    for number in range(0, len(rows), 10):
        single = [(*(f"{int(str(row[0]), 16) + 90_000:032x}",), *row[1:]) for row in rows]
        write(store, Insert(ACCOUNT, single[number : number + 10]))
    write(store, Insert(ACCOUNT, rows))
    found = {str(row[0]): row for row in read(store, everything())}
    for row in rows:
        twin = found[f"{int(str(row[0]), 16) + 90_000:032x}"]
        assert found[str(row[0])] == row
        assert twin[1:] == row[1:]
