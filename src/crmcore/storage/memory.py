"""The in-memory backend: real transactions over frozen rows, for tests and notebooks.

Readers keep the tables they began with; one writer at a time works on copies of the
tables it touches and puts them in place on commit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field

from crmcore.errors import StorageError, UnitOfWorkClosed
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.query.evaluate import Row
from crmcore.schema import Module, Schema
from crmcore.storage import scan
from crmcore.storage.memory_table import STAMP_COUNT, MemoryTable
from crmcore.storage.port import (
    Batch,
    Capability,
    Intent,
    Rewrite,
    Transaction,
    Write,
)
from crmcore.storage.scan import Former

_LOCK_SECONDS: Final = 30


@define
class _Snapshot:
    """The tables of one transaction, read in the layouts that questions ask in."""

    tables: Mapping[str, MemoryTable]
    views: dict[int, tuple[Module, Mapping[str, Row]]] = field(factory=dict)

    def current(self, module: Module) -> Mapping[str, Row]:
        """Live records in the layout of `module`."""
        found = self.views.get(id(module))
        if found is None:
            # The module is kept beside its view: its identity stays its own.
            found = self.views[id(module)] = module, self.tables[module.name].live(module)
        return found[1]

    def former(self, module: Module) -> Sequence[Former]:
        """Former versions in the layout of `module`."""
        return self.tables[module.name].ended(module)

    def position(self, change_set: str) -> int | None:
        """The sealed position of a change set."""
        row = self.tables["crm_change_set"].rows.get(change_set)
        found = None if row is None else row[STAMP_COUNT]
        return found if isinstance(found, int) else None


@define
class _MemoryTransaction:
    """One transaction on a `MemoryBackend`."""

    backend: MemoryBackend
    intent: Intent
    tables: dict[str, MemoryTable]
    touched: set[str] = field(factory=set)
    open: bool = True
    snapshot: _Snapshot | None = None
    generation: int = 0

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`."""
        return self._guarded(scan.select(query, self._snapshot()), self.generation)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`."""
        return self._guarded(scan.summarize(query, self._snapshot()), self.generation)

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        self._check()
        if self.intent is not Intent.WRITE:
            raise UnitOfWorkClosed("read_only")
        self.generation += 1
        try:
            for write in writes:
                if isinstance(write, Rewrite):
                    write = scan.expanded(write, self.select)
                self._table(write.module).write(write)
                self.snapshot = None
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self._check()
        if self.intent is Intent.WRITE:
            self.backend.put(self.tables)
        self._end()

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        if self.open:
            for name in self.touched:
                self.tables[name].forget(self.backend.tables[name].former_count)
            self._end()

    def _end(self) -> None:
        self.open = False
        if self.intent is Intent.WRITE:
            self.backend.lock.release()

    def _check(self) -> None:
        if not self.open:
            raise UnitOfWorkClosed("transaction_over")

    def _snapshot(self) -> _Snapshot:
        self._check()
        if self.snapshot is None:
            self.snapshot = _Snapshot(self.tables)
        return self.snapshot

    def _guarded(self, batches: Iterator[Batch], generation: int) -> Iterator[Batch]:
        """`batches`, until something is written or the transaction ends."""
        while True:
            if not self.open or generation != self.generation:
                raise UnitOfWorkClosed("iterator_closed")
            batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _table(self, module: Module) -> MemoryTable:
        if module.name not in self.touched:
            self.tables[module.name] = self.tables[module.name].copy()
            self.touched.add(module.name)
        return self.tables[module.name]


class MemoryBackend:
    """A store that lives as long as this object. Not durable; one writer at a time."""

    def __init__(self) -> None:
        self.tables: dict[str, MemoryTable] = {}
        self.lock = threading.Lock()

    @property
    def capabilities(self) -> Capability:
        """Not durable; writers take turns."""
        return Capability("memory", durable=False, concurrent_writers=False)

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        self._take_turn()
        try:
            tables = dict(self.tables)
            for module in schema.modules:
                tables[module.name] = tables.get(module.name, MemoryTable()).prepared(module)
            self.tables = tables
        finally:
            self.lock.release()

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`; there is no host to join."""
        if join is not None:
            raise StorageError("cannot_join", backend="memory")
        if intent is Intent.WRITE:
            self._take_turn()
        return _MemoryTransaction(self, intent, dict(self.tables))

    def put(self, tables: dict[str, MemoryTable]) -> None:
        """Make the tables of a writer the present ones."""
        self.tables = tables

    def empty(self) -> tuple[str, ...]:
        """Remove everything; the modules that there were."""
        self._take_turn()
        try:
            found, self.tables = tuple(self.tables), {}
        finally:
            self.lock.release()
        return found

    def close(self) -> None:
        """Nothing to release."""

    def _take_turn(self) -> None:
        if not self.lock.acquire(timeout=_LOCK_SECONDS):
            raise StorageError("store_busy")


def open_memory(url: str = "memory://", *, create: bool = True) -> MemoryBackend:
    """A new, empty store; `url` and `create` are accepted for symmetry with other backends."""
    return MemoryBackend()
