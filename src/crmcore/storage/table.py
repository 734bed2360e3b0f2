"""One module of a store that is scanned: live rows, former versions, unique keys.

What a first backend borrows for writing: versions are checked and move to history, keys
are checked after each record. Where rows, versions and keys lie is up to the backend.

Rows lie in the layout of the columns that were ever prepared, so that a retired field
keeps its values; they are read in the layout of the module that a question names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Final, Protocol, TypeVar

from attrs import define, field

from crmcore.errors import Conflict, Duplicate
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module
from crmcore.storage.port import Delete, Derive, Erase, Expect, Insert, Load, Purge, Replace
from crmcore.storage.scan import Former
from crmcore.storage.unique import fields_of, holders_of, key_hashes

STAMP_COUNT: Final = len(STAMPS)
_CHANGE_SET: Final = [stamp.name for stamp in STAMPS].index("change_set")
Places = tuple[int, ...]


T = TypeVar("T")


class Log(Protocol[T]):
    """Members in the order in which they came."""

    def __iter__(self) -> Iterator[T]:
        """All of them, the oldest first."""
        ...

    def append(self, member: T, /) -> None:
        """Add one as the newest."""
        ...

    def clear(self) -> None:
        """Forget them all."""
        ...


@define
class Table:
    """The rows of one module, by id, its former versions, and who holds which key.

    `columns` are (field number, generation) in the order they were first prepared; live
    rows hold stamps, then those columns; former ones may be shorter. Keys are (number of
    the key, digest). They are changed in place: a backend gives such as belong to one
    transaction.
    """

    columns: Log[tuple[int, int]] = field(factory=list)
    rows: MutableMapping[str, Row] = field(factory=dict)
    former: Log[Former] = field(factory=list)
    keys: MutableMapping[tuple[int, bytes], str] = field(factory=dict)

    def prepare(self, module: Module) -> None:
        """Make a place for every field of `module`, and keep its keys.

        Raises `Duplicate` (`value_taken_in_store`), and leaves it to be rolled back.
        """
        stored = [(one.number, one.generation) for one in module.fields if one.stored]
        known = self.order()
        added = [column for column in stored if column not in known]
        for column in added:
            self.columns.append(column)
        if added:
            padding = (None,) * len(added)
            for record, row in list(self.rows.items()):
                self.rows[record] = (*row, *padding)
        wanted = {key.number for key in module.unique_keys}
        # Keys that this schema does not know may be those of one that comes into force next.
        for held in [held for held in self.keys if held[0] in wanted]:
            del self.keys[held]
        self.keys.update(holders_of(module, self.live(module)))

    def order(self) -> dict[tuple[int, int], int]:
        """Where each column lies in rows."""
        return {column: place for place, column in enumerate(self.columns, STAMP_COUNT)}

    def places(self, module: Module) -> Places | None:
        """Where the columns of `module` lie in rows; `None` where they are the same."""
        order = self.order()
        stored = [order[(one.number, one.generation)] for one in module.stored]
        if stored == list(range(STAMP_COUNT, STAMP_COUNT + len(order))):
            return None
        return (*range(STAMP_COUNT), *stored)

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
            (_read(row, places, width), ended_by, removed) for row, ended_by, removed in self.former
        ]

    def write(
        self, write: Insert | Replace | Delete | Expect | Derive | Load | Purge | Erase
    ) -> None:
        """Apply one write; raises `Conflict`, `Duplicate`, and leaves it to be rolled back."""
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


def _read(row: Row, places: Places | None, width: int) -> Row:
    if places is None:
        return row if len(row) == width else (*row, *(None,) * (width - len(row)))
    return tuple([row[place] if place < len(row) else None for place in places])


def _logical(table: Table, module: Module, row: Row) -> Row:
    return _read(row, table.places(module), layout_of(module).stored)


def _physical(table: Table, module: Module, row: Row, former: Row | None) -> Row:
    places = table.places(module)
    if places is None:
        return tuple(row)
    made: list[object] = [None] * (STAMP_COUNT + len(table.order()))
    if former is not None:
        made[: len(former)] = former
    for place, value in zip(places, row, strict=True):
        made[place] = value
    return tuple(made)


def _claim(table: Table, module: Module, row: Row) -> None:
    record = str(row[0])
    for key, digest in key_hashes(module, row):
        if digest is not None and table.keys.setdefault((key, digest), record) != record:
            names = "+".join(fields_of(module, key))
            raise Duplicate("value_taken", module=module.name, record=record, fields=names)


def _release(table: Table, module: Module, row: Row) -> None:
    record = str(row[0])
    for key, digest in key_hashes(module, row):
        # A record that was written without this key must not free what another one holds.
        if digest is not None and table.keys.get((key, digest)) == record:
            del table.keys[key, digest]


def _stored(table: Table, module: Module, record: str, version: int | None) -> Row:
    row = table.rows.get(record)
    if row is None or (version is not None and row[1] != version):
        raise Conflict("record_changed", module=module.name, record=record)
    return row


def _insert(table: Table, write: Insert | Load) -> None:
    for row in write.rows:
        record = str(row[0])
        if record in table.rows:
            raise Conflict("record_changed", module=write.module.name, record=record)
        table.rows[record] = _physical(table, write.module, row, None)
        _claim(table, write.module, row)


def _end(table: Table, module: Module, row: Row, change_set: str, removed: int) -> None:
    if module.keeping == "history":
        table.former.append((row, change_set, removed))


def _replace(table: Table, write: Replace) -> None:
    module = write.module
    for row, version in zip(write.rows, write.versions, strict=True):
        former = _stored(table, module, str(row[0]), version)
        _end(table, module, former, str(row[_CHANGE_SET]), 0)
        _release(table, module, _logical(table, module, former))
        table.rows[str(row[0])] = _physical(table, module, row, former)
        _claim(table, module, row)


def _delete(table: Table, write: Delete) -> None:
    module = write.module
    for record, version in zip(write.ids, write.versions, strict=True):
        former = _stored(table, module, record, version)
        _end(table, module, former, write.change_set, 1)
        _release(table, module, _logical(table, module, former))
        del table.rows[record]


def _derive(table: Table, write: Derive) -> None:
    one = write.module.by_name[write.field]
    place = table.order()[one.number, one.generation]
    for record, value in zip(write.ids, write.values, strict=True):
        row = table.rows.get(record)
        if row is not None:
            table.rows[record] = (*row[:place], value, *row[place + 1 :])


def _load(table: Table, write: Load) -> None:
    module = write.module
    if write.anew:
        for kept in (table.rows, table.keys, table.former):
            kept.clear()
    for record in write.gone:
        row = table.rows.pop(record, None)
        if row is not None:
            _release(table, module, _logical(table, module, row))
    _insert(table, write)
    width = layout_of(module).stored
    for row in write.former:
        whole = _physical(table, module, row[:width], None)
        table.former.append((whole, str(row[width]), int(row[width + 1])))  # type: ignore[call-overload]


def _purge(table: Table, write: Purge) -> None:
    fields = [write.module.by_name[name] for name in write.fields]
    order = table.order()
    gone = {order[one.number, one.generation] for one in fields}

    def emptied(row: Row) -> Row:
        return tuple([None if place in gone else value for place, value in enumerate(row)])

    for record, row in list(table.rows.items()):
        table.rows[record] = emptied(row)
    kept = list(table.former)
    table.former.clear()
    for row, ended_by, removed in kept:
        table.former.append((emptied(row), ended_by, removed))


def _erase(table: Table, write: Erase) -> None:
    module = write.module
    for row in write.rows:
        former = _stored(table, module, str(row[0]), int(row[1]))  # type: ignore[call-overload]
        _release(table, module, _logical(table, module, former))
        table.rows[str(row[0])] = _physical(table, module, row, former)
        _claim(table, module, row)
    wanted = {(row[0], row[1]): row for row in write.former}
    kept = list(table.former) if wanted else []
    for place, (row, ended_by, removed) in enumerate(kept):
        made = wanted.pop((row[0], row[1]), None)
        if made is not None:
            kept[place] = (_physical(table, module, made, row), ended_by, removed)
    if wanted:
        missing = str(next(iter(wanted))[0])
        raise Conflict("record_changed", module=module.name, record=missing)
    if write.former:
        table.former.clear()
    for one in kept:
        table.former.append(one)


def _expect(table: Table, write: Expect) -> None:
    versions: Sequence[int | None] = write.versions or [None] * len(write.ids)
    for record, version in zip(write.ids, versions, strict=True):
        _stored(table, write.module, record, version)
