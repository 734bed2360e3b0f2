"""Values as columns and parameters: what is compared for equality, and what for order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen
from sqlalchemy import Integer, case, literal_column

from crmcore.kinds import Choice, Kind
from crmcore.query.bound import BoundComparator, Const, Ref
from crmcore.schema import Key
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.forms import CURRENCY, KEY, VALUE, is_choice, is_sorted_text, parts
from crmcore_sql.frames import Frame
from crmcore_sql.junction import all_of, any_of

Operand = Ref | int
"""A place, or the slot of a constant."""

COMPLEMENT: Final[dict[BoundComparator, BoundComparator]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
MIRROR: Final[dict[BoundComparator, BoundComparator]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
COMPARE: Final[dict[str, Callable[[Expression, Expression], Condition]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@frozen
class Place:
    """A value of `kind`: a place in a frame, or a constant."""

    frame: Frame
    operand: Operand
    kind: Kind

    def part(self, suffix: str) -> Expression:
        """One part of the value."""
        if isinstance(self.operand, Ref):
            return self.frame.column(self.operand, suffix)
        part = next(part for part in parts(self.kind) if part.suffix == suffix)
        return self.frame.context.parameters.value(self.operand, self.kind, part.form)

    def identity(self) -> list[Expression]:
        """What equal values share."""
        if self.kind.shape == "money":
            return [self.part(CURRENCY), self.part(VALUE)]
        return [self.part(VALUE)]

    def order(self) -> list[Expression]:
        """What the value is ordered by, the first part deciding first."""
        if is_sorted_text(self.kind):
            return [self.order_key(), self.part(VALUE)]
        if is_choice(self.kind):
            return [self._position()]
        return self.identity()

    def order_key(self) -> Expression:
        """The part of the search key of a sorted text that takes part in an order."""
        context = self.frame.context
        if isinstance(self.operand, Ref):
            return context.dialect.expressions.order_key(self.part(KEY))
        return context.parameters.order_key(self.operand)

    def _position(self) -> Expression:
        parameters = self.frame.context.parameters
        assert isinstance(self.kind, Choice)
        if isinstance(self.operand, int):
            return parameters.carry(self.operand, "position", "integer", self.kind.sort_key)
        codes = list(self.kind.positions)
        ranks = [parameters.fixed(place, "integer") for place in range(len(codes) + 1)]
        return by_option(self, codes, ranks)

    def is_empty(self) -> list[Condition]:
        """The condition that there is no value; nothing where there always is one."""
        if isinstance(self.operand, int) or is_always_there(self.operand):
            return []
        return [self.part(VALUE).is_(None)]


def by_option(choice: Place, codes: Sequence[str], results: Sequence[Expression]) -> Expression:
    """The result of the option that the choice at `choice` is; the last one for unknown codes."""
    code = choice.part(VALUE)
    parameters = choice.frame.context.parameters
    options = [
        (code == parameters.fixed(one, "text"), result)
        for one, result in zip(codes, results, strict=False)
    ]
    empty = (code.is_(None), literal_column("NULL", Integer()))
    return case(empty, *options, else_=results[-1])


def place(frame: Frame, operand: Ref | Const, kind: Kind) -> Place:
    """`operand` as a value of `kind`."""
    if isinstance(operand, Ref):
        return Place(frame, operand, kind)
    return Place(frame, frame.context.parameters.slot_of(operand), kind)


def is_always_there(ref: Ref) -> bool:
    """Whether the column of `ref` cannot be NULL."""
    return not ref.steps and ref.field.number in (-1, -2)


def equal(left: Place, right: Place) -> Condition:
    """The two are the same, and there."""
    pairs = zip(left.identity(), right.identity(), strict=True)
    terms = [first == second for first, second in pairs]
    return all_of([*_served(left, right), *terms])


def _served(left: Place, right: Place) -> list[Condition]:
    """What follows from equality with a constant and is served by an index."""
    if not isinstance(left.operand, Ref) or isinstance(right.operand, Ref):
        return []
    key = unique_key(left.frame, left.operand)
    if key is not None:
        digest = left.frame.context.parameters.digest(right.operand, left.kind)
        return [key_column(left.frame, left.operand, key) == digest]
    if is_sorted_text(left.kind) and left.operand.field.indexed:
        return [left.order_key() == right.order_key()]
    return []


def key_column(frame: Frame, ref: Ref, key: Key) -> Expression:
    """The digests of the unique key made of the field of `ref` alone."""
    relation = frame.relation(ref.steps)
    return relation.named(relation.tables.key(key.number))


def unique_key(frame: Frame, ref: Ref, *, folded: bool = False) -> Key | None:
    """The unique key made of the field of `ref` alone, where its digests can be asked."""
    relation = frame.relation(ref.steps)
    if not relation.is_current or ref.field.number < 0:
        return None
    for key in relation.tables.module.unique_keys:
        if key.fields == (ref.field.name,) and key.folded == folded:
            return key
    return None


def differs(left: Place, right: Place) -> Condition:
    """The exact complement of `equal`."""
    pairs = zip(left.identity(), right.identity(), strict=True)
    different = [first != second for first, second in pairs]
    return any_of([*left.is_empty(), *right.is_empty(), *different])


def ordered(left: Place, comparator: BoundComparator, right: Place) -> Condition:
    """`left comparator right`; money compares within one currency only."""
    if left.kind.shape == "money":
        same = left.part(CURRENCY) == right.part(CURRENCY)
        return all_of([same, COMPARE[comparator](left.part(VALUE), right.part(VALUE))])
    return lexical(left.order(), comparator, right.order())


def not_ordered(left: Place, comparator: BoundComparator, right: Place) -> Condition:
    """The exact complement of `ordered`."""
    other = COMPLEMENT[comparator]
    terms = [*left.is_empty(), *right.is_empty()]
    if left.kind.shape == "money":
        terms.append(left.part(CURRENCY) != right.part(CURRENCY))
        terms.append(COMPARE[other](left.part(VALUE), right.part(VALUE)))
    else:
        terms.append(lexical(left.order(), other, right.order()))
    return any_of(terms)


def lexical(
    left: Sequence[Expression], comparator: BoundComparator, right: Sequence[Expression]
) -> Condition:
    """`left comparator right`, the first parts deciding first, in a form that indexes serve."""
    if len(left) == 1:
        return COMPARE[comparator](left[0], right[0])
    strict, loose = comparator[0], comparator[0] + "="
    rest = lexical(left[1:], comparator, right[1:])
    first = COMPARE[loose](left[0], right[0])
    return all_of([first, any_of([COMPARE[strict](left[0], right[0]), rest])])
