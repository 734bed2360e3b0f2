"""Summaries: a bound summary as pipelines, their groups finished and joined in Python.

Sums per currency and counts of different values have groups of their own, and so pipelines
of their own, which read the same snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from crmcore.kinds import Money
from crmcore.kinds.money import MONEY_SCALE
from crmcore.query.answer import checked_total, scaled_decimal
from crmcore.query.bound import BoundSummary
from crmcore.storage import Row
from crmcore_mongo.codec import Document
from crmcore_mongo.expressions import is_there
from crmcore_mongo.figures import (
    Adding,
    Counting,
    Figure,
    Unsure,
    added,
    group_values,
    is_apart,
    keys,
)
from crmcore_mongo.forms import CURRENCY
from crmcore_mongo.frames import Stages
from crmcore_mongo.layout import ShelfOf
from crmcore_mongo.lists import asked

Aggregate = Callable[[str, Stages], Iterator[Document]]


@frozen
class ApartPlan:
    """A pipeline for one figure at `place` of the answer, by groups."""

    place: int
    stages: Stages
    groups: list[Figure]
    is_sum: bool

    def collected(self, documents: Iterator[Document]) -> dict[Row, object]:
        """The figure of each group."""
        found: dict[Row, Any] = {}
        for document in documents:
            group = group_values(self.groups, document["_id"])
            if not self.is_sum:
                found[group] = int(document["n"])
                continue
            total = checked_total(added(document["n"]))
            money = Money(scaled_decimal(total, MONEY_SCALE), document["_id"]["c"])
            found.setdefault(group, []).append(money)
        if not self.is_sum:
            return found
        return {
            group: tuple(sorted(sums, key=lambda money: money.currency))
            for group, sums in found.items()
        }


@frozen
class SummaryPlan:
    """The pipelines of a summary."""

    collection: str
    stages: Stages
    groups: list[Figure]
    figures: list[Figure]
    apart: list[ApartPlan]

    def answered(self, aggregate: Aggregate) -> list[Row]:
        """All rows of the answer."""
        others = [
            (one, one.collected(aggregate(self.collection, one.stages))) for one in self.apart
        ]
        found: list[Row] = []
        for document in aggregate(self.collection, self.stages):
            found.append(self._row(document, others))
        if not found and not self.groups:
            found.append(self._row({}, others))
        return found

    def _row(self, document: Document, others: list[tuple[ApartPlan, dict[Row, object]]]) -> Row:
        group = group_values(self.groups, document.get("_id"))
        values: list[object] = []
        for index, figure in enumerate(self.figures):
            # Over nothing the server answers nothing.
            parts = range(len(figure.expressions))
            values.append(figure.finish(*(document.get(f"m{index}_{part}") for part in parts)))
        for plan, by_group in others:
            values[plan.place] = by_group.get(group, None if plan.is_sum else 0)
        return (*group, *values)


def answered(
    query: BoundSummary, shelf_of: ShelfOf, aggregate: Aggregate, adding: Adding
) -> list[Row]:
    """All rows of the answer; sums that are not sure are asked for in another way."""
    while True:
        try:
            return plan_summary(query, shelf_of, adding).answered(aggregate)
        except Unsure as unsure:
            adding = unsure.adding


def plan_summary(query: BoundSummary, shelf_of: ShelfOf, adding: Adding) -> SummaryPlan:
    """The pipelines that answer `query`."""
    counting = Counting(asked(query, shelf_of), adding)
    groups = [counting.group(group) for group in query.groups]
    figures = [
        Figure((), _nothing) if is_apart(measure) else counting.figure(measure)
        for measure in query.measures
    ]
    counted = {
        f"m{index}_{part}": expression
        for index, figure in enumerate(figures)
        for part, expression in enumerate(figure.expressions)
    }
    stages = [*counting.frame.stages, {"$group": {"_id": keys(groups), **counted}}]
    apart = [
        _apart(query, shelf_of, index, adding)
        for index, measure in enumerate(query.measures)
        if is_apart(measure)
    ]
    return SummaryPlan(shelf_of(query.module).current, stages, groups, figures, apart)


def _apart(query: BoundSummary, shelf_of: ShelfOf, place: int, adding: Adding) -> ApartPlan:
    """One sum of money of any currency, or count of different values, by groups."""
    measure = query.measures[place]
    counting = Counting(asked(query, shelf_of))
    groups = [counting.group(group) for group in query.groups]
    assert measure.ref is not None
    path = counting.frame.path(measure.ref)
    terms = [is_there(path), *counting.where(measure)]
    chosen = {"$match": {"$expr": {"$and": terms}}}
    by = keys(groups) or {}
    is_sum = measure.function == "sum"
    if is_sum:
        by["c"] = f"${counting.frame.path(measure.ref, CURRENCY)}"
        amount: Any = f"${path}"
        if adding is Adding.DECIMAL:
            amount = {"$toDecimal": amount}
        stages = [chosen, {"$group": {"_id": by, "n": {"$sum": amount}}}]
    else:
        values = counting.value(measure.ref).expressions
        by |= {f"v{index}": expression for index, expression in enumerate(values)}
        names: Sequence[str] = list(keys(groups) or {})
        again: Any = {name: f"$_id.{name}" for name in names} or None
        stages = [chosen, {"$group": {"_id": by}}, {"$group": {"_id": again, "n": {"$sum": 1}}}]
    return ApartPlan(place, [*counting.frame.stages, *stages], groups, is_sum)


def _nothing() -> None:
    return None
