"""PostgreSQL and MariaDB: the same records through the door, against the driver by hand.

Seconds are those of the clock on the wall, whatever is asked for: the server works too. It
is started for the run and does not wait for its disk, for both ways alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from measuring import Answer, Figure, Sizes, in_turns, repeated
from stores import BATCH, bare, chunks, fields, sales_rep, schema, values

from crmcore import Bucket, GroupBy, Measure, Summary, Workspace, open_workspace

ZONE = "Asia/Shanghai"


def postgresql(_folder: Path, sizes: Sizes) -> Answer:
    """On PostgreSQL, against psycopg."""
    from crmcore.testing.servers import postgresql_server

    with postgresql_server() as server:
        return _answer("PostgreSQL", server.create(server.unused()), sizes, 2.5)


def mariadb(_folder: Path, sizes: Sizes) -> Answer:
    """On MariaDB, against PyMySQL."""
    from crmcore.testing.servers.mariadb import mariadb_server

    with mariadb_server() as server:
        return _answer("MariaDB", server.create(server.unused()), sizes, 2)


def _answer(name: str, url: str, sizes: Sizes, creating: float) -> Answer:
    sizes = replace(sizes, clock=time.perf_counter)
    count = sizes.of(20_000, 100_000)
    crm = open_workspace(url, schema=schema(more=True), create=True)
    driver = url.partition("+")[2].partition(":")[0]
    owner = sales_rep(crm)
    rep = crm.as_("li")
    figures = [
        _create(
            f"{name}: create", f"{driver} executemany", (crm, owner), url, sizes, (count, creating)
        )
    ]
    with _by_hand(crm) as (ask, table, columns):
        figures += [
            _read(f"{name}: read all records", crm, sizes, (ask, table, columns)),
            _page(f"{name}: page of 50 in a scope", rep, sizes, (ask, table, columns)),
            _group(f"{name}: group by month and option", crm, sizes, (ask, table, columns)),
        ]
    crm.close()
    return Answer(figures)


def _create(
    question: str,
    against: str,
    workspace: tuple[Workspace, str],
    url: str,
    sizes: Sizes,
    aims: tuple[int, float],
) -> Figure:
    (crm, owner), (count, aim) = workspace, aims
    engine = sa.create_engine(url)

    def ours(number: int) -> None:
        rows = [
            values(number * count + one) | {"owner": owner if one % 10 == 7 else None}
            for one in range(count)
        ]
        for part in chunks(rows, BATCH - 1):
            with crm.work() as work:
                work.create_all("thing", part)  # type: ignore[arg-type]

    def theirs(number: int) -> None:
        _bare(engine, number, count)

    times = in_turns(sizes, ours, theirs)
    engine.dispose()
    return Figure(question, against, *times, aim, count)


def _bare(engine: sa.Engine, number: int, count: int) -> None:
    kinds = {"integer": "BIGINT", "scaled": "BIGINT", "boolean": "SMALLINT", "date": "DATE"}
    made = {one.name: kinds.get(one.kind.shape, "TEXT") for one in fields()}
    made["code"] = "VARCHAR(40) NOT NULL UNIQUE"
    columns = ", ".join(f"{name} {form}" for name, form in made.items())
    connection = engine.raw_connection()
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE bare{number} (id CHAR(32) PRIMARY KEY, {columns})")
    text = f"INSERT INTO bare{number} VALUES ({', '.join(['%s'] * (len(made) + 1))})"
    rows = (values(number * count + one) for one in range(count))
    plain = [(f"{index:032x}", *bare(row)) for index, row in enumerate(rows)]
    for part in chunks(plain):
        cursor.executemany(text, part)
        connection.commit()
    connection.close()


Hand = tuple[Callable[..., list[Any]], str, dict[str, str]]
"""Asks by the driver; the table; its columns by the names of fields."""


@contextmanager
def _by_hand(crm: Workspace) -> Iterator[Hand]:
    backend: Any = crm._store.backend
    store = backend._store
    with store.engine.connect() as seen:
        schema_name = "crm" if store.engine.dialect.name == "postgresql" else None
        found = [one["name"] for one in sa.inspect(seen).get_columns("crmd_thing", schema_name)]
    connection = store.engine.raw_connection()
    cursor = connection.cursor()

    def ask(text: str, *parameters: object) -> list[Any]:
        cursor.execute(text, parameters)
        return list(cursor.fetchall())

    names = {one.rpartition("_")[0] if one[-1].isdigit() else one: one for one in found}
    yield ask, f"{schema_name}.crmd_thing" if schema_name else "crmd_thing", names
    connection.close()


def _plain(columns: dict[str, str]) -> str:
    ours = ("_k", "_u", "_o", "_v", "_s", "_w")
    return ", ".join(one for one in columns.values() if not one.endswith(ours))


def _read(question: str, crm: Workspace, sizes: Sizes, hand: Hand) -> Figure:
    ask, table, columns = hand
    text = f"SELECT {_plain(columns)} FROM {table} ORDER BY id"
    count = len(ask(text))

    def ours(_round: int) -> None:
        assert len(crm.find("thing")) == count

    times = in_turns(sizes, ours, lambda _: ask(text))
    return Figure(question, "raw cursor, fetchall", *times, 2, count)


def _page(question: str, rep: Workspace, sizes: Sizes, hand: Hand) -> Figure:
    ask, table, columns = hand
    text = (
        f"SELECT {_plain(columns)} FROM {table} WHERE {columns['n2']} >= %s"
        f" AND ({columns['owner']} = %s OR created_by = %s) ORDER BY id LIMIT 51"
    )
    assert len(rep.find("thing", "n2 >= 3", limit=50)) == len(ask(text, 3, rep.principal, "")) - 1
    times = in_turns(
        sizes,
        repeated(lambda: rep.find("thing", "n2 >= 3", limit=50), 40),
        repeated(lambda: ask(text, 3, rep.principal, rep.principal), 40),
    )
    return Figure(question, "hand-written SQL", *times, 1.3, 40)


def _group(question: str, crm: Workspace, sizes: Sizes, hand: Hand) -> Figure:
    ask, table, columns = hand
    day, option = columns["day"], columns["c0"]
    month = f"date_trunc('month', {day})"
    if "." not in table:
        month = f"DATE_FORMAT({day}, '%%Y-%%m')"
    text = (
        f"SELECT {month} AS m, {option}, count(*), sum({columns['d1']}) FROM {table}"
        f" GROUP BY m, {option}"
    )
    summary = Summary(
        "thing",
        (GroupBy("day", Bucket("month", ZONE), "month"), GroupBy("c0", None, "option")),
        (Measure("count", name="count"), Measure("sum", "d1", name="total")),
    )
    assert len(list(crm.summarize(summary).to_dicts())) == len(ask(text))
    times = in_turns(
        sizes,
        repeated(lambda: list(crm.summarize(summary).to_dicts()), 3),
        repeated(lambda: ask(text), 3),
    )
    return Figure(question, "hand-written SQL", *times, 1.15, 3)
