"""Handing 1,000,000 × 10 rows to pandas and Polars, against `pandas.read_sql`.

    python benchmarks/handover.py [--rows N] [--rounds N]

Each path runs in a process of its own, interleaved; printed are medians of seconds and of
peak memory, and their ratios to `pandas.read_sql` over typed SQLAlchemy columns. The rows of
crmcore come from SQLite through a decoder to normal forms (Decimal, aware datetime, date), as
a backend gives them, so that reading and decoding are part of the figure. The last column of
the table is sparse: its first half is empty.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

STAGES = ("new", "qualified", "proposal", "negotiation", "won", "lost")
PATHS = (
    "read_sql typed",
    "read_sql raw",
    "rows only",
    "Table to_pandas",
    "Table to_polars",
    "Table to_arrow",
    "held Table to_pandas",
)
FIGURES = {"seconds": "seconds", "cpu": "cpu seconds", "peak": "peak MB", "grown": "grown MB"}
AIM_SECONDS, AIM_MEMORY = 0.6, 0.5

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = "id, name, stage, amount, created, closing, account, probability, active, remark"


def make_stores(folder: Path, count: int) -> None:
    """The same rows twice: as crmcore stores them, and as SQLAlchemy's types do."""
    ours = sqlite3.connect(folder / "ours.db")
    theirs = sqlite3.connect(folder / "theirs.db")
    ours.execute(
        "CREATE TABLE deal (id TEXT PRIMARY KEY, name TEXT, stage TEXT, amount INTEGER,"
        " created INTEGER, closing TEXT, account TEXT, probability INTEGER, active INTEGER,"
        " remark TEXT) WITHOUT ROWID"
    )
    theirs.execute(
        "CREATE TABLE deal (id TEXT PRIMARY KEY, name TEXT, stage TEXT, amount NUMERIC(18,2),"
        " created DATETIME, closing DATE, account TEXT, probability INTEGER, active BOOLEAN,"
        " remark TEXT) WITHOUT ROWID"
    )
    for first in range(0, count, 20_000):
        rows = list(_rows(first, min(first + 20_000, count), count))
        ours.executemany("INSERT INTO deal VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        theirs.executemany(
            "INSERT INTO deal VALUES (?,?,?,?,?,?,?,?,?,?)", map(_as_sqlalchemy, rows)
        )
    for store in (ours, theirs):
        store.commit()
        store.close()


def _rows(first: int, last: int, count: int) -> Iterator[tuple[object, ...]]:
    draw = random.Random(first)
    for number in range(first, last):
        yield (
            f"{number:032x}",
            f"客户{number % 90_000}的采购项目{number}",
            draw.choice(STAGES),
            draw.randrange(10**9) if draw.random() < 0.9 else None,
            1_500_000_000_000 + draw.randrange(2 * 10**11),
            str(date(2020, 1, 1) + timedelta(days=draw.randrange(2000))),
            f"{draw.randrange(90_000):032x}",
            draw.randrange(101),
            draw.randrange(2),
            "加急" if number >= count // 2 and draw.random() < 0.02 else None,
        )


def _as_sqlalchemy(row: tuple[object, ...]) -> tuple[object, ...]:
    amount = None if row[3] is None else row[3] / 100  # type: ignore[operator]
    created = _EPOCH + timedelta(milliseconds=row[4])  # type: ignore[arg-type]
    shown = created.replace(tzinfo=None).isoformat(" ", "microseconds")
    return (*row[:3], amount, shown, *row[5:])


def open_batches(folder: Path) -> Iterator[list[tuple[object, ...]]]:
    """Batches of normal forms, decoded as a generated decoder does."""
    store = sqlite3.connect(folder / "ours.db")
    cursor = store.execute(f"SELECT {_COLUMNS} FROM deal")
    ten_power, since, milliseconds, day = Decimal(100), _EPOCH, timedelta, date.fromisoformat
    while rows := cursor.fetchmany(5_000):
        yield [
            (
                a, b, c, None if d is None else Decimal(d) / ten_power,
                since + milliseconds(milliseconds=e), day(f), g, h, i == 1, j,
            )
            for a, b, c, d, e, f, g, h, i, j in rows
        ]  # fmt: skip
    store.close()


def _table(folder: Path, held: bool = False) -> object:
    from crmcore.kinds import Boolean, Choice, Date, DateTime, Integer, Link, MoneyKind, Text
    from crmcore.tables import Table, TableColumn

    kinds = {
        "id": Link("deal"), "name": Text(), "stage": Choice(options=STAGES),
        "amount": MoneyKind(), "created": DateTime(), "closing": Date(),
        "account": Link("account"), "probability": Integer(), "active": Boolean(),
        "remark": Text(),
    }  # fmt: skip
    columns = [TableColumn(name, None, kind) for name, kind in kinds.items()]
    if held:
        return Table.from_batches(columns, open_batches(folder), zone="Asia/Shanghai")
    return Table.stream(columns, lambda: open_batches(folder), zone="Asia/Shanghai")


def read_sql_typed(folder: Path) -> object:
    """What a person writes today: `pandas.read_sql` over typed columns."""
    import pandas
    import sqlalchemy as sa

    types = (
        sa.String, sa.String, sa.String, sa.Numeric(18, 2), sa.DateTime, sa.Date, sa.String,
        sa.Integer, sa.Boolean, sa.String,
    )  # fmt: skip
    names = _COLUMNS.split(", ")
    columns = [sa.Column(name, kind) for name, kind in zip(names, types, strict=True)]
    deal = sa.Table("deal", sa.MetaData(), *columns)
    engine = sa.create_engine(f"sqlite:///{folder / 'theirs.db'}")
    return pandas.read_sql(sa.select(deal), engine)


def read_sql_raw(folder: Path) -> object:
    """The driver alone: whole numbers for amounts and moments, text for days."""
    import pandas

    store = sqlite3.connect(folder / "ours.db")
    return pandas.read_sql(f"SELECT {_COLUMNS} FROM deal", store)


def rows_only(folder: Path) -> object:
    """Reading and decoding, and letting go of each batch."""
    return sum(len(rows) for rows in open_batches(folder))


RUNS: dict[str, Callable[[Path], object]] = {
    "read_sql typed": read_sql_typed,
    "read_sql raw": read_sql_raw,
    "rows only": rows_only,
    "Table to_pandas": lambda folder: _table(folder).to_pandas(),  # type: ignore[attr-defined]
    "Table to_polars": lambda folder: _table(folder).to_polars(),  # type: ignore[attr-defined]
    "Table to_arrow": lambda folder: _table(folder).to_arrow(),  # type: ignore[attr-defined]
    "held Table to_pandas": lambda folder: _table(folder, True).to_pandas(),  # type: ignore[attr-defined]
}


def _measure_here(path: str, folder: Path) -> dict[str, float]:
    # Libraries are loaded by everybody; what is compared is the work.
    for library in ("pandas", "polars", "pyarrow", "sqlalchemy"):
        importlib.import_module(library)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, worked = time.perf_counter(), time.process_time()
    result = RUNS[path](folder)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    del result
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "grown": peak - before}


def main() -> None:
    """Measures all paths and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--path", choices=PATHS)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.path:
        print(json.dumps(_measure_here(given.path, given.folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_stores(folder, given.rows)
        found: dict[str, list[dict[str, float]]] = {path: [] for path in PATHS}
        for _ in range(given.rounds):
            for path in PATHS:
                command = [sys.executable, __file__, "--path", path, "--folder", name]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found[path].append(json.loads(done.stdout))
    _print(found, given.rows)


def _print(found: dict[str, list[dict[str, float]]], rows: int) -> None:
    middle = {
        path: {key: statistics.median(one[key] for one in runs) for key in FIGURES}
        for path, runs in found.items()
    }
    base = middle["read_sql typed"]
    print(f"handing over {rows:,} × 10 rows (aim: {AIM_SECONDS} × time, {AIM_MEMORY} × memory)")
    print(f"{'path':22}" + "".join(f"{key:>12}{'ratio':>7}" for key in FIGURES.values()))
    for path, one in middle.items():
        shown = [f"{one[key]:12.2f}{one[key] / base[key]:7.2f}" for key in FIGURES]
        print(f"{path:22}" + "".join(shown))


if __name__ == "__main__":
    main()
