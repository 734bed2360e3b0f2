"""Backends that fail at commit, before or after it took place, and ones that keep accounts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field

from crmcore.errors import StorageError
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.schema import Schema
from crmcore.storage import (
    Backend,
    Batch,
    Capability,
    Delete,
    Insert,
    Intent,
    Replace,
    Rewrite,
    Transaction,
    Write,
)


@define
class Witness:
    """What was written without a change set that accounts for it, in committed transactions."""

    unaccounted: list[str] = field(factory=list)
    commits: int = 0


@define
class WatchedBackend:
    """A backend whose commits may fail (`fault` of them) and whose writes are counted."""

    inner: Backend
    rng: random.Random
    fault: float = 0.0
    witness: Witness = field(factory=Witness)

    @property
    def capabilities(self) -> Capability:
        """Those of the backend behind."""
        return self.inner.capabilities

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        self.inner.prepare(schema)

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`."""
        return _Watched(self, self.inner.begin(intent, join))

    def close(self) -> None:
        """See `Backend.close`."""
        self.inner.close()


@define
class _Watched:
    backend: WatchedBackend
    inner: Transaction
    written: Counter[tuple[str, str]] = field(factory=Counter)
    told: Counter[tuple[str, str]] = field(factory=Counter)

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        return self.inner.select(query)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        return self.inner.summarize(query)

    def apply(self, writes: Sequence[Write]) -> None:
        self.inner.apply(writes)
        for write in writes:
            self._note(write)

    def _note(self, write: Write) -> None:
        if isinstance(write, Insert) and write.module.name == "crm_change_set":
            place = [one.name for one in write.module.stored].index("summary")
            for row in write.rows:
                summary: Any = row[8 + place]
                for module, counts in summary.items():
                    self.told.update({(module, what): n for what, n in counts.items() if n})
        elif isinstance(write, (Insert, Replace, Delete)) and write.module.keeping == "history":
            what = {Insert: "created", Replace: "updated", Delete: "removed"}[type(write)]
            count = len(write.ids) if isinstance(write, Delete) else len(write.rows)
            self.written[(write.module.name, what)] += count
        elif isinstance(write, Rewrite):
            self.told.clear()

    def commit(self) -> None:
        draw = self.backend.rng.random() if self.written else 1.0
        if draw < self.backend.fault / 2:
            self.inner.rollback()
            raise StorageError("store_busy")
        self.inner.commit()
        self.backend.witness.commits += 1
        for place, count in (self.written - self.told).items():
            self.backend.witness.unaccounted.append(f"{place[0]} {place[1]} {count}")
        if draw < self.backend.fault:
            raise StorageError("store_busy")

    def rollback(self) -> None:
        self.inner.rollback()
