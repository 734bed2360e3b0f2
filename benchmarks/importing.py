"""Importing 100,000 rows of 20 columns, against hand-written code for the same file.

    python benchmarks/importing.py [rows]

CSV is compared with `csv.reader` and `executemany` into the same indexed table of SQLite, a
workbook with openpyxl merely reading it. Each runs in a process of its own; CPU seconds and
the highest memory are printed, and the ratios.
"""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from measuring import peak_megabytes

REGIONS: Final = ("华东", "华南", "华北", "西南")
HEADERS: Final = (
    "客户编号", "客户名称", "区域", "级别", "来源", "电话", "邮箱", "金额", "数量", "折扣",
    "成立日期", "签约日期", "城市", "地址", "联系人", "备注", "是否重点", "网址", "邮编", "规模",
)  # fmt: skip


def rows(count: int) -> Iterator[list[str]]:
    """Invented accounts, as text."""
    random = Random(7)
    for n in range(count):
        yield [
            f"KH{n:07}", f"第{n}号科技有限公司", random.choice(REGIONS), random.choice("ABC"),
            random.choice(("官网", "展会")), f"138{n:08}", f"user{n}@example.com",
            f"{random.randrange(10**7) / 100:.2f}", str(random.randrange(1000)),
            f"{random.randrange(100)}%", f"20{n % 20:02}-0{n % 9 + 1}-1{n % 9}",
            f"202{n % 5}-1{n % 3}-0{n % 9 + 1}", "杭州", f"文一路{n % 999}号", f"张{n % 500}",
            f"备注第{n}条" if n % 3 else "", "是" if n % 2 else "否", f"https://e{n}.example.com",
            f"31{n % 10000:04}", str(n % 5000),
        ]  # fmt: skip


def schema() -> Any:
    """The module of the rows: two sorted texts, one unique key."""
    from crmcore import kinds
    from crmcore.schema import Field, Module, Schema

    plain = kinds.Text(sorted=False)
    kind: dict[str, Any] = {
        "客户名称": kinds.Text(),
        "城市": kinds.Text(),
        "区域": kinds.Choice(options=REGIONS),
        "级别": kinds.Choice(options=["A", "B", "C"]),
        "来源": kinds.Choice(options=["官网", "展会"]),
        "电话": kinds.Phone(),
        "邮箱": kinds.Email(),
        "金额": kinds.DecimalKind(2),
        "数量": kinds.Integer(),
        "折扣": kinds.Percent(),
        "成立日期": kinds.Date(),
        "签约日期": kinds.Date(),
        "是否重点": kinds.Boolean(),
        "网址": kinds.Url(),
        "邮编": kinds.Postcode(),
        "规模": kinds.Integer(),
    }
    fields = [
        Field(f"f{place}", kind.get(label, plain), label, unique=None if place else "exact")
        for place, label in enumerate(HEADERS)
    ]
    return Schema([Module("account", fields, title="f1", label="客户")])


def bare(path: Path, folder: Path) -> None:
    """What hand-written code does: text into a table with the same indexes."""
    store = sqlite3.connect(folder / "bare.db")
    store.execute("pragma journal_mode=wal")
    store.execute("pragma synchronous=full")
    columns = ", ".join(f"c{n} text" for n in range(20))
    store.execute(f"create table account (id integer primary key, {columns})")
    store.execute("create unique index k on account (c0)")
    store.execute("create index a on account (c1)")
    store.execute("create index b on account (c12)")
    marks = ", ".join("?" * 20)
    names = ", ".join(f"c{n}" for n in range(20))
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        store.executemany(f"insert into account ({names}) values ({marks})", reader)
    store.commit()


def ours(path: Path, folder: Path, *, rehearse: bool) -> dict[str, float]:
    """The same through every gate; with `rehearse` after a dry run."""
    from crmcore.importing import load, plan
    from crmcore.work import open_workspace

    crm = open_workspace(f"sqlite:///{folder / 'ours.db'}", schema=schema(), create=True)
    start = time.process_time()
    made = plan(crm, path, modules="account", errors="reject", rehearse=rehearse)
    planned = time.process_time()
    done = load(crm, made)
    loaded = time.process_time()
    if done.counts.refused or not done.counts.create:
        raise SystemExit(f"not imported: {done.counts} {made.problem_counts}")
    return {"plan": planned - start, "load": loaded - planned}


def openpyxl_reads(path: Path, folder: Path) -> None:
    """openpyxl merely reading."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    for _ in book.worksheets[0].iter_rows(values_only=True):
        pass


TASKS: Final[dict[str, Callable[[Path, Path], Any]]] = {
    "bare csv": bare,
    "ours": lambda path, folder: ours(path, folder, rehearse=False),
    "ours with dry run": lambda path, folder: ours(path, folder, rehearse=True),
    "openpyxl": openpyxl_reads,
}


def measured(task: str, path: Path) -> dict[str, float]:
    """CPU seconds and memory of one task in a process of its own."""
    found = subprocess.run(
        [sys.executable, __file__, "--task", task, str(path)],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    result: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return result


def run_task(task: str, path: Path) -> None:
    """Do one task and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        parts = TASKS[task](path, Path(folder)) or {}
        seconds = time.process_time() - start
    print(json.dumps({"cpu": seconds, "mb": peak_megabytes(), **parts}))


def main(count: int) -> None:
    """Measure all, and print the ratios."""
    from crmcore.sheets import SheetOut, write_xlsx

    with tempfile.TemporaryDirectory() as name:
        text, book = Path(name) / "rows.csv", Path(name) / "rows.xlsx"
        with text.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS)
            writer.writerows(rows(count))
        write_xlsx(book, [SheetOut("客户", HEADERS, rows(count))])
        for title, path, against in (("csv", text, "bare csv"), ("xlsx", book, "openpyxl")):
            base = measured(against, path)
            print(f"{title} {count} rows · {against}: {base['cpu']:.2f} s, {base['mb']:.0f} MB")
            for task in ("ours", "ours with dry run"):
                found = measured(task, path)
                print(
                    f"  {task}: {found['cpu']:.2f} s = {found['cpu'] / base['cpu']:.2f}×, "
                    f"{found['mb']:.0f} MB (plan {found['plan']:.2f}, load {found['load']:.2f} = "
                    f"{found['load'] / base['cpu']:.2f}×)"
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--task"]:
        run_task(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
