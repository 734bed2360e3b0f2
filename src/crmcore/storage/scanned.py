"""A transaction whose questions are answered by scanning: what a first backend borrows.

All that is left to the backend is where the tables lie, and how changes to them become
durable and visible, or vanish.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from attrs import define, field

from crmcore.errors import UnitOfWorkClosed
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.query.evaluate import Row
from crmcore.schema import Module, Schema
from crmcore.schema.reserved import CHANGE_SET
from crmcore.storage import scan
from crmcore.storage.port import Batch, Intent, Rewrite, Write
from crmcore.storage.scan import Former
from crmcore.storage.table import STAMP_COUNT, Table


class Tables(Protocol):
    """The tables of a store as one transaction sees them: one moment, and its own writes."""

    def stored(self, name: str) -> Table:
        """The table of the module `name`, to read from."""
        ...

    def written(self, name: str) -> Table:
        """The table of the module `name`, to write to; a new one is empty."""
        ...

    def commit(self) -> None:
        """Make what was written durable and visible at once; the tables are not used again."""
        ...

    def rollback(self) -> None:
        """Forget what was written; the tables are not used again."""
        ...


@define
class _Snapshot:
    """The tables of one transaction, read in the layouts that questions ask in."""

    tables: Tables
    views: dict[int, tuple[Module, Mapping[str, Row]]] = field(factory=dict)

    def current(self, module: Module) -> Mapping[str, Row]:
        """Live records in the layout of `module`."""
        found = self.views.get(id(module))
        if found is None:
            # The module is kept beside its view: its identity stays its own.
            found = self.views[id(module)] = module, self.tables.stored(module.name).live(module)
        return found[1]

    def former(self, module: Module) -> Sequence[Former]:
        """Former versions in the layout of `module`."""
        return self.tables.stored(module.name).ended(module)

    def position(self, change_set: str) -> int | None:
        """The sealed position of a change set."""
        row = self.tables.stored(CHANGE_SET.name).rows.get(change_set)
        found = None if row is None else row[STAMP_COUNT]
        return found if isinstance(found, int) else None


@define
class ScanningTransaction:
    """One transaction over `tables`. After `commit`, `rollback` or any error it is over."""

    tables: Tables
    intent: Intent
    _open: bool = True
    _snapshot: _Snapshot | None = None
    _generation: int = 0

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`."""
        return self._guarded(scan.select(query, self._read()), self._generation)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`."""
        return self._guarded(scan.summarize(query, self._read()), self._generation)

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        self._check()
        if self.intent is not Intent.WRITE:
            raise UnitOfWorkClosed("read_only")
        self._generation += 1
        try:
            for write in writes:
                if isinstance(write, Rewrite):
                    write = scan.expanded(write, self.select)
                self.tables.written(write.module.name).write(write)
                self._snapshot = None
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self._check()
        self._open = False
        self.tables.commit()

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        if self._open:
            self._open = False
            self.tables.rollback()

    def _check(self) -> None:
        if not self._open:
            raise UnitOfWorkClosed("transaction_over")

    def _read(self) -> _Snapshot:
        self._check()
        if self._snapshot is None:
            self._snapshot = _Snapshot(self.tables)
        return self._snapshot

    def _guarded(self, batches: Iterator[Batch], generation: int) -> Iterator[Batch]:
        """`batches`, until something is written or the transaction ends."""
        while True:
            if not self._open or generation != self._generation:
                raise UnitOfWorkClosed("iterator_closed")
            batch = next(batches, None)
            if batch is None:
                return
            yield batch


def prepare(tables: Tables, schema: Schema) -> None:
    """Prepare `tables` for every module of `schema`, and commit them.

    Raises `Duplicate` (`value_taken_in_store`) where a key collides; then they are rolled back.
    """
    try:
        for module in schema.modules:
            tables.written(module.name).prepare(module)
    except BaseException:
        tables.rollback()
        raise
    tables.commit()
