"""A backend that a stranger wrote in a day: all it has is borrowed from the scanning parts.

It runs the whole published suite from where the distribution is installed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import crmcore.testing
from crmcore.errors import Conflict, Duplicate, Problem, StorageError, UnitOfWorkClosed
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Module, Schema
from crmcore.storage import (
    Batch,
    Capability,
    Delete,
    Derive,
    Erase,
    Expect,
    Insert,
    Intent,
    Load,
    Purge,
    Replace,
    Rewrite,
    Row,
    Write,
    scan,
)
from crmcore.storage.unique import key_hashes
from crmcore.testing import BackendConformance, Opening, number_of_tests

Place = tuple[str, int, int]
Values = dict[Place, object]
"""A row by place: (stamp or "", number, generation)."""


def _places(module: Module) -> list[Place]:
    stamps = [(one.name, one.number, 1) for one in STAMPS]
    return stamps + [("", one.number, one.generation) for one in module.stored]


class Shelf:
    """Everything of every module, copied whole for every writer."""

    def __init__(self) -> None:
        self.live: dict[str, dict[str, Values]] = {}
        self.ended: dict[str, list[tuple[Values, str, int]]] = {}

    def copy(self) -> Shelf:
        made = Shelf()
        made.live = {name: dict(rows) for name, rows in self.live.items()}
        made.ended = {name: list(rows) for name, rows in self.ended.items()}
        return made

    def current(self, module: Module) -> Mapping[str, Row]:
        places = _places(module)
        rows = self.live[module.name]
        return {key: tuple(row.get(place) for place in places) for key, row in rows.items()}

    def former(self, module: Module) -> Sequence[scan.Former]:
        places = _places(module)
        return [
            (tuple(row.get(p) for p in places), by, gone)
            for row, by, gone in self.ended[module.name]
        ]

    def position(self, change_set: str) -> int | None:
        row = self.live["crm_change_set"].get(change_set, {})
        return row.get(("", 1, 1))  # type: ignore[return-value]

    def collisions(self, module: Module) -> list[Problem]:
        found: dict[tuple[int, bytes], list[str]] = {}
        for record, row in sorted(self.current(module).items()):
            for key, digest in key_hashes(module, row):
                if digest is not None:
                    found.setdefault((key, digest), []).append(record)
        fields = {key.number: "+".join(key.fields) for key in module.unique_keys}
        return [
            Problem(
                "value_taken_in_store",
                {"fields": fields[key], "count": len(ids), "records": ", ".join(ids)},
                module.name,
                ids[0],
            )
            for (key, _), ids in found.items()
            if len(ids) > 1
        ]


class ShelfTransaction:
    def __init__(self, backend: ShelfBackend, intent: Intent) -> None:
        self.backend, self.intent = backend, intent
        self.shelf = backend.shelf.copy() if intent is Intent.WRITE else backend.shelf
        self.open, self.written = True, 0

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        self._check()
        return self._guarded(scan.select(query, self.shelf.copy()), self.written)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        self._check()
        return self._guarded(scan.summarize(query, self.shelf.copy()), self.written)

    def apply(self, writes: Sequence[Write]) -> None:
        self._check()
        if self.intent is Intent.READ:
            raise UnitOfWorkClosed("read_only")
        self.written += 1
        try:
            for write in writes:
                self._apply(
                    scan.expanded(write, self._all) if isinstance(write, Rewrite) else write
                )
        except BaseException:
            self.rollback()
            raise

    def commit(self) -> None:
        self._check()
        if self.intent is Intent.WRITE:
            self.backend.shelf = self.shelf
        self.rollback()

    def rollback(self) -> None:
        if self.open and self.intent is Intent.WRITE:
            self.backend.turn.release()
        self.open = False

    def _check(self) -> None:
        if not self.open:
            raise UnitOfWorkClosed("transaction_over")

    def _guarded(self, batches: Iterator[Batch], written: int) -> Iterator[Batch]:
        while True:
            if not self.open or written != self.written:
                raise UnitOfWorkClosed("iterator_closed")
            batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _all(self, query: BoundQuery) -> Iterator[Batch]:
        return scan.select(query, self.shelf)

    def _apply(self, write: Write) -> None:
        module = write.module  # type: ignore[union-attr]
        rows = self.shelf.live[module.name]
        if isinstance(write, Insert):
            for row in write.rows:
                if row[0] in rows:
                    raise Conflict("record_changed", module=module.name, record=row[0])
                self._put(module, row)
        elif isinstance(write, Replace):
            for row, version in zip(write.rows, write.versions, strict=True):
                self._end(module, str(row[0]), version, str(row[6]), 0)
                self._put(module, row)
        elif isinstance(write, Delete):
            for record, version in zip(write.ids, write.versions, strict=True):
                self._end(module, record, version, write.change_set, 1)
                del rows[record]
        elif isinstance(write, Load):
            self._load(module, write)
        elif isinstance(write, Expect):
            versions = write.versions or [None] * len(write.ids)
            for record, wanted in zip(write.ids, versions, strict=True):
                self._found(module, record, wanted)
        elif isinstance(write, Derive):
            one = module.by_name[write.field]
            for record, value in zip(write.ids, write.values, strict=True):
                if record in rows:
                    rows[record] = {**rows[record], ("", one.number, one.generation): value}
        elif isinstance(write, Purge):
            self._purge(module, {module.by_name[name] for name in write.fields})
        elif isinstance(write, Erase):
            self._erase(module, write)

    def _erase(self, module: Module, write: Erase) -> None:
        for row in write.rows:
            self._found(module, str(row[0]), int(str(row[1])))
            self._put(module, row)
        for row in write.former:
            made, ended = dict(zip(_places(module), row, strict=True)), self.shelf.ended
            places = [
                number
                for number, (known, _, _) in enumerate(ended[module.name])
                if (known["id", -1, 1], known["version", -2, 1]) == row[:2]
            ]
            if not places:
                raise Conflict("record_changed", module=module.name, record=row[0])
            _, by, how = ended[module.name][places[0]]
            ended[module.name][places[0]] = (made, by, how)

    def _purge(self, module: Module, fields: set[Field]) -> None:
        gone = {("", one.number, one.generation) for one in fields}
        live, ended = self.shelf.live[module.name], self.shelf.ended[module.name]
        for record, row in live.items():
            live[record] = {place: None if place in gone else row[place] for place in row}
        for number, (row, by, how) in enumerate(ended):
            ended[number] = ({p: None if p in gone else row[p] for p in row}, by, how)

    def _load(self, module: Module, write: Load) -> None:
        if write.anew:
            self.shelf.live[module.name], self.shelf.ended[module.name] = {}, []
        for record in write.gone:
            self.shelf.live[module.name].pop(record, None)
        self._apply(Insert(module, write.rows))
        places = _places(module)
        for row in write.former:
            values = dict(zip(places, row[: len(places)], strict=True))
            self.shelf.ended[module.name].append((values, str(row[-2]), int(str(row[-1]))))

    def _found(self, module: Module, record: str, version: int | None) -> Values:
        row = self.shelf.live[module.name].get(record)
        if row is None or (version is not None and row["version", -2, 1] != version):
            raise Conflict("record_changed", module=module.name, record=record)
        return row

    def _end(self, module: Module, record: str, version: int, by: str, gone: int) -> None:
        row = self._found(module, record, version)
        if module.keeping == "history":
            self.shelf.ended[module.name].append((row, by, gone))

    def _put(self, module: Module, row: Row) -> None:
        taken = {
            held
            for other in self.shelf.current(module).values()
            if other[0] != row[0]
            for held in key_hashes(module, other)
            if held[1] is not None
        } if module.unique_keys else set()  # fmt: skip
        for held in key_hashes(module, row):
            if held in taken:
                fields = next(key.fields for key in module.unique_keys if key.number == held[0])
                raise Duplicate(
                    "value_taken", module=module.name, record=row[0], fields="+".join(fields)
                )
        rows = self.shelf.live[module.name]
        rows[str(row[0])] = {
            **rows.get(str(row[0]), {}),
            **dict(zip(_places(module), row, strict=True)),
        }


class ShelfBackend:
    def __init__(self) -> None:
        self.shelf, self.turn = Shelf(), threading.Lock()

    @property
    def capabilities(self) -> Capability:
        return Capability("shelf", durable=False, concurrent_writers=False)

    def prepare(self, schema: Schema) -> None:
        with self.turn:
            shelf = self.shelf.copy()
            for module in schema.modules:
                shelf.live.setdefault(module.name, {})
                shelf.ended.setdefault(module.name, [])
                problems = shelf.collisions(module)
                if problems:
                    raise Duplicate(problems)
            self.shelf = shelf

    def begin(self, intent: Intent, join: object = None) -> ShelfTransaction:
        if join is not None:
            raise StorageError("cannot_join", backend="shelf")
        if intent is Intent.WRITE:
            self.turn.acquire()
        return ShelfTransaction(self, intent)

    def close(self) -> None:
        pass


class TestShelf(BackendConformance):
    @pytest.fixture
    def backend(self) -> Opening:
        return lambda _name="store": ShelfBackend()


def test_the_suite_is_installed_with_all_its_tests(request: pytest.FixtureRequest) -> None:
    collected = [item for item in request.session.items if "TestShelf" in item.nodeid]
    chosen = request.config.getoption("-k") or request.config.getoption("-m")
    assert chosen or len(collected) == number_of_tests(BackendConformance)
    assert Path(crmcore.testing.__file__).is_file()
    assert layout_of(Module("empty", ())).stored == len(STAMPS)
