"""Orders and pages: empties smallest, the id breaking ties, pages as ranges of an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen
from sqlalchemy import String, Text, false, literal_column

from crmcore.query.bound import ID_REF, BoundOrder, BoundQuery
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of, any_of
from crmcore_sql.operands import Place, is_always_there

_LEAST_TEXT: Final[Expression] = literal_column("''", Text())


@frozen
class Sort:
    """One expression of an order, with where the page before ended."""

    expression: Expression
    descending: bool
    nullable: bool
    boundary: Expression | None
    """The value there; `None` for an empty one, or where there was no page before."""

    def is_there(self) -> Condition:
        """There is a value, in a form that is a range of an index."""
        if isinstance(self.expression.type, String):
            return self.expression >= _LEAST_TEXT
        return self.expression.is_not(None)

    def beyond(self, rest: Condition) -> Condition:
        """Behind the boundary here, or at it and `rest`; NULL, where it may be, not counted."""
        here, bound = self.expression, self.boundary
        if self.descending:
            return all_of([here <= bound, any_of([here < bound, rest])])
        return all_of([here >= bound, any_of([here > bound, rest])])


@frozen
class Span:
    """A part of a list: what restricts it; its first `skip` sorts are empty throughout."""

    terms: tuple[Condition, ...]
    skip: int = 0


def sorts(frame: Frame, query: BoundQuery, after: int) -> list[list[Sort]]:
    """The expressions of each term that `query` is ordered by, the id last.

    `after` is the slot of the first boundary.
    """
    descending = query.order[-1].descending if query.order else False
    found: list[list[Sort]] = []
    for index, term in enumerate((*query.order, BoundOrder(ID_REF, descending))):
        kind = term.ref.kind
        own = Place(frame, term.ref, kind).order()
        bounds: Sequence[Expression | None] = [None] * len(own)
        if query.after is not None and query.after[index] is not None:
            bounds = Place(frame, after + index, kind).order()
        nullable = not is_always_there(term.ref)
        found.append(
            [
                Sort(expression, term.descending, nullable, bound)
                for expression, bound in zip(own, bounds, strict=True)
            ]
        )
    return found


def spans(found: Sequence[Sort], first: int, is_page: bool) -> list[Span]:
    """The list, or what is behind a page, as consecutive parts.

    Records with and without a first value, which the `first` expressions make, lie apart in
    an index, so they are asked apart.
    """
    if not is_page:
        return [Span(())]
    head, rest = found[0], found[first:]
    empty = tuple(sort.expression.is_(None) for sort in found[:first])
    if head.boundary is None:
        spans = [Span((*empty, _behind(rest)), first)]
        if not head.descending:
            spans.append(Span((head.is_there(),)))
        return spans
    spans = [Span((head.beyond(_behind(found[1:])),))]
    if head.descending and head.nullable:
        spans.append(Span(empty, first))
    return spans


def _behind(found: Sequence[Sort]) -> Condition:
    """What is behind the page, among records that are equal to its last one so far."""
    if not found:
        return false()
    first, rest = found[0], _behind(found[1:])
    if first.boundary is None:
        if first.descending:
            return all_of([first.expression.is_(None), rest])
        return any_of([first.expression.is_not(None), rest])
    if first.descending and first.nullable:
        return any_of([first.expression.is_(None), first.beyond(rest)])
    return first.beyond(rest)
