"""Creating 20-field records through the door, and where the time goes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import Answer, Figure, Sizes, in_turns
from stores import BATCH, bare, bare_table, chunks, schema, values

from crmcore import Workspace, open_workspace
from crmcore.work import transaction
from crmcore.work.door import Door
from crmcore.work.journal import Journal
from crmcore_sql import statements
from crmcore_sql.transaction import SqlTransaction
from crmcore_sql.writes import Writer


def create(folder: Path, sizes: Sizes) -> Answer:
    """Validated records through the door, against `executemany` of the bare rows."""
    count = sizes.of(20_000, 100_000)
    rows = [values(number) for number in range(count)]
    plain = [(f"{number:032x}", *bare(row)) for number, row in enumerate(rows)]

    def theirs(number: int) -> None:
        store = bare_table(folder / f"bare{number}.db")
        _by_hand(store, plain)
        store.close()

    # A store that is being made is no part of creating records.
    stores = {number: _opened(folder, f"made{number}") for number in range(sizes.rounds)}
    times = in_turns(sizes, lambda number: _through_the_door(stores[number], rows), theirs)
    against = "sqlite3.executemany, one unique index"
    figure = Figure("create through the door", against, *times, 5, count)
    return Answer([figure], _shares(_opened(folder, "shares"), rows))


def _opened(folder: Path, name: str) -> Workspace:
    return open_workspace(f"sqlite:///{folder / name}.db", schema=schema(), create=True)


def _through_the_door(crm: Workspace, rows: list[dict[str, object]]) -> None:
    for part in chunks(rows, BATCH - 1):
        with crm.work() as work:
            work.create_all("thing", part)  # type: ignore[arg-type]
    crm.close()


def _by_hand(store: sqlite3.Connection, rows: list[tuple[object, ...]]) -> None:
    text = f"INSERT INTO thing VALUES ({', '.join('?' * len(rows[0]))})"
    for part in chunks(rows):
        store.execute("BEGIN IMMEDIATE")
        store.executemany(text, part)
        store.execute("COMMIT")


class _Watch:
    """Seconds by stage; what a stage calls within itself is taken out of it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._inner = [0.0]

    def wrap(self, stage: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            began = time.process_time()
            try:
                return run(*args, **named)
            finally:
                whole = time.process_time() - began
                own = whole - self._inner.pop()
                self._inner[-1] += whole
                self.spent[stage] = self.spent.get(stage, 0.0) + own

        return watched


_STAGES: tuple[tuple[str, object, str], ...] = (
    ("normalize", Door, "_normalize"),
    ("checks, defaults", Door, "_finish"),
    ("ids, salts", Door, "new_row"),
    ("commitments, digests", Journal, "created"),
    ("insert", SqlTransaction, "apply"),
    ("insert", Writer, "insert"),
    ("commit", transaction, "write_change_set"),
    ("commit", transaction, "write_operation"),
    ("commit", SqlTransaction, "commit"),
    ("commit", transaction, "seal"),
)


@contextmanager
def _watched(watch: _Watch) -> Iterator[None]:
    former = [(owner, name, getattr(owner, name)) for _, owner, name in _STAGES]
    encoder = statements.row_encoder

    def watched_encoder(*args: Any) -> Any:
        return watch.wrap("keys, encoding", encoder(*args))

    try:
        for (stage, _, _), (owner, name, run) in zip(_STAGES, former, strict=True):
            setattr(owner, name, watch.wrap(stage, run))
        statements.row_encoder = watched_encoder
        yield
    finally:
        statements.row_encoder = encoder
        for owner, name, run in former:
            setattr(owner, name, run)


def _shares(crm: Workspace, rows: list[dict[str, object]]) -> list[str]:
    """The share of each stage; watching them costs a little of its own."""
    watch = _Watch()
    with _watched(watch):
        watch.wrap("the rest", _through_the_door)(crm, rows)
    total = sum(watch.spent.values())
    shown = [
        f"{stage} {spent / total:.0%} ({spent / len(rows) * 1e6:.1f} µs)"
        for stage, spent in sorted(watch.spent.items(), key=lambda one: -one[1])
    ]
    return ["create, shares: " + "; ".join(shown)]
