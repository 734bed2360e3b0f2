"""Orders and pages: empties smallest, the id breaking ties, pages as ranges of an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from crmcore.query.bound import ID_REF, BoundOrder, BoundQuery, Ref
from crmcore_mongo.codec import Document
from crmcore_mongo.conditions import NONE, all_of, any_of
from crmcore_mongo.expressions import position
from crmcore_mongo.forms import is_choice
from crmcore_mongo.frames import Frame
from crmcore_mongo.operands import Constant, is_always_there, order_suffixes


@frozen
class Sort:
    """One path of an order, with where the page before ended.

    `boundary` is the value there; `None` for an empty one, or where there was no page before.
    """

    path: str
    descending: bool
    nullable: bool
    boundary: Any

    def beyond(self, rest: Document) -> Document:
        """Behind the boundary here, or at it and `rest`; empties are not counted."""
        strict, loose = ("$lt", "$lte") if self.descending else ("$gt", "$gte")
        here: Document = {self.path: {strict: self.boundary}}
        if rest == NONE:
            return here
        return all_of([{self.path: {loose: self.boundary}}, any_of([here, rest])])

    def is_empty(self) -> Document:
        """There is no value."""
        return {self.path: {"$eq": None}}

    def is_there(self) -> Document:
        """There is a value."""
        return {self.path: {"$ne": None}}


def sorts(frame: Frame, query: BoundQuery) -> list[list[Sort]]:
    """The paths of each term that `query` is ordered by, the id last."""
    descending = query.order[-1].descending if query.order else False
    found: list[list[Sort]] = []
    for index, term in enumerate((*query.order, BoundOrder(ID_REF, descending))):
        bounds = None if query.after is None else query.after[index]
        found.append(_term(frame, term, index, bounds))
    return found


def _term(frame: Frame, term: BoundOrder, index: int, bound: object) -> list[Sort]:
    ref = term.ref
    paths = _paths(frame, ref, index)
    bounds: Sequence[Any] = [None] * len(paths)
    if bound is not None:
        constant = Constant(bound, ref.kind)
        bounds = [constant.position()] if is_choice(ref.kind) else constant.order()
    nullable = not is_always_there(ref)
    return [
        Sort(path, term.descending, nullable, boundary)
        for path, boundary in zip(paths, bounds, strict=True)
    ]


def _paths(frame: Frame, ref: Ref, index: int) -> list[str]:
    if is_choice(ref.kind):
        name = f"s{index}"
        frame.stages.append({"$set": {name: position(frame.path(ref), ref.kind)}})
        return [name]
    return [frame.path(ref, suffix) for suffix in order_suffixes(ref.kind)]


def sort_stage(terms: Sequence[Sequence[Sort]]) -> Document:
    """The stage that puts records in order."""
    found: Document = {}
    for sort in (sort for term in terms for sort in term):
        found.setdefault(sort.path, -1 if sort.descending else 1)
    return {"$sort": found}


def spans(terms: Sequence[Sequence[Sort]], is_page: bool) -> list[Document]:
    """The list, or what is behind a page, as consecutive parts.

    Records with and without a first value lie apart in an index, so they are asked apart.
    """
    found = [sort for term in terms for sort in term]
    if not is_page:
        return [{}]
    head = found[0]
    rest = found[len(terms[0]) :]
    if head.boundary is None:
        behind = [all_of([head.is_empty(), _behind(rest)])]
        return behind if head.descending else [*behind, head.is_there()]
    behind = [head.beyond(_behind(found[1:]))]
    return [*behind, head.is_empty()] if head.descending and head.nullable else behind


def _behind(found: Sequence[Sort]) -> Document:
    """What is behind the page, among records that are equal to its last one so far."""
    if not found:
        return NONE
    first, rest = found[0], _behind(found[1:])
    if first.boundary is None:
        if first.descending:
            return all_of([first.is_empty(), rest])
        return any_of([first.is_there(), rest])
    if first.descending and first.nullable:
        return any_of([first.is_empty(), first.beyond(rest)])
    return first.beyond(rest)
