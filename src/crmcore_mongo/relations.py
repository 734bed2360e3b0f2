"""Stages about versions: which were valid at a position, and what may be seen of them today."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crmcore.schema.reserved import CHANGE_SET
from crmcore_mongo.codec import Document
from crmcore_mongo.layout import Shelf, ShelfOf
from crmcore_mongo.names import ENDED_BY, FORMER, ID, REMOVED

_POSITION: Final = CHANGE_SET.by_name["position"]
_SOME: Final[Document] = {"$ne": []}


def _sealed(shelf_of: ShelfOf, by: str, name: str, position: int) -> Document:
    """Puts under `name` the change set named at `by`, if it was sealed by `position`."""
    sets = shelf_of(CHANGE_SET)
    stages = [{"$match": {sets.name(_POSITION): {"$lte": position}}}, {"$project": {ID: 1}}]
    words = {"from": sets.current, "localField": by, "foreignField": ID}
    return {"$lookup": {**words, "pipeline": stages, "as": name}}


def valid_current(shelf_of: ShelfOf, position: int) -> list[Document]:
    """Keep the live records that began by `position`."""
    began = _sealed(shelf_of, "change_set", "b", position)
    return [began, {"$match": {"b": _SOME}}, {"$unset": "b"}]


def valid_former(shelf_of: ShelfOf, position: int) -> list[Document]:
    """Keep the former versions that began by `position` and had not ended; as they were.

    What ended by a change set that is not yet sealed has not ended.
    """
    return [
        _sealed(shelf_of, f"{FORMER}.change_set", "b", position),
        {"$match": {"b": _SOME}},
        _sealed(shelf_of, ENDED_BY, "e", position),
        {"$match": {"e": []}},
        {"$replaceWith": f"${FORMER}"},
    ]


def image_stages(
    shelf: Shelf, live: Sequence[Document], gone: Sequence[Document]
) -> list[Document]:
    """Keep the records whose current (if removed: last) version goes through these stages."""
    only = {"$project": {ID: 1}}

    def found(name: str, stages: Sequence[Document]) -> Document:
        words = {"from": shelf.current, "localField": ID, "foreignField": ID}
        return {"$lookup": {**words, "pipeline": [*stages, only], "as": name}}

    here = [found("i", live)]
    if shelf.history is None:
        return [*here, {"$match": {"i": _SOME}}, {"$unset": "i"}]
    last: list[Document] = [
        {"$match": {REMOVED: 1}},
        {"$sort": {f"{FORMER}.version": -1}},
        {"$limit": 1},
        {"$replaceWith": f"${FORMER}"},
    ]
    words = {"from": shelf.history, "localField": ID, "foreignField": f"{FORMER}.{ID}"}
    former = {"$lookup": {**words, "pipeline": [*last, *gone, only], "as": "k"}}
    seen = {"$or": [{"i": _SOME}, {"j": [], "k": _SOME}]}
    return [*here, found("j", []), former, {"$match": seen}, {"$unset": ["i", "j", "k"]}]


def endings() -> Document:
    """The version that ended, with what ended it beside its fields."""
    ended = {ENDED_BY: f"${ENDED_BY}", REMOVED: f"${REMOVED}"}
    return {"$replaceWith": {"$mergeObjects": [f"${FORMER}", ended]}}
