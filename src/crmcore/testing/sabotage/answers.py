"""Planted bugs of answers: orders, pages, groups, figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, ClassVar

from attrs import evolve

from crmcore.kinds import Choice, LongText, Money, Text
from crmcore.query.bound import (
    ID_REF,
    BoundMeasure,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Ref,
)
from crmcore.storage import Batch, Row
from crmcore.testing.sabotage.spoiling import PassedOn, in_batches

Key = tuple[Any, ...]
_INT64 = 2**63


def true_key(ref: Ref, value: object) -> Key:
    """What a value is ordered by."""
    return (0,) if value is None else (1, ref.kind.sort_key(value))


class Reordering(PassedOn):
    """Sorts, cuts and pages by itself; `key` and `is_after` are where it goes wrong."""

    def key(self, ref: Ref, value: object) -> Key:
        """What a value is ordered by."""
        return true_key(ref, value)

    def is_after(self, here: list[Key], bounds: list[Key], falling: list[bool]) -> bool:
        """Whether a record stands behind the last one of the page before."""
        for one, bound, is_falling in zip(here, bounds, falling, strict=True):
            if one != bound:
                return one < bound if is_falling else one > bound
        return False

    def ties_fall(self, query: BoundQuery) -> bool:
        """Whether records that are else equal come by falling ids."""
        return query.order[-1].descending if query.order else False

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        if query.versions:
            return self.inner.select(query)
        order = (*query.order, BoundOrder(ID_REF, self.ties_fall(query)))
        falling = [term.descending for term in order]
        width = len(query.columns)
        columns = (*query.columns, *(term.ref for term in order))
        rows = self.rows(evolve(query, columns=columns, order=(), after=None, limit=None))
        keyed = [
            ([self.key(term.ref, part) for term, part in zip(order, row[width:], strict=True)], row)
            for row in rows
        ]
        if query.after is not None:
            bounds = [self.key(t.ref, part) for t, part in zip(order, query.after, strict=True)]
            keyed = [one for one in keyed if self.is_after(one[0], bounds, falling)]
        for place in reversed(range(len(order))):
            keyed.sort(key=lambda one, at=place: one[0][at], reverse=falling[place])  # type: ignore[misc]
        return in_batches([row[:width] for _, row in keyed][: query.limit])


class NullOrder(Reordering):
    """Empty sorts behind everything, as on some engines by default."""

    def key(self, ref: Ref, value: object) -> Key:
        return (2,) if value is None else true_key(ref, value)


class ChoiceOrderByCode(Reordering):
    """Choices are sorted by their codes."""

    def key(self, ref: Ref, value: object) -> Key:
        if value is not None and isinstance(ref.kind, Choice):
            return (1, value)
        return true_key(ref, value)


class TextOrderByCodePoint(Reordering):
    """Texts are sorted by code points, without their search key."""

    def key(self, ref: Ref, value: object) -> Key:
        if value is not None and isinstance(ref.kind, (Text, LongText)):
            return (1, value)
        return true_key(ref, value)


class KeysetSkipsTies(Reordering):
    """A page begins behind all records that share the first value of the cursor."""

    def is_after(self, here: list[Key], bounds: list[Key], falling: list[bool]) -> bool:
        return here[0] < bounds[0] if falling[0] else here[0] > bounds[0]


class TiesRise(Reordering):
    """Ties are broken by rising ids, whatever the direction of the last term."""

    def ties_fall(self, query: BoundQuery) -> bool:
        return False


class Grouping(PassedOn):
    """Hands on another summary, or changes its figures."""

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        spoiled = evolve(query, measures=tuple(self.measure(one) for one in query.measures))
        spoiled = self.asked(spoiled)
        width = len(query.groups)
        for batch in self.inner.summarize(spoiled):
            yield [
                (
                    *row[:width],
                    *(self.figure(m, v) for m, v in zip(query.measures, row[width:], strict=True)),
                )
                for row in batch
            ]

    def measure(self, one: BoundMeasure) -> BoundMeasure:
        """The measure that is asked in the place of `one`."""
        return one

    def asked(self, query: BoundSummary) -> BoundSummary:
        """The summary that is asked in the place of `query`."""
        return query

    def figure(self, measure: BoundMeasure, value: Any) -> Any:
        """The figure that is told in the place of `value`."""
        return value


class SumOverflow(Grouping):
    """Sums beyond 64 bits of the smallest unit go through binary floats."""

    def figure(self, measure: BoundMeasure, value: Any) -> Any:
        if measure.function != "sum" or value is None:
            return value
        if isinstance(value, tuple):
            return tuple(Money(_through_float(one.amount), one.currency) for one in value)
        return _through_float(value)


def _through_float(value: Any) -> Any:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
        if abs(value.scaleb(-exponent)) < _INT64:
            return value
        return Decimal(repr(float(value)))
    return int(float(value)) if isinstance(value, int) and abs(value) >= _INT64 else value


class SumOfNothing(Grouping):
    """The sum over nothing is 0."""

    def figure(self, measure: BoundMeasure, value: Any) -> Any:
        return 0 if measure.function == "sum" and value is None else value


class CountsEmpties(Grouping):
    """`count(field)` counts records whose field is empty, too."""

    def measure(self, one: BoundMeasure) -> BoundMeasure:
        return evolve(one, ref=None) if one.function == "count" else one


class MeasureWhereLost(Grouping):
    """The condition of a measure is forgotten."""

    def measure(self, one: BoundMeasure) -> BoundMeasure:
        return BoundMeasure(one.function, one.ref)


class BucketIgnoresZone(Grouping):
    """Buckets are taken in UTC."""

    utc: ClassVar[tuple[tuple[int, int], ...]] = ((-(2**62), 0),)

    def asked(self, query: BoundSummary) -> BoundSummary:
        groups = tuple(
            evolve(one, bucket=evolve(one.bucket, offsets=self.utc)) if one.bucket else one
            for one in query.groups
        )
        return evolve(query, groups=groups)


class EmptyGroupLost(Grouping):
    """Records without a value are in no group."""

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        width = len(query.groups)
        keep: Callable[[Row], bool] = lambda row: None not in row[:width]  # noqa: E731
        for batch in self.inner.summarize(query):
            yield [row for row in batch if keep(row)]
