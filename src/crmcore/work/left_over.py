"""What computed fields were computed of before: the values are left, and tell of it still."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from crmcore.rules import ComputedRule
from crmcore.schema import Schema
from crmcore.work.tainting import Place, inputs_of

LEFT_OVER: Final = "left_over"
"""The name of the definition."""

LeftOver = Mapping[Place, frozenset[Place]]
"""(module, field) → the fields that its values were computed of by rules that are gone."""

_Numbers = tuple[int, int]


def left_over(
    before: LeftOver,
    former: Schema,
    rules: Iterable[ComputedRule],
    schema: Schema,
    computed: Sequence[ComputedRule],
) -> LeftOver:
    """What is left `before` and of those of `rules` that are not in `computed` any more.

    In the names of `schema`, which comes after `former`. History has the values of a rule that
    is another one now, so it counts as gone too.
    """
    found: dict[Place, set[Place]] = {place: set(parts) for place, parts in before.items()}
    for rule in rules:
        if rule not in computed:
            found.setdefault((rule.module, rule.field), set()).update(inputs_of(rule, former))
    return left_over_from_json(_to_numbers(found, former), schema)


def left_over_to_json(left: LeftOver, schema: Schema) -> list[object]:
    """What is left as plain data, by numbers: names may change."""
    return _to_numbers(left, schema)


def left_over_from_json(data: object, schema: Schema) -> LeftOver:
    """What is left of plain data, in the names of `schema`; fields that are gone are left out."""
    names: dict[_Numbers, Place] = {
        (module.number, one.number): (module.name, one.name)
        for module in schema.modules
        for one in module.fields
    }
    found: dict[Place, frozenset[Place]] = {}
    for place, parts in data if isinstance(data, (list, tuple)) else ():
        known = frozenset(names[one] for one in map(_numbers, parts) if one in names)
        if _numbers(place) in names and known:
            found[names[_numbers(place)]] = known
    return found


def _numbers(pair: Sequence[int]) -> _Numbers:
    return pair[0], pair[1]


def _to_numbers(left: Mapping[Place, Iterable[Place]], schema: Schema) -> list[object]:
    numbers = {
        (module.name, one.name): [module.number, one.number]
        for module in schema.modules
        for one in module.fields
    }
    return [
        [numbers[place], sorted(numbers[one] for one in parts if one in numbers)]
        for place, parts in sorted(left.items())
        if place in numbers
    ]
