"""One module of the in-memory backend: live rows, former versions, unique keys.

Rows lie in the layout of the columns that were ever prepared, so that a retired field
keeps its values; they are read in the layout of the module that a question names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import define, evolve, field

from crmcore.errors import Conflict, Duplicate, Problem
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.storage.port import Delete, Derive, Erase, Expect, Insert, Load, Purge, Replace
from crmcore.storage.scan import Former
from crmcore.storage.unique import digests, key_hashes

STAMP_COUNT: Final = len(STAMPS)
_CHANGE_SET: Final = [stamp.name for stamp in STAMPS].index("change_set")
_SHOWN_GROUPS: Final = 20
_SHOWN_RECORDS: Final = 5
Places = tuple[int, ...]


@define
class MemoryTable:
    """The rows of one module, by id, and an append-only list of former versions.

    `columns` are (field number, generation) in the order they were first prepared; live
    rows hold stamps, then those columns; former ones may be shorter. Copies share
    `former`, of which each sees the first `former_count`.
    """

    columns: tuple[tuple[int, int], ...] = ()
    rows: dict[str, Row] = field(factory=dict)
    former: list[Former] = field(factory=list)
    former_count: int = 0
    keys: dict[tuple[int, bytes], str] = field(factory=dict)

    def copy(self) -> MemoryTable:
        """A table that can be written to without changing this one."""
        return evolve(self, rows=dict(self.rows), keys=dict(self.keys))

    def prepared(self, module: Module) -> MemoryTable:
        """This table with a place for every field of `module`; raises `Duplicate`."""
        stored = [(one.number, one.generation) for one in module.fields if one.stored]
        added = [column for column in stored if column not in self.columns]
        padding = (None,) * len(added)
        rows = {record: (*row, *padding) for record, row in self.rows.items()}
        wanted = {key.number for key in module.unique_keys}
        # Keys that this schema does not know may be those of one that comes into force next.
        others = {place: record for place, record in self.keys.items() if place[0] not in wanted}
        made = evolve(self, columns=(*self.columns, *added), rows=rows, keys=others)
        made.keys.update(_keys_of(module, made.live(module)))
        return made

    def places(self, module: Module) -> Places | None:
        """Where the columns of `module` lie in rows; `None` where they are the same."""
        order = {column: index for index, column in enumerate(self.columns)}
        stored = [order[(one.number, one.generation)] for one in module.stored]
        if stored == list(range(len(self.columns))):
            return None
        return (*range(STAMP_COUNT), *(STAMP_COUNT + place for place in stored))

    def live(self, module: Module) -> Mapping[str, Row]:
        """Live rows by id, in the layout of `module`."""
        places = self.places(module)
        if places is None:
            return self.rows
        width = layout_of(module).stored
        return {record: _read(row, places, width) for record, row in self.rows.items()}

    def ended(self, module: Module) -> list[Former]:
        """Former versions in the layout of `module`, oldest first."""
        places, width = self.places(module), layout_of(module).stored
        return [
            (_read(row, places, width), ended_by, removed)
            for row, ended_by, removed in self.former[: self.former_count]
        ]

    def forget(self, kept: int) -> None:
        """Drop the former versions that a writer added to the first `kept`."""
        del self.former[kept:]

    def write(
        self, write: Insert | Replace | Delete | Expect | Derive | Load | Purge | Erase
    ) -> None:
        """Apply one write; raises `Conflict`, `Duplicate`."""
        if isinstance(write, Insert):
            _insert(self, write)
        elif isinstance(write, Replace):
            _replace(self, write)
        elif isinstance(write, Delete):
            _delete(self, write)
        elif isinstance(write, Derive):
            _derive(self, write)
        elif isinstance(write, Load):
            _load(self, write)
        elif isinstance(write, Purge):
            _purge(self, write)
        elif isinstance(write, Erase):
            _erase(self, write)
        else:
            _expect(self, write)


def _keys_of(module: Module, rows: Mapping[str, Row]) -> dict[tuple[int, bytes], str]:
    """Who holds which key; raises `Duplicate` with all records that share one."""
    found: dict[tuple[int, bytes], str] = {}
    for number, digest in digests(module):
        holders: dict[bytes, list[str]] = {}
        for record, row in rows.items():
            held = digest(row)
            if held is not None:
                holders.setdefault(held, []).append(record)
        shared = sorted(sorted(records) for records in holders.values() if len(records) > 1)
        if shared:
            names = "+".join(_fields_of(module, number))
            problems = (_shared(module, names, records) for records in shared[:_SHOWN_GROUPS])
            raise Duplicate(problems)
        found.update({(number, held): records[0] for held, records in holders.items()})
    return found


def _shared(module: Module, fields: str, records: list[str]) -> Problem:
    shown = ", ".join(records[:_SHOWN_RECORDS])
    params = {"fields": fields, "count": len(records), "records": shown}
    return Problem("value_taken_in_store", params, module.name, records[0])


def _fields_of(module: Module, number: int) -> tuple[str, ...]:
    return next(one.fields for one in module.unique_keys if one.number == number)


def _read(row: Row, places: Places | None, width: int) -> Row:
    if places is None:
        return row if len(row) == width else (*row, *(None,) * (width - len(row)))
    return tuple([row[place] if place < len(row) else None for place in places])


def _logical(table: MemoryTable, module: Module, row: Row) -> Row:
    return _read(row, table.places(module), layout_of(module).stored)


def _physical(table: MemoryTable, module: Module, row: Row, former: Row | None) -> Row:
    places = table.places(module)
    if places is None:
        return tuple(row)
    made: list[object] = [None] * (STAMP_COUNT + len(table.columns))
    if former is not None:
        made[: len(former)] = former
    for place, value in zip(places, row, strict=True):
        made[place] = value
    return tuple(made)


def _claim(table: MemoryTable, module: Module, row: Row) -> None:
    record = str(row[0])
    for key, digest in key_hashes(module, row):
        if digest is not None and table.keys.setdefault((key, digest), record) != record:
            names = "+".join(_fields_of(module, key))
            raise Duplicate("value_taken", module=module.name, record=record, fields=names)


def _release(table: MemoryTable, module: Module, row: Row) -> None:
    record = str(row[0])
    for key, digest in key_hashes(module, row):
        # A record that was written without this key must not free what another one holds.
        if digest is not None and table.keys.get((key, digest)) == record:
            del table.keys[key, digest]


def _stored(table: MemoryTable, module: Module, record: str, version: int | None) -> Row:
    row = table.rows.get(record)
    if row is None or (version is not None and row[1] != version):
        raise Conflict("record_changed", module=module.name, record=record)
    return row


def _insert(table: MemoryTable, write: Insert | Load) -> None:
    for row in write.rows:
        record = str(row[0])
        if record in table.rows:
            raise Conflict("record_changed", module=write.module.name, record=record)
        table.rows[record] = _physical(table, write.module, row, None)
        _claim(table, write.module, row)


def _end(table: MemoryTable, module: Module, row: Row, change_set: str, removed: int) -> None:
    if module.keeping == "history":
        table.former.append((row, change_set, removed))
        table.former_count += 1


def _replace(table: MemoryTable, write: Replace) -> None:
    module = write.module
    for row, version in zip(write.rows, write.versions, strict=True):
        former = _stored(table, module, str(row[0]), version)
        _end(table, module, former, str(row[_CHANGE_SET]), 0)
        _release(table, module, _logical(table, module, former))
        table.rows[str(row[0])] = _physical(table, module, row, former)
        _claim(table, module, row)


def _delete(table: MemoryTable, write: Delete) -> None:
    module = write.module
    for record, version in zip(write.ids, write.versions, strict=True):
        former = _stored(table, module, record, version)
        _end(table, module, former, write.change_set, 1)
        _release(table, module, _logical(table, module, former))
        del table.rows[record]


def _derive(table: MemoryTable, write: Derive) -> None:
    one = write.module.by_name[write.field]
    place = STAMP_COUNT + table.columns.index((one.number, one.generation))
    for record, value in zip(write.ids, write.values, strict=True):
        row = table.rows.get(record)
        if row is not None:
            table.rows[record] = (*row[:place], value, *row[place + 1 :])


def _load(table: MemoryTable, write: Load) -> None:
    module = write.module
    if write.anew:
        table.rows, table.keys, table.former, table.former_count = {}, {}, [], 0
    for record in write.gone:
        row = table.rows.pop(record, None)
        if row is not None:
            _release(table, module, _logical(table, module, row))
    _insert(table, write)
    width = layout_of(module).stored
    for row in write.former:
        whole = _physical(table, module, row[:width], None)
        table.former.append((whole, str(row[width]), int(row[width + 1])))  # type: ignore[call-overload]
        table.former_count += 1


def _purge(table: MemoryTable, write: Purge) -> None:
    fields = [write.module.by_name[name] for name in write.fields]
    gone = {STAMP_COUNT + table.columns.index((one.number, one.generation)) for one in fields}

    def emptied(row: Row) -> Row:
        return tuple([None if place in gone else value for place, value in enumerate(row)])

    table.rows = {record: emptied(row) for record, row in table.rows.items()}
    # A list of its own: others still read the one that they share.
    kept = table.former[: table.former_count]
    table.former = [(emptied(row), ended_by, removed) for row, ended_by, removed in kept]


def _erase(table: MemoryTable, write: Erase) -> None:
    module = write.module
    for row in write.rows:
        former = _stored(table, module, str(row[0]), int(row[1]))  # type: ignore[call-overload]
        _release(table, module, _logical(table, module, former))
        table.rows[str(row[0])] = _physical(table, module, row, former)
        _claim(table, module, row)
    wanted = {(row[0], row[1]): row for row in write.former}
    # A list of its own: others still read the one that they share.
    kept = table.former[: table.former_count]
    for place, (row, ended_by, removed) in enumerate(kept):
        made = wanted.pop((row[0], row[1]), None)
        if made is not None:
            kept[place] = (_physical(table, module, made, row), ended_by, removed)
    if wanted:
        missing = str(next(iter(wanted))[0])
        raise Conflict("record_changed", module=module.name, record=missing)
    table.former = kept


def _expect(table: MemoryTable, write: Expect) -> None:
    versions: Sequence[int | None] = write.versions or [None] * len(write.ids)
    for record, version in zip(write.ids, versions, strict=True):
        _stored(table, write.module, record, version)
