"""Writing the siblings of a module: tables in which its records go on.

A row that has no value there is not written until it has one. What a row was is moved to
history with the version that the main table had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from attrs import define
from sqlalchemy import (
    ClauseElement,
    Insert,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy import Dialect as Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.records import layout_of
from crmcore.schema import ENDINGS, STAMPS
from crmcore.storage import Row
from crmcore_sql.codec import (
    Encode,
    RowEncoder,
    Stored,
    encoder,
    list_encoder,
    row_encoder,
    tuple_encoder,
)
from crmcore_sql.dialect import Condition, Dialect
from crmcore_sql.layout import ModuleTables, Sibling

CHUNK: Final = 2_000
"""Rows that are encoded and written at a time."""
_ID: Final = STAMPS[0]
_VERSION: Final = STAMPS[1]


def completion(tables: ModuleTables, table: Table, chosen: Condition | None = None) -> Insert:
    """What gives every record (of the main table that is `chosen`) a row in a sibling."""
    main = tables.current
    query = select(main.c.id).where(~exists().where(table.c.id == main.c.id))
    if chosen is not None:
        query = query.where(chosen)
    return insert(table).from_select(["id"], query)


def moving(tables: ModuleTables, sibling: Sibling, chosen: Condition) -> Insert:
    """What moves the present versions that are `chosen` by their main table to history."""
    main, table, history = tables.current, sibling.current, sibling.history
    assert history is not None
    moved = _moved(table, history)
    query = select(main.c.id, main.c.version, *(table.c[name] for name in moved))
    query = query.select_from(main.join(table, table.c.id == main.c.id)).where(chosen)
    return insert(history).from_select(["id", "version", *moved], query)


def _moved(table: Table, history: Table) -> list[str]:
    names = [str(column.name) for column in history.c]
    return [name for name in names if name in table.c and name != "id"]


@define(eq=False, slots=False)
class SiblingWriter:
    """Writes one sibling; `columns` says where the values of its live fields come from."""

    tables: ModuleTables
    number: int
    columns: Mapping[str, Stored]
    dialect: Dialect
    engine: Engine

    @property
    def current(self) -> Table:
        """The table of live records."""
        return self.tables.siblings[self.number].current

    @property
    def history(self) -> Table | None:
        """The table of former versions."""
        return self.tables.siblings[self.number].history

    def insert(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Add what new records have here."""
        if self.columns:
            text, order, encode = self._insert
            self._add(cursor, self.current, text, order, encode, rows)

    def load_former(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Add what former versions had here; their endings follow the values of `rows`."""
        if self.history is not None and self.columns:
            text, order, encode = self._load_former
            self._add(cursor, self.history, text, order, encode, rows)

    def move(self, cursor: DBAPICursor, pairs: Sequence[tuple[object, object]]) -> None:
        """What the versions (id, version) had here moves to history."""
        if self.history is not None:
            rows = [(version, record) for record, version in pairs]
            cursor.executemany(self._move, rows)

    def replace(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Set what the present versions have here."""
        if not self.columns:
            return
        text, encode = self._update
        for start in range(0, len(rows), CHUNK):
            encoded = encode(rows[start : start + CHUNK])
            cursor.executemany(text, encoded)
            if cursor.rowcount == len(encoded):
                continue
            # Records that had no value here so far have no row.
            full = [row for row in encoded if any(value is not None for value in row[:-1])]
            if full:
                self.complete(cursor, [row[-1] for row in full])
                cursor.executemany(text, full)

    def complete(self, cursor: DBAPICursor, ids: Sequence[object]) -> None:
        """Make sure of a row of each of the records `ids`, if there are such records."""
        text, encode = self._complete
        for start in range(0, len(ids), CHUNK):
            cursor.execute(text, (encode(ids[start : start + CHUNK]),))

    def delete(self, cursor: DBAPICursor, ids: Sequence[object]) -> None:
        """Remove records."""
        text, encode = self._delete
        cursor.executemany(text, [(encode(record),) for record in ids])

    def clear(self, cursor: DBAPICursor) -> None:
        """Remove everything."""
        for table in (self.current, self.history):
            if table is not None:
                text, _ = self._compiled(delete(table))
                cursor.execute(text)

    def _add(
        self,
        cursor: DBAPICursor,
        table: Table,
        text: str,
        order: Sequence[str],
        encode: RowEncoder,
        rows: Sequence[Row],
    ) -> None:
        bulk = self.dialect.bulk
        keys = len([name for name in ("id", "version") if name in table.c])
        for start in range(0, len(rows), CHUNK):
            encoded = encode(rows[start : start + CHUNK])
            full = [row for row in encoded if row.count(None) < len(order) - keys]
            if full and (bulk is None or not bulk.insert(cursor, table, order, full)):
                cursor.executemany(text, full)

    @cached_property
    def _insert(self) -> tuple[str, Sequence[str], RowEncoder]:
        found = {"id": Stored(0, _ID.kind, "id"), **self.columns}
        text, order = self._inserting(self.current, found)
        encode = row_encoder(
            self.dialect.codec, self.tables.module, [found[name] for name in order]
        )
        return text, order, encode

    @cached_property
    def _load_former(self) -> tuple[str, Sequence[str], RowEncoder]:
        assert self.history is not None
        found = {"id": Stored(0, _ID.kind, "id"), "version": Stored(1, _VERSION.kind, "integer")}
        # Digests of keys are kept of what is live.
        found |= {name: one for name, one in self.columns.items() if one.kind is not None}
        text, order = self._inserting(self.history, found)
        width = layout_of(self.tables.module).stored + len(ENDINGS)
        encode = tuple_encoder(self.dialect.codec, width, [found[name] for name in order])
        return text, order, encode

    def _inserting(self, table: Table, columns: Mapping[str, Stored]) -> tuple[str, list[str]]:
        values = {name: bindparam(f"p_{name}", type_=table.c[name].type) for name in columns}
        text, names = self._compiled(insert(table).values(values))
        return text, [name.removeprefix("p_") for name in names]

    @cached_property
    def _update(self) -> tuple[str, RowEncoder]:
        table = self.current
        values = {name: bindparam(f"p_{name}", type_=table.c[name].type) for name in self.columns}
        text, names = self._compiled(update(table).values(values).where(self._at_id()))
        assert names[-1] == "at_id"
        order = [self.columns[name.removeprefix("p_")] for name in names[:-1]]
        order.append(Stored(0, _ID.kind, "id"))
        return text, row_encoder(self.dialect.codec, self.tables.module, order)

    @cached_property
    def _move(self) -> str:
        table, history = self.current, self.history
        assert history is not None
        moved = _moved(table, history)
        version = bindparam("at_version", type_=self.dialect.codec.column_type("integer"))
        query = select(version.label("at"), table.c.id, *(table.c[name] for name in moved))
        statement = insert(history).from_select(
            ["version", "id", *moved], query.where(self._at_id())
        )
        text, names = self._compiled(statement)
        assert names == ["at_version", "at_id"]
        return text

    @cached_property
    def _complete(self) -> tuple[str, Encode]:
        codec, main = self.dialect.codec, self.tables.current
        ids = bindparam("ids", type_=codec.list_type("id"))
        chosen = self.dialect.expressions.among(main.c.id, ids)
        text, _ = self._compiled(completion(self.tables, self.current, chosen))
        return text, list_encoder(codec, _ID.kind, "id")

    @cached_property
    def _delete(self) -> tuple[str, Encode]:
        text, _ = self._compiled(delete(self.current).where(self._at_id()))
        return text, encoder(self.dialect.codec, _ID.kind, "id")

    def _at_id(self) -> Condition:
        record = bindparam("at_id", type_=self.dialect.codec.column_type("id"))
        found: Condition = self.current.c.id == record
        return found

    def _compiled(self, statement: ClauseElement) -> tuple[str, list[Any]]:
        made = statement.compile(dialect=self.engine)
        return str(made), list(getattr(made, "positiontup", ()))
