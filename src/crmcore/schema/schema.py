"""A schema: all modules of a workspace, as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import define, evolve, field

from crmcore.errors import SchemaError
from crmcore.kinds import Link
from crmcore.schema.field import Field
from crmcore.schema.module import Key, Module
from crmcore.schema.names import generated_name, nearest

COMPOUND_KEYS = 10_000
FIRST_NUMBER = 100
"""Modules of people are numbered from here; reserved ones come before."""


@define(frozen=True, slots=False)
class Schema:
    """The modules of a workspace. Compared by content; `diff` tells two of them apart."""

    modules: tuple[Module, ...] = field(default=(), converter=tuple[Module, ...])

    @cached_property
    def by_name(self) -> Mapping[str, Module]:
        """Modules by name, retired ones included."""
        return {module.name: module for module in self.modules}

    @cached_property
    def _spellings(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for module in self.modules:
            if not module.retired:
                for spelling in module.label.all():
                    found.setdefault(spelling.casefold(), set()).add(module.name)
        return {spelling: frozenset(names) for spelling, names in found.items()}

    def module(self, name: str) -> Module:
        """The module called `name`, a name or a label; raises `SchemaError`."""
        found = self.by_name.get(name)
        if found is not None and not found.retired:
            return found
        names = self._spellings.get(name.casefold(), frozenset())
        if len(names) == 1:
            return self.by_name[next(iter(names))]
        if names:
            meant = ", ".join(sorted(names))
            raise SchemaError("module_ambiguous", name=name, meant=meant)
        people = [module for module in self.modules if not module.name.startswith("crm_")]
        spellings = [*(module.name for module in people), *self._spellings]
        raise SchemaError(
            "unknown_module",
            name=name,
            suggestion=nearest(name, spellings),
            known=", ".join(module.name for module in people if not module.retired),
        )

    def children(self, target: str) -> tuple[tuple[Module, Field], ...]:
        """Every live link field that leads to records of `target`, with its module."""
        return self._children.get(target, ())

    @cached_property
    def _children(self) -> Mapping[str, tuple[tuple[Module, Field], ...]]:
        found: dict[str, list[tuple[Module, Field]]] = {}
        for module in self.modules:
            if module.retired:
                continue
            for one in module.links():
                assert isinstance(one.kind, Link)
                found.setdefault(one.kind.target, []).append((module, one))
        return {target: tuple(pairs) for target, pairs in found.items()}

    def with_module(self, module: Module) -> Schema:
        """This schema with `module` added, or put in the place of the one of its name."""
        others = [module if one.name == module.name else one for one in self.modules]
        if module.name not in self.by_name:
            others.append(module)
        return Schema(others)


def numbered(schema: Schema, previous: Schema | None = None) -> Schema:
    """`schema` with generated names and immutable numbers filled in.

    Numbers of `previous` are kept for what has the same name; new things get numbers
    never used before.
    """
    before = previous.by_name if previous is not None else {}
    used = [module.number for module in (*before.values(), *schema.modules)]
    next_module = 1 + max([FIRST_NUMBER - 1, *used])
    names = [module.name for module in schema.modules if module.name]
    made: list[Module] = []
    for module in schema.modules:
        if not module.name:
            module = evolve(module, name=generated_name("module", [*names, *before]))
            names.append(module.name)
        old = before.get(module.name)
        number = module.number or (old.number if old else 0)
        if not number:
            number, next_module = next_module, next_module + 1
        made.append(_numbered_module(evolve(module, number=number), old))
    return Schema(made)


def _numbered_module(module: Module, old: Module | None) -> Module:
    former = {one.name: one for one in old.fields} if old else {}
    taken = [one.number for one in (*module.fields, *former.values())]
    next_number = 1 + max(taken, default=0)
    names = [one.name for one in module.fields if one.name]
    fields: list[Field] = []
    for one in module.fields:
        if not one.name:
            one = evolve(one, name=generated_name("field", [*names, *former]))
            names.append(one.name)
        number = one.number or (former[one.name].number if one.name in former else 0)
        if not number:
            number, next_number = next_number, next_number + 1
        fields.append(evolve(one, number=number))
    return evolve(module, fields=fields, keys=_numbered_keys(module.keys, old))


def _numbered_keys(keys: Iterable[Key], old: Module | None) -> tuple[Key, ...]:
    former = {(key.fields, key.folded): key.number for key in old.keys} if old else {}
    following = 1 + max([COMPOUND_KEYS, *former.values()])
    made: list[Key] = []
    for key in keys:
        number = key.number or former.get((key.fields, key.folded), 0)
        if not number:
            number, following = following, following + 1
        made.append(evolve(key, number=number))
    return tuple(made)
