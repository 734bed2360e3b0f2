"""Field rights: how far roles together open each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve

from crmcore.access.roles import LEVELS, Denial, FieldRule, Grant, Role, covers
from crmcore.query.reader import EVERYTHING, OPEN, FieldCase, FieldRight
from crmcore.schema import Module, Schema

_RANK: Final[dict[str, int]] = {level: place for place, level in enumerate(LEVELS)}
EVERY_FIELD: Final = "*"
"""All fields of a module."""

Meant = Mapping[tuple[str, ...], frozenset[str]]
"""The names of fields by what rules call them."""

_WRITE: Final = FieldCase(EVERYTHING, "write")
_MASKED: Final = FieldCase(EVERYTHING, "masked")
"""How a role opens a field of which it says nothing: wholly, and a sensitive one not."""


def lowest(levels: Iterable[str]) -> str:
    """The least of `levels`."""
    return min(levels, key=_RANK.__getitem__)


def highest(levels: Iterable[str]) -> str:
    """The most of `levels`."""
    return max(levels, key=_RANK.__getitem__)


def is_at_least(level: str, wanted: str) -> bool:
    """Whether `level` opens as much as `wanted`."""
    return _RANK[level] >= _RANK[wanted]


def decided(right: FieldRight, holds: Callable[[FieldCase, bool], bool]) -> FieldCase:
    """The case of `right` for a record: the most open of its roles, as far as denials leave it.

    `holds` tells whether a case, or (second argument) a denial, speaks of the record.
    """
    cases = [next(one for one in some if holds(one, False)) for some in right.cases]
    level = highest(one.level for one in cases)
    best = next(one for one in cases if one.level == level)
    capped = lowest((level, *(one.level for one in right.caps if holds(one, True))))
    return best if capped == level else FieldCase(best.where, capped)


def field_rights(roles: Sequence[Role], schema: Schema) -> Mapping[tuple[str, str], FieldRight]:
    """(module, field) → the right to it, where `roles` leave it not wholly open."""
    found: dict[tuple[str, str], FieldRight] = {}
    for module in schema.modules:
        careful = {one.name for one in module.fields if one.classification == "sensitive"}
        speaking = [one for one in roles if _speaks(one, module)]
        denials = [
            one for role in roles for one in role.denials if one.fields and _is_of(one, module)
        ]
        meant = _meant(speaking, denials, module)
        for name in sorted(careful.union(*meant.values())):
            right = _right(speaking, module, name, meant)
            right = _capped(right, [one for one in denials if name in meant[one.fields]])
            if right != OPEN:
                found[module.name, name] = right
    return found


def kept_in(roles: Sequence[Role], schema: Schema) -> frozenset[tuple[str, str]]:
    """(module, field) of the personal fields that no grant of `export` in `roles` names.

    As with field rights, what one role opens holds of all that the roles together reach.
    """
    found: set[tuple[str, str]] = set()
    for module in schema.modules:
        personal = {one.name for one in module.fields if one.personal}
        for grant in (one for role in roles for one in role.grants if personal):
            if grant.exports and _is_of(grant, module):
                every = EVERY_FIELD in grant.exports
                personal -= personal if every else module.named(grant.exports)
        found.update((module.name, name) for name in personal)
    return frozenset(found)


def _speaks(role: Role, module: Module) -> bool:
    return any(_is_of(one, module) and "read" in one.operations for one in role.grants)


def _is_of(one: Grant | Denial | FieldRule, module: Module) -> bool:
    return covers(one.module, module)


def _meant(speaking: Iterable[Role], denials: Iterable[Denial], module: Module) -> Meant:
    """The fields of `module` that rules and denials speak of, by what they say.

    A field that got another name is still meant by the one that it had, and so is one that was
    retired: it is asked about as of the time before.
    """
    if module.fields != module.live:
        module = evolve(module, fields=[evolve(one, retired=False) for one in module.fields])
    rules = [rule for role in speaking for rule in role.fields if _is_of(rule, module)]
    every = frozenset(one.name for one in module.live)
    given = {*(one.fields for one in rules), *(one.fields for one in denials)}
    return {some: every if EVERY_FIELD in some else module.named(some) for some in given}


def _right(speaking: Sequence[Role], module: Module, name: str, meant: Meant) -> FieldRight:
    if not speaking:
        return OPEN
    cases = [tuple(_cases(role, module, name, meant)) for role in speaking]
    level = highest(lowest(one.level for one in some) for some in cases)
    if all(len(some) == 1 for some in cases):
        best = next(some[0] for some in cases if some[0].level == level)
        return FieldRight(level, best.mask)
    most = highest(one.level for some in cases for one in some)
    masks = {one.mask for some in cases for one in some if one.level == "masked"}
    # Which mask it is may differ from record to record too; of all of them nothing shows.
    mask = masks.pop() if len(masks) == 1 else "full"
    if most == level and (level != "masked" or not masks):
        return FieldRight(level, mask)
    return FieldRight(level, mask, tuple(cases))


def _cases(role: Role, module: Module, name: str, meant: Meant) -> Iterator[FieldCase]:
    """The cases of one role: its rules in their order, then what holds of what none speaks of."""
    for rule in role.fields:
        if _is_of(rule, module) and name in meant[rule.fields]:
            yield _case(rule)
            if rule.where is None:
                return
    yield _MASKED if _is_sensitive(module, name) else _WRITE


def _is_sensitive(module: Module, name: str) -> bool:
    # Retired fields too: they are asked about as of the time before.
    return any(one.name == name and one.classification == "sensitive" for one in module.fields)


def _case(rule: FieldRule) -> FieldCase:
    return FieldCase(rule.condition(), rule.level, rule.mask)


def _capped(right: FieldRight, denials: Iterable[Denial]) -> FieldRight:
    """`right` as far as denials leave it."""
    for one in denials:
        cap = "hidden" if "read" in one.operations else "read"
        if is_at_least(cap, right.level) and not right.cases:
            continue
        named = (*right.named, one.name)
        condition = one.condition()
        if condition == EVERYTHING:
            level = lowest((right.level, cap))
            cases = tuple(tuple(_lowered(case, cap) for case in some) for some in right.cases)
            right = evolve(right, level=level, cases=() if level == cap else cases, named=named)
        else:
            cases = right.cases or ((FieldCase(EVERYTHING, right.level, right.mask),),)
            caps = (*right.caps, FieldCase(condition, cap))
            level = lowest((right.level, cap))
            right = evolve(right, level=level, cases=cases, caps=caps, named=named)
    return right


def _lowered(case: FieldCase, cap: str) -> FieldCase:
    return evolve(case, level=lowest((case.level, cap)))
