"""Writing one module: documents made by generated code, sent in batches.

Every change names the version that it replaces. What stands against a write is found by
`check`, which reads; a write itself only notices that something does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import define, field
from bson import ObjectId
from pymongo import DeleteOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database

from crmcore.errors import Conflict
from crmcore.query.bound import BoundQuery
from crmcore.records import layout_of
from crmcore.schema import STAMPS
from crmcore.storage import (
    Batch,
    Delete,
    Derive,
    Erase,
    Expect,
    Insert,
    Load,
    Purge,
    Replace,
    Rewrite,
    Row,
    Write,
)
from crmcore.storage.scan import expanded
from crmcore_mongo.codec import Document, encoder, row_encoder, stored_names
from crmcore_mongo.forms import parts
from crmcore_mongo.holding import Holding, Missed, locking
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import ENDED_BY, FORMER, HOLDS, ID, LOCK, REMOVED, key_name
from crmcore_mongo.purging import empty
from crmcore_mongo.rewrites import changes_of, found_ids, setting, touches_key
from crmcore_mongo.undoing import Undoing, change_each

_CHANGE_SET: Final = [stamp.name for stamp in STAMPS].index("change_set")
CHUNK: Final = 200
"""Ids asked for at a time: servers walk through such lists."""

Session = ClientSession | None
Ask = Callable[[BoundQuery], Iterator[Batch]]
Encode = Callable[[Sequence[Row]], list[Document]]


@define(eq=False)
class Writer:
    """Writes the records of one module."""

    database: Database[Any]
    shelf: Shelf
    _encode: Encode = field(init=False)
    _stored: tuple[str, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._encode = row_encoder(self.shelf)
        self._stored = stored_names(self.shelf.module, self.shelf)

    def write(
        self, session: Session, write: Write, ask: Ask, undoing: Undoing | None, holding: Holding
    ) -> None:
        """Do it; raises `Conflict` and what the driver raises where a key is taken.

        What would undo it is noted in `undoing`, what is relied on in `holding`.
        """
        places = self.shelf, self.database
        work = _Work(*places, session, undoing, holding, self._encode, self._stored)
        match write:
            case Insert():
                work.insert(write.rows)
            case Replace():
                work.replace(write)
            case Delete():
                work.delete(write)
            case Expect():
                work.expect(write)
            case Derive():
                work.derive(write)
            case Load():
                work.load(write)
            case Purge() | Erase():
                empty(self.database, self.shelf, session, undoing, write, self._encode)
            case Rewrite() if touches_key(write):
                work.replace(expanded(write, ask))
            case Rewrite():
                work.rewrite(write, found_ids(write, ask))


@define(eq=False)
class _Work:
    """One write, in one session."""

    shelf: Shelf
    database: Database[Any]
    session: Session
    undoing: Undoing | None
    holding: Holding
    encode: Encode
    stored: tuple[str, ...]

    @property
    def current(self) -> Collection[Any]:
        """The live records."""
        return self.database[self.shelf.current]

    def insert(self, rows: Sequence[Row]) -> None:
        """Add new records."""
        if rows:
            documents = self.encode(rows)
            if self.undoing is not None:
                self.undoing.adds(self.current, documents)
            self.current.insert_many(documents, session=self.session)

    def replace(self, write: Replace) -> None:
        """Put new versions in place of the present ones, which move to history."""
        ids = [row[0] for row in write.rows]
        if len(set(ids)) < len(ids):
            # The same record more than once: one version after the other.
            for row, version in zip(write.rows, write.versions, strict=True):
                self.replace(Replace(write.module, [row], [version]))
            return
        former = self._move(ids, write.versions, [row[_CHANGE_SET] for row in write.rows], 0)
        changes = [
            UpdateOne({ID: document.pop(ID), "version": version}, self._change(document))
            for document, version in zip(self.encode(write.rows), write.versions, strict=True)
        ]
        self._bulk(changes, former, [row[1] for row in write.rows])

    def _change(self, document: Document) -> Document:
        """From one version to the next: what is not in it any more is gone."""
        empty = {name: "" for name in self.stored if name not in document}
        return {"$set": document, "$unset": empty} if empty else {"$set": document}

    def delete(self, write: Delete) -> None:
        """Remove records; their last versions move to history."""
        if len(set(write.ids)) < len(write.ids):
            raise self._missed()
        ended_by = [write.change_set] * len(write.ids)
        former = self._move(write.ids, write.versions, ended_by, 1)
        gone = [DeleteOne({ID: one[ID], "version": one["version"]}) for one in former]
        self._bulk(gone, former, None)

    def _bulk(self, changes: Any, former: Sequence[Document], later: Any) -> None:
        """One change for each record; raises `Missed` where one did not meet its own."""
        if not change_each(self.current, self.session, self.undoing, changes, former, later):
            raise self._missed()

    def _move(
        self,
        ids: Sequence[object],
        versions: Sequence[int],
        ended_by: Sequence[object],
        removed: int,
    ) -> list[Document]:
        """Put the present versions of `ids` into history; they, as they were. Raises `Missed`."""
        found = self._whole(ids)
        former: list[Document] = []
        for record, version in zip(ids, versions, strict=True):
            document = found.get(record)
            if document is None or document["version"] != version:
                raise self._missed()
            former.append(document)
        self._remember(former, ended_by, removed)
        self.holding.let_go(self.current, former, self.session)
        return former

    def _whole(self, ids: Sequence[object]) -> dict[object, Document]:
        """Live documents; of those without history the versions are enough."""
        is_all = self.shelf.history is not None or self.undoing is not None
        return self._read(ids, None if is_all else {"version": 1, HOLDS: 1})

    def _read(
        self, ids: Sequence[object], columns: Mapping[str, int] | None
    ) -> dict[object, Document]:
        found: dict[object, Document] = {}
        for start in range(0, len(ids), CHUNK):
            chosen = {ID: {"$in": list(ids[start : start + CHUNK])}}
            asked = self.current.find(chosen, columns, session=self.session)
            found.update((document[ID], document) for document in asked)
        return found

    def _remember(
        self, former: Sequence[Document], ended_by: Sequence[object], removed: int
    ) -> None:
        if not former or self.shelf.history is None:
            return
        without = {LOCK, HOLDS, *(key_name(key.number) for key in self.shelf.module.unique_keys)}
        self._put(
            {
                ID: ObjectId(),
                FORMER: {name: part for name, part in one.items() if name not in without},
                ENDED_BY: ended,
                REMOVED: removed,
            }
            for one, ended in zip(former, ended_by, strict=True)
        )

    def _put(self, ended: Iterable[Document]) -> None:
        """Put versions into history."""
        documents = list(ended)
        assert self.shelf.history is not None
        history = self.database[self.shelf.history]
        if documents:
            if self.undoing is not None:
                self.undoing.remembers(history, documents)
            history.insert_many(documents, session=self.session)

    def expect(self, write: Expect) -> None:
        """Raises `Conflict` where a record is missing or changed, and keeps all from changing."""
        ids = list(dict.fromkeys(write.ids))
        if not ids:
            return
        found = self._read(ids, {"version": 1, HOLDS: 1})
        for index, record in enumerate(write.ids):
            version = found[record]["version"] if record in found else None
            if version is None or (write.versions is not None and version != write.versions[index]):
                raise Conflict("record_changed", module=self.shelf.module.name, record=record)
        versions = {one: found[one]["version"] for one in ids}
        if write.alone or self.session is None:
            self.holding.let_go(self.current, found.values(), self.session)
            self._bulk([locking(one, version) for one, version in versions.items()], (), None)
        else:
            self.holding.rely(self.current, versions, self.session)

    def derive(self, write: Derive) -> None:
        """Set a derived field in place."""
        one = self.shelf.module.by_name[write.field]
        encoders = [
            (self.shelf.name(one, part.suffix), encoder(one.kind, part.form))
            for part in parts(one.kind)
        ]
        if self.undoing is not None:
            former = list(self._whole(write.ids).values())
            self.undoing.changes(self.current, former, [found["version"] for found in former])
        changes = [
            UpdateOne({ID: record}, setting(encoders, value))
            for record, value in zip(write.ids, write.values, strict=True)
        ]
        if changes:
            self.current.bulk_write(changes, session=self.session)

    def rewrite(self, write: Rewrite, ids: Sequence[object]) -> None:
        """Give the records `ids` their next version."""
        change = changes_of(self.shelf, write)
        for start in range(0, len(ids), CHUNK):
            chunk = list(ids[start : start + CHUNK])
            former = list(self._whole(chunk).values())
            self._remember(former, [write.change_set] * len(former), 0)
            self.holding.let_go(self.current, former, self.session)
            later = [found["version"] + 1 for found in former]
            if self.session is None:
                each = [
                    UpdateOne({ID: one[ID], "version": one["version"]}, change) for one in former
                ]
                self._bulk(each, former, later)
                continue
            if self.undoing is not None:
                self.undoing.changes(self.current, former, later)
            done = self.current.update_many({ID: {"$in": chunk}}, change, session=self.session)
            if done.matched_count != len(chunk):
                raise self._missed()

    def load(self, write: Load) -> None:
        """Put live and former versions where they stood elsewhere."""
        if write.anew:
            self.current.delete_many({}, session=self.session)
            if self.shelf.history is not None:
                self.database[self.shelf.history].delete_many({}, session=self.session)
        if write.gone:
            former = list(self._whole(write.gone).values())
            if self.undoing is not None:
                self.undoing.removes(self.current, former)
            self.holding.let_go(self.current, former, self.session)
            gone = {ID: {"$in": list(write.gone)}}
            self.current.delete_many(gone, session=self.session)
        self.insert(write.rows)
        if not write.former:
            return
        width = layout_of(write.module).stored
        rows = self.encode([row[:width] for row in write.former])
        for document in rows:
            for key in write.module.unique_keys:
                document.pop(key_name(key.number), None)
        self._put(
            {ID: ObjectId(), FORMER: one, ENDED_BY: row[width], REMOVED: row[width + 1]}
            for one, row in zip(rows, write.former, strict=True)
        )

    def _missed(self) -> Missed:
        return Missed("record_changed", module=self.shelf.module.name)
