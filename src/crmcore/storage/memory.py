"""The in-memory backend: real transactions over frozen rows, for tests and notebooks.

Readers keep the tables they began with; one writer at a time works on copies of the
tables it touches and puts them in place on commit.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, evolve, field

from crmcore.errors import Conflict, Duplicate, StorageError, UnitOfWorkClosed
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module, Schema
from crmcore.storage import scan
from crmcore.storage.port import (
    Batch,
    Capability,
    Delete,
    Expect,
    Insert,
    Intent,
    Replace,
    Rewrite,
    Transaction,
    Write,
)
from crmcore.storage.scan import Former
from crmcore.storage.unique import key_hashes

_STAMPS: Final = len(STAMPS)
_LOCK_SECONDS: Final = 30


@define
class _Table:
    """One module: live rows by id and an append-only list of former versions.

    `columns` are (field number, generation) in the order they were first prepared;
    live rows hold stamps, then those columns; former ones may be shorter.
    """

    columns: tuple[tuple[int, int], ...] = ()
    rows: dict[str, Row] = field(factory=dict)
    former: list[Former] = field(factory=list)
    former_count: int = 0
    keys: dict[tuple[int, bytes], str] = field(factory=dict)


def _places(table: _Table, module: Module) -> list[int] | None:
    """Where stored columns of `module` lie in rows of `table`; `None` where they are the same."""
    order = {column: index for index, column in enumerate(table.columns)}
    places = [*range(_STAMPS)]
    places += [_STAMPS + order[(one.number, one.generation)] for one in module.stored]
    return None if places == list(range(_STAMPS + len(table.columns))) else places


def _read(row: Row, places: list[int] | None, width: int) -> Row:
    if places is None and len(row) == width:
        return row
    if places is None:
        return (*row, *(None,) * (width - len(row)))
    return tuple([row[place] if place < len(row) else None for place in places])


@define
class _Snapshot:
    """The tables of one transaction, read in the layouts that questions ask in."""

    tables: dict[str, _Table]
    views: dict[str, Mapping[str, Row]] = field(factory=dict)

    def current(self, module: Module) -> Mapping[str, Row]:
        """Live rows in the layout of `module`."""
        table = self.tables[module.name]
        places = _places(table, module)
        if places is None:
            return table.rows
        found = self.views.get(module.name)
        if found is None:
            width = layout_of(module).stored
            found = {one: _read(row, places, width) for one, row in table.rows.items()}
            self.views[module.name] = found
        return found

    def former(self, module: Module) -> Sequence[Former]:
        """Former rows in the layout of `module`."""
        table = self.tables[module.name]
        places, width = _places(table, module), layout_of(module).stored
        return [
            (_read(row, places, width), ended_by, removed)
            for row, ended_by, removed in table.former[: table.former_count]
        ]

    def position(self, change_set: str) -> int | None:
        """The sealed position of a change set."""
        row = self.tables["crm_change_set"].rows.get(change_set)
        found = None if row is None else row[_STAMPS]
        return found if isinstance(found, int) else None


@define
class _MemoryTransaction:
    """One transaction on a `MemoryBackend`."""

    backend: MemoryBackend
    intent: Intent
    tables: dict[str, _Table]
    touched: set[str] = field(factory=set)
    open: bool = True
    snapshot: _Snapshot | None = None
    generation: int = 0

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`."""
        found = scan.select(query, self._snapshot(), self.backend.schema)
        return self._guarded(found)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`."""
        found = scan.summarize(query, self._snapshot(), self.backend.schema)
        return self._guarded(found)

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        self._check()
        if self.intent is not Intent.WRITE:
            raise UnitOfWorkClosed("read_only")
        self.generation += 1
        try:
            for write in writes:
                self._apply(write)
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
                table = self.tables[name]
                kept = self.backend.tables[name].former_count
                del table.former[kept:]
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

    def _guarded(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        generation = self.generation
        for batch in batches:
            if not self.open or generation != self.generation:
                raise UnitOfWorkClosed("iterator_closed")
            yield batch

    def _table(self, module: Module) -> _Table:
        table = self.tables[module.name]
        if module.name not in self.touched:
            table = evolve(table, rows=dict(table.rows), keys=dict(table.keys))
            self.tables[module.name] = table
            self.touched.add(module.name)
        return table

    def _apply(self, write: Write) -> None:
        if isinstance(write, Rewrite):
            write = scan.expanded(write, self.select)
        table = self._table(write.module)
        if isinstance(write, Insert):
            _insert(table, write)
        elif isinstance(write, Replace):
            _replace(table, write)
        elif isinstance(write, Delete):
            _delete(table, write)
        else:
            _expect(table, write)


def _physical(table: _Table, module: Module, row: Row, former: Row | None) -> Row:
    places = _places(table, module)
    width = _STAMPS + len(table.columns)
    if places is None:
        return row
    made: list[object] = [None] * width
    if former is not None:
        made[: len(former)] = former
    for place, value in zip(places, row, strict=True):
        made[place] = value
    return tuple(made)


def _claim(table: _Table, module: Module, row: Row) -> None:
    record = str(row[0])
    for key, digest in key_hashes(module, row):
        if digest is not None and table.keys.setdefault((key, digest), record) != record:
            names = next(one.fields for one in module.unique_keys if one.number == key)
            raise Duplicate(
                "value_taken", module=module.name, record=record, fields="+".join(names)
            )


def _release(table: _Table, module: Module, row: Row) -> None:
    for key, digest in key_hashes(module, row):
        if digest is not None:
            table.keys.pop((key, digest), None)


def _stored(table: _Table, module: Module, record: str, version: int | None) -> Row:
    row = table.rows.get(record)
    if row is None or (version is not None and row[1] != version):
        raise Conflict("record_changed", module=module.name, record=record)
    return row


def _insert(table: _Table, write: Insert) -> None:
    for row in write.rows:
        record = str(row[0])
        if record in table.rows:
            raise Conflict("record_changed", module=write.module.name, record=record)
        table.rows[record] = _physical(table, write.module, row, None)
        _claim(table, write.module, row)


def _end_version(table: _Table, module: Module, row: Row, change_set: str, removed: int) -> None:
    if module.keeping == "history":
        table.former.append((row, change_set, removed))
        table.former_count += 1


def _logical(table: _Table, module: Module, row: Row) -> Row:
    return _read(row, _places(table, module), layout_of(module).stored)


def _replace(table: _Table, write: Replace) -> None:
    module = write.module
    for row, version in zip(write.rows, write.versions, strict=True):
        former = _stored(table, module, str(row[0]), version)
        _end_version(table, module, former, str(row[6]), 0)
        _release(table, module, _logical(table, module, former))
        table.rows[str(row[0])] = _physical(table, module, row, former)
        _claim(table, module, row)


def _delete(table: _Table, write: Delete) -> None:
    module = write.module
    for record, version in zip(write.ids, write.versions, strict=True):
        former = _stored(table, module, record, version)
        _end_version(table, module, former, write.change_set, 1)
        _release(table, module, _logical(table, module, former))
        del table.rows[record]


def _expect(table: _Table, write: Expect) -> None:
    versions: Sequence[int | None] = write.versions or [None] * len(write.ids)
    for record, version in zip(write.ids, versions, strict=True):
        _stored(table, write.module, record, version)


class MemoryBackend:
    """A store that lives as long as this object. Not durable; one writer at a time."""

    def __init__(self) -> None:
        self.schema = Schema()
        self.tables: dict[str, _Table] = {}
        self.lock = threading.Lock()

    @property
    def capabilities(self) -> Capability:
        """Not durable; writers take turns."""
        return Capability("memory", durable=False, concurrent_writers=False)

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        with self.lock:
            tables = dict(self.tables)
            for module in schema.modules:
                tables[module.name] = _prepared(tables.get(module.name), module)
            self.tables, self.schema = tables, schema

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`; there is no host to join."""
        if join is not None:
            raise StorageError("cannot_join", backend="memory")
        if intent is Intent.WRITE and not self.lock.acquire(timeout=_LOCK_SECONDS):
            raise StorageError("store_busy")
        return _MemoryTransaction(self, intent, dict(self.tables))

    def put(self, tables: dict[str, _Table]) -> None:
        """Make the tables of a writer the present ones."""
        self.tables = tables

    def close(self) -> None:
        """Nothing to release."""


def _prepared(table: _Table | None, module: Module) -> _Table:
    made = table if table is not None else _Table()
    columns = [(one.number, one.generation) for one in module.fields if one.stored]
    added = [column for column in columns if column not in made.columns]
    padding = (None,) * len(added)
    rows = {record: (*row, *padding) for record, row in made.rows.items()}
    made = evolve(made, columns=(*made.columns, *added), rows=rows, keys={})
    for row in made.rows.values():
        _claim(made, module, _logical(made, module, row))
    return made


def open_memory(url: str = "memory://", *, create: bool = True) -> MemoryBackend:
    """A new, empty store; `url` and `create` are accepted for symmetry with other backends."""
    return MemoryBackend()
