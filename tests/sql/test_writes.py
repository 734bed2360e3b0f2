"""Writes and their refusals: in order, whole or not at all, in words of ours."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.sql.engines import ENGINES, url_of
from tests.sql.stores import (
    ACCOUNT,
    CHANGE_SET,
    DEAL,
    SCHEMA,
    account,
    changed,
    everything,
    filled,
    new,
    one,
    read,
    write,
)

from crmcore.errors import (
    Conflict,
    CrmError,
    Duplicate,
    StorageError,
    StorageFull,
    UnitOfWorkClosed,
)
from crmcore.query.bound import ID_REF, BoundQuery, BoundSummary, full_columns
from crmcore.schema import Module, numbered
from crmcore.schema.reserved import HEAD, MESSAGE
from crmcore.storage import Backend, Delete, Expect, Insert, Intent, Replace, Write
from crmcore.storage.memory import MemoryBackend
from crmcore_sql import SqlBackend, open_sql

FIRST, SECOND = account(1, code="a", nick="Anna"), account(2, code="b", nick="Bob")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlBackend]:
    backend = filled(path, [FIRST, SECOND])
    yield backend
    backend.close()


@pytest.fixture(params=ENGINES)
def anywhere(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    """The same records on each engine."""
    backend = open_sql(url_of(request), create=True)
    backend.prepare(SCHEMA)
    write(backend, Insert(ACCOUNT, [FIRST, SECOND]))
    yield backend
    backend.close()


def where(error: CrmError) -> tuple[str, str | None, str | None, object]:
    problem = error.problems[0]
    return problem.code, problem.module, problem.record, problem.params.get("fields")


REFUSED: list[tuple[list[Write], tuple[str, str, str, object]]] = [
    ([Insert(ACCOUNT, [account(9), account(1)])], ("record_changed", "account", "1", None)),
    ([Insert(ACCOUNT, [account(9), account(9)])], ("record_changed", "account", "9", None)),
    ([Insert(ACCOUNT, [account(8, code="a")])], ("value_taken", "account", "8", "code")),
    (
        [Insert(ACCOUNT, [account(7, code="z"), account(8, nick="ANNA"), account(1)])],
        ("value_taken", "account", "8", "nick"),
    ),
    (
        [Insert(ACCOUNT, [account(7, stage="won", size=3), account(8, stage="won", size=3)])],
        ("value_taken", "account", "8", "stage+size"),
    ),
    ([Replace(ACCOUNT, [changed(FIRST)], [2])], ("record_changed", "account", "1", None)),
    ([Replace(ACCOUNT, [account(5)], [1])], ("record_changed", "account", "5", None)),
    # Values that change hands are taken as long as their former owner has them.
    (
        [Replace(ACCOUNT, [changed(FIRST, code="b"), changed(SECOND, code="a")], [1, 1])],
        ("value_taken", "account", "1", "code"),
    ),
    # The first that fails is told, though a later one fails in a statement before.
    (
        [Replace(ACCOUNT, [changed(FIRST, code="b"), changed(SECOND)], [1, 7])],
        ("value_taken", "account", "1", "code"),
    ),
    (
        [Delete(ACCOUNT, [FIRST[0], "f" * 32], [1, 1], CHANGE_SET)],
        ("record_changed", "account", "f" * 32, None),
    ),
    (
        [Delete(ACCOUNT, [FIRST[0], FIRST[0]], [1, 1], CHANGE_SET)],
        ("record_changed", "account", "1", None),
    ),
    ([Expect(ACCOUNT, [SECOND[0], "f" * 32])], ("record_changed", "account", "f" * 32, None)),
    ([Expect(ACCOUNT, [SECOND[0]], [2])], ("record_changed", "account", "2", None)),
    (
        [Insert(DEAL, [new(DEAL, 1)]), Expect(ACCOUNT, [FIRST[0]]), Insert(DEAL, [new(DEAL, 1)])],
        ("record_changed", "deal", "1", None),
    ),
]  # type: ignore[list-item]  # fmt: skip


@pytest.mark.parametrize(("writes", "expected"), REFUSED)
@pytest.mark.parametrize("backend", ["sql", "memory"])
def test_refusals_name_the_first_that_fails(
    anywhere: SqlBackend,
    writes: list[Write],
    expected: tuple[str, str, str, object],
    backend: str,
) -> None:
    tried: Backend = anywhere
    if backend == "memory":
        tried = MemoryBackend()
        tried.prepare(SCHEMA)
        write(tried, Insert(ACCOUNT, [FIRST, SECOND]))
    transaction = tried.begin(Intent.WRITE)
    transaction.apply([Insert(ACCOUNT, [account(100)])])
    with pytest.raises(Conflict) as error:
        transaction.apply(writes)
    code, module, record, fields = expected
    assert where(error.value) == (code, module, record.rjust(32, "0"), fields)
    assert type(error.value) is (Duplicate if code == "value_taken" else Conflict)
    with pytest.raises(UnitOfWorkClosed):
        transaction.commit()
    assert read(tried, everything()) == [FIRST, SECOND]


def test_values_change_hands_one_after_the_other(anywhere: SqlBackend) -> None:
    free = changed(FIRST, code=None)
    taken = changed(SECOND, code="a")
    write(anywhere, Replace(ACCOUNT, [free, taken], [1, 1]))
    again = changed(free, code="b")
    write(anywhere, Replace(ACCOUNT, [again, changed(again)], [2, 3]))
    assert [row[:2] for row in read(anywhere, everything())] == [(FIRST[0], 4), (SECOND[0], 2)]


def test_a_removed_record_frees_its_values_and_may_come_back(anywhere: SqlBackend) -> None:
    write(anywhere, Delete(ACCOUNT, [str(FIRST[0])], [1], CHANGE_SET))
    back = changed(FIRST)
    write(anywhere, Insert(ACCOUNT, [account(3, code="A", nick="anna")]))
    with pytest.raises(Duplicate):
        write(anywhere, Insert(ACCOUNT, [back]))
    write(anywhere, Insert(ACCOUNT, [changed(FIRST, nick="other")]))


def test_journals_and_states_keep_no_history(anywhere: SqlBackend) -> None:
    for module in (MESSAGE, HEAD):
        row = new(module, 1)
        write(anywhere, Insert(module, [row]))
        write(anywhere, Replace(module, [changed(row, module)], [1]))
        versions = BoundQuery(module, full_columns(module), versions=True)
        assert [found[1] for found in read(anywhere, versions)] == [2]
        write(anywhere, Delete(module, [str(row[0])], [2], CHANGE_SET))
        assert read(anywhere, versions) == []


def test_a_large_batch_is_one_unit(anywhere: SqlBackend) -> None:
    rows = [account(number, name=f"n{number}") for number in range(10, 5_010)]
    write(anywhere, Insert(ACCOUNT, rows))
    count = sum(1 for _ in read(anywhere, everything()))
    assert count == 5_002
    with pytest.raises(Duplicate) as error:
        write(
            anywhere,
            Insert(ACCOUNT, [account(n + 9_000, code=f"{n % 4_500}") for n in range(5_000)]),
        )
    assert error.value.problems[0].record == f"{13_500:032x}"
    ids = [str(row[0]) for row in rows]
    write(anywhere, Delete(ACCOUNT, ids, [1] * len(ids), CHANGE_SET))
    assert len(read(anywhere, everything())) == 2


def test_transactions_end_once(anywhere: SqlBackend) -> None:
    transaction = anywhere.begin(Intent.WRITE)
    transaction.apply([Insert(ACCOUNT, [account(3)])])
    transaction.commit()
    for late in (
        transaction.commit,
        lambda: transaction.apply([]),
        lambda: transaction.select(everything()),
        lambda: transaction.summarize(BoundSummary(ACCOUNT, (), ())),
    ):
        with pytest.raises(UnitOfWorkClosed):
            late()
    transaction.rollback()
    assert len(read(anywhere, everything())) == 3
    reader = anywhere.begin(Intent.READ)
    with pytest.raises(UnitOfWorkClosed):
        reader.apply([])
    reader.rollback()
    anywhere.close()
    for late in (lambda: anywhere.begin(Intent.READ), lambda: anywhere.prepare(SCHEMA)):
        with pytest.raises(UnitOfWorkClosed):
            late()


def test_iterators_end_with_the_next_write(anywhere: SqlBackend) -> None:
    write(anywhere, Insert(ACCOUNT, [account(number) for number in range(3, 1_000)]))
    transaction = anywhere.begin(Intent.WRITE)
    batches = transaction.select(everything())
    summary = transaction.summarize(BoundSummary(ACCOUNT, (), ()))
    next(batches)
    transaction.apply([Insert(ACCOUNT, [account(2_000)])])
    for iterator in (batches, summary):
        with pytest.raises(UnitOfWorkClosed):
            next(iterator)
    assert sum(map(len, transaction.select(everything()))) == 1_000
    transaction.rollback()


def test_a_reader_sees_one_snapshot(anywhere: SqlBackend) -> None:
    reader = anywhere.begin(Intent.READ)
    assert sum(map(len, reader.select(one(1)))) == 1
    write(anywhere, Insert(ACCOUNT, [account(3)]))
    assert sum(map(len, reader.select(everything()))) == 2
    reader.commit()
    assert len(read(anywhere, everything())) == 3


def test_a_writer_sees_its_own_writes_and_nobody_else_does(anywhere: SqlBackend) -> None:
    writer = anywhere.begin(Intent.WRITE)
    writer.apply([Insert(ACCOUNT, [account(3)])])
    assert sum(map(len, writer.select(everything()))) == 3
    assert len(read(anywhere, everything())) == 2
    writer.rollback()
    assert len(read(anywhere, everything())) == 2


def busy(store: SqlBackend) -> SqlBackend:
    """The same store, of a program that does not wait."""
    other = open_sql(str(store._store.engine.url))

    @event.listens_for(other._store.engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA busy_timeout = 1")

    other._store.engine.dispose()
    return other


def test_a_second_writer_is_told_that_the_store_is_busy(store: SqlBackend) -> None:
    writer = store.begin(Intent.WRITE)
    writer.apply([Insert(ACCOUNT, [account(3)])])
    other = busy(store)
    with pytest.raises(StorageError) as error:
        write(other, Insert(ACCOUNT, [account(4)]))
    assert error.value.code == "store_busy"
    assert len(read(other, everything())) == 2
    writer.commit()
    write(other, Insert(ACCOUNT, [account(4)]))
    other.close()


def test_writers_of_one_program_take_turns(store: SqlBackend) -> None:
    writer = store.begin(Intent.WRITE)
    writer.apply([Insert(ACCOUNT, [account(3)])])
    waiting = threading.Thread(target=write, args=(store, Insert(ACCOUNT, [account(4)])))
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    writer.commit()
    waiting.join()
    assert len(read(store, everything())) == 4


def test_a_forgotten_transaction_does_not_keep_others_waiting(store: SqlBackend) -> None:
    def forget() -> None:
        store.begin(Intent.WRITE).apply([Insert(ACCOUNT, [account(3)])])

    forget()
    gc.collect()
    write(store, Insert(ACCOUNT, [account(4)]))
    assert [row[0] for row in read(store, everything())] == [FIRST[0], SECOND[0], f"{4:032x}"]


def test_a_full_disk(store: SqlBackend) -> None:
    engine = store._store.engine

    @event.listens_for(engine, "checkout")
    def checkout(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    with pytest.raises(StorageFull) as error:
        write(store, Insert(ACCOUNT, [account(n, notes="x" * 5_000) for n in range(3, 50)]))
    assert error.value.code == "store_full"
    event.remove(engine, "checkout", checkout)
    assert read(store, everything()) == [FIRST, SECOND]


def test_errors_of_the_driver_carry_no_values(store: SqlBackend, path: Path) -> None:
    transaction = store.begin(Intent.WRITE)
    list(transaction.select(one(1)))
    raw = sqlite3.connect(path)
    wrong = list(account(3, name="secret"))
    wrong[8 + 7] = "secret"
    with pytest.raises(StorageError) as error:
        transaction.apply([Insert(ACCOUNT, [tuple(wrong)])])
    assert error.value.code == "store_failed"
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    assert "secret" not in error.value.message("en") + str(error.value.to_dict())
    raw.close()


def test_a_damaged_file(path: Path) -> None:
    filled(path, [account(n, name=f"n{n}" * 30) for n in range(1, 500)]).close()
    data = bytearray(path.read_bytes())
    data[8192 : len(data) // 2] = b"\xff" * (len(data) // 2 - 8192)
    path.write_bytes(data)
    with pytest.raises(CrmError) as error:
        backend = open_sql(f"sqlite:///{path}")
        read(backend, everything())
    assert error.value.code in ("store_damaged", "not_a_store", "store_failed")


KILLED = """
import sys
from tests.sql.stores import ACCOUNT, DEAL, account, new
from crmcore.storage import Insert, Intent
from crmcore_sql import open_sql
store = open_sql(sys.argv[1])
for number in range(1, 1_000_000):
    transaction = store.begin(Intent.WRITE)
    rows = [account(number * 10 + n, name="x" * 200) for n in range(10)]
    transaction.apply([Insert(ACCOUNT, rows)])
    transaction.apply([Insert(DEAL, [new(DEAL, number * 10 + n) for n in range(10)])])
    transaction.commit()
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_whole_units(path: Path) -> None:
    filled(path).close()
    command = [sys.executable, "-c", KILLED, f"sqlite:///{path}"]
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root), str(root / "src")])
    for _ in range(3):
        path.unlink()
        filled(path).close()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": paths}
        )
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(7)]
        process.send_signal(signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().split()]
        process.wait()
        process.stdout.close()
        store = open_sql(f"sqlite:///{path}")
        accounts = read(store, BoundQuery(ACCOUNT, (ID_REF,)))
        deals = read(store, BoundQuery(DEAL, (ID_REF,)))
        store.close()
        assert accounts == deals
        assert len(accounts) % 10 == 0
        assert len(accounts) // 10 - told[-1] in (0, 1)


@pytest.mark.parametrize("programs", [1, 2])
def test_many_threads_lose_nothing(store: SqlBackend, programs: int) -> None:
    """Who reads and then writes what was read neither loses an update nor is refused."""
    errors: list[BaseException] = []
    stores = [store, *(open_sql(store._store.engine.url) for _ in range(programs - 1))]

    def work(backend: SqlBackend) -> None:
        try:
            for _ in range(20):
                transaction = backend.begin(Intent.WRITE)
                (row,) = [row for batch in transaction.select(one(1)) for row in batch]
                size = int(str(row[8 + 7] or 0)) + 1
                transaction.apply([Replace(ACCOUNT, [changed(row, size=size)], [int(str(row[1]))])])
                transaction.commit()
                assert len(read(backend, everything())) == 2
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(stores[n % programs],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert read(store, one(1))[0][8 + 7] == 80
    for other in stores[1:]:
        other.close()


def test_memory_stores_are_private_and_vanish(tmp_path: Path) -> None:
    stores = [open_sql("sqlite://"), open_sql("sqlite:///:memory:")]
    for number, store in enumerate(stores, 1):
        store.prepare(SCHEMA)
        write(store, Insert(ACCOUNT, [account(number)]))
        assert not store.capabilities.durable
    assert [read(store, everything())[0][0] for store in stores] == [FIRST[0], SECOND[0]]
    places = [Path(str(store._store.engine.url.database)).parent for store in stores]
    for store in stores:
        store.close()
        store.close()
    assert not any(place.exists() for place in places)


def test_a_module_is_known_by_what_it_is_not_by_its_object(anywhere: SqlBackend) -> None:
    copy = numbered(SCHEMA).module("account")
    again = Module(**{name: getattr(copy, name) for name in ("name", "fields", "keys", "number")})
    assert read(anywhere, BoundQuery(again, full_columns(again))) == [FIRST, SECOND]
