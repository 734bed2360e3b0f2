"""Stores come to a schema: additively, once, all or nothing, with every value still there."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from unittest import mock

import pytest
from attrs import evolve
from sqlalchemy import Engine, create_engine, event, text
from tests.sql.stores import ACCOUNT, SCHEMA, everything, filled, new, read, traced, write

from crmcore import open_workspace
from crmcore.errors import CrmError, Duplicate, SchemaError, StorageError, WorkspaceError
from crmcore.kinds import Choice, DecimalKind, Integer, LongText, Text
from crmcore.query.bound import (
    ID_REF,
    BoundQuery,
    Match,
    Ref,
    full_columns,
)
from crmcore.schema import Field, Key, Module, Schema, numbered
from crmcore.schema.reserved import RESERVED
from crmcore.storage import Delete, Insert, Intent, Replace, Row
from crmcore_sql import SqlBackend, open_sql
from crmcore_sql.steps import Work


def thing(fields: Iterable[Field], previous: Schema | None = None, **rest: object) -> Schema:
    """A schema with a module `thing`; numbers of `previous` are kept."""
    module = Module("thing", fields, **rest)  # type: ignore[arg-type]
    return numbered(Schema((*RESERVED, module)), previous)


def store_of(path: Path, schema: Schema) -> SqlBackend:
    backend = open_sql(f"sqlite:///{path}", create=True)
    backend.prepare(schema)
    return backend


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def journal(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [step for (step,) in connection.execute("SELECT step FROM crm_journal")]
    finally:
        connection.close()


def refused(code: str, error: pytest.ExceptionInfo[CrmError]) -> bool:
    return error.value.code == code and "{" not in error.value.message("zh")


def test_preparing_again_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = filled(path, [new(ACCOUNT, 1, name="a")])
    before = dump(path)
    store.prepare(SCHEMA)
    again = open_sql(f"sqlite:///{path}")
    again.prepare(SCHEMA)
    assert dump(path) == before
    writer = again.begin(Intent.WRITE)
    writer.apply([Insert(ACCOUNT, [new(ACCOUNT, 2)])])
    store.prepare(SCHEMA)  # a writer at work is not waited for
    writer.rollback()
    store.close()
    again.close()


def test_tables_are_strict_and_typed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    filled(path).close()
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    for name, sql in tables.fetchall():
        assert name.startswith("crm")
        assert sql.rstrip().endswith("STRICT")
    columns = {
        row[1]: row[2]
        for row in connection.execute("SELECT * FROM pragma_table_info('crmd_account')")
    }
    number = ACCOUNT.by_name["amount"].number
    assert columns[f"amount_{number}"] == "INTEGER"
    assert columns["name_1"] == columns["name_1_k"] == columns["id"] == "TEXT"
    assert all(name.isascii() for name in columns)
    connection.close()


def test_fields_are_added_and_old_records_have_none(tmp_path: Path) -> None:
    first = thing([Field("a", Text())])
    store = store_of(tmp_path / "store.db", first)
    write(store, Insert(first.module("thing"), [new(first.module("thing"), 1, a="x")]))
    second = thing([Field("a", Text()), Field("b", Integer(), indexed=True)], first)
    store.prepare(second)
    module = second.module("thing")
    write(store, Insert(module, [new(module, 2, b=5)]))
    assert [row[8:] for row in read(store, everything(module))] == [("x", None), (None, 5)]
    assert "add column crmd_thing.b_2" in journal(tmp_path / "store.db")
    store.close()


def test_retired_and_renamed_fields_keep_their_values(tmp_path: Path) -> None:
    first = thing([Field("a", Text()), Field("b", Integer())])
    store = store_of(tmp_path / "store.db", first)
    old = first.module("thing")
    row = new(old, 1, a="x", b=7)
    write(store, Insert(old, [row]))
    fields = [evolve(old.fields[0], name="renamed"), evolve(old.fields[1], retired=True)]
    second = Schema((*RESERVED, evolve(old, fields=fields)))
    store.prepare(second)
    module = second.module("thing")
    assert [found[8:] for found in read(store, everything(module))] == [("x",)]
    write(store, Replace(module, [(row[0], 2, *row[2:8], "y")], [1]))
    write(store, Delete(module, [str(row[0])], [2], "d" * 32))
    versions = BoundQuery(old, full_columns(old), versions=True)
    assert [found[8:] for found in read(store, versions)] == [("x", 7), ("y", 7)]
    store.close()


def test_a_new_generation_is_a_new_column(tmp_path: Path) -> None:
    first = thing([Field("a", Text())])
    store = store_of(tmp_path / "store.db", first)
    old = first.module("thing")
    write(store, Insert(old, [new(old, 1, a="12")]))
    changed = Schema((*RESERVED, evolve(old, fields=[evolve(old.fields[0], kind=Integer())])))
    before = dump(tmp_path / "store.db")
    with pytest.raises(SchemaError) as error:
        store.prepare(changed)
    assert refused("column_changed", error)
    assert dump(tmp_path / "store.db") == before
    field = evolve(old.fields[0], kind=Integer(), generation=2)
    third = Schema((*RESERVED, evolve(old, fields=[field])))
    store.prepare(third)
    module = third.module("thing")
    assert read(store, BoundQuery(module, (Ref((), field),))) == [(None,)]
    assert read(store, BoundQuery(old, (Ref((), old.fields[0]),))) == [("12",)]
    store.close()


def test_another_scale_needs_a_new_generation(tmp_path: Path) -> None:
    first = thing([Field("a", DecimalKind(digits=2))])
    store = store_of(tmp_path / "store.db", first)
    old = first.module("thing")
    field = evolve(old.fields[0], kind=DecimalKind(digits=4))
    with pytest.raises(SchemaError) as error:
        store.prepare(Schema((*RESERVED, evolve(old, fields=[field]))))
    assert refused("column_changed", error)
    store.close()


def test_a_text_that_becomes_sorted_gets_its_keys(tmp_path: Path) -> None:
    first = thing([Field("a", Text(sorted=False), indexed=True)])
    store = store_of(tmp_path / "store.db", first)
    old = first.module("thing")
    rows = [new(old, number, a=f"Ä{number}" if number % 9 else None) for number in range(1, 30)]
    write(store, Insert(old, rows))
    write(store, Replace(old, [(row[0], 2, *row[2:]) for row in rows], [1] * len(rows)))
    second = thing([Field("a", Text(), indexed=True)], first)
    store.prepare(second)
    module = second.module("thing")
    where = Match("starts_with", Ref((), module.by_name["a"]), "a1")
    assert len(read(store, BoundQuery(module, (ID_REF,), where))) == 10
    assert len(read(store, BoundQuery(module, (ID_REF,), where, versions=True))) == 20
    store.close()


def test_a_key_added_to_a_full_module_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = thing([Field("a", Text()), Field("b", Integer())])
    store = store_of(path, first)
    module = first.module("thing")
    names = ["x", "X", "y", None, None, "z", "z", "z"]
    write(store, Insert(module, [new(module, n, a=a, b=n % 2) for n, a in enumerate(names)]))
    before = dump(path)
    folded = thing([Field("a", Text(), unique="folded"), Field("b", Integer())], first)
    with pytest.raises(Duplicate) as error:
        store.prepare(folded)
    assert refused("value_taken_in_store", error)
    assert sorted(int(str(one.params["count"])) for one in error.value.problems) == [2, 3]
    assert "x" not in error.value.message("en").partition("records")[0]
    assert dump(path) == before
    compound = thing(list(module.fields), first, keys=[Key(("a", "b"))])
    with pytest.raises(Duplicate):
        store.prepare(compound)
    write(store, Delete(module, [f"{6:032x}", f"{7:032x}", f"{1:032x}"], [1, 1, 1], "c" * 32))
    for schema in (folded, compound):
        store.prepare(schema)
        now = schema.module("thing")
        with pytest.raises(Duplicate):
            write(store, Insert(now, [new(now, 99, a="z", b=1)]))
    store.close()


def test_a_key_given_up_and_taken_up_again(tmp_path: Path) -> None:
    first = thing([Field("a", Text(), unique="exact")])
    store = store_of(tmp_path / "store.db", first)
    module = first.module("thing")
    row = new(module, 1, a="x")
    write(store, Insert(module, [row, new(module, 2, a="y")]))
    second = thing([Field("a", Text())], first)
    store.prepare(second)
    free = second.module("thing")
    write(store, Replace(free, [(row[0], 2, *row[2:8], "y")], [1]))
    with pytest.raises(Duplicate):
        store.prepare(first)
    write(store, Replace(free, [(row[0], 3, *row[2:8], "z")], [2]))
    store.prepare(first)
    # What the record had when the key was given up is free by now; what it has since is not.
    write(store, Insert(module, [new(module, 3, a="x")]))
    with pytest.raises(Duplicate):
        write(store, Insert(module, [new(module, 4, a="z")]))
    store.close()


@pytest.mark.parametrize("failing", [1, 7, 30, 60])
def test_a_failure_on_the_way_leaves_nothing(tmp_path: Path, failing: int) -> None:
    path = tmp_path / "store.db"
    store = open_sql(f"sqlite:///{path}", create=True)
    before = dump(path)
    define, count = Work.define, iter(range(1_000))

    def failing_define(self: Work, statement: object) -> None:
        if next(count) == failing:
            raise StorageError("store_busy")
        define(self, statement)  # type: ignore[arg-type]

    with mock.patch.object(Work, "define", failing_define), pytest.raises(StorageError):
        store.prepare(SCHEMA)
    assert dump(path) == before
    store.prepare(SCHEMA)
    assert read(store, everything()) == []
    store.close()


def test_two_who_open_at_once(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    errors: list[BaseException] = []
    barrier = threading.Barrier(6)

    def start() -> None:
        try:
            store = open_sql(f"sqlite:///{path}", create=True)
            barrier.wait()
            store.prepare(SCHEMA)
            store.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    steps = journal(path)
    assert len(steps) == len(set(steps)) > 40


def test_others_see_columns_that_were_added_meanwhile(tmp_path: Path) -> None:
    """Who still writes by the former schema moves whole versions to history all the same."""
    path = tmp_path / "store.db"
    first = thing([Field("a", Text())])
    second = thing([Field("a", Text()), Field("b", Integer())], first)
    old, module = first.module("thing"), second.module("thing")
    early = store_of(path, first)
    write(early, Insert(old, [new(old, 1, a="x")]))
    late = store_of(path, second)
    late_row = new(module, 2, a="y", b=8)
    write(late, Insert(module, [late_row]))
    write(early, Replace(old, [(late_row[0], 2, *late_row[2:9])], [1]))
    versions = BoundQuery(module, full_columns(module), versions=True)
    assert [row[9] for row in read(late, versions)] == [None, 8, 8]
    early.close()
    late.close()


def test_eight_hundred_fields(tmp_path: Path) -> None:
    kinds = [Text(), Integer(), DecimalKind(), Choice(options=["a", "b"]), LongText()]
    fields = [Field(f"f{n}", kinds[n % 5], indexed=n % 40 == 0) for n in range(800)]
    first = thing(fields[:50])
    store = store_of(tmp_path / "store.db", first)
    schema = thing(fields, first)
    store.prepare(schema)
    module = schema.module("thing")
    values = {
        one.name: {
            "text": "Ä",
            "integer": 7,
            "decimal": "1.50",
            "choice": "b",
            "long_text": "x\ny",
        }[one.kind.name]
        for one in module.fields
    }
    row = new(module, 1, **values)
    write(store, Insert(module, [row]))
    assert read(store, everything(module)) == [row]
    write(store, Replace(module, [(row[0], 2, *row[2:])], [1]))
    assert len(read(store, BoundQuery(module, full_columns(module), versions=True))) == 2
    past = BoundQuery(module, full_columns(module), as_of=1)
    assert read(store, past) == []
    assert len(traced(store, past)) == 1
    store.close()


def test_what_is_no_store_of_ours(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as error:
        open_sql(f"sqlite:///{tmp_path / 'none.db'}")
    assert refused("no_such_store", error)
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database " * 500)
    for create in (False, True):
        with pytest.raises(WorkspaceError) as error:
            open_sql(f"sqlite:///{tmp_path / 'text.db'}", create=create)
        assert refused("not_a_store", error)
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()
    before = other.read_bytes()
    with pytest.raises(WorkspaceError) as error:
        open_sql(f"sqlite:///{other}")
    assert refused("not_a_store", error)
    assert other.read_bytes() == before
    for url, code in (("nonsense", "bad_store_url"), ("oracle://x/y", "unknown_engine")):
        with pytest.raises(WorkspaceError) as error:
            open_sql(url)
        assert refused(code, error)


def test_an_engine_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(WorkspaceError) as error:
        open_sql("sqlite://")
    assert refused("engine_too_old", error)


@pytest.mark.parametrize(
    ("name", "code"), [("format", "unknown_format"), ("unicode", "other_unicode")]
)
def test_stores_of_other_versions_are_left_alone(tmp_path: Path, name: str, code: str) -> None:
    path = tmp_path / "store.db"
    filled(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE crm_catalogue SET value = '99' WHERE name = ?", (name,))
    connection.commit()
    connection.close()
    with pytest.raises(WorkspaceError) as error:
        open_sql(f"sqlite:///{path}")
    assert refused(code, error)


def test_an_unprepared_module_is_refused(tmp_path: Path) -> None:
    store = filled(tmp_path / "store.db")
    module = thing([Field("a", Text())]).module("thing")
    with pytest.raises(StorageError) as error:
        read(store, everything(module))
    assert refused("not_prepared", error)
    store.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterable[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA busy_timeout = 1234")

    yield engine
    engine.dispose()


def settings(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        names = ["synchronous", "busy_timeout", "foreign_keys", "journal_mode", "cache_size"]
        found = [driver.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
        return [*found, driver.isolation_level]


def test_the_engine_of_a_host_keeps_its_settings(engine: Engine) -> None:
    before = settings(engine)
    store = SqlBackend(engine)
    store.prepare(SCHEMA)
    write(store, Insert(ACCOUNT, [new(ACCOUNT, 1)]))
    with pytest.raises(Duplicate):
        write(store, Insert(ACCOUNT, [new(ACCOUNT, 2, code="a"), new(ACCOUNT, 3, code="a")]))
    reader = store.begin(Intent.READ)
    list(reader.select(everything()))
    reader.commit()
    assert settings(engine) == before
    store.close()
    assert settings(engine) == before


def test_the_engine_of_a_host_is_opened_where_there_is_a_store(engine: Engine) -> None:
    with pytest.raises(WorkspaceError) as error:
        open_sql(engine)
    assert refused("not_a_store", error)
    store = open_sql(engine, create=True)
    store.prepare(SCHEMA)
    write(store, Insert(ACCOUNT, [new(ACCOUNT, 1)]))
    assert len(read(open_sql(engine), everything())) == 1


def test_an_engine_of_our_own_is_set_up_and_disposed_of(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}")
    with engine.connect():
        pass
    store = SqlBackend(engine, owns_engine=True)
    assert settings(engine)[:3] == [2, 30_000, 1]
    store.prepare(SCHEMA)
    store.close()
    assert engine.pool.checkedin() == 0  # type: ignore[attr-defined]


def test_prefixes_live_beside_each_other_and_the_host(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE account (id INTEGER)"))
    stores = [SqlBackend(engine, prefix=prefix) for prefix in ("", "a_", "b_")]
    rows: list[Row] = [new(ACCOUNT, number, code="same") for number in range(3)]
    for store, row in zip(stores, rows, strict=True):
        store.prepare(SCHEMA)
        write(store, Insert(ACCOUNT, [row]))
    assert [read(store, everything()) for store in stores] == [[row] for row in rows]
    with engine.connect() as connection:
        names = connection.execute(text("SELECT tbl_name FROM sqlite_master")).scalars().all()
    assert {name.partition("crm")[0] for name in names if name != "account"} == {"", "a_", "b_"}
    for prefix in ("A", "1", "x" * 9, "ix_", "a-", "a'", "表"):
        with pytest.raises(WorkspaceError) as error:
            SqlBackend(engine, prefix=prefix)
        assert refused("bad_prefix", error)
    for prefix in ("sqlite_", "sqlite_x"):
        with pytest.raises(WorkspaceError) as error:
            open_workspace(f"{engine.url}?crm_prefix={prefix}", create=True)
        assert refused("prefix_of_sqlite", error)
        assert "sqlite_" in error.value.message("zh")
