"""Writing one module: statements made once, rows encoded by generated code.

Every change names the version that it replaces; how many rows a statement touched tells
whether all of them were still there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.errors import Conflict, Duplicate
from crmcore.schema import STAMPS
from crmcore.storage import (
    Delete,
    Derive,
    Erase,
    Expect,
    Insert,
    Load,
    Purge,
    Replace,
    Row,
    Write,
)
from crmcore.storage.unique import key_hashes
from crmcore_sql.erasing import former_updates
from crmcore_sql.siblings import CHUNK
from crmcore_sql.statements import ModuleStatements

_CHANGE_SET: Final = [stamp.name for stamp in STAMPS].index("change_set")


class Missed(Conflict):
    """A statement over many records touched fewer than it was given."""


@define(eq=False)
class Writer:
    """Writes the records of one module."""

    statements: ModuleStatements

    def insert(self, cursor: DBAPICursor, write: Insert | Load) -> None:
        """Add new records; raises the driver's error where an id or a key is taken."""
        text, encode = self.statements.insert
        bulk, table = self.statements.dialect.bulk, self.statements.tables.current
        for start in range(0, len(write.rows), CHUNK):
            rows = encode(write.rows[start : start + CHUNK])
            columns = self.statements.inserted
            if bulk is None or not bulk.insert(cursor, table, columns, rows):
                cursor.executemany(text, rows)
        for sibling in self.statements.siblings:
            sibling.insert(cursor, write.rows)

    def replace(self, cursor: DBAPICursor, write: Replace) -> None:
        """Put new versions in place of the present ones, which move to history.

        Raises `Missed` where one is not the present one, the driver's error where a key is
        taken.
        """
        ids = [row[0] for row in write.rows]
        ended = [row[_CHANGE_SET] for row in write.rows]
        if self.statements.tables.history is not None:
            moved = list(zip(ended, ids, write.versions, strict=True))
            self._execute(cursor, self.statements.move_changed, moved)
        for sibling in self.statements.siblings:
            sibling.move(cursor, list(zip(ids, write.versions, strict=True)))
        text, encode = self.statements.update
        for start in range(0, len(ids), CHUNK):
            encoded = encode(write.rows[start : start + CHUNK])
            versions = write.versions[start : start + CHUNK]
            found = [(*row, version) for row, version in zip(encoded, versions, strict=True)]
            self._execute(cursor, text, found)
        for sibling in self.statements.siblings:
            sibling.replace(cursor, write.rows)

    def delete(self, cursor: DBAPICursor, write: Delete) -> None:
        """Remove records; their last versions move to history. Raises `Missed`."""
        pairs: list[Row] = list(zip(write.ids, write.versions, strict=True))
        if self.statements.tables.history is not None:
            moved = [(write.change_set, *pair) for pair in pairs]
            self._execute(cursor, self.statements.move_removed, moved)
        for sibling in self.statements.siblings:
            sibling.move(cursor, list(zip(write.ids, write.versions, strict=True)))
            sibling.delete(cursor, write.ids)
        self._execute(cursor, self.statements.delete, pairs)

    def expect(self, cursor: DBAPICursor, write: Expect) -> None:
        """Raises `Conflict` where a record is missing or changed, and keeps all from changing."""
        found: dict[str, int] = {}
        if len(write.ids) == 1:
            text, encode = self.statements.version(alone=write.alone)
            cursor.execute(text, (encode(write.ids[0]),))
            found.update(cursor.fetchall())
        else:
            text, encode = self.statements.versions(alone=write.alone)
            for start in range(0, len(write.ids), CHUNK):
                cursor.execute(text, (encode(write.ids[start : start + CHUNK]),))
                found.update(cursor.fetchall())
        for index, record in enumerate(write.ids):
            version = found.get(record)
            if version is None or (write.versions is not None and version != write.versions[index]):
                raise self._conflict(record)

    def derive(self, cursor: DBAPICursor, write: Derive) -> None:
        """Set a derived field in place."""
        text, encode = self.statements.derive(write.field)
        pairs: list[Row] = list(zip(write.values, write.ids, strict=True))
        rows, sibling = encode(pairs), self.statements.sibling_of(write.field)
        cursor.executemany(text, rows)
        if sibling is not None and cursor.rowcount != len(rows):
            sibling.complete(cursor, write.ids)
            cursor.executemany(text, rows)

    def load(self, cursor: DBAPICursor, write: Load) -> None:
        """Put live and former versions where they stood elsewhere."""
        if write.anew:
            for statement in self.statements.clear:
                cursor.execute(statement)
            for sibling in self.statements.siblings:
                sibling.clear(cursor)
        if write.gone:
            text, encode = self.statements.remove
            cursor.executemany(text, [(encode(record),) for record in write.gone])
            for sibling in self.statements.siblings:
                sibling.delete(cursor, write.gone)
        self.insert(cursor, write)
        if not write.former:
            return
        text, columns, encode_rows = self.statements.load_former
        bulk, table = self.statements.dialect.bulk, self.statements.tables.history
        assert table is not None
        for start in range(0, len(write.former), CHUNK):
            rows = encode_rows(write.former[start : start + CHUNK])
            if bulk is None or not bulk.insert(cursor, table, columns, rows):
                cursor.executemany(text, rows)
        for sibling in self.statements.siblings:
            sibling.load_former(cursor, write.former)

    def purge(self, cursor: DBAPICursor, write: Purge) -> None:
        """Empty columns of live records and former versions."""
        for text in self.statements.emptying(write.fields):
            cursor.execute(text)

    def erase(self, cursor: DBAPICursor, write: Erase) -> None:
        """Put rows in place of what live and former versions were. Raises `Missed`."""
        if write.rows:
            text, encode = self.statements.update
            found = [
                (*encoded, row[1])
                for encoded, row in zip(encode(write.rows), write.rows, strict=True)
            ]
            self._execute(cursor, text, found)
            for sibling in self.statements.siblings:
                sibling.replace(cursor, write.rows)
        if write.former:
            for is_main, text, encode in former_updates(self.statements):
                if is_main:
                    self._execute(cursor, text, encode(write.former))
                else:
                    cursor.executemany(text, encode(write.former))

    def check(self, cursor: DBAPICursor, write: Write) -> None:
        """Raise what stands against `write`, which is of one record.

        `Conflict` where the record is not as it should be, `Duplicate` where a key is taken.
        """
        match write:
            case Insert(_, [row]) | Load(_, [row]):
                self._check_version(cursor, row[0], None)
                for sibling in self.statements.siblings:
                    # Left by who removed the record and did not know the sibling yet.
                    sibling.delete(cursor, [row[0]])
                self._check_keys(cursor, row)
            case Replace(_, [row], [version]):
                self._check_version(cursor, row[0], version)
                self._check_keys(cursor, row)
            case Delete(_, [record], [version], _):
                self._check_version(cursor, record, version)

    def _check_keys(self, cursor: DBAPICursor, row: Row) -> None:
        record, module = str(row[0]), self.statements.tables.module
        for number, digest in key_hashes(module, row):
            if digest is None:
                continue
            encode = self.statements.encode_digest
            cursor.execute(self.statements.taken(number), (encode(digest), record))
            if cursor.fetchall():
                names = next(key.fields for key in module.unique_keys if key.number == number)
                fields = "+".join(names)
                raise Duplicate("value_taken", module=module.name, record=record, fields=fields)

    def _check_version(self, cursor: DBAPICursor, record: object, version: int | None) -> None:
        text, encode = self.statements.version(alone=False)
        cursor.execute(text, (encode(record),))
        found = cursor.fetchall()
        if (found[0][1] if found else None) != version:
            raise self._conflict(record)

    def _conflict(self, record: object) -> Conflict:
        return Conflict("record_changed", module=self.statements.tables.module.name, record=record)

    def _execute(self, cursor: DBAPICursor, text: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        cursor.executemany(text, rows)
        if cursor.rowcount != len(rows):
            raise Missed("record_changed", module=self.statements.tables.module.name)


def singles(write: Write) -> Iterator[Write]:
    """`write` record by record."""
    match write:
        case Insert(module, rows):
            for row in rows:
                yield Insert(module, [row])
        case Replace(module, rows, versions):
            for row, version in zip(rows, versions, strict=True):
                yield Replace(module, [row], [version])
        case Delete(module, ids, versions, change_set):
            for record, version in zip(ids, versions, strict=True):
                yield Delete(module, [record], [version], change_set)
        case Load(module, rows, former, gone, anew):
            yield Load(module, gone=gone, anew=anew)
            for row in rows:
                yield Load(module, [row])
            yield Load(module, former=former)
        case _:
            yield write
