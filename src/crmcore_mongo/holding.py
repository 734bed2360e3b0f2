"""Relying on records: they must stay as they are until the transaction ends.

Two who write one document meet, and one of them begins anew. Who relies on a record writes
into it, so that he meets whoever changes it; he would also meet everyone else who relies on
it. So whoever met somebody makes a *hold* of the record: a document of his own, which he
writes instead from then on, and which nobody else writes. To change a record is to write it
and to remove its holds; to make a hold is to write the record, so that no hold is overlooked.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import define, field
from pymongo import ReadPreference, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from crmcore.errors import Conflict
from crmcore_mongo.codec import Document
from crmcore_mongo.names import HOLDS, ID, LOCK, holds_collection
from crmcore_mongo.refusals import is_transient
from crmcore_mongo.sessions import DURABLE, SNAPSHOT, pauses


class Missed(Conflict):
    """A write over many records met one that is not as it should be."""


_FEW: Final = 4
"""Holds are made where so many records are relied on at once: of many, none is the hot one."""

_TURNS: Final = 8

_MOST: Final = 256
"""Programs that ended leave their holds behind: where there are so many, all are removed."""


@define(eq=False)
class Holds:
    """The holds that a store has made and that no transaction of it uses at the moment."""

    database: Database[Any]
    prefix: str
    _free: dict[str, list[str]] = field(factory=dict)
    _lock: threading.Lock = field(factory=threading.Lock)

    @property
    def collection(self) -> Collection[Any]:
        """Where holds lie."""
        return self.database[holds_collection(self.prefix)]

    def take(self, key: str) -> str | None:
        """A free hold of the record that `key` names."""
        with self._lock:
            free = self._free.get(key)
            return free.pop(0) if free else None

    def give(self, key: str, hold: str) -> None:
        """A hold that is free from now on."""
        with self._lock:
            self._free.setdefault(key, []).append(hold)

    def make(self, current: Collection[Any], record: str) -> str | None:
        """A new hold, committed by itself; nothing where others are in the way for long."""
        for _, _ in zip(range(_TURNS), pauses(), strict=False):
            with self.database.client.start_session(causal_consistency=False) as session:
                try:
                    with session.start_transaction(SNAPSHOT, DURABLE, ReadPreference.PRIMARY):
                        return self._make(current, record, session)
                except PyMongoError as error:
                    if not is_transient(error):
                        raise
        return None

    def _make(self, current: Collection[Any], record: str, session: ClientSession) -> str | None:
        key = _key(current, record)
        marked = {"$set": {LOCK: os.urandom(8), HOLDS: True}}
        if not current.update_one({ID: record}, marked, session=session).matched_count:
            return None
        collection, found = self.collection, _all_of(key)
        if collection.count_documents(found, session=session, limit=_MOST) >= _MOST:
            collection.delete_many(found, session=session)
        hold = f"{key}{os.urandom(8).hex()}"
        collection.insert_one({ID: hold}, session=session)
        return hold


@define(eq=False)
class Holding:
    """What one transaction relies on."""

    holds: Holds
    _taken: dict[str, str] = field(factory=dict)
    _wanted: list[tuple[Collection[Any], str]] = field(factory=list)
    _missing: str | None = None

    def rely(
        self, current: Collection[Any], versions: Mapping[str, object], session: ClientSession
    ) -> None:
        """Rely on the records `versions`.

        Raises `Missed` where one changed, or where a hold is not seen: a new snapshot tells.
        """
        locked = [one for one in versions if not self._is_held(_key(current, one), session)]
        if not locked:
            return
        self._wanted = [(current, one) for one in locked] if len(locked) <= _FEW else []
        locks = [locking(one, versions[one]) for one in locked]
        if current.bulk_write(locks, session=session).matched_count != len(locks):
            raise Missed("record_changed")
        self._wanted = []

    def let_go(
        self, current: Collection[Any], changed: Iterable[Document], session: ClientSession | None
    ) -> None:
        """Remove the holds of records that are being changed."""
        for one in changed:
            if one.get(HOLDS):
                self.holds.collection.delete_many(_all_of(_key(current, one[ID])), session=session)

    def begin_anew(self) -> None:
        """What was written is undone; where somebody was met over a record, hold it from now on."""
        wanted, self._wanted = self._wanted, []
        for current, record in wanted:
            hold = self.holds.make(current, record)
            if hold is not None:
                self._taken[_key(current, record)] = hold

    def end(self) -> None:
        """The transaction is over."""
        for key, hold in self._taken.items():
            self.holds.give(key, hold)
        self._taken.clear()

    def _is_held(self, key: str, session: ClientSession) -> bool:
        hold = self._taken.get(key) or self.holds.take(key)
        if hold is None:
            return False
        self._taken[key] = hold
        written = {"$set": {LOCK: os.urandom(8)}}
        if self.holds.collection.update_one({ID: hold}, written, session=session).matched_count:
            return True
        if self._missing != hold:
            # It may be younger than what this transaction sees.
            self._missing = hold
            raise Missed("record_changed")
        # Somebody changed the record, which removed it.
        del self._taken[key]
        return False


def locking(record: str, version: object) -> UpdateOne:
    """A change that means nothing: whoever changes the record meanwhile conflicts with it."""
    return UpdateOne({ID: record, "version": version}, {"$set": {LOCK: os.urandom(8)}})


def _key(current: Collection[Any], record: str) -> str:
    return f"{current.name}/{record}/"


def _all_of(key: str) -> Document:
    """The holds of one record: `0` follows `/`."""
    return {ID: {"$gte": key, "$lt": f"{key[:-1]}0"}}
