"""Columns as hosts have them: keys of every form, codes of their own, spellings of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    event,
    insert,
)
from tests.adopted.conftest import Databased
from tests.adopted.test_reading import refused

from crmcore import Field, Module, Schema, Workspace, open_workspace
from crmcore.kinds import Boolean as YesNo
from crmcore.kinds import Choice, Link, MultiChoice, Phone
from crmcore.kinds import Date as Day
from crmcore.kinds import DateTime as Moment
from crmcore.kinds import Integer as Whole
from crmcore.kinds import Text as Words
from crmcore_sql.adopt_columns import HostColumn

FIRST = UUID("6c1f0b9e-8f5d-4d7c-9d6e-0a1b2c3d4e5f")


def adopted(
    database: Databased, columns: list[Column[Any]], kinds: list[Field], rows: Any, **terms: Any
) -> Workspace:
    """A workspace whose module `thing` lies in a table of those columns and rows."""
    engine = database()
    table = Table("thing", MetaData(), *columns)
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        for row in rows:
            connection.execute(insert(table), [row])
    deal = Module("deal", [Field("name", Words()), Field("thing", Link("thing"))], title="name")
    thing = Module("thing", kinds, title=kinds[0].name)
    crm = open_workspace(engine, create=True, schema=Schema([thing, deal]))
    crm.adopt("thing", table, **terms)
    return crm


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (Uuid(), [FIRST, UUID(int=1)]),
        (Uuid(as_uuid=False), [str(FIRST), str(UUID(int=1))]),
        (String(36), [str(FIRST).upper(), str(UUID(int=1))]),
        (String(32), [FIRST.hex, UUID(int=1).hex]),
        (String(20), ["SO-2024/0001", "客户1"]),
        (Integer(), [-5, 7]),
    ],
)
def test_keys_of_every_form(database: Databased, kind: Any, keys: list[Any]) -> None:
    columns: list[Column[Any]] = [
        Column("k", kind, primary_key=True),
        Column("name", Text()),
        Column("up", kind),
    ]
    fields = [Field("name", Words()), Field("up", Link("thing"))]
    rows = [{"k": keys[0], "name": "a"}, {"k": keys[1], "name": "b", "up": keys[0]}]
    crm = adopted(database, columns, fields, rows)
    first = crm.find("thing", "name == 'a'")[0]
    assert crm.get("thing", first.id)["name"] == "a"
    assert [one["name"] for one in crm.find("thing", f"up == '{first.id}'")] == ["b"]
    assert [one["name"] for one in crm.find("thing", "up.name == 'a'")] == ["b"]
    assert len(crm.find("thing", "exists(things)")) == 1
    with crm.work() as work:
        work.create("deal", {"name": "d", "thing": first})
    assert len(crm.find("deal", "thing.name == 'a'")) == 1


def test_codes_of_the_host(database: Databased) -> None:
    columns: list[Column[Any]] = [
        Column("id", Integer, primary_key=True),
        Column("state", Integer),
        Column("tags", JSON),
        Column("open", Integer),
        Column("phone", String(30)),
    ]
    fields = [
        Field("phone", Phone(region="CN")),
        Field("state", Choice(["new", "won"])),
        Field("tags", MultiChoice(["a", "b"])),
        Field("open", YesNo()),
    ]
    rows = [
        {"id": 1, "state": 1, "tags": ["B", "a"], "open": 1, "phone": "138 0013 8000"},
        {"id": 2, "state": 2, "tags": [], "open": 0, "phone": None},
    ]
    terms = {
        "state": HostColumn("state", options={1: "new", 2: "won"}),
        "tags": HostColumn("tags", options={"B": "b"}),
    }
    crm = adopted(database, columns, fields, rows, fields=terms)
    assert [one["open"] for one in crm.find("thing", "state == 'new'")] == [True]
    assert [one["tags"] for one in crm.find("thing", "'b' in tags")] == [("a", "b")]
    assert crm.find("thing", "tags == null")[0]["state"] == "won"
    assert len(crm.find("thing", "phone == '+8613800138000'")) == 1


def test_exact_texts_are_asked_of_the_host(database: Databased) -> None:
    columns: list[Column[Any]] = [
        Column("id", Integer, primary_key=True),
        Column("code", String(20)),
        Column("bad", Integer),
    ]
    fields = [Field("code", Words()), Field("bad", Whole(maximum=9))]
    rows = [{"id": 1, "code": "A1", "bad": 1}, {"id": 2, "code": "B2", "bad": 99}]
    crm = adopted(database, columns, fields, rows, exact=["code"])
    # Only a row that was read can be told of.
    assert len(crm.find("thing", "code == 'A1'")) == 1
    assert len(crm.find("thing", "bad < 5 and code == 'A1'")) == 1
    assert len(crm.find("thing", "bad <= 9")) == 1
    refused("adopted_value", lambda: crm.find("thing", "code != 'A1'"))


def test_bounds_of_days_and_moments_lose_no_row(database: Databased) -> None:
    columns: list[Column[Any]] = [
        Column("id", Integer, primary_key=True),
        Column("day", Date),
        Column("at", DateTime),
        Column("zoned", DateTime(timezone=True)),
    ]
    fields = [
        Field("day", Day()),
        Field("at", Moment(zone="America/New_York")),
        Field("zoned", Moment()),
    ]
    at = datetime(2024, 7, 1, 12, 0, 0, 999)  # noqa: DTZ001
    zoned = datetime(2024, 7, 1, 12, tzinfo=UTC)
    rows = [{"id": 1, "day": date(2024, 7, 1), "at": at, "zoned": zoned}, {"id": 2}]
    terms: dict[str, Any] = {"fields": {"zoned": HostColumn("zoned", zone="UTC")}}
    crm = adopted(database, columns, fields, rows, **terms)
    for where in (
        "at == '2024-07-01T16:00:00Z'",
        "at >= '2024-07-01T16:00:00Z' and at <= '2024-07-01T16:00:00Z'",
        "day >= '2024-07-01' and day < '2024-07-02'",
        "zoned > '2024-07-01T11:59:59Z' and zoned < '2024-07-01T12:00:01Z'",
    ):
        assert [one["day"] for one in crm.find("thing", where)] == [date(2024, 7, 1)], where
    assert len(crm.find("thing", "at == null")) == 1


def test_a_key_that_is_not_unique_is_told_of(database: Databased) -> None:
    columns: list[Column[Any]] = [
        Column("row", Integer, primary_key=True),
        Column("k", Integer),
        Column("n", Text),
    ]
    rows = [{"row": 1, "k": 1, "n": "a"}, {"row": 2, "k": 2, "n": "b"}]
    crm = adopted(database, columns, [Field("n", Words())], rows, key="k")
    assert [one["n"] for one in crm.find("thing", limit=1)] != []
    engine = database()
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO thing VALUES (3, 2, 'c')")
    refused("key_repeated", lambda: crm.find("thing"))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE thing SET k = NULL WHERE n = 'c'")
    refused("adopted_value", lambda: crm.find("thing"))


def test_a_large_table_is_read_page_by_page(database: Databased) -> None:
    columns: list[Column[Any]] = [Column("id", Integer, primary_key=True), Column("n", Integer)]
    engine = database()
    table = Table("many", MetaData(), *columns)
    table.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(table), [{"id": n, "n": n % 7} for n in range(1, 2_501)])
    crm = open_workspace(
        engine, create=True, schema=Schema([Module("many", [Field("n", Whole())])])
    )
    crm.adopt("many", table)
    asked: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: asked.append(statement) if "many" in statement else None,
    )
    assert len(crm.find("many", "n == 3")) == 357
    assert len(asked) == 1  # The condition is the host's to serve.
    asked.clear()
    assert len(crm.find("many", "n != 3")) == 2_143
    assert len(asked) == 3
    asked.clear()
    assert [one["n"] for one in crm.find("many", limit=5)] == [1, 2, 3, 4, 5]
    assert len(asked) == 1
