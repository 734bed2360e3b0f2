"""What stands against a write, record by record in their order, found by reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field
from pymongo.client_session import ClientSession
from pymongo.database import Database

from crmcore.errors import Conflict, Duplicate
from crmcore.storage import Delete, Insert, Load, Replace, Row, Write
from crmcore.storage.unique import digests
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import ID, key_name

_CHUNK = 200
Key = tuple[int, bytes]


@define(eq=False)
class Check:
    """The records and keys that a write meets, as they would be while it is going on."""

    database: Database[Any]
    shelf: Shelf
    session: ClientSession | None
    versions: dict[object, object] = field(factory=dict)
    holders: dict[Key, object] = field(factory=dict)
    held: dict[object, list[Key]] = field(factory=dict)

    def run(self, write: Write) -> None:
        """Raise the `Conflict` or `Duplicate` that writing record by record would meet."""
        match write:
            case Insert():
                self._look([row[0] for row in write.rows], write.rows)
                for row in write.rows:
                    self._add(row)
            case Load():
                self._load(write)
            case Replace():
                self._look([row[0] for row in write.rows], write.rows)
                for row, version in zip(write.rows, write.versions, strict=True):
                    self._expect(row[0], version)
                    self._release(row[0])
                    self.versions[row[0]] = row[1]
                    self._claim(row)
            case Delete():
                self._look(write.ids, ())
                for record, version in zip(write.ids, write.versions, strict=True):
                    self._expect(record, version)
                    del self.versions[record]

    def _load(self, write: Load) -> None:
        if not write.anew:
            self._look([*(row[0] for row in write.rows), *write.gone], write.rows)
        for record in write.gone:
            self.versions.pop(record, None)
            self._release(record)
        for row in write.rows:
            self._add(row)

    def _add(self, row: Row) -> None:
        if row[0] in self.versions:
            raise self._conflict(row[0])
        self.versions[row[0]] = row[1]
        self._claim(row)

    def _look(self, ids: Sequence[object], rows: Sequence[Row]) -> None:
        """Read the records `ids`, and who holds the keys of `rows`."""
        keys = {number: key_name(number) for number, _ in digests(self.shelf.module)}
        for chunk in _chunks(ids):
            self._read({ID: {"$in": chunk}}, keys, is_asked=True)
        for number, digest in digests(self.shelf.module):
            wanted = [found for row in rows if (found := digest(row)) is not None]
            for chunk in _chunks(wanted):
                self._read({keys[number]: {"$in": chunk}}, keys, is_asked=False)

    def _read(self, where: dict[str, Any], keys: dict[int, str], *, is_asked: bool) -> None:
        columns = ["version", *keys.values()]
        collection = self.database[self.shelf.current]
        for document in collection.find(where, dict.fromkeys(columns, 1), session=self.session):
            record = document[ID]
            if is_asked:
                self.versions[record] = document["version"]
            found = [(number, document.get(name)) for number, name in keys.items()]
            self.held[record] = [(number, key) for number, key in found if key is not None]
            self.holders.update(dict.fromkeys(self.held[record], record))

    def _expect(self, record: object, version: object) -> None:
        if record not in self.versions or self.versions[record] != version:
            raise self._conflict(record)

    def _release(self, record: object) -> None:
        for key in self.held.pop(record, ()):
            if self.holders.get(key) == record:
                del self.holders[key]

    def _claim(self, row: Row) -> None:
        record, module = row[0], self.shelf.module
        claimed: list[Key] = []
        for number, digest in digests(module):
            found = digest(row)
            if found is None:
                continue
            if self.holders.setdefault((number, found), record) != record:
                names = next(key.fields for key in module.unique_keys if key.number == number)
                fields = "+".join(names)
                raise Duplicate("value_taken", module=module.name, record=record, fields=fields)
            claimed.append((number, found))
        self.held[record] = claimed

    def _conflict(self, record: object) -> Conflict:
        return Conflict("record_changed", module=self.shelf.module.name, record=record)


def _chunks(found: Sequence[object]) -> Iterator[list[object]]:
    for start in range(0, len(found), _CHUNK):
        yield list(found[start : start + _CHUNK])
