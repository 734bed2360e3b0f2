"""Work inside the transaction of a host: seen, kept or undone with it, and never ended by us."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.schema import CreateSchema
from tests.servers.fixtures import Schemas
from tests.sql.stores import ACCOUNT, SCHEMA, account, changed, everything, one, read, write

from crmcore.errors import Conflict, Duplicate, StorageError, UnitOfWorkClosed, WorkspaceError
from crmcore.query.bound import BoundQuery, Ref
from crmcore.storage import Delete, Insert, Intent, Replace
from crmcore_sql import SqlBackend, open_sql

ORDERS = Table(
    "orders", MetaData(), Column("id", Integer, primary_key=True), Column("t", String(9))
)


def plain(path: Path) -> Engine:
    """As most hosts have it: the driver begins transactions when it sees fit."""
    return create_engine(f"sqlite:///{path}", poolclass=QueuePool)


def recipe(path: Path) -> Engine:
    """As SQLAlchemy advises: the host emits BEGIN itself."""
    engine = create_engine(f"sqlite:///{path}", poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def with_rows(path: Path) -> Engine:
    """A host that reads rows by name."""
    engine = create_engine(f"sqlite:///{path}", poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.row_factory = sqlite3.Row

    return engine


def on_postgresql(url: str, **words: object) -> Engine:
    """A host that keeps its tables, and ours, in a schema of its own."""
    place = make_url(url)
    schema = str(place.query["crm_schema"])
    words["options"] = f"-c search_path={schema}"
    place = place.difference_update_query(["crm_schema"])
    engine = create_engine(place, connect_args=words)
    with engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    return engine


def postgresql(url: str) -> Engine:
    return on_postgresql(url)


def postgresql_by_pooler(url: str) -> Engine:
    """A host behind a pooler, where the driver must prepare no statements."""
    engine = on_postgresql(url)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: object) -> None:
        connection.prepare_threshold = None

    return engine


def postgresql_serializable(url: str) -> Engine:
    return on_postgresql(url).execution_options(isolation_level="SERIALIZABLE")


def mariadb(url: str) -> Engine:
    """A host that keeps its tables, and ours, in one database, and repeats what it reads."""
    place = make_url(url)
    with create_engine(place.set(database="")).connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {place.database} CHARACTER SET utf8mb4")
    return create_engine(place)


def mariadb_committed(url: str) -> Engine:
    return mariadb(url).execution_options(isolation_level="READ COMMITTED")


ON_SQLITE = [plain, recipe, with_rows]
ON_POSTGRESQL = [postgresql, postgresql_by_pooler, postgresql_serializable]
ON_MARIADB = [mariadb, mariadb_committed]


@pytest.fixture(params=[*ON_SQLITE, *ON_POSTGRESQL, *ON_MARIADB])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made: Callable[[object], Engine] = request.param
    if made in ON_SQLITE:
        engine = made(tmp_path / "host.db")
    elif made in ON_POSTGRESQL:
        engine = made(request.getfixturevalue("postgresql_schemas")("host"))
    else:
        engine = made(request.getfixturevalue("mariadb_schemas")("host"))
    with engine.begin() as connection:
        ORDERS.metadata.create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> SqlBackend:
    backend = SqlBackend(engine)
    backend.prepare(SCHEMA)
    return backend


def orders(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(ORDERS)).all())


def joined_insert(store: SqlBackend, join: object, number: int = 1) -> None:
    transaction = store.begin(Intent.WRITE, join)
    transaction.apply([Insert(ACCOUNT, [account(number, name="x")])])
    transaction.commit()


@pytest.mark.parametrize("before", ["nothing", "select", "insert"])
@pytest.mark.parametrize("after", ["nothing", "select", "insert"])
def test_the_host_rolls_back_and_no_trace_remains(
    store: SqlBackend, engine: Engine, before: str, after: str
) -> None:
    with engine.connect() as connection:
        touch(connection, before, 1)
        joined_insert(store, connection)
        assert len(read(store, everything(), connection)) == 1
        touch(connection, after, 2)
        connection.rollback()
        assert read(store, everything(), connection) == []
        connection.rollback()
    assert read(store, everything()) == []
    assert orders(engine) == 0


@pytest.mark.parametrize("before", ["nothing", "select", "insert"])
@pytest.mark.parametrize("after", ["nothing", "select", "insert"])
def test_the_host_commits_and_all_is_there(
    store: SqlBackend, engine: Engine, before: str, after: str
) -> None:
    with engine.connect() as connection:
        touch(connection, before, 1)
        joined_insert(store, connection)
        touch(connection, after, 2)
        assert read(store, everything()) == []
        connection.commit()
    assert len(read(store, everything())) == 1
    assert orders(engine) == [before, after].count("insert")


def touch(connection: Connection, how: str, number: int) -> None:
    if how == "select":
        connection.execute(select(ORDERS)).all()
    if how == "insert":
        connection.execute(insert(ORDERS).values(id=number, t="o"))


def test_within_a_begun_block(store: SqlBackend, engine: Engine) -> None:
    with engine.begin() as connection:
        joined_insert(store, connection)
    assert len(read(store, everything())) == 1
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        joined_insert(store, connection, 2)
        raise ZeroDivisionError
    assert len(read(store, everything())) == 1


def test_sessions_of_the_orm(store: SqlBackend, engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(insert(ORDERS).values(id=1, t="o"))
        joined_insert(store, session)
        session.rollback()
    assert (read(store, everything()), orders(engine)) == ([], 0)
    with Session(engine) as session, session.begin():
        joined_insert(store, session)
        session.execute(insert(ORDERS).values(id=1, t="o"))
    assert (len(read(store, everything())), orders(engine)) == (1, 1)


def test_the_hosts_own_savepoints_enclose_our_work(store: SqlBackend, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(ORDERS).values(id=1, t="o"))
        inner = connection.begin_nested()
        joined_insert(store, connection)
        inner.rollback()
        joined_insert(store, connection, 2)
    assert [row[0] for row in read(store, everything())] == [f"{2:032x}"]
    assert orders(engine) == 1


@pytest.mark.parametrize("before", ["nothing", "insert"])
def test_if_our_part_fails_only_it_is_undone(
    store: SqlBackend, engine: Engine, before: str
) -> None:
    write(store, Insert(ACCOUNT, [account(1, code="a")]))
    with engine.connect() as connection:
        touch(connection, before, 1)
        joined_insert(store, connection, 2)
        transaction = store.begin(Intent.WRITE, connection)
        transaction.apply([Insert(ACCOUNT, [account(3)])])
        with pytest.raises(Duplicate):
            transaction.apply([Insert(ACCOUNT, [account(4), account(5, code="a")])])
        with pytest.raises(UnitOfWorkClosed):
            transaction.commit()
        touch(connection, "insert", 2)
        connection.commit()
    assert [row[0][-1] for row in read(store, everything())] == ["1", "2"]  # type: ignore[index]
    assert orders(engine) == 1 + (before == "insert")


def test_answers_are_plain_tuples_whatever_rows_the_host_reads(
    store: SqlBackend, engine: Engine
) -> None:
    write(store, Insert(ACCOUNT, [account(1, name="a")]))
    names = BoundQuery(ACCOUNT, (Ref((), ACCOUNT.by_name["name"]),))
    with engine.connect() as connection:
        for found in (read(store, names), read(store, names, connection)):
            assert [type(row) for row in found] == [tuple]


def test_our_rollback_leaves_the_hosts_work(store: SqlBackend, engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(insert(ORDERS).values(id=1, t="o"))
        transaction = store.begin(Intent.WRITE, connection)
        transaction.apply([Insert(ACCOUNT, [account(1)])])
        transaction.rollback()
        transaction.rollback()
        connection.commit()
    assert (read(store, everything()), orders(engine)) == ([], 1)


def test_joined_writes_see_each_other(store: SqlBackend, engine: Engine) -> None:
    first = account(1, name="a")
    with engine.begin() as connection:
        joined_insert(store, connection)
        transaction = store.begin(Intent.WRITE, connection)
        transaction.apply([Replace(ACCOUNT, [changed(first, name="b")], [1])])
        with pytest.raises(Conflict):
            transaction.apply([Delete(ACCOUNT, [str(first[0])], [1], "c" * 32)])
    assert [row[8] for row in read(store, one(1))] == ["x"]


def test_a_transaction_never_used_leaves_the_host_alone(store: SqlBackend, engine: Engine) -> None:
    with engine.connect() as connection:
        store.begin(Intent.WRITE, connection).commit()
        store.begin(Intent.WRITE, connection).rollback()
        assert not connection.in_transaction()


def test_a_host_that_ended_its_transaction_meanwhile(store: SqlBackend, engine: Engine) -> None:
    with engine.connect() as connection:
        transaction = store.begin(Intent.WRITE, connection)
        transaction.apply([Insert(ACCOUNT, [account(1)])])
        connection.rollback()
        with pytest.raises(StorageError):
            transaction.commit()
    assert read(store, everything()) == []


def test_what_cannot_be_joined_is_refused(store: SqlBackend, engine: Engine) -> None:
    for nothing in (object(), engine, "sqlite://", sqlite3.connect(":memory:")):
        with pytest.raises(StorageError, match="cannot join"):
            store.begin(Intent.WRITE, nothing)
    nothing.close()
    with engine.connect() as connection:
        connection.close()
        with pytest.raises(StorageError):
            read(store, everything(), connection)


def test_what_the_driver_commits_by_itself_is_refused(postgresql_schemas: Schemas) -> None:
    engine = postgresql(postgresql_schemas("host"))
    store = SqlBackend(engine)
    store.prepare(SCHEMA)
    with engine.connect() as connection:
        lax = connection.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(StorageError) as refused:
            joined_insert(store, lax)
        assert refused.value.code == "join_refused"
    engine.dispose()


def test_asynchronous_sessions(postgresql_schemas: Schemas) -> None:
    """By `await session.run_sync(…)`: the driver's calls are awaited underneath."""
    host = postgresql(postgresql_schemas("host"))
    with host.begin() as connection:
        ORDERS.metadata.create_all(connection)
    store = SqlBackend(host)
    store.prepare(SCHEMA)

    async def work() -> list[int]:
        engine = create_async_engine(host.url, connect_args=_search_path(postgresql_schemas))
        seen: list[int] = []
        async with AsyncSession(engine) as session:
            for number, end in ((1, session.rollback), (2, session.commit)):
                await session.execute(insert(ORDERS).values(id=number, t="o"))
                await session.run_sync(lambda one, n=number: joined_insert(store, one, n))  # type: ignore[misc]
                found = await session.run_sync(lambda one: len(read(store, everything(), one)))
                seen.append(found)
                await end()
        await engine.dispose()
        return seen

    assert asyncio.run(work()) == [1, 1]
    assert (len(read(store, one(2))), orders(host)) == (1, 1)
    host.dispose()


def _search_path(schemas: Schemas) -> dict[str, str]:
    return {"options": f"-c search_path={make_url(schemas('host')).query['crm_schema']}"}


def test_a_host_that_failed_before_is_told(postgresql_schemas: Schemas) -> None:
    engine = postgresql(postgresql_schemas("host"))
    store = SqlBackend(engine)
    store.prepare(SCHEMA)
    with engine.connect() as connection:
        with pytest.raises(ProgrammingError):
            connection.exec_driver_sql("SELECT nothing")
        with pytest.raises(StorageError) as refused:
            joined_insert(store, connection)
        assert refused.value.code == "join_refused"
        connection.rollback()
        joined_insert(store, connection)
        connection.commit()
    assert len(read(store, everything())) == 1
    engine.dispose()


def test_a_workspace_beside_the_tables_of_the_host(postgresql_schemas: Schemas) -> None:
    """In a schema of its own, under a prefix, in the same transaction."""
    engine = postgresql(postgresql_schemas("host"))
    with engine.begin() as connection:
        ORDERS.metadata.create_all(connection)
    schema = str(make_url(postgresql_schemas("beside")).query["crm_schema"])
    with pytest.raises(WorkspaceError) as missing:
        open_sql(engine, schema=schema, prefix="a_")
    assert missing.value.code == "no_such_store"
    first = open_sql(engine, schema=schema, prefix="a_", create=True)
    second = open_sql(engine, schema=schema, prefix="b_", create=True)
    for store in (first, second):
        store.prepare(SCHEMA)
    with engine.connect() as connection:
        touch(connection, "insert", 1)
        joined_insert(first, connection)
        connection.commit()
    assert (len(read(first, everything())), len(read(second, everything()))) == (1, 0)
    assert orders(engine) == 1
    tables = inspect(engine).get_table_names(schema)
    assert tables
    assert all(name.startswith(("a_crm", "b_crm")) for name in tables)
    assert inspect(engine).get_table_names() == ["orders"]
    engine.dispose()


def test_lax_isolation_is_refused(tmp_path: Path) -> None:
    engine = plain(tmp_path / "host.db")
    store = SqlBackend(engine)
    store.prepare(SCHEMA)
    with engine.connect() as connection:
        lax = connection.execution_options(isolation_level="AUTOCOMMIT")
        with pytest.raises(StorageError) as refused:
            read(store, everything(), lax)
        assert refused.value.code == "join_refused"
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA read_uncommitted = 1")
        with pytest.raises(StorageError) as refused:
            joined_insert(store, connection)
        assert refused.value.code == "join_refused"
        connection.exec_driver_sql("PRAGMA read_uncommitted = 0")
    engine.dispose()
