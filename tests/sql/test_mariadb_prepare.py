"""MariaDB commits every definition: whatever is cut off is gone on with, to the same structure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any
from unittest import mock

import pytest
from attrs import evolve
from pymysql.cursors import Cursor
from pymysql.err import OperationalError
from sqlalchemy import make_url
from tests.servers.mariadb import MariadbDatabases, Schemas
from tests.sql.narrow import open_narrow
from tests.sql.stores import SCHEMA, everything, new, read, write

from crmcore.errors import CrmError, Duplicate, SchemaError
from crmcore.kinds import Choice, Email, Integer, Text
from crmcore.query.bound import BoundOrder, BoundQuery, Comparison, Const, Ref
from crmcore.schema import Field, Module, Schema, numbered
from crmcore.storage import Insert
from crmcore_sql import SqlBackend, open_sql

Table = tuple[str, ...]
IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"


def thing(fields: Iterable[Field], previous: Schema | None = None, **rest: object) -> Schema:
    """A schema with a module `thing`; numbers of `previous` are kept."""
    module = Module("thing", fields, **rest)  # type: ignore[arg-type]
    return numbered(Schema((module,)), previous)


def opened(url: str, schema: Schema) -> SqlBackend:
    backend = open_sql(url, create=True)
    backend.prepare(schema)
    return backend


def ask(store: SqlBackend, text: str) -> list[Any]:
    connection = store._store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(text)
        return list(cursor.fetchall())
    finally:
        connection.close()


def dump(store: SqlBackend) -> tuple[dict[str, Table], list[Any]]:
    """The definitions of all tables, without the order of their parts, and the catalogue."""
    found: dict[str, Table] = {}
    for (table,) in ask(store, "SHOW TABLES"):
        made = ask(store, f"SHOW CREATE TABLE `{table}`")[0][1]
        found[table] = tuple(sorted(line.strip().rstrip(",") for line in made.split("\n")))
    return found, ask(store, "SELECT name, value FROM crm_catalogue ORDER BY name")


def killed_at(number: int) -> Any:
    """The connection is lost before the statement `number` is sent, counted from now."""
    execute, numbers = Cursor.execute, count()

    def counted(self: Cursor, text: str, values: Any = None) -> int:
        if next(numbers) >= number:
            self.connection._force_close()
            raise OperationalError(2013, "killed")
        return int(execute(self, text, values))

    return mock.patch.object(Cursor, "execute", counted)


def statements(run: Any) -> int:
    """How many statements `run` sends."""
    execute, sent = Cursor.execute, []

    def counted(self: Cursor, text: str, values: Any = None) -> int:
        sent.append(text)
        return int(execute(self, text, values))

    with mock.patch.object(Cursor, "execute", counted):
        run()
    return len(sent)


def test_a_new_store_is_gone_on_with_wherever_it_was_left(
    mariadb: MariadbDatabases, mariadb_schemas: Schemas
) -> None:
    whole = open_sql(mariadb_schemas("whole"), create=True)
    total = statements(lambda: whole.prepare(SCHEMA))
    expected = dump(whole)
    # Of the beginning most statements, and some of what is always the same.
    step = 1 if IS_DEEP else 3
    for number in [*range(0, 30, step), *range(30, total, 23 * step)]:
        url = mariadb_schemas("cut")
        store = open_sql(url, create=True)
        with killed_at(number), pytest.raises(CrmError):
            store.prepare(SCHEMA)
        store.close()
        again = opened(url, SCHEMA)
        assert dump(again) == expected, number
        again.close()
        mariadb.drop(str(make_url(url).database))
    whole.close()


FIRST = thing(
    [
        Field("a", Text(max_length=200), indexed=True),
        Field("b", Choice(["x", "y"]), indexed=True),
        Field("c", Text()),
    ]
)
SECOND = thing(
    [
        Field("a", Text(max_length=400), indexed=True),
        Field("b", Choice(["x", "y"]), indexed=True),
        Field("c", Text(), unique="folded"),
        Field("d", Email(), indexed=True),
        Field("e", Integer(), indexed=True),
    ],
    FIRST,
)


def rows(schema: Schema) -> list[Any]:
    module = schema.module("thing")
    return [new(module, n, a=f"Ä {n % 7}", b="xy"[n % 2], c=f"c{n}") for n in range(1, 20)]


def test_a_grown_store_is_gone_on_with_wherever_it_was_left(
    mariadb: MariadbDatabases, mariadb_schemas: Schemas
) -> None:
    whole = opened(mariadb_schemas("whole"), FIRST)
    write(whole, Insert(FIRST.module("thing"), rows(FIRST)))
    total = statements(lambda: whole.prepare(SECOND))
    expected = dump(whole)
    for number in range(0, total, 1 if IS_DEEP else 3):
        url = mariadb_schemas("cut")
        store = opened(url, FIRST)
        write(store, Insert(FIRST.module("thing"), rows(FIRST)))
        beside = open_sql(url)
        assert len(read(beside, everything(FIRST.module("thing")))) == 19
        with killed_at(number), pytest.raises(CrmError):
            store.prepare(SECOND)
        store.prepare(SECOND)
        assert dump(store) == expected, number
        # Who knew the store before knows it now.
        module = SECOND.module("thing")
        write(beside, Insert(module, [new(module, 99, a="z" * 400, d="a@b.cd", e=5)]))
        assert len(read(beside, everything(module))) == 20
        for one in (store, beside):
            one.close()
        mariadb.drop(str(make_url(url).database))
    whole.close()


def test_siblings_are_gone_on_with_wherever_they_were_left(
    mariadb: MariadbDatabases, mariadb_schemas: Schemas
) -> None:
    """To the same columns in the same tables, whoever goes on."""
    fields = [Field(f"f{n}", (Text(), Integer())[n % 2], indexed=n == 9) for n in range(16)]
    second = thing([*FIRST.module("thing").fields, *fields], FIRST)

    def grown(url: str) -> SqlBackend:
        store = open_narrow(url)
        store.prepare(FIRST)
        write(store, Insert(FIRST.module("thing"), rows(FIRST)))
        return store

    whole = grown(mariadb_schemas("whole"))
    total = statements(lambda: whole.prepare(second))
    expected = dump(whole)
    assert {"crmd3_thing", "crmh3_thing"} <= set(expected[0])
    for number in range(total) if IS_DEEP else range(2, total, 23):
        url = mariadb_schemas("cut")
        store = grown(url)
        with killed_at(number), pytest.raises(CrmError):
            store.prepare(second)
        store.close()
        again = open_narrow(url)
        again.prepare(second)
        assert dump(again) == expected, number
        again.close()
        mariadb.drop(str(make_url(url).database))
    whole.close()


@pytest.fixture
def store(mariadb_schemas: Schemas) -> Iterator[SqlBackend]:
    backend = opened(mariadb_schemas("store"), FIRST)
    yield backend
    backend.close()


def test_what_a_wider_field_holds_is_compared_as_a_whole(store: SqlBackend) -> None:
    store.prepare(SECOND)
    module = SECOND.module("thing")
    texts = ["q" * 399 + end for end in "zya"]
    write(store, Insert(module, [new(module, n, a=text) for n, text in enumerate(texts)]))
    a = Ref((), module.by_name["a"])
    same = Comparison("==", a, Const(texts[1], a.kind))
    assert read(store, BoundQuery(module, (a,), same)) == [(texts[1],)]
    found = read(store, BoundQuery(module, (a,), order=(BoundOrder(a, False),)))
    assert [row[0] for row in found] == sorted(texts)
    back = thing([evolve(one, number=0) for one in FIRST.module("thing").fields], FIRST)
    store.prepare(back)
    assert sorted(index for index in indexes(store) if index.startswith("ix_1_")) == [
        "ix_1_1_k_v_crmd_thing"
    ]


def indexes(store: SqlBackend) -> set[str]:
    return {row[2] for row in ask(store, "SHOW INDEX FROM crmd_thing")}


def test_what_no_row_can_hold_is_refused_before_anything_is_defined(store: SqlBackend) -> None:
    """What lies in one table already goes on in no other: forty virtual columns of a row."""
    texts = [Field(f"f{n}", Text(max_length=500)) for n in range(40)]
    first = thing([*FIRST.module("thing").fields, *texts], FIRST)
    store.prepare(first)
    before = dump(store)
    indexed = [evolve(one, indexed=one.name[0] == "f") for one in first.module("thing").fields]
    with pytest.raises(SchemaError) as error:
        store.prepare(thing(indexed, first))
    assert error.value.code == "row_too_wide"
    assert dump(store) == before
    # New ones go on, and may have an index of their own.
    more = [Field(f"g{n}", Text(max_length=500), indexed=n < 30) for n in range(400)]
    store.prepare(thing([*first.module("thing").fields, *more], first))


def test_a_key_that_collides_is_refused_and_nothing_else_is_lost(store: SqlBackend) -> None:
    module = FIRST.module("thing")
    write(store, Insert(module, [new(module, n, c="same") for n in range(3)]))
    with pytest.raises(Duplicate):
        store.prepare(SECOND)
    assert len(read(store, everything(module))) == 3
    write(store, Insert(module, [new(module, 9, c="same")]))
    store.prepare(FIRST)
    assert not ask(store, "SELECT 1 FROM crm_catalogue WHERE name = 'unfinished'")


def test_prefixes_live_beside_each_other(mariadb_schemas: Schemas) -> None:
    url = mariadb_schemas("both")
    stores = [open_sql(url, create=True, prefix=prefix) for prefix in ("", "a_", "b_")]
    for number, store in enumerate(stores):
        store.prepare(FIRST)
        write(store, Insert(FIRST.module("thing"), rows(FIRST)[: number + 1]))
    assert [len(read(one, everything(FIRST.module("thing")))) for one in stores] == [1, 2, 3]
    for store in stores:
        store.close()
