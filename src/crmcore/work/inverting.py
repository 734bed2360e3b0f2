"""The inverse of a change of configuration: what it changed is changed back, what came later stays.

Definitions are compared part by part: module, field, attribute, option, key, computed field.
What the change added is retired, because names and numbers are given once and never again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from attrs import define, evolve, field, frozen

from crmcore.kinds import Choice, Kind, Option
from crmcore.rules import ComputedRule
from crmcore.schema import Field, Key, Module, Schema
from crmcore.schema.field import stored_form
from crmcore.schema.names import RESERVED_PREFIX
from crmcore.work.undoing import FieldFate

_FRAME: Final = ("label", "help", "title", "templates", "enabled", "retired")
_FIELD: Final = (
    "name",
    "label",
    "help",
    "required",
    "unique",
    "default",
    "indexed",
    "classification",
    "retired",
)
T = TypeVar("T")


@frozen
class Definitions:
    """Schema and computed fields at one moment."""

    schema: Schema
    computed: tuple[ComputedRule, ...] = ()


@define
class Inverse:
    """Definitions with a change taken out of them.

    `origins` are the fields, by (module, number), as they were before the change where their
    kind goes back to what it was.
    """

    definitions: Definitions
    restored: list[FieldFate] = field(factory=list)
    kept: list[FieldFate] = field(factory=list)
    origins: dict[tuple[str, int], Field] = field(factory=dict)

    def choose(self, module: str, name: str | None, before: T, after: T, now: T) -> T:
        """What `now` becomes where a change led from `before` to `after`."""
        if before == after or now == before:
            return now
        if now == after:
            self.note(self.restored, module, name)
            return before
        self.note(self.kept, module, name)
        return now

    def note(self, fates: list[FieldFate], module: str, name: str | None) -> None:
        """Tell of a field, or of a whole module."""
        reason = "edited_since" if fates is self.kept else None
        fate = FieldFate(module, "", name, reason)
        if fate not in fates:
            fates.append(fate)


def inverse(before: Definitions, after: Definitions, now: Definitions) -> Inverse:
    """`now` without what led from `before` to `after`."""
    made = Inverse(now)
    former = {one.number: one for one in before.schema.modules}
    wrote = {one.number: one for one in after.schema.modules}
    modules: list[Module] = []
    for one in now.schema.modules:
        if one.name.startswith(RESERVED_PREFIX) or one.number not in wrote:
            modules.append(one)
        elif one.number not in former:
            modules.append(_retired_module(made, wrote[one.number], one))
        else:
            modules.append(_module(made, former[one.number], wrote[one.number], one))
    rules = _rules(made, before.computed, after.computed, now.computed)
    made.definitions = Definitions(Schema(modules), rules)
    return made


def _retired_module(made: Inverse, after: Module, now: Module) -> Module:
    if now.retired:
        return now
    # Fields that came later go with the module; they keep what they hold.
    made.note(made.restored, now.name, None)
    return evolve(now, retired=True)


def _module(made: Inverse, before: Module, after: Module, now: Module) -> Module:
    chosen = {
        name: made.choose(now.name, None, *(getattr(one, name) for one in (before, after, now)))
        for name in _FRAME
        if name != "title"
    }
    fields = _fields(made, before, after, now)
    names = {one.number: one.name for one in fields}
    title = made.choose(now.name, None, *(_title(one) for one in (before, after, now)))
    return evolve(
        now,
        fields=fields,
        title=None if title is None else names.get(title),
        keys=_keys(made, names, before, after, now),
        **chosen,
    )


def _title(module: Module) -> int | None:
    """The number of the title field: names may change."""
    return next((one.number for one in module.fields if one.name == module.title), None)


def _fields(made: Inverse, before: Module, after: Module, now: Module) -> list[Field]:
    former = {one.number: one for one in before.fields}
    wrote = {one.number: one for one in after.fields}
    fields: list[Field] = []
    for one in now.fields:
        if one.number not in wrote:
            fields.append(one)
        elif one.number not in former:
            fields.append(_taken_out(made, now, one))
        else:
            fields.append(_field(made, now.name, former[one.number], wrote[one.number], one))
    order = [one.number for one in before.fields]
    if [one.number for one in now.fields] == [one.number for one in after.fields]:
        later = len(order)
        places = {number: place for place, number in enumerate(order)}
        fields.sort(key=lambda one: places.get(one.number, later))
    return fields


def _taken_out(made: Inverse, module: Module, one: Field) -> Field:
    if one.retired:
        return one
    made.note(made.restored, module.name, one.name)
    return evolve(one, retired=True, unique=None, required=False)


def _field(made: Inverse, module: str, before: Field, after: Field, now: Field) -> Field:
    chosen: dict[str, Any] = {
        name: made.choose(module, now.name, *(getattr(one, name) for one in (before, after, now)))
        for name in _FIELD
    }
    kind = _kind(made, module, before, after, now)
    if stored_form(kind) != stored_form(now.kind):
        made.origins[module, now.number] = before
    return evolve(now, kind=kind, **chosen)


def _kind(made: Inverse, module: str, before: Field, after: Field, now: Field) -> Kind:
    kinds = [one.kind for one in (before, after, now)]
    if all(isinstance(one, Choice) and type(one) is type(kinds[0]) for one in kinds):
        return _choice(made, module, now.name, *kinds)
    return made.choose(module, now.name, *kinds)


def _choice(made: Inverse, module: str, name: str, *kinds: Kind) -> Kind:
    before, after, now = (
        {one.code: one for one in kind.options} if isinstance(kind, Choice) else {}
        for kind in kinds
    )
    options: list[Option] = []
    for code, option in now.items():
        if code not in after:
            options.append(option)
        elif code in before:
            options.append(made.choose(module, name, before[code], after[code], option))
        elif option.retired:
            options.append(option)
        else:
            made.note(made.restored, module, name)
            options.append(evolve(option, retired=True))
    if list(now) == list(after):
        places = {code: place for place, code in enumerate(before)}
        options.sort(key=lambda one: places.get(one.code, len(places)))
    present = kinds[2]
    assert isinstance(present, Choice)
    return evolve(present, options=tuple(options))


def _keys(
    made: Inverse, names: Mapping[int, str], before: Module, after: Module, now: Module
) -> tuple[Key, ...]:
    former, wrote, present = (_by_fields(one) for one in (before, after, now))
    kept = [key for place, key in present.items() if place in former or place not in wrote]
    back = [key for place, key in former.items() if place not in wrote and place not in present]
    if back or len(kept) != len(present):
        made.note(made.restored, now.name, None)
    both = {id(key): place for keys in (former, present) for place, key in keys.items()}
    return tuple(
        evolve(key, fields=[names[number] for number in both[id(key)][0]]) for key in (*kept, *back)
    )


def _by_fields(module: Module) -> dict[tuple[tuple[int, ...], bool], Key]:
    numbers = {one.name: one.number for one in module.fields}
    return {(tuple(numbers[name] for name in key.fields), key.folded): key for key in module.keys}


def _rules(
    made: Inverse,
    before: Sequence[ComputedRule],
    after: Sequence[ComputedRule],
    now: Sequence[ComputedRule],
) -> tuple[ComputedRule, ...]:
    place: Callable[[ComputedRule], tuple[str, str]] = lambda one: (one.module, one.field)  # noqa: E731
    former, wrote, present = ({place(one): one for one in rules} for rules in (before, after, now))
    found: list[ComputedRule] = []
    for where in dict.fromkeys((*former, *present)):
        values = (former.get(where), wrote.get(where), present.get(where))
        chosen = made.choose(where[0], where[1], *values)
        if chosen is not None:
            found.append(chosen)
    return tuple(found)
