"""The in-memory backend: real transactions over frozen rows, for tests and notebooks.

Readers keep the tables they began with; one writer at a time works on copies of the
tables it touches and puts them in place on commit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

from attrs import define, evolve, field

from crmcore.errors import StorageError
from crmcore.schema import Schema
from crmcore.storage.port import Capability, Intent, Transaction
from crmcore.storage.scan import Former
from crmcore.storage.scanned import ScanningTransaction, prepare
from crmcore.storage.table import Table

_LOCK_SECONDS: Final = 30


@define
class _SharedPast:
    """Former versions that all copies of a table share, of which each sees the first `count`."""

    shared: list[Former] = field(factory=list)
    count: int = 0

    def __iter__(self) -> Iterator[Former]:
        return iter(self.shared[: self.count])

    def append(self, version: Former, /) -> None:
        # Writers take turns: what lies behind is of one who was rolled back.
        del self.shared[self.count :]
        self.shared.append(version)
        self.count += 1

    def clear(self) -> None:
        self.shared, self.count = [], 0


def _copy(table: Table) -> Table:
    """A table that can be written to without changing this one."""
    past = table.former
    assert isinstance(past, _SharedPast)
    return Table(list(table.columns), dict(table.rows), evolve(past), dict(table.keys))


@define
class _MemoryTables:
    """The tables of one transaction on a `MemoryBackend`; a writer's are copied when touched."""

    backend: MemoryBackend
    intent: Intent
    tables: dict[str, Table]
    touched: set[str] = field(factory=set)

    def stored(self, name: str) -> Table:
        """See `Tables.stored`."""
        return self.tables[name]

    def written(self, name: str) -> Table:
        """See `Tables.written`."""
        if name not in self.touched:
            self.tables[name] = _copy(self.tables.get(name, Table(former=_SharedPast())))
            self.touched.add(name)
        return self.tables[name]

    def commit(self) -> None:
        """See `Tables.commit`."""
        if self.intent is Intent.WRITE:
            self.backend.put(self.tables)
        self.rollback()

    def rollback(self) -> None:
        """See `Tables.rollback`."""
        if self.intent is Intent.WRITE:
            self.backend.lock.release()


class MemoryBackend:
    """A store that lives as long as this object. Not durable; one writer at a time."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.lock = threading.Lock()

    @property
    def capabilities(self) -> Capability:
        """Not durable; writers take turns."""
        return Capability("memory", durable=False, concurrent_writers=False)

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        prepare(self._tables(Intent.WRITE), schema)

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`; there is no host to join."""
        if join is not None:
            raise StorageError("cannot_join", backend="memory")
        return ScanningTransaction(self._tables(intent), intent)

    def put(self, tables: dict[str, Table]) -> None:
        """Make the tables of a writer the present ones."""
        self.tables = tables

    def empty(self) -> tuple[str, ...]:
        """Remove everything; the modules that there were."""
        present = self._tables(Intent.WRITE)
        found, self.tables = tuple(self.tables), {}
        present.rollback()
        return found

    def close(self) -> None:
        """Nothing to release."""

    def _tables(self, intent: Intent) -> _MemoryTables:
        if intent is Intent.WRITE and not self.lock.acquire(timeout=_LOCK_SECONDS):
            raise StorageError("store_busy")
        return _MemoryTables(self, intent, dict(self.tables))


def open_memory(url: str = "memory://", *, create: bool = True) -> MemoryBackend:
    """A new, empty store; `url` and `create` are accepted for symmetry with other backends."""
    return MemoryBackend()
