"""Groups and figures of a summary as expressions, each with what finishes its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from attrs import define, field, frozen
from sqlalchemy import Select, Text, case, func, select
from sqlalchemy import cast as sql_cast

from crmcore.kinds import Choice, Kind, Money
from crmcore.kinds.money import MONEY_SCALE
from crmcore.query.answer import checked_total, scaled_decimal, sum_of_units
from crmcore.query.bound import TRUE, BoundGroup, BoundMeasure, BoundSummary, Ref
from crmcore_sql.buckets import bucketed
from crmcore_sql.codec import Read, value_decoder
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.forms import CURRENCY, VALUE, is_choice, is_sorted_text
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of
from crmcore_sql.lists import allowed
from crmcore_sql.operands import Place, by_option
from crmcore_sql.predicates import condition
from crmcore_sql.relations import ONE, Context

_DIVIDER: Final = "\x01"
"""Sorts before every character of a search key, and stands in no text."""
_RANK_DIGITS: Final = 6
_LEAST_AMOUNT: Final = 10**18

Finish = Callable[..., object]


@frozen
class Figure:
    """Some columns of a row, and the function from them to one value of the answer."""

    columns: tuple[Expression, ...]
    finish: Finish


def is_money_sum(measure: BoundMeasure) -> bool:
    """Whether a figure has one sum per currency, and so a statement of its own."""
    is_money = measure.ref is not None and measure.ref.kind.shape == "money"
    return measure.function == "sum" and is_money


@define(eq=False)
class Counting:
    """The expressions of one statement of a summary."""

    context: Context
    query: BoundSummary
    frame: Frame = field(init=False)

    def __attrs_post_init__(self) -> None:
        past = self.query.as_of is not None
        self.frame = Frame(self.context, self.context.asked(self.query.module), past)

    def statement(
        self, groups: Sequence[Figure], columns: Sequence[Expression], terms: Sequence[Condition]
    ) -> Select[Any]:
        """Groups, then `columns`, over the records that also fulfil `terms`."""
        query, frame = self.query, self.frame
        found = [*terms]
        if query.where != TRUE:
            found.append(condition(frame, query.where))
        found += allowed(frame, query.scope)
        keys = [column for group in groups for column in group.columns]
        labels = [f"g{index}" for index in range(len(keys))]
        made = select(
            *(key.label(label) for key, label in zip(keys, labels, strict=True)),
            *(column.label(f"m{index}") for index, column in enumerate(columns)),
        )
        made = made.select_from(frame.source).group_by(*labels)
        return made.where(all_of(found)) if found else made

    def group(self, group: BoundGroup) -> Figure:
        """One dimension."""
        if group.bucket is not None:
            expression, finish = bucketed(self.frame, group.ref, group.bucket)
            return Figure((expression,), _or_empty(finish))
        read = Read(group.ref.kind, identity=True)
        columns = tuple(self.frame.column(group.ref, part.suffix) for part in read.parts)
        return Figure(columns, value_decoder(self.context.dialect.codec, read))

    def figure(self, measure: BoundMeasure) -> Figure:
        """One figure; no columns for one that has a statement of its own."""
        if is_money_sum(measure):
            return Figure((), _nothing)
        only = None if measure.where == TRUE else condition(self.frame, measure.where)
        if measure.ref is None:
            return Figure((func.count() if only is None else func.count(case((only, ONE))),), _same)

        def counted(expression: Expression) -> Expression:
            return expression if only is None else case((only, expression))

        return self._of_values(measure.function, measure.ref, counted)

    def _of_values(
        self, function: str, ref: Ref, counted: Callable[[Expression], Expression]
    ) -> Figure:
        value = self.frame.column(ref)
        if function == "count":
            return Figure((func.count(counted(value)),), _same)
        if function == "count_distinct":
            if ref.kind.shape == "money":
                value = self.frame.column(ref, CURRENCY) + sql_cast(value, Text)
            return Figure((func.count(counted(value).distinct()),), _same)
        if function == "sum":
            parts = self.context.dialect.expressions.exact_sum(counted(value))
            return Figure(parts, sum_of(ref.kind))
        expression, finish = self._sortable(ref)
        extreme = self.context.dialect.expressions.extreme
        which: Literal["min", "max"] = "min" if function == "min" else "max"
        return Figure((extreme(which, counted(expression)),), _or_empty(finish))

    def _sortable(self, ref: Ref) -> tuple[Expression, Finish]:
        """One expression that is ordered as the values are, and what they are read from."""
        place, kind = Place(self.frame, ref, ref.kind), ref.kind
        context = self.context
        if is_sorted_text(kind):
            divider = context.parameters.fixed(_DIVIDER, "text")
            return place.order_key() + divider + place.part(VALUE), _behind_divider
        if is_choice(kind):
            assert isinstance(kind, Choice)
            codes = list(kind.positions)
            ranks = [
                context.parameters.fixed(f"{rank:0{_RANK_DIGITS}}", "text")
                for rank in range(len(codes) + 1)
            ]
            return by_option(place, codes, ranks) + place.part(VALUE), _behind_rank
        if kind.shape == "money":
            amount = context.dialect.expressions.sortable_amount(place.part(VALUE))
            return place.part(CURRENCY) + amount, _money
        return place.part(VALUE), value_decoder(context.dialect.codec, Read(kind, identity=True))


def whole(parts: Sequence[object]) -> int | None:
    """The sum whose parts an engine gave, highest first, the others of 32 bits each."""
    total = 0
    for part in parts:
        if part is None:
            return None
        total = (total << 32) + int(part)  # type: ignore[call-overload]
    return total


def sum_of(kind: Kind) -> Finish:
    """From the parts of a sum of values of `kind` to the sum."""

    def finish(*parts: object) -> object:
        total = whole(parts)
        return None if total is None else sum_of_units(kind, total)

    return finish


def money_sum(parts: Sequence[object], currency: object) -> Money:
    """The sum of money of one currency, from its parts."""
    total = whole(parts)
    assert total is not None
    return Money(scaled_decimal(checked_total(total), MONEY_SCALE), str(currency))


def _or_empty(finish: Finish) -> Finish:
    def finished(found: object) -> object:
        return None if found is None else finish(found)

    return finished


def _same(found: object) -> object:
    return found


def _nothing() -> None:
    return None


def _behind_divider(found: str) -> str:
    return found.split(_DIVIDER, 1)[1]


def _behind_rank(found: str) -> str:
    return found[_RANK_DIGITS:]


def _money(found: str) -> Money:
    return Money(scaled_decimal(int(found[3:]) - _LEAST_AMOUNT, MONEY_SCALE), found[:3])
