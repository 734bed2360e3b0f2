"""Lost races: deadlocks, failed serializations, locked records, a pool without connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import QueuePool
from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP
from tests.faults.counts import Counted

from crmcore import UnitOfWork, Workspace, open_workspace
from crmcore.errors import Conflict, StorageError
from crmcore.schema.reserved import HEAD
from crmcore.storage import Intent, Replace
from crmcore.work import operations
from crmcore.work.committing import HEAD_ID, stored_row
from crmcore_sql import open_sql
from crmcore_sql.engines import store_at


class Swap:
    """Two operations that want the same two records in opposite orders."""

    def __init__(self, crm: Workspace, number: int) -> None:
        self.crm, self.number, self.attempts = crm, number, 0
        self._both_have_one = threading.Barrier(2)
        with crm.work() as work:
            self.records = [work.create("account", {"name": f"{one}{number}"}).id for one in "ab"]

    def run(self) -> None:
        """Run both at the same time, until both are done."""
        with ThreadPoolExecutor(2) as pool:
            orders = (self.records, self.records[::-1])
            for done in [pool.submit(self._one, *order) for order in orders]:
                done.result(120)

    def _one(self, first: str, second: str) -> None:
        attempts = iter(range(operations.ATTEMPTS))

        def both(work: UnitOfWork) -> None:
            self.attempts += 1
            is_first = next(attempts) == 0
            add(work, first)
            if is_first:
                self._both_have_one.wait(30)
            add(work, second)

        self.crm.run(both, op_id=f"{self.number}-{first}")


def add(work: UnitOfWork, record: str) -> None:
    """Add 1 to the hits of a record."""
    found = work.get("account", record)
    work.update("account", found, {"hits": int(str(found["hits"] or 0)) + 1})


def test_a_deadlock_is_run_again_until_both_are_done(server_url: str, counted: Counted) -> None:
    crm, attempts = open_workspace(server_url), 0
    for number in range(100 if DEEP else 3):
        swap = Swap(crm, number)
        swap.run()
        assert swap.attempts >= 3
        attempts += swap.attempts
        assert [crm.get("account", one)["hits"] for one in swap.records] == [2, 2]
    check_whole(crm)
    crm.close()
    counted(f"{number + 1} deadlocks, {attempts} attempts of {2 * number + 2} operations: all done")


REFUSE = {
    "postgresql": (
        'CREATE SEQUENCE "{at}".tries',
        'CREATE FUNCTION "{at}".refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN'
        " IF nextval('\"{at}\".tries') <= {times} THEN"
        " RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END IF; RETURN NULL; END $$",
        'CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON "{at}".crmd_deal'
        ' {when} FOR EACH ROW EXECUTE FUNCTION "{at}".refuse()',
    ),
    "mariadb": (
        "CREATE SEQUENCE tries",
        "CREATE TRIGGER refuse AFTER INSERT ON crmd_deal FOR EACH ROW"
        " IF NEXTVAL(tries) <= {times} THEN SIGNAL SQLSTATE '40001'"
        " SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'no'; END IF",
    ),
}
"""Tries are counted where no rollback reaches; the first ones fail as serializations do."""


def refuse(url: str, times: int, at_commit: bool) -> None:
    """Let the server refuse new deals, at once or (PostgreSQL) when they are committed."""
    place = store_at(url, create=False)
    engine = create_engine(place.url)
    when = "DEFERRABLE INITIALLY DEFERRED" if at_commit else ""
    with engine.begin() as connection:
        for words in REFUSE[engine.dialect.name]:
            statement = words.format(at=place.schema, times=times, when=when)
            connection.exec_driver_sql(statement)
    engine.dispose()


def refuse_again(url: str) -> None:
    """Begin to count anew."""
    place = store_at(url, create=False)
    engine = create_engine(place.url)
    with engine.begin() as connection:
        schema = f'"{place.schema}".' if place.schema else ""
        connection.exec_driver_sql(f"ALTER SEQUENCE {schema}tries RESTART WITH 1")
    engine.dispose()


@pytest.mark.parametrize("at_commit", [False, True], ids=["in a statement", "at the commit"])
def test_what_fails_to_serialize_is_run_again(
    server_url: str, at_commit: bool, counted: Counted
) -> None:
    refuse(server_url, 5, at_commit)
    crm, rounds = open_workspace(server_url), 20 if DEEP else 1
    for number in range(rounds):
        attempts: list[int] = []

        def create(work: UnitOfWork, number: int = number, attempts: list[int] = attempts) -> int:
            attempts.append(len(attempts))
            work.create("account", {"name": f"n{number}"})
            work.create("deal", {"title": "one"})
            return attempts[-1]

        assert crm.run(create, op_id=f"{number}") == 5
        assert crm.run(create, op_id=f"{number}") == 5
        assert len(attempts) == 6
        refuse_again(server_url)
    assert (len(crm.find("account")), len(crm.find("deal"))) == (rounds, rounds)
    check_whole(crm)
    crm.close()
    counted(f"{5 * rounds} serialization failures in {rounds} operations: run again, all done once")


@pytest.mark.parametrize("at_commit", [False, True], ids=["in a statement", "at the commit"])
def test_running_again_has_an_end(
    server_url: str, at_commit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_LONGEST_PAUSE_SECONDS", 0.001)
    refuse(server_url, 1_000, at_commit)
    crm = open_workspace(server_url)
    before = crm.digest("full")
    attempts: list[int] = []

    def create(work: UnitOfWork) -> None:
        attempts.append(len(attempts))
        work.create("deal", {"title": "never"})

    with pytest.raises(Conflict) as error:
        crm.run(create, op_id="never")
    assert error.value.code == "record_changed"
    assert len(attempts) == operations.ATTEMPTS
    assert crm.digest("full") == before
    crm.close()


def small_pool(url: str) -> tuple[Workspace, Engine]:
    """A workspace in a host's pool of two connections, for which one waits half a second."""
    place = store_at(url, create=False)
    patience = {
        "sqlite": {"timeout": 0.5},
        "postgresql": {"options": "-c lock_timeout=500"},
        "mariadb": {"init_command": "SET innodb_lock_wait_timeout = 1"},
    }
    engine = create_engine(
        place.url,
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=0,
        pool_timeout=0.5,
        connect_args={**place.words, **patience[place.url.get_backend_name()]},
    )
    return open_workspace(open_sql(engine, schema=place.schema)), engine


@pytest.fixture
def narrow(url: str) -> Iterator[tuple[Workspace, Engine]]:
    crm, engine = small_pool(url)
    yield crm, engine
    engine.dispose()


def create(crm: Workspace, name: str) -> None:
    """A new account in a unit of its own."""
    with crm.work() as work:
        work.create("account", {"name": name})


def busy(attempt: Callable[[], object]) -> None:
    """Check that `attempt` is refused as busy, after a while and not for ever."""
    began = time.monotonic()
    with pytest.raises(StorageError) as error:
        attempt()
    assert error.value.code == "store_busy"
    assert 0.3 < time.monotonic() - began < 15


def test_an_empty_pool_is_busy_after_its_patience(narrow: tuple[Workspace, Engine]) -> None:
    crm, engine = narrow
    create(crm, "before")
    held = [engine.raw_connection() for _ in range(2)]
    busy(lambda: crm.find("account"))
    busy(lambda: create(crm, "nobody"))
    busy(lambda: list(crm.changes()))
    busy(lambda: crm.run(lambda work: work.create("account", {"name": "later"}).id, op_id="x"))
    for one in held:
        one.close()
    crm.run(lambda work: work.create("account", {"name": "later"}).id, op_id="x")
    create(crm, "after")
    assert {one["name"] for one in crm.find("account")} == {"before", "later", "after"}
    check_whole(crm)


def test_more_threads_than_connections_take_turns(
    narrow: tuple[Workspace, Engine], counted: Counted
) -> None:
    crm, engine = narrow

    def work(name: str) -> None:
        for number in range(30 if DEEP else 5):
            _patiently(lambda number=number: create(crm, f"{name}{number}"))  # type: ignore[misc]
            _patiently(lambda: crm.find("account", limit=1))

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, name) for name in "abcdefgh"]:
            done.result(300)
    assert len(crm.find("account")) == 8 * (30 if DEEP else 5)
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    check_whole(crm)
    total = 8 * (30 if DEEP else 5)
    counted(f"pool of 2 connections, 8 threads: {total} of {total} units done, each once")


def _patiently(attempt: Callable[[], object]) -> None:
    for _ in range(500):
        try:
            attempt()
            return
        except StorageError as error:
            if error.code != "store_busy":
                raise
    raise AssertionError("was never served")


def test_a_record_that_somebody_holds_is_busy(narrow: tuple[Workspace, Engine], url: str) -> None:
    """Somebody else changes the record in another program, and does not end."""
    crm, _ = narrow
    create(crm, "held")
    record = crm.find("account")[0]

    def change(work: UnitOfWork) -> None:
        work.update("account", record.id, {"hits": 1})

    other = open_workspace(url)
    with pytest.raises(InterruptedError), other.work() as work:
        work.update("account", record.id, {"hits": 2})
        busy(lambda: _in_a_thread(lambda: crm.run(change, op_id="x")))
        assert crm.get("account", record.id)["hits"] is None
        raise InterruptedError
    other.close()
    crm.run(change, op_id="x")
    assert crm.get("account", record.id)["hits"] == 1
    check_whole(crm)


def test_nobody_who_writes_waits_for_who_seals(server_url: str) -> None:
    """Somebody holds the head: commits go on, and are sealed when it is free."""
    crm, engine = small_pool(server_url)
    create(crm, "before")
    if crm.backend_name == "mariadb":
        # Where the server knows how small the table is, it would rather scan it.
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE TABLE crmd_crm_head")
    other = open_workspace(server_url)
    sealing = other._store.backend.begin(Intent.WRITE)
    try:
        former = stored_row(sealing, HEAD, HEAD_ID)
        assert former is not None
        version = int(str(former[1]))
        sealing.apply([Replace(HEAD, [(former[0], version + 1, *former[2:])], [version])])
        _in_a_thread(lambda: create(crm, "meanwhile"))
    finally:
        sealing.rollback()
    assert len(crm.find("account")) == 2
    check_whole(crm)
    other.close()
    engine.dispose()


def _in_a_thread(attempt: Callable[[], object]) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(attempt).result(60)
