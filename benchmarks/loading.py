"""Files into a workspace, and records out to data frames: each in a process of its own.

python benchmarks/loading.py WAY FOLDER
"""

from __future__ import annotations

import csv
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from measuring import Answer, Figure, Sizes, alone_in_turns, peak_megabytes
from stores import column, filled, raw

from importing import HEADERS, measured, rows

CHOSEN = ("code", "name", "c0", "d1", "moment", "day", "owner", "n0", "b0", "t1")


def imports(folder: Path, sizes: Sizes) -> Answer:
    """CSV and XLSX through every gate, against the csv module and openpyxl."""
    count = sizes.of(20_000, 100_000)
    text, book = _files(folder, count)
    small = _files(folder, count // 4, "quarter")
    rounds = 1 if sizes.full else sizes.rounds
    plain, ours = _measured(rounds, ("bare csv", text), ("ours", text))
    reading, whole = _measured(rounds, ("openpyxl", book), ("ours", book))
    dry = _measured(1, ("ours with dry run", text), ("ours with dry run", book))
    quarter = _measured(1, ("ours", small[0]), ("ours", small[1]))
    name = f"import {count:,} × {len(HEADERS)}"
    openpyxl = (whole["cpu"], reading["cpu"], 1, count)
    figures = [
        Figure(f"{name} CSV", "csv.reader, executemany", ours["cpu"], plain["cpu"], 5, count),
        Figure(
            f"{name} CSV: memory", "a quarter of it", ours["mb"], quarter[0]["mb"], 1.2, 1, "MB"
        ),
        Figure(f"{name} XLSX", "openpyxl merely reads it", *openpyxl, strict=True),
        Figure(f"{name} XLSX: memory", "", whole["mb"], None, 100, unit="MB"),
    ]
    notes = [
        f"import: with a full dry run before it {dry[0]['cpu'] / plain['cpu']:.1f} × (CSV) and"
        f" {dry[1]['cpu'] / reading['cpu']:.1f} × (XLSX);"
        f" XLSX of a quarter takes {quarter[1]['mb']:.0f} MB"
    ]
    return Answer(figures, notes)


def _files(folder: Path, count: int, name: str = "rows") -> tuple[Path, Path]:
    from crmcore.sheets import SheetOut, write_xlsx

    text, book = folder / f"{name}.csv", folder / f"{name}.xlsx"
    with text.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(rows(count))
    write_xlsx(book, [SheetOut("客户", HEADERS, rows(count))])
    return text, book


def _measured(rounds: int, *tasks: tuple[str, Path]) -> list[dict[str, float]]:
    found: list[list[dict[str, float]]] = [[] for _ in tasks]
    for _ in range(rounds):
        for runs, (task, path) in zip(found, tasks, strict=True):
            runs.append(measured(task, path))
    return [{key: statistics.median(run[key] for run in runs) for key in runs[0]} for runs in found]


def handover(folder: Path, sizes: Sizes) -> Answer:
    """Ten columns of all records to pandas and Polars, against `pandas.read_sql`."""
    count = sizes.of(200_000, 1_000_000)
    filled(folder / "crm.db", count).close()
    found = alone_in_turns(sizes.rounds, *(("loading", way, folder) for way in WAYS))
    (theirs, *others), against = found, "pandas.read_sql, typed columns"
    figures = []
    for way, ours in zip(list(WAYS)[1:], others, strict=True):
        name = f"{count:,} × {len(CHOSEN)} to {way}"
        figures.append(Figure(name, against, ours["seconds"], theirs["seconds"], 0.6))
        memory = ours["grown"], theirs["grown"]
        figures.append(Figure(f"{name}: memory", against, *memory, 0.5, unit="MB"))
    return Answer(figures)


class Cents(sa.TypeDecorator[Decimal]):
    """Amounts that are stored as whole cents."""

    impl = sa.Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: object) -> Decimal | None:
        """See SQLAlchemy."""
        return None if value is None else Decimal(value) / 100


class Milliseconds(sa.TypeDecorator[datetime]):
    """Moments that are stored as milliseconds."""

    impl = sa.Integer
    cache_ok = True

    def process_result_value(self, value: Any, dialect: object) -> datetime | None:
        """See SQLAlchemy."""
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


def _read_sql(folder: Path) -> object:
    """What a person writes: typed columns of the same table, as decimals, moments and days."""
    import pandas

    store = raw(folder / "crm.db")
    names = {name: column(store, name) for name in CHOSEN}
    store.close()
    engine = sa.create_engine(f"sqlite:///{folder / 'crm.db'}")
    forms = {"d1": Cents(), "moment": Milliseconds(), "day": sa.Date(), "b0": sa.Boolean()}
    columns = [sa.column(names[n], forms.get(n, sa.String())).label(n) for n in CHOSEN]
    return pandas.read_sql(sa.select(*columns).select_from(sa.table("crmd_thing")), engine)


def _found(folder: Path) -> Any:
    from crmcore import open_workspace

    return open_workspace(f"sqlite:///{folder / 'crm.db'}").find("thing", columns=CHOSEN)


WAYS: dict[str, Callable[[Path], object]] = {
    "read_sql": _read_sql,
    "pandas": lambda folder: _found(folder).to_pandas(),
    "polars": lambda folder: _found(folder).to_polars(),
}


def main(words: Sequence[str]) -> None:
    """Go one way and print what it took. The libraries are loaded by everybody before."""
    for library in ("pandas", "polars", "pyarrow", "crmcore.tables", "crmcore_sql.backend"):
        importlib.import_module(library)
    before, began = peak_megabytes(), time.process_time()
    result = WAYS[words[0]](Path(words[1]))
    seconds, peak = time.process_time() - began, peak_megabytes()
    del result
    print(json.dumps({"seconds": seconds, "peak": peak, "grown": peak - before}))


if __name__ == "__main__":
    main(sys.argv[1:])
