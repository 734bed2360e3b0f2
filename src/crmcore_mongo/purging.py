"""Emptying what must not be there any more, in live documents and in former versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from crmcore.errors import Conflict
from crmcore.storage import Erase, Purge, Row
from crmcore_mongo.codec import Document
from crmcore_mongo.forms import parts
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import FORMER, HOLDS, ID, LOCK, key_name
from crmcore_mongo.undoing import Undoing

Encode = Callable[[Sequence[Row]], list[Document]]


def empty(
    database: Database[Any],
    shelf: Shelf,
    session: ClientSession | None,
    undoing: Undoing | None,
    write: Purge | Erase,
    encode: Encode,
) -> None:
    """Carry out `write`; raises `Conflict` where a version is not there."""
    if isinstance(write, Purge):
        _purge(database, shelf, session, undoing, write)
        return
    _erase(database, shelf, session, undoing, write.rows, encode)
    _erase(database, shelf, session, undoing, write.former, encode, is_former=True)


def _erase(
    database: Database[Any],
    shelf: Shelf,
    session: ClientSession | None,
    undoing: Undoing | None,
    rows: Sequence[Row],
    encode: Encode,
    *,
    is_former: bool = False,
) -> None:
    name = shelf.history if is_former else shelf.current
    start = f"{FORMER}." if is_former else ""
    keys = [key_name(key.number) for key in shelf.module.unique_keys]
    for made in encode(rows):
        assert name is not None
        found = database[name].find_one(
            {f"{start}{ID}": made[ID], f"{start}version": made["version"]}, session=session
        )
        if found is None:
            raise Conflict("record_changed", module=shelf.module.name, record=made[ID])
        if undoing is not None:
            undoing.removes(database[name], [found])
        if is_former:
            whole = {**found, FORMER: {one: part for one, part in made.items() if one not in keys}}
        else:
            whole = made | {one: found[one] for one in (LOCK, HOLDS) if one in found}
        database[name].replace_one({ID: found[ID]}, whole, session=session)


def _purge(
    database: Database[Any],
    shelf: Shelf,
    session: ClientSession | None,
    undoing: Undoing | None,
    write: Purge,
) -> None:
    """Empty fields of live documents and of former versions."""
    fields = [shelf.module.by_name[name] for name in write.fields]
    names = [shelf.name(one, part.suffix) for one in fields for part in parts(one.kind)]
    for collection, start in ((shelf.current, ""), (shelf.history, f"{FORMER}.")):
        if collection is None:
            continue
        held = {"$or": [{start + name: {"$exists": True}} for name in names]}
        if undoing is not None:
            undoing.removes(
                database[collection], list(database[collection].find(held, session=session))
            )
        change = {"$unset": dict.fromkeys((start + name for name in names), "")}
        database[collection].update_many(held, change, session=session)
