"""Writing one module: documents made by generated code, sent in batches.

Every change names the version that it replaces. What stands against a write is found by
`check`, which reads; a write itself only notices that something does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from attrs import define, field
from pymongo import UpdateOne
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
    Expect,
    Insert,
    Load,
    Replace,
    Rewrite,
    Row,
    Write,
)
from crmcore.storage.scan import expanded
from crmcore_mongo.codec import Document, encoder, row_encoder, stored_names
from crmcore_mongo.forms import parts
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import ENDED_BY, FORMER, ID, LOCK, REMOVED, key_name
from crmcore_mongo.rewrites import changes_of, found_ids, touches_key

_CHANGE_SET: Final = [stamp.name for stamp in STAMPS].index("change_set")
CHUNK: Final = 2_000

Session = ClientSession | None
Ask = Callable[[BoundQuery], Iterator[Batch]]


class Missed(Conflict):
    """A write over many records met one that is not as it should be."""


@define(eq=False)
class Writer:
    """Writes the records of one module."""

    database: Database[Any]
    shelf: Shelf
    _encode: Callable[[Sequence[Row]], list[Document]] = field(init=False)
    _stored: tuple[str, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._encode = row_encoder(self.shelf)
        self._stored = stored_names(self.shelf.module, self.shelf)

    def write(self, session: Session, write: Write, ask: Ask) -> None:
        """Do it; raises `Conflict` and what the driver raises where a key is taken."""
        match write:
            case Insert():
                self._insert(session, write.rows)
            case Replace():
                self._replace(session, write)
            case Delete():
                self._delete(session, write)
            case Expect():
                self._expect(session, write)
            case Derive():
                self._derive(session, write)
            case Load():
                self._load(session, write)
            case Rewrite() if touches_key(write):
                self._replace(session, expanded(write, ask))
            case Rewrite():
                self._rewrite(session, write, found_ids(write, ask))

    @property
    def current(self) -> Collection[Any]:
        """The live records."""
        return self.database[self.shelf.current]

    def _insert(self, session: Session, rows: Sequence[Row]) -> None:
        if rows:
            self.current.insert_many(self._encode(rows), session=session)

    def _replace(self, session: Session, write: Replace) -> None:
        ids = [row[0] for row in write.rows]
        if len(set(ids)) < len(ids):
            # The same record more than once: one version after the other.
            for row, version in zip(write.rows, write.versions, strict=True):
                self._replace(session, Replace(write.module, [row], [version]))
            return
        for start in range(0, len(ids), CHUNK):
            rows = write.rows[start : start + CHUNK]
            versions = write.versions[start : start + CHUNK]
            ended_by = [row[_CHANGE_SET] for row in rows]
            self._move(session, ids[start : start + CHUNK], versions, ended_by, 0)
            changes = [
                UpdateOne({ID: document.pop(ID), "version": version}, self._change(document))
                for document, version in zip(self._encode(rows), versions, strict=True)
            ]
            if self.current.bulk_write(changes, session=session).matched_count != len(changes):
                raise self._missed()

    def _change(self, document: Document) -> Document:
        """From one version to the next: what is not in it any more is gone."""
        empty = {name: "" for name in self._stored if name not in document}
        return {"$set": document, "$unset": empty} if empty else {"$set": document}

    def _delete(self, session: Session, write: Delete) -> None:
        if len(set(write.ids)) < len(write.ids):
            raise self._missed()
        for start in range(0, len(write.ids), CHUNK):
            ids = list(write.ids[start : start + CHUNK])
            versions = write.versions[start : start + CHUNK]
            self._move(session, ids, versions, [write.change_set] * len(ids), 1)
            found = self.current.delete_many({ID: {"$in": ids}}, session=session)
            if found.deleted_count != len(ids):
                raise self._missed()

    def _move(
        self,
        session: Session,
        ids: Sequence[object],
        versions: Sequence[int],
        ended_by: Sequence[object],
        removed: int,
    ) -> None:
        """Put the present versions of `ids` into history; raises `Missed`."""
        if not ids:
            return
        keeps = self.shelf.history is not None
        found = self._whole(session, ids) if keeps else self._versions(session, ids)
        former: list[Document] = []
        for record, version, ended in zip(ids, versions, ended_by, strict=True):
            document = found.get(record)
            if document is None or document["version"] != version:
                raise self._missed()
            former.append({FORMER: document, ENDED_BY: ended, REMOVED: removed})
        self._remember(session, former)

    def _whole(self, session: Session, ids: Sequence[object]) -> dict[object, Document]:
        """Live documents without what history has no use for."""
        without = {key_name(key.number): 0 for key in self.shelf.module.unique_keys} | {LOCK: 0}
        found = self.current.find({ID: {"$in": list(ids)}}, without, session=session)
        return {document[ID]: document for document in found}

    def _versions(self, session: Session, ids: Sequence[object]) -> dict[object, Document]:
        found = self.current.find({ID: {"$in": list(ids)}}, {"version": 1}, session=session)
        return {document[ID]: document for document in found}

    def _remember(self, session: Session, former: Sequence[Document]) -> None:
        if former and self.shelf.history is not None:
            self.database[self.shelf.history].insert_many(former, session=session)

    def _expect(self, session: Session, write: Expect) -> None:
        ids = list(dict.fromkeys(write.ids))
        if not ids:
            return
        found = self._versions(session, ids)
        for index, record in enumerate(write.ids):
            document = found.get(record)
            if document is None or (
                write.versions is not None and document["version"] != write.versions[index]
            ):
                raise Conflict("record_changed", module=self.shelf.module.name, record=record)
        # A change that means nothing: whoever changes the record meanwhile conflicts with it.
        lock = {"$set": {LOCK: os.urandom(8)}}
        done = self.current.update_many({ID: {"$in": ids}}, lock, session=session)
        if done.matched_count != len(ids):
            raise self._missed()

    def _derive(self, session: Session, write: Derive) -> None:
        one = self.shelf.module.by_name[write.field]
        encoders = [
            (self.shelf.name(one, part.suffix), encoder(one.kind, part.form))
            for part in parts(one.kind)
        ]
        changes = [
            UpdateOne({ID: record}, _settings(encoders, value))
            for record, value in zip(write.ids, write.values, strict=True)
        ]
        if changes:
            self.current.bulk_write(changes, session=session)

    def _rewrite(self, session: Session, write: Rewrite, ids: Sequence[object]) -> None:
        change = changes_of(self.shelf, write)
        for start in range(0, len(ids), CHUNK):
            chunk = list(ids[start : start + CHUNK])
            if self.shelf.history is not None:
                found = self._whole(session, chunk)
                ending = {ENDED_BY: write.change_set, REMOVED: 0}
                self._remember(session, [{FORMER: found[one], **ending} for one in chunk])
            done = self.current.update_many({ID: {"$in": chunk}}, change, session=session)
            if done.matched_count != len(chunk):
                raise self._missed()

    def _load(self, session: Session, write: Load) -> None:
        if write.anew:
            self.current.delete_many({}, session=session)
            if self.shelf.history is not None:
                self.database[self.shelf.history].delete_many({}, session=session)
        if write.gone:
            self.current.delete_many({ID: {"$in": list(write.gone)}}, session=session)
        self._insert(session, write.rows)
        width = layout_of(write.module).stored
        rows = self._encode([row[:width] for row in write.former])
        keys = [key_name(key.number) for key in write.module.unique_keys]
        former: list[Document] = []
        for document, row in zip(rows, write.former, strict=True):
            for name in keys:
                document.pop(name, None)
            former.append({FORMER: document, ENDED_BY: row[width], REMOVED: row[width + 1]})
        self._remember(session, former)

    def _missed(self) -> Missed:
        return Missed("record_changed", module=self.shelf.module.name)


def _settings(encoders: Sequence[tuple[str, Any]], value: object) -> Document:
    """The change that sets the parts of one value."""
    made = {name: None if value is None else encode(value) for name, encode in encoders}
    change: Document = {}
    for name, part in made.items():
        change.setdefault("$unset" if part is None else "$set", {})[name] = part
    return change
