"""Orders and pages: empties smallest, the id breaking ties, pages as ranges of an index."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import false

from crmcore.query.bound import ID_REF, BoundOrder, BoundQuery
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of, any_of
from crmcore_sql.operands import Place, is_always_there


@frozen
class Sort:
    """One expression of an order, with where the page before ended."""

    expression: Expression
    descending: bool
    nullable: bool
    boundary: Expression | None
    """The value there; `None` for an empty one, or where there was no page before."""

    def direction(self) -> Expression:
        """The expression for ORDER BY."""
        return self.expression.desc() if self.descending else self.expression.asc()

    def beyond(self, rest: Condition) -> Condition:
        """Behind the boundary here, or at it and `rest`; NULL, where it may be, not counted."""
        here, bound = self.expression, self.boundary
        if self.descending:
            return all_of([here <= bound, any_of([here < bound, rest])])
        return all_of([here >= bound, any_of([here > bound, rest])])


def sorts(frame: Frame, query: BoundQuery, after: int) -> list[Sort]:
    """The expressions that `query` is ordered by; `after` is the slot of its first boundary."""
    descending = query.order[-1].descending if query.order else False
    found: list[Sort] = []
    for index, term in enumerate((*query.order, BoundOrder(ID_REF, descending))):
        kind = term.ref.kind
        own = Place(frame, term.ref, kind).order()
        bounds: Sequence[Expression | None] = [None] * len(own)
        if query.after is not None and query.after[index] is not None:
            bounds = Place(frame, after + index, kind).order()
        nullable = not is_always_there(term.ref)
        found += [
            Sort(expression, term.descending, nullable, bound)
            for expression, bound in zip(own, bounds, strict=True)
        ]
    return found


def ranges(found: Sequence[Sort], is_page: bool) -> list[list[Condition]]:
    """What restricts a list to what is behind a page, as consecutive ranges of its order.

    Records with and without a first value lie apart in an index, so they are asked apart.
    """
    if not is_page:
        return [[]]
    first, rest = found[0], _behind(found[1:])
    if first.boundary is None:
        nulls = [first.expression.is_(None), rest]
        return [nulls] if first.descending else [nulls, [first.expression.is_not(None)]]
    values = [first.beyond(rest)]
    if first.descending and first.nullable:
        return [values, [first.expression.is_(None)]]
    return [values]


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
