"""Groups and figures of a summary as expressions, each with what finishes its values.

Sums are taken over integers, which costs least and is exact while they stay within 64 bits.
MongoDB tells by the type of a sum where it did not, and then decimals are added instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from attrs import define, frozen
from bson.decimal128 import Decimal128

from crmcore.kinds import Kind
from crmcore.query.answer import sum_of_units
from crmcore.query.bound import TRUE, BoundGroup, BoundMeasure, Ref
from crmcore_mongo.buckets import bucketed
from crmcore_mongo.codec import Document, Read, value_decoder
from crmcore_mongo.expressions import Expression, is_there, position, truth
from crmcore_mongo.forms import CURRENCY, KEY, is_choice, is_sorted_text
from crmcore_mongo.frames import Frame

Finish = Callable[..., object]


class Adding(Enum):
    """How sums are asked for."""

    BARE = "integers alone"
    COUNTED = "integers, and the largest of them: over nothing there is none"
    DECIMAL = "decimals of 34 digits, which no number of records exceeds"


class Unsure(Exception):
    """A sum does not tell enough: it must be asked for in the way `adding`."""

    def __init__(self, adding: Adding) -> None:
        super().__init__(adding.value)
        self.adding = adding


@frozen
class Figure:
    """Some expressions, and the function from their values to one value of the answer."""

    expressions: tuple[Expression, ...]
    finish: Finish


def is_apart(measure: BoundMeasure) -> bool:
    """Whether a figure has groups of its own: sums per currency, and different values."""
    is_money = measure.ref is not None and measure.ref.kind.shape == "money"
    return measure.function == "count_distinct" or (measure.function == "sum" and is_money)


@define(eq=False)
class Counting:
    """The expressions of one pipeline of a summary; paths and conditions add to its frame."""

    frame: Frame
    adding: Adding = Adding.BARE

    def group(self, group: BoundGroup) -> Figure:
        """One dimension; empty is a group."""
        if group.bucket is not None:
            expression, finish = bucketed(self.frame.path(group.ref), group.bucket)
            return Figure((expression,), _or_empty(finish))
        return self.value(group.ref)

    def value(self, ref: Ref) -> Figure:
        """What two equal values have in common."""
        read = Read(ref.kind, identity=True)
        paths = [self.frame.path(ref, part.suffix) for part in read.parts]
        return Figure(tuple(f"${path}" for path in paths), value_decoder(read))

    def where(self, measure: BoundMeasure) -> list[Expression]:
        """What restricts the records that a figure counts."""
        return [] if measure.where == TRUE else [truth(self.frame, measure.where)]

    def figure(self, measure: BoundMeasure) -> Figure:
        """One figure that is counted along with its groups, as accumulators."""
        terms = self.where(measure)
        if measure.ref is None:
            return Figure(({"$sum": _if(terms, 1, 0)},), _count)
        path = self.frame.path(measure.ref)
        if measure.function == "count":
            return Figure(({"$sum": _if([*terms, is_there(path)], 1, 0)},), _count)
        if measure.function == "sum":
            return self._sum(path, terms, measure.ref.kind)
        expression, finish = self._sortable(measure.ref)
        found = _if([*terms, is_there(path)], expression, None)
        return Figure(({f"${measure.function}": found},), _or_empty(finish))

    def _sum(self, path: str, terms: list[Expression], kind: Kind) -> Figure:
        amount = _if(terms, f"${path}", None)
        if self.adding is Adding.BARE:
            return Figure(({"$sum": amount},), _bare_sum(kind))
        if self.adding is Adding.COUNTED:
            return Figure(({"$sum": amount}, {"$max": amount}), _counted_sum(kind))
        decimal = _if(terms, {"$toDecimal": f"${path}"}, None)
        return Figure(({"$sum": decimal},), _decimal_sum(kind))

    def _sortable(self, ref: Ref) -> tuple[Expression, Finish]:
        """One expression that is ordered as the values are, and what they are read from."""
        path, kind = self.frame.path(ref), ref.kind
        decode = value_decoder(Read(kind, identity=True))
        if is_sorted_text(kind):
            return [f"${self.frame.path(ref, KEY)}", f"${path}"], _second
        if is_choice(kind):
            return [position(path, kind), f"${path}"], _second
        if kind.shape == "money":
            return [f"${self.frame.path(ref, CURRENCY)}", f"${path}"], lambda pair: decode(
                pair[1], pair[0]
            )
        return f"${path}", decode


def _if(terms: list[Expression], found: Expression, other: Expression) -> Expression:
    if not terms:
        return found
    return {"$cond": [{"$and": terms} if len(terms) > 1 else terms[0], found, other]}


def added(found: Any) -> int:
    """A sum of smallest units over some values. Raises `Unsure`."""
    if isinstance(found, float):
        raise Unsure(Adding.DECIMAL)
    return int(found.to_decimal()) if isinstance(found, Decimal128) else int(found)


def _count(found: Any) -> int:
    return int(found or 0)


def _bare_sum(kind: Kind) -> Finish:
    def finish(total: Any) -> object:
        if total is None:
            return None
        units = added(total)
        if not units:
            raise Unsure(Adding.COUNTED)
        return sum_of_units(kind, units)

    return finish


def _counted_sum(kind: Kind) -> Finish:
    def finish(total: Any, largest: Any) -> object:
        return None if largest is None else sum_of_units(kind, added(total))

    return finish


def _decimal_sum(kind: Kind) -> Finish:
    def finish(total: Any) -> object:
        if not isinstance(total, Decimal128):
            # Over nothing the server says a plain 0.
            return None
        return sum_of_units(kind, added(total))

    return finish


def _or_empty(finish: Finish) -> Finish:
    def finished(found: object) -> object:
        return None if found is None else finish(found)

    return finished


def _second(pair: list[Any]) -> object:
    return pair[1]


def keys(groups: list[Figure]) -> Document | None:
    """What a pipeline groups by."""
    found = [expression for group in groups for expression in group.expressions]
    return {f"g{index}": expression for index, expression in enumerate(found)} or None


def group_values(groups: list[Figure], found: Mapping[str, Any] | None) -> tuple[object, ...]:
    """The values of the groups of one document."""
    values, first = [], 0
    for group in groups:
        last = first + len(group.expressions)
        parts = [(found or {}).get(f"g{index}") for index in range(first, last)]
        values.append(group.finish(*parts))
        first = last
    return tuple(values)
