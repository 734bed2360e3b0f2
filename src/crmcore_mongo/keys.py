"""Derived fields of documents that are there already: digests of keys, and search keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import OperationFailure

from crmcore.errors import Duplicate, Problem
from crmcore.records import layout_of
from crmcore.schema import Field, Key, Module
from crmcore.storage.unique import digests
from crmcore_mongo.codec import Document, Path, Read, decoder, encoder
from crmcore_mongo.forms import VALUE, parts, read_parts
from crmcore_mongo.indexes import unique_index
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import FORMER, key_name
from crmcore_mongo.refusals import code_of, is_taken

_CHUNK: Final = 2_000
_SHOWN_GROUPS: Final = 20
_SHOWN_RECORDS: Final = 5
_NO_INDEX: Final = (26, 27)


def definition(module: Module, key: Key) -> str:
    """What a key is made of: its digests are made anew where that changes."""
    fields = [module.by_name[name] for name in key.fields]
    return json.dumps([key.folded, *([one.number, one.generation] for one in fields)])


def _drop_index(database: Database[Any], shelf: Shelf, number: int) -> None:
    """Two records may share the values of this key from now on."""
    try:
        database[shelf.current].drop_index(key_name(number))
    except OperationFailure as error:
        if code_of(error) not in _NO_INDEX:
            raise


def build_key(database: Database[Any], shelf: Shelf, key: Key, *, is_new: bool) -> None:
    """No two records may share the values of this key from now on.

    A new collection has none. Raises `Duplicate` (`value_taken_in_store`) where records do.
    """
    if not is_new:
        _drop_index(database, shelf, key.number)
        _fill(database, shelf, key)
        _check(database, shelf, key)
    index = unique_index(shelf, key.number)
    try:
        database[index.collection].create_indexes([index.model()])
    except OperationFailure as error:
        if is_taken(error):
            _check(database, shelf, key)
        raise


def _fill(database: Database[Any], shelf: Shelf, key: Key) -> None:
    """Digests of all records, whatever stood there before."""
    module, name = shelf.module, key_name(key.number)
    layout = layout_of(module)
    digest = dict(digests(module))[key.number]
    fields = [module.by_name[one] for one in key.fields]
    places = [layout.index[one.name] for one in fields]
    decode = decoder([(Read(one.kind), paths(shelf, one)) for one in fields])
    for page in _pages(
        database, shelf.current, [path[0] for one in fields for path in paths(shelf, one)]
    ):
        changes: list[UpdateOne] = []
        for document, values in zip(page, decode(page), strict=True):
            row: list[object] = [None] * layout.stored
            for place, value in zip(places, values, strict=True):
                row[place] = value
            found = digest(tuple(row))
            change = {"$unset": {name: ""}} if found is None else {"$set": {name: found}}
            changes.append(UpdateOne({"_id": document["_id"]}, change))
        database[shelf.current].bulk_write(changes)


def paths(shelf: Shelf, one: Field) -> list[Path]:
    """Where the parts of field `one` that are read lie in a document."""
    return [(shelf.name(one, part.suffix),) for part in read_parts(one.kind)]


def _check(database: Database[Any], shelf: Shelf, key: Key) -> None:
    name = key_name(key.number)
    found = database[shelf.current].aggregate(
        [
            {"$match": {name: {"$exists": True}}},
            {"$group": {"_id": f"${name}", "n": {"$sum": 1}, "ids": {"$push": "$_id"}}},
            {"$match": {"n": {"$gt": 1}}},
            {"$limit": _SHOWN_GROUPS},
        ]
    )
    groups = sorted(sorted(group["ids"]) for group in found)
    if groups:
        raise Duplicate([_shared(shelf.module, key, records) for records in groups])


def _shared(module: Module, key: Key, records: Sequence[str]) -> Problem:
    shown = ", ".join(records[:_SHOWN_RECORDS])
    params = {"fields": "+".join(key.fields), "count": len(records), "records": shown}
    return Problem("value_taken_in_store", params, module.name, records[0])


def fill_search_keys(database: Database[Any], shelf: Shelf, one: Field) -> None:
    """Search keys of a text that was not sorted before, of former versions too."""
    derived = [part for part in parts(one.kind) if part.form in ("key", "whole")]
    encoders = [(shelf.name(one, part.suffix), encoder(one.kind, part.form)) for part in derived]
    places = [(shelf.current, "")]
    if shelf.history is not None:
        places.append((shelf.history, f"{FORMER}."))
    for collection, start in places:
        value = start + shelf.name(one, VALUE)
        for page in _pages(database, collection, [value]):
            changes = [
                UpdateOne({"_id": document["_id"]}, {"$set": made})
                for document in page
                if (made := _keys_of(document, value, start, encoders))
            ]
            if changes:
                database[collection].bulk_write(changes)


def _keys_of(document: Document, value: str, start: str, encoders: Sequence[Any]) -> Document:
    text: Any = document
    for name in value.split("."):
        text = text.get(name)
        if text is None:
            return {}
    found = {start + name: encode(text) for name, encode in encoders}
    return {name: key for name, key in found.items() if key is not None}


def _pages(
    database: Database[Any], collection: str, fields: Sequence[str]
) -> Iterator[list[Document]]:
    """All documents with `fields`, in pages by their ids."""
    wanted = dict.fromkeys(fields, 1)
    behind: Document = {}
    while True:
        page = list(database[collection].find(behind, wanted).sort("_id", 1).limit(_CHUNK))
        if not page:
            return
        behind = {"_id": {"$gt": page[-1]["_id"]}}
        yield page
