"""The indexes of a module: what is asked, paged and followed is found through them."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen
from pymongo import ASCENDING, IndexModel

from crmcore.kinds import Link, MultiLink
from crmcore.schema import Field
from crmcore_mongo.forms import CURRENCY, KEY, VALUE, is_sorted_text
from crmcore_mongo.layout import Shelf
from crmcore_mongo.names import ENDED_BY, FORMER, ID, key_name


@frozen
class Index:
    """An index called `name` over `fields` of `collection`; a partial unique one over a key."""

    name: str
    collection: str
    fields: tuple[str, ...]
    is_unique: bool = False

    def model(self) -> IndexModel:
        """What PyMongo is told."""
        fields = [(name, ASCENDING) for name in self.fields]
        if not self.is_unique:
            return IndexModel(fields, name=self.name)
        there = {self.fields[0]: {"$exists": True}}
        return IndexModel(fields, name=self.name, unique=True, partialFilterExpression=there)


def unique_index(shelf: Shelf, number: int) -> Index:
    """The index that lets no two live records share the digest of key `number`."""
    name = key_name(number)
    return Index(name, shelf.current, (name,), is_unique=True)


def indexes(shelf: Shelf) -> Iterator[Index]:
    """The indexes that records of a module need, but for those of its keys."""
    for one in shelf.module.stored:
        yield from _live(shelf, one)
    yield Index("change_set", shelf.current, ("change_set",))
    if shelf.history is not None:
        # Most scopes ask who made a record, and an alternative needs an index of each side.
        yield Index("created_by", shelf.current, ("created_by", ID))
        yield from _former(shelf, shelf.history)


def _is_link(one: Field) -> bool:
    return isinstance(one.kind, Link) and not isinstance(one.kind, MultiLink)


def _live(shelf: Shelf, one: Field) -> Iterator[Index]:
    kind, value = one.kind, shelf.name(one)
    if kind.shape == "json":
        return
    if kind.shape == "codes":
        if one.indexed or isinstance(kind, MultiLink):
            yield Index(value, shelf.current, (value,))
        return
    if one.indexed or _is_link(one):
        fields = [value, ID]
        if is_sorted_text(kind):
            fields.insert(0, shelf.name(one, KEY))
        elif kind.shape == "money":
            fields.insert(0, shelf.name(one, CURRENCY))
        # A text that becomes sortable later gets another index.
        suffix = KEY if is_sorted_text(kind) else VALUE
        yield Index(value + suffix, shelf.current, tuple(fields))


def _former(shelf: Shelf, history: str) -> Iterator[Index]:
    yield Index("record", history, (f"{FORMER}.{ID}", f"{FORMER}.version"))
    yield Index("change_set", history, (f"{FORMER}.change_set",))
    yield Index(ENDED_BY, history, (ENDED_BY,))
    for one in shelf.module.stored:
        if _is_link(one):
            # Children as of the past are found by their parent.
            yield Index(shelf.name(one), history, (f"{FORMER}.{shelf.name(one)}",))
