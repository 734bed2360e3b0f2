"""A workspace in a key-value engine: WiredTiger, which sorts bytes and has real transactions.

All but the places of rows, versions and keys is borrowed from `crmcore.storage`. Writers
take turns, and one process at a time has the folder open.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import closing
from functools import cache
from typing import Any

import wiredtiger

from crmcore.errors import StorageError
from crmcore.schema import Schema
from crmcore.storage import Capability, Intent
from crmcore.storage.packing import pack, unpack
from crmcore.storage.scanned import ScanningTransaction, prepare
from crmcore.storage.table import Table

DURABLE = "create,log=(enabled,file_max=1M),transaction_sync=(enabled,method=fsync)"


class Entries(MutableMapping[Any, Any]):
    """What lies under one prefix."""

    def __init__(self, cursor: Any, *prefix: str) -> None:
        self.cursor, self.prefix = cursor, "/".join((*prefix, "")).encode()

    def __getitem__(self, key: object) -> Any:
        return unpack(self.cursor[self.prefix + pack(key)])

    def __setitem__(self, key: object, value: object) -> None:
        self.cursor[self.prefix + pack(key)] = pack(value)

    def __delitem__(self, key: object) -> None:
        del self.cursor[self.prefix + pack(key)]

    def __iter__(self) -> Iterator[Any]:
        self.cursor.reset()
        for end, place in (("lower", self.prefix), ("upper", self.prefix + b"\xff")):
            self.cursor.set_key(place)
            self.cursor.bound(f"bound={end}")
        found = [unpack(key[len(self.prefix) :]) for key, _ in self.cursor]
        self.cursor.reset()  # which takes the bounds away
        return iter(found)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        for key in self:
            del self[key]


class Log:
    """What was appended under one prefix, in that order: by numbers of one length."""

    def __init__(self, cursor: Any, *prefix: str) -> None:
        self.entries, self.last = Entries(cursor, *prefix), Entries(cursor, "last")
        self.name, self.clear = prefix, self.entries.clear

    def __iter__(self) -> Iterator[Any]:
        return iter(self.entries.values())

    def append(self, one: object) -> None:
        self.last[self.name] = number = self.last.get(self.name, 10**12) + 1
        self.entries[number] = one


class KeyValueTables:
    """All tables as one transaction of the engine sees them; `done` is called when it is over."""

    def __init__(self, connection: Any, done: Callable[[], None]) -> None:
        self.session, self.done = connection.open_session("isolation=snapshot"), done
        self.session.begin_transaction()
        self.cursor = self.session.open_cursor("table:crm")

    def stored(self, name: str) -> Table:
        columns, former = Log(self.cursor, "columns", name), Log(self.cursor, "former", name)
        rows, keys = Entries(self.cursor, "rows", name), Entries(self.cursor, "keys", name)
        return Table(columns, rows, former, keys)

    written = stored

    def commit(self) -> None:
        try:
            self.session.commit_transaction()
        finally:
            self.rollback()

    def rollback(self) -> None:
        self.session.close()
        self.done()


class KeyValueBackend:
    """The store in `folder`, which must exist."""

    capabilities = Capability("key-value", durable=True, concurrent_writers=False)

    def __init__(self, folder: str) -> None:
        self.turn, self.connection = threading.Lock(), wiredtiger.wiredtiger_open(folder, DURABLE)
        self.close = cache(self.connection.close)  # the engine's own may be called but once
        with closing(self.connection.open_session()) as session:
            session.create("table:crm", "key_format=u,value_format=u")

    def prepare(self, schema: Schema) -> None:
        prepare(self.begin(Intent.WRITE).tables, schema)

    def begin(self, intent: Intent, join: object = None) -> ScanningTransaction:
        if join is not None:
            raise StorageError("cannot_join", backend="key-value")
        if intent is Intent.WRITE and not self.turn.acquire(timeout=30):
            raise StorageError("store_busy")
        done = self.turn.release if intent is Intent.WRITE else lambda: None
        return ScanningTransaction(KeyValueTables(self.connection, done), intent)
