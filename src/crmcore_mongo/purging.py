"""Emptying the fields of former generations, wherever they lie."""

from __future__ import annotations

from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from crmcore.storage import Purge
from crmcore_mongo.forms import parts
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import FORMER
from crmcore_mongo.undoing import Undoing


def purge(
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
