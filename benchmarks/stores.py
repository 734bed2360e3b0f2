"""The records that are measured: their schema, rows, stores, and equal tables by hand."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from crmcore import Field, Formula, Module, Schema, Workspace, open_workspace
from crmcore.kinds import Boolean, Choice, Date, DateTime, DecimalKind, Integer, Link, Text

BATCH = 10_000
SEED = 10_000
"""So many records of a large store come through the door; the others are copies of them."""


def fields() -> list[Field]:
    """Twenty fields: two sorted texts, one unique key."""
    made = [
        Field("code", Text(max_length=40, sorted=False), unique="exact"),
        Field("name", Text(), required=True),
        Field("city", Text()),
    ]
    made += [Field(f"t{i}", Text(sorted=False)) for i in range(5)]
    made += [Field(f"n{i}", Integer()) for i in range(4)]
    made += [Field(f"d{i}", DecimalKind(2)) for i in range(4)]
    made += [
        Field("b0", Boolean()),
        Field("day", Date()),
        Field("c0", Choice(options=["a", "b", "c"])),
        Field("c1", Choice(options=["x", "y"])),
    ]
    return made


def schema(*, more: bool = False) -> Schema:
    """The schema; with `more`, also an owner, a moment and a field for a formula."""
    made = fields()
    if more:
        made += [
            Field("owner", Link("crm_user")),
            Field("moment", DateTime()),
            Field("total", DecimalKind(2)),
        ]
    return Schema([Module("thing", made, title="name")])


def values(number: int) -> dict[str, object]:
    """The values of one record."""
    return {
        "code": f"C{number:07d}",
        "name": f"上海某某科技{number}有限公司",
        "city": "Shanghai Pudong",
        "t0": "abc",
        "t1": "备注文字",
        "t2": "x" * 20,
        "t3": "hello",
        "t4": "world",
        "n0": number,
        "n1": number * 2,
        "n2": number % 10,
        "n3": 0,
        "d0": Decimal("12.50"),
        "d1": Decimal(number),
        "d2": Decimal("0.05"),
        "d3": Decimal("99.99"),
        "b0": True,
        "day": date(2024, 1, 5),
        "c0": "a",
        "c1": "y",
    }


def bare(row: dict[str, object]) -> tuple[object, ...]:
    """A record as somebody writes it with the driver: cents, days as text, flags as numbers."""
    return tuple(
        int(value * 100)
        if isinstance(value, Decimal)
        else value.isoformat()
        if isinstance(value, date)
        else int(value)
        if isinstance(value, bool)
        else value
        for value in row.values()
    )


def bare_table(path: Path) -> sqlite3.Connection:
    """An equal table by hand: an id, twenty typed columns, one unique index, as durable."""
    store = sqlite3.connect(path, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    forms = {"code": "TEXT NOT NULL"} | {
        one.name: "INTEGER" if one.kind.shape in ("integer", "scaled", "boolean") else "TEXT"
        for one in fields()[1:]
    }
    columns = ", ".join(f"{name} {form}" for name, form in forms.items())
    store.execute(f"CREATE TABLE thing (id TEXT PRIMARY KEY, {columns}) STRICT")
    store.execute("CREATE UNIQUE INDEX thing_code ON thing (code)")
    return store


def raw(path: Path) -> sqlite3.Connection:
    """The driver on the file of a workspace, with the settings that the workspace has."""
    store = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = FULL", "cache_size = -20480", "wal_autocheckpoint = 4000"):
        store.execute(f"PRAGMA {pragma}")
    return store


def columns_of(store: sqlite3.Connection, table: str = "crmd_thing") -> list[str]:
    """The columns of a table in its order."""
    return [row[1] for row in store.execute(f"PRAGMA table_info({table})")]


def column(store: sqlite3.Connection, name: str) -> str:
    """The column that holds the field `name`."""
    start, found = f"{name}_", columns_of(store)
    return next(one for one in found if one.startswith(start) and one[len(start) :].isdigit())


def filled(path: Path, count: int, *, formula: bool = False) -> Workspace:
    """A store of `count` records with moments over two years, a tenth of them of one 代表."""
    rules = [Formula("thing", "total", "d0 + d1")] if formula else []
    crm = open_workspace(f"sqlite:///{path}", schema=schema(more=True), create=True)
    if rules:
        crm.configure(computed=rules)
    rep = sales_rep(crm)
    first = datetime(2023, 1, 1, tzinfo=UTC)
    seed = min(count, SEED)
    with crm.work() as work:
        work.create_all("thing", list(_seed(seed, first, rep)))
    multiply(path, seed, count)
    return crm


def _seed(count: int, first: datetime, rep: str) -> Iterator[dict[str, object]]:
    step = timedelta(days=730) / count
    for number in range(count):
        owner = rep if number % 10 == 7 else None
        yield values(number) | {"owner": owner, "moment": first + number * step}


def sales_rep(crm: Workspace) -> str:
    """The id of a new user who is 代表: sees what he owns or made."""
    with crm.work() as work:
        role = work.find("crm_role", "name == 'sales_rep'")[0]
        made = work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
    return made.id


def multiply(path: Path, seed: int, count: int) -> None:
    """Copies of the first records, with ids and keys of their own."""
    store = raw(path)
    store.create_function("key_of", 1, _key_of, deterministic=True)
    code, names = column(store, "code"), columns_of(store)
    own = {
        "id": "printf('%06x', :copy) || substr(id, 7)",
        code: f"printf('%06x', :copy) || {code}",
        "key_1_u": f"key_of(printf('%06x', :copy) || {code})",
    }
    made = [own.get(name, name) for name in names]
    copying = (
        f"INSERT INTO crmd_thing ({', '.join(names)}) SELECT {', '.join(made)}"
        " FROM crmd_thing WHERE id > '01' LIMIT :limit"
    )
    store.execute("BEGIN")
    for copy in range(1, -(-count // seed)):
        store.execute(copying, {"copy": copy, "limit": min(seed, count - copy * seed)})
    store.execute("COMMIT")
    store.execute("ANALYZE")
    store.close()


def _key_of(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def chunks(rows: Sequence[object], size: int = BATCH) -> Iterator[Sequence[object]]:
    """`rows` in parts of one commit each."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
