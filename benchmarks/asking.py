"""Asking: lists, single records, pages within a scope, groups by month."""

from __future__ import annotations

import sqlite3
from itertools import count as counting
from pathlib import Path

import sqlalchemy as sa
from measuring import Answer, Figure, Sizes, in_turns, repeated
from stores import column, columns_of, filled, raw

from crmcore import Bucket, GroupBy, Measure, Summary, Workspace

ZONE = "Asia/Shanghai"


def read(folder: Path, sizes: Sizes) -> Answer:
    """All records of a module, against a raw cursor that fetches the same columns."""
    count = sizes.of(50_000, 100_000)
    path = folder / "crm.db"
    crm, store = filled(path, count), raw(path)
    text = _all_columns(store)

    def ours(_round: int) -> None:
        assert len(crm.find("thing")) == count

    def theirs(_round: int) -> None:
        assert len(store.execute(f"{text} ORDER BY id").fetchall()) == count

    times = in_turns(sizes, ours, theirs)
    return Answer([Figure("read all records", "raw cursor, fetchall", *times, 2, count)])


def _all_columns(store: sqlite3.Connection) -> str:
    names = [one for one in columns_of(store) if not one.endswith(("_k", "_u"))]
    return f"SELECT {', '.join(names)} FROM crmd_thing"


def one(folder: Path, sizes: Sizes) -> Answer:
    """One record by id as a 代表 (his grant is a predicate), against the raw driver."""
    path, times = folder / "crm.db", 300
    crm, store = filled(path, sizes.of(20_000, 100_000)), raw(path)
    rep = crm.as_("li")
    record = rep.find("thing", limit=1)[0].id
    text = f"{_all_columns(store)} WHERE id = ?"

    def driver() -> object:
        return store.execute(text, (record,)).fetchone()

    def opening() -> object:
        store.execute("BEGIN")
        found = driver()
        store.execute("ROLLBACK")
        return found

    fetch = repeated(driver, times)
    with rep.work() as work:
        inside = in_turns(sizes, repeated(lambda: work.get("thing", record), times), fetch)
    outside = in_turns(
        sizes, repeated(lambda: rep.get("thing", record), times), fetch, repeated(opening, times)
    )
    return Answer(
        [
            Figure("get one by id, unit open", "raw driver", *inside, 6, times),
            Figure("get one by id, opening too", "raw driver", *outside[:2], 12, times),
        ],
        [f"get, opening too: {outside[0] / outside[2]:.1f} × the driver with BEGIN and ROLLBACK"],
    )


def page(folder: Path, sizes: Sizes) -> Answer:
    """Pages of 50 within the scope of a 代表, against the same SQL in SQLAlchemy Core."""
    path = folder / "crm.db"
    crm, times = filled(path, sizes.of(100_000, 100_000)), 40
    rep = crm.as_("li")
    engine = sa.create_engine(f"sqlite:///{path}")
    table = sa.Table("crmd_thing", sa.MetaData(), autoload_with=engine)
    store = raw(path)
    found = {name: table.c[column(store, name)] for name in ("owner", "n2", "name")}
    shown = [one for one in table.c if not one.name.endswith(("_k", "_u"))]
    sort_key = table.c[f"{found['name'].name}_k"]
    asked = counting()

    def core(*order: sa.ColumnElement[object]) -> int:
        mine = sa.or_(found["owner"] == rep.principal, table.c.created_by == rep.principal)
        filtered = found["n2"] >= next(asked) % 5
        query = sa.select(*shown).where(filtered, mine).order_by(*order).limit(51)
        with engine.connect() as connection:
            return len(connection.execute(query).all())

    def ours(order: str | None) -> int:
        return len(rep.find("thing", f"n2 >= {next(asked) % 5}", order=order, limit=50))

    assert ours(None) == core(table.c.id) - 1 == 50
    by_id = in_turns(
        sizes, repeated(lambda: ours(None), times), repeated(lambda: core(table.c.id), times)
    )
    by_name = in_turns(
        sizes,
        repeated(lambda: ours("name"), 5),
        repeated(lambda: core(sort_key, found["name"], table.c.id), 5),
    )
    against = "the same SQL in SQLAlchemy Core"
    return Answer(
        [
            Figure("page of 50 in a scope, by id", against, *by_id, 1.3, times),
            Figure("page of 50 in a scope, by name", against, *by_name, 1.3, 5),
        ]
    )


def group(folder: Path, sizes: Sizes) -> Answer:
    """Records and their amounts by month in a zone, against hand-written SQL."""
    path = folder / "crm.db"
    crm = filled(path, sizes.of(200_000, 1_000_000))
    store = raw(path)
    moment, amount = column(store, "moment"), column(store, "d0")
    # A zone without daylight saving in these years: what somebody writes by hand.
    text = (
        f"SELECT strftime('%Y-%m', {moment} / 1000 + 28800, 'unixepoch') AS month,"
        f" count(*), sum({amount}) FROM crmd_thing GROUP BY month ORDER BY month"
    )
    summary = Summary(
        "thing",
        (GroupBy("moment", Bucket("month", ZONE), "month"),),
        (Measure("count", name="count"), Measure("sum", "d0", name="sum")),
    )
    ours = _summed(crm, summary)
    assert len(ours) == len(store.execute(text).fetchall())
    times = in_turns(
        sizes, lambda _: _summed(crm, summary), lambda _: store.execute(text).fetchall()
    )
    return Answer([Figure(f"group by month in {ZONE}", "hand-written SQL", *times, 1.15)])


def _summed(crm: Workspace, summary: Summary) -> list[object]:
    return list(crm.summarize(summary).to_dicts())
