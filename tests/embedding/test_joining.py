"""Units of work in the transaction of a host: SQLAlchemy, Django, a bare driver, asyncio."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    make_url,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from crmcore import CrmError, Field, Module, Schema, Workspace, open_workspace
from crmcore.errors import StorageError
from crmcore.kinds import DecimalKind, Text
from crmcore_sql import SqlBackend, dbapi

ACCOUNT = Module(
    "account",
    [Field("name", Text(), indexed=True), Field("code", Text(), unique="exact"),
     Field("amount", DecimalKind(2))],
    title="name",
)  # fmt: skip


class Raw:
    """A connection of the driver itself, as a host without any library would open it."""

    def __init__(self, engine: Engine) -> None:
        self.dialect = engine.dialect.name
        self.driver = engine.dialect.driver
        self.connection: Any = _opened(engine)

    def say(self, statement: str) -> list[Any]:
        cursor = self.connection.cursor()
        cursor.execute(statement)
        found = list(cursor.fetchall()) if cursor.description else []
        cursor.close()
        return found

    @property
    def join(self) -> object:
        return dbapi(self.connection, self.dialect)


def _opened(engine: Engine) -> Any:
    url = engine.url
    if engine.dialect.name == "sqlite":
        return sqlite3.connect(str(url.database))
    if engine.dialect.driver == "psycopg2":
        import psycopg2

        words = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg2.connect(words)
    if engine.dialect.name == "postgresql":
        import psycopg

        words = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(words)
    import pymysql

    words = dict(url.query)
    return pymysql.connect(
        host=url.host, port=url.port or 0, user=url.username, password=url.password or "",
        database=url.database, **words,
    )  # fmt: skip


@pytest.fixture
def crm(engine: Engine) -> Iterator[Workspace]:
    made = open_workspace(engine, create=True, schema=Schema([ACCOUNT]))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoice (number INTEGER)"))
    yield made
    made.close()


@pytest.fixture
def raw(crm: Workspace, engine: Engine) -> Iterator[Raw]:
    made = Raw(engine)
    yield made
    made.connection.close()


def invoices(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM invoice")).scalar_one())


def refused(code: str, run: Callable[[], object]) -> CrmError:
    with pytest.raises(CrmError) as refusal:
        run()
    assert refusal.value.code == code
    return refusal.value


def write(crm: Workspace, join: object, name: str = "x", number: int = 1) -> None:
    with crm.work(join=join) as work:
        for index in range(number):
            work.create("account", {"name": name, "code": f"{name}{index}", "amount": index})


def test_a_bare_connection_is_joined(crm: Workspace, engine: Engine, raw: Raw) -> None:
    # In one go by more than single statements, and read back within.
    raw.say("INSERT INTO invoice VALUES (1)")
    write(crm, raw.join, number=30)
    with crm.work(join=raw.join) as work:
        assert len(work.find("account", "amount >= 20 and name == 'x'", order="code")) == 10
        work.update("account", work.find("account", "code == 'x3'")[0], {"amount": 9})
    assert (invoices(engine), len(crm.find("account"))) == (0, 0)
    assert raw.say("SELECT count(*) FROM crmd_account")[0][0] == 30
    raw.connection.rollback()
    assert (invoices(engine), len(crm.find("account"))) == (0, 0)
    before = str(crm.digest("full"))
    raw.say("INSERT INTO invoice VALUES (2)")
    write(crm, raw.join, "y", 2)
    raw.connection.commit()
    assert (invoices(engine), len(crm.find("account"))) == (1, 2)
    # Whoever comes next seals what the host committed.
    assert list(crm.changes())[-1].position == len(list(crm.changes()))
    assert str(crm.digest("full")) != before


def test_ours_is_the_first_word_and_the_host_takes_it_back(
    crm: Workspace, engine: Engine, raw: Raw
) -> None:
    before = str(crm.digest("full"))
    write(crm, raw.join)
    raw.say("INSERT INTO invoice VALUES (1)")
    raw.connection.rollback()
    assert (invoices(engine), len(crm.find("account"))) == (0, 0)
    assert str(crm.digest("full")) == before


def test_our_failure_leaves_the_host_s_work(crm: Workspace, engine: Engine, raw: Raw) -> None:
    write(crm, None, "taken")
    raw.say("INSERT INTO invoice VALUES (1)")
    refused("value_taken", lambda: write(crm, raw.join, "taken"))

    def stop() -> None:
        with crm.work(join=raw.join) as work:
            work.create("account", {"name": "z"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop()
    raw.say("INSERT INTO invoice VALUES (2)")
    raw.connection.commit()
    assert (invoices(engine), len(crm.find("account"))) == (2, 1)


def test_rows_of_a_host_that_wants_other_rows(engine: Engine, crm: Workspace, raw: Raw) -> None:
    if raw.dialect == "sqlite":
        raw.connection.row_factory = sqlite3.Row
    elif raw.driver == "psycopg2":
        from psycopg2.extras import RealDictCursor

        raw.connection.cursor_factory = RealDictCursor
    elif raw.dialect == "postgresql":
        from psycopg import ClientCursor
        from psycopg.rows import dict_row

        class Theirs(ClientCursor[Any]):
            def execute(self, *words: Any, **options: Any) -> Any:
                raise AssertionError("not for statements of ours")

        raw.connection.row_factory = dict_row
        raw.connection.cursor_factory = Theirs
    else:
        from pymysql.cursors import DictCursor

        raw.connection.cursorclass = DictCursor
    write(crm, raw.join, number=25)
    with crm.work(join=raw.join) as work:
        assert [
            one["code"] for one in work.find("account", "code in ['x1', 'x2']", order="code")
        ] == ["x1", "x2"]
    raw.connection.commit()
    assert len(crm.find("account")) == 25


def test_adopted_tables_are_read_on_the_connection_of_a_driver(
    engine: Engine, crm: Workspace, raw: Raw
) -> None:
    party = Table("party", MetaData(), Column("id", Integer, primary_key=True),
                  Column("name", String(50)))  # fmt: skip
    party.metadata.create_all(engine)
    people = Module("person", [Field("name", Text())], title="name")
    crm.configure(Schema([ACCOUNT, people]))
    crm.adopt("person", party, key="id")
    raw.say("INSERT INTO party VALUES (7, 'Ann')")
    if raw.dialect == "sqlite":
        raw.connection.row_factory = lambda _, row: {"first": row[0]}
    elif raw.driver == "psycopg2":
        from psycopg2.extras import RealDictCursor

        raw.connection.cursor_factory = RealDictCursor
    elif raw.dialect == "postgresql":
        from psycopg.rows import dict_row

        raw.connection.row_factory = dict_row
    else:
        from pymysql.cursors import DictCursor

        raw.connection.cursorclass = DictCursor
    with crm.work(join=raw.join) as work:
        assert [one["name"] for one in work.find("person", "name == 'Ann'")] == ["Ann"]
    raw.connection.rollback()
    assert len(crm.find("person")) == 0


def test_a_connection_that_commits_by_itself_is_refused(crm: Workspace, raw: Raw) -> None:
    if raw.dialect == "sqlite":
        raw.connection.isolation_level = None
    elif raw.dialect == "postgresql":
        raw.connection.autocommit = True
    else:
        raw.connection.autocommit(True)
    error = refused("join_refused", lambda: write(crm, raw.join))
    assert error.problems[0].params["isolation"] == "AUTOCOMMIT"
    # A transaction that the host begins by himself is one.
    raw.say("BEGIN")
    write(crm, raw.join)
    raw.say("ROLLBACK")
    assert len(crm.find("account")) == 0


def test_an_isolation_that_shows_what_may_be_taken_back_is_refused(
    crm: Workspace, raw: Raw
) -> None:
    if raw.dialect == "postgresql":
        # Its laxest is read committed, whatever one asks for.
        raw.say("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
        raw.connection.commit()
        write(crm, raw.join)
        raw.connection.rollback()
        return
    lax = "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"
    raw.say("PRAGMA read_uncommitted = 1" if raw.dialect == "sqlite" else lax)
    refused("join_refused", lambda: write(crm, raw.join))


def test_what_cannot_be_joined_says_so(crm: Workspace, raw: Raw, tmp_path: Path) -> None:
    other = sqlite3.connect(":memory:") if raw.dialect != "sqlite" else object()
    for join in (object(), raw.connection, dbapi(other, raw.dialect), dbapi(raw.connection, "db2")):
        refused("cannot_join", lambda join=join: write(crm, join))
    with pytest.raises(StorageError):
        write(open_workspace("memory://", schema=Schema([ACCOUNT])), raw.join)


def test_a_prefix_in_the_database_of_the_host(engine: Engine) -> None:
    crm = open_workspace(SqlBackend(engine, prefix="shop_"), create=True, schema=Schema([ACCOUNT]))
    raw = Raw(engine)
    write(crm, raw.join)
    raw.connection.rollback()
    assert len(crm.find("account")) == 0
    write(crm, raw.join)
    raw.connection.commit()
    assert len(crm.find("account")) == 1
    raw.connection.close()


ASYNC = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg_async"}


@pytest.mark.parametrize("commits", [True, False])
def test_an_async_session_is_joined(request: pytest.FixtureRequest, engine: Engine, crm: Workspace,
                                    commits: bool) -> None:  # fmt: skip
    driver = ASYNC.get(engine.dialect.name)
    if driver is None:
        # No driver of this engine that we know is asynchronous: its session is not joined.
        with Session(engine) as session:
            write(crm, session)
            session.rollback()
        assert len(crm.find("account")) == 0
        return

    async def run() -> int:
        theirs = create_async_engine(make_url(engine.url).set(drivername=driver))
        async with AsyncSession(theirs) as session:
            await session.execute(text("INSERT INTO invoice VALUES (1)"))
            await session.run_sync(lambda sync: write(crm, sync, number=25))
            found = await session.run_sync(lambda sync: _count(crm, sync))
            await (session.commit() if commits else session.rollback())
        await theirs.dispose()
        return found

    assert asyncio.run(run()) == 25
    assert (invoices(engine), len(crm.find("account"))) == ((1, 25) if commits else (0, 0))


def _count(crm: Workspace, session: Session) -> int:
    with crm.work(join=session) as work:
        return len(work.find("account", "name == 'x'"))


def test_an_engine_made_for_this_is_left_as_it_was(engine: Engine, crm: Workspace) -> None:
    other = create_engine(engine.url)
    with other.connect() as connection:
        connection.execute(text("INSERT INTO invoice VALUES (1)"))
        write(crm, connection)
        assert connection.in_transaction()
    other.dispose()
    assert (invoices(engine), len(crm.find("account"))) == (0, 0)


@pytest.mark.parametrize("end", ["rollback", "commit"])
@pytest.mark.parametrize("goes_on", [True, False])
def test_a_host_that_ends_its_transaction_inside_a_unit_is_told(
    crm: Workspace, raw: Raw, end: str, goes_on: bool
) -> None:
    def run() -> None:
        with crm.work(join=raw.join) as work:
            work.create("account", {"name": "first"})
            getattr(raw.connection, end)()
            if goes_on:
                work.create("account", {"name": "second"})

    refused("host_transaction_over", run)
    raw.connection.rollback()
    found = crm.find("account")
    assert {one["name"] for one in found} == ({"first"} if end == "commit" else set())
    for one in found:
        refused("change_set_missing", lambda one=one: crm.history("account", one.id))


def test_what_a_host_takes_back_was_never_in_force(crm: Workspace, engine: Engine) -> None:
    with crm.work() as work:
        role = work.find("crm_role", "name == 'administrator'")[0].id
        eve = work.create("crm_user", {"name": "eve", "login": "eve"})
        work.create("account", {"name": "secret"})
    with engine.connect() as connection:
        with crm.work(join=connection) as work:
            work.update("crm_user", eve.id, {"roles": [role]})
        with crm.work(join=connection) as work:
            work.find("account")
        connection.rollback()
    with open_workspace(engine).work() as work:
        work.create("crm_setting", {"name": "color", "value": "red"})
    assert len(crm.as_("eve").find("account")) == 0


def test_a_url_names_a_prefix(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    schema = Schema([ACCOUNT])
    for name in ("a_", "b_"):
        made = open_workspace(f"{url}?crm_prefix={name}", create=True, schema=schema)
        with made.work() as work:
            work.create("account", {"name": name})
        made.close()
    for name in ("a_", "b_"):
        again = open_workspace(f"{url}?crm_prefix={name}")
        assert [one["name"] for one in again.find("account")] == [name]
        again.close()
    with pytest.raises(CrmError):
        open_workspace(f"{url}?crm_prefix=drop table", create=True)
