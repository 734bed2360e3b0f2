"""Backup, verify and restore, each in a process of its own, against the same by hand.

python benchmarks/archiving.py WAY FOLDER
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from measuring import Answer, Figure, Sizes, alone_in_turns, peak_megabytes
from stores import columns_of, filled, raw

from crmcore import open_workspace
from crmcore.archive import backup, restore, verify

TABLE = "crmd_thing"
FEW = 10_000
CHUNK = 5_000
LEVEL = 4


def archives(folder: Path, sizes: Sizes) -> Answer:
    """A workspace to a file and back, against rows read, written as JSON and inserted by hand."""
    count = sizes.of(20_000, 100_000)
    times = _measured(folder / "whole", count, sizes.rounds)
    small = min(FEW, count // 10)
    few = _measured(folder / "few", small, 1)
    figures: list[Figure] = []
    for way, against, text in (
        ("backup", "read by hand", "SELECT, json, sha256, zip"),
        ("restore", "inserted by hand", "zip, sha256, json, executemany"),
    ):
        ours, theirs = times[way], times[against]
        figures.append(Figure(f"{way} {count:,}", text, ours["cpu"], theirs["cpu"], 2, count))
        name = f"{way} {count:,}: memory"
        those = f"of {small:,} records"
        figures.append(Figure(name, those, ours["mb"], few[way]["mb"], 1.2, 1, "MB"))
    checking = times["verify"]["cpu"] / count * 1e6
    bare = times["merely read"]["cpu"] / count * 1e6
    into = times["merely inserted"]["cpu"] / count * 1e6
    notes = [
        f"archives: verify alone takes {checking:.1f} µs a record, of which restore does all;"
        f" merely reading the rows takes {bare:.1f} µs, merely inserting them {into:.1f} µs"
    ]
    return Answer(figures, notes)


def _measured(folder: Path, count: int, rounds: int) -> dict[str, dict[str, float]]:
    folder.mkdir()
    filled(folder / "crm.db", count).close()
    found = alone_in_turns(rounds, *(("archiving", way, folder) for way in WAYS))
    return dict(zip(WAYS, found, strict=True))


def _fresh(path: Path) -> Path:
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    return path


def _backup(folder: Path) -> None:
    crm = open_workspace(f"sqlite:///{folder / 'crm.db'}")
    backup(crm, _fresh(folder / "a.crmz"))
    crm.close()


def _verify(folder: Path) -> None:
    verify(folder / "a.crmz")


def _restore(folder: Path) -> None:
    restore(folder / "a.crmz", f"sqlite:///{_fresh(folder / 'restored.db')}")


def _merely_read(folder: Path) -> None:
    store = raw(folder / "crm.db")
    for _ in store.execute(f"SELECT * FROM {TABLE} ORDER BY id"):
        pass
    store.close()


def _read_by_hand(folder: Path) -> None:
    store, digest = raw(folder / "crm.db"), hashlib.sha256()
    rows = store.execute(f"SELECT * FROM {TABLE} ORDER BY id")
    names = columns_of(store, TABLE)
    with zipfile.ZipFile(_fresh(folder / "hand.zip"), "w") as out:
        for number, part in enumerate(iter(lambda: rows.fetchmany(CHUNK), [])):
            lines = [
                json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in part
            ]
            data = "\n".join(lines).encode()
            digest.update(data)
            out.writestr(f"{number}.jsonl", data, zipfile.ZIP_DEFLATED, LEVEL)
        out.writestr("digest", digest.hexdigest())
    store.close()


def _table(folder: Path) -> tuple[sqlite3.Connection, str]:
    """An equal empty table, with its indexes, and the statement that fills it."""
    source = raw(folder / "crm.db")
    made = source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ?", (TABLE,)).fetchall()
    width = len(columns_of(source, TABLE))
    source.close()
    store = raw(_fresh(folder / "hand.db"))
    store.execute("PRAGMA journal_mode = WAL")
    for (statement,) in made:
        if statement is not None:
            store.execute(statement)
    return store, f"INSERT INTO {TABLE} VALUES ({', '.join('?' * width)})"


def _fill(folder: Path, parts: Iterator[list[tuple[object, ...]]]) -> None:
    store, statement = _table(folder)
    for part in parts:
        store.execute("BEGIN IMMEDIATE")
        store.executemany(statement, part)
        store.execute("COMMIT")
    store.close()


def _merely_inserted(folder: Path) -> None:
    source = raw(folder / "crm.db")
    rows = source.execute(f"SELECT * FROM {TABLE} ORDER BY id")
    _fill(folder, iter(lambda: rows.fetchmany(CHUNK), []))
    source.close()


def _inserted_by_hand(folder: Path) -> None:
    digest = hashlib.sha256()

    def parts() -> Iterator[list[tuple[object, ...]]]:
        with zipfile.ZipFile(folder / "hand.zip") as found:
            for name in found.namelist()[:-1]:
                data = found.read(name)
                digest.update(data)
                yield [tuple(json.loads(line).values()) for line in data.split(b"\n")]
            assert found.read("digest").decode() == digest.hexdigest()

    _fill(folder, parts())


WAYS: dict[str, Callable[[Path], None]] = {
    "merely read": _merely_read,
    "read by hand": _read_by_hand,
    "merely inserted": _merely_inserted,
    "inserted by hand": _inserted_by_hand,
    "backup": _backup,
    "verify": _verify,
    "restore": _restore,
}


if __name__ == "__main__":
    began = time.process_time()
    WAYS[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({"cpu": time.process_time() - began, "mb": peak_megabytes()}))
