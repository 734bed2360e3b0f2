"""Whether some record could fulfil a bound condition: decided on the condition alone.

`False` is a proof. `True` may be said of what no record can fulfil, where the reasons lie
outside what is looked at: equal, unequal, empty, more and less, each place by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from crmcore.kinds import Boolean, Choice, MultiChoice
from crmcore.query.bound import (
    AllOf,
    Always,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    IsEmpty,
    Negation,
    Ref,
    Within,
)

Values = frozenset[object]
_STEPS: Final = 20_000
_NONE: Final[Values] = frozenset()
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_ORDERED: Final = (int, Decimal, date, datetime)
_MOST_VALUES: Final = 1_000


@frozen
class _Box:
    """What is known of one place: which values it may hold, and which not."""

    among: Values | None = None
    excluded: Values = _NONE
    is_empty: bool | None = None
    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None


_Known = dict[object, _Box]


def satisfiable(node: BoundNode, unknown: Values = _NONE) -> bool:
    """Whether `node` may hold of some record; `unknown` constants may equal any other one."""
    return _Search(unknown).possible([(node, True)], {}, {})


class _Search:
    """A search through the alternatives of a condition, of so many steps at most."""

    def __init__(self, unknown: Values) -> None:
        self._unknown = unknown
        self._left = _STEPS

    def possible(
        self, waiting: list[tuple[BoundNode, bool]], known: _Known, facts: dict[BoundNode, bool]
    ) -> bool:
        """Whether all that waits may hold (or not, as it says) together with what is known."""
        self._left -= 1
        if self._left < 0:
            return True
        if not waiting:
            return True
        (node, holds), rest = waiting[-1], waiting[:-1]
        if isinstance(node, Always):
            return node.holds == holds and self.possible(rest, known, facts)
        if isinstance(node, Negation):
            return self.possible([*rest, (node.term, not holds)], known, facts)
        if isinstance(node, AllOf | AnyOf):
            parts = [(one, holds) for one in node.terms]
            if isinstance(node, AllOf) == holds:
                return self.possible([*rest, *parts], known, facts)
            return any(self.possible([*rest, part], known, facts) for part in parts)
        return any(
            self.possible(rest, after, learned)
            for after, learned in self._learned(node, holds, known, facts)
        )

    def _learned(
        self, leaf: BoundNode, holds: bool, known: _Known, facts: dict[BoundNode, bool]
    ) -> Iterator[tuple[_Known, dict[BoundNode, bool]]]:
        """What is known once `leaf` holds, or does not: each way, where there is one."""
        place = leaf.left if isinstance(leaf, Comparison) else getattr(leaf, "operand", None)
        ways = list(_ways(leaf, holds)) if isinstance(place, Ref) else []
        if not ways:
            if facts.get(leaf, holds) == holds:
                yield known, {**facts, leaf: holds}
            return
        assert isinstance(place, Ref)
        box = known.get(place) or _first(place)
        for way in ways:
            joined = self._joined(box, way)
            if joined is not None:
                yield {**known, place: joined}, facts

    def _joined(self, one: _Box, two: _Box) -> _Box | None:
        """Both together; `None` where they exclude each other."""
        if {one.is_empty, two.is_empty} == {True, False}:
            return None
        is_empty = two.is_empty if one.is_empty is None else one.is_empty
        low = _tighter(one.low, two.low, higher=True)
        high = _tighter(one.high, two.high, higher=False)
        made = _Box(
            self._common(one.among, two.among), one.excluded | two.excluded, is_empty, low, high
        )
        return None if is_empty is False and self._is_void(made) else made

    def _common(self, one: Values | None, two: Values | None) -> Values | None:
        if one is None or two is None:
            return two if one is None else one
        # What is unknown may be any of the others.
        if one & self._unknown:
            return two if not two & self._unknown else one | two
        return one if two & self._unknown else one & two

    def _is_void(self, box: _Box) -> bool:
        """Whether no value is left for a place that is not empty."""
        if box.low is not None and box.high is not None:
            (least, with_least), (most, with_most) = box.low, box.high
            if least > most or (least == most and not (with_least and with_most)):
                return True
        if box.among is None:
            return False
        return not any(
            value not in box.excluded and (value in self._unknown or _is_between(value, box))
            for value in box.among
        )


def _ways(leaf: BoundNode, holds: bool) -> Iterator[_Box]:
    """The ways in which a leaf over one place comes to hold, or not; none for what is unlike."""
    if isinstance(leaf, IsEmpty):
        yield _Box(is_empty=holds)
    elif isinstance(leaf, Within):
        values = frozenset(leaf.values)
        yield _Box(values, is_empty=False) if holds else _Box(excluded=values)
    elif isinstance(leaf, Comparison) and isinstance(leaf.right, Const):
        value, sign = leaf.right.value, leaf.comparator
        if sign in ("==", "!="):
            is_equal = holds == (sign == "==")
            same = frozenset([value])
            yield _Box(same, is_empty=False) if is_equal else _Box(excluded=same)
        elif isinstance(value, _ORDERED) and not isinstance(value, bool):
            if not holds:
                yield _Box(is_empty=True)
            yield _range(sign if holds else _OPPOSITE[sign], value)


def _range(sign: str, value: object) -> _Box:
    edge = (value, sign in ("<=", ">="))
    if sign in ("<", "<="):
        return _Box(is_empty=False, high=edge)
    return _Box(is_empty=False, low=edge)


def _first(ref: Ref) -> _Box:
    """What the kind of a place says by itself."""
    kind = ref.kind
    if isinstance(kind, Boolean):
        return _Box(frozenset([True, False]))
    is_single = isinstance(kind, Choice) and not isinstance(kind, MultiChoice)
    if is_single and isinstance(kind, Choice) and len(kind.options) <= _MOST_VALUES:
        return _Box(frozenset(one.code for one in kind.options))
    return _Box()


def _tighter(
    one: tuple[Any, bool] | None, two: tuple[Any, bool] | None, *, higher: bool
) -> tuple[Any, bool] | None:
    if one is None or two is None:
        return two if one is None else one
    if one[0] == two[0]:
        return (one[0], one[1] and two[1])
    return one if (one[0] > two[0]) == higher else two


def _is_between(value: Any, box: _Box) -> bool:
    if not isinstance(value, _ORDERED):
        return True
    if box.low is not None and (value < box.low[0] or (value == box.low[0] and not box.low[1])):
        return False
    return box.high is None or value < box.high[0] or (value == box.high[0] and box.high[1])
