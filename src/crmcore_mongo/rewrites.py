"""Setting constants in all records that a condition finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from attrs import evolve

from crmcore.query.bound import ID_REF, BoundQuery
from crmcore.schema import STAMPS, Field
from crmcore.storage import Batch, Rewrite
from crmcore_mongo.codec import Document, encoder
from crmcore_mongo.forms import parts
from crmcore_mongo.layout import Shelf

_STAMPS: Final = {stamp.name: stamp for stamp in STAMPS}


def touches_key(write: Rewrite) -> bool:
    """Whether a unique key reads one of the fields that are set."""
    keys = write.query.module.unique_keys
    return any(name in write.constants for key in keys for name in key.fields)


def found_ids(write: Rewrite, ask: Callable[[BoundQuery], Iterator[Batch]]) -> list[object]:
    """The records that the condition finds."""
    asked = evolve(write.query, columns=(ID_REF,))
    return [row[0] for batch in ask(asked) for row in batch]


def changes_of(shelf: Shelf, write: Rewrite) -> Document:
    """The change that gives a record its next version."""
    change: Document = {"$inc": {"version": 1}}
    for one, value in _settings(write):
        for part in parts(one.kind):
            made = None if value is None else encoder(one.kind, part.form)(value)
            operator = "$unset" if made is None else "$set"
            change.setdefault(operator, {})[shelf.name(one, part.suffix)] = made
    return change


def setting(encoders: Sequence[tuple[str, Any]], value: object) -> Document:
    """The change that sets the parts of one value."""
    made = {name: None if value is None else encode(value) for name, encode in encoders}
    change: Document = {}
    for name, part in made.items():
        change.setdefault("$unset" if part is None else "$set", {})[name] = part
    return change


def _settings(write: Rewrite) -> Iterator[tuple[Field, object]]:
    module = write.query.module
    for name, value in write.constants.items():
        yield module.by_name[name], value
    yield _STAMPS["updated_at"], write.moment
    yield _STAMPS["updated_by"], write.user
    yield _STAMPS["change_set"], write.change_set
    yield _STAMPS["salt"], write.salt
