"""A schema: all modules of a workspace, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import define, evolve, field

from crmcore.errors import SchemaError
from crmcore.kinds import Link
from crmcore.kinds.plain import plain_str
from crmcore.schema.field import Field, stored_form
from crmcore.schema.module import Key, Module
from crmcore.schema.names import (
    LABEL_LENGTH,
    RESERVED_PREFIX,
    Spellings,
    generated_name,
    nearest,
)

COMPOUND_KEYS = 10_000
FIRST_NUMBER = 100
"""Modules of people are numbered from here; reserved ones come before."""


@define(frozen=True, slots=False, cache_hash=True, getstate_setstate=True)
class Schema:
    """The modules of a workspace. Compared by content; `diff` tells two of them apart."""

    modules: tuple[Module, ...] = field(default=(), converter=tuple[Module, ...])

    @cached_property
    def by_name(self) -> Mapping[str, Module]:
        """Modules by name, retired ones included."""
        return {module.name: module for module in self.modules}

    @cached_property
    def _labels(self) -> Spellings:
        return Spellings((one.name, one.label) for one in self.modules if not one.retired)

    def module(self, name: str) -> Module:
        """The module called `name`, a name or a label; raises `SchemaError`."""
        text = plain_str(name) or ""
        found = self.by_name.get(text)
        if found is not None and not found.retired:
            return found
        names = self._labels.meant(text)
        if len(names) == 1:
            return self.by_name[names[0]]
        if names:
            raise SchemaError("module_ambiguous", name=text, meant=", ".join(names))
        people = [one for one in self.modules if not one.name.startswith(RESERVED_PREFIX)]
        known = [one for one in people if not one.retired]
        spellings = [spelling for one in known for spelling in (one.name, *one.label.all())]
        raise SchemaError(
            "unknown_module",
            name=text[:LABEL_LENGTH],
            suggestion=nearest(text, spellings),
            known=", ".join(one.name for one in known),
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


def numbered(schema: Schema, previous: Schema | None = None, skip: int = 0) -> Schema:
    """`schema` with generated names and immutable numbers filled in.

    Numbers of `previous` are kept for what has the same name; new things get numbers
    never used before. A field whose kind is stored in another way than that of
    `previous` gets the next generation. `skip` so many numbers and generations first:
    storage may know them from a change that was prepared and never made.
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
        made.append(_numbered_module(evolve(module, number=number), old, skip))
    return Schema(made)


def _numbered_module(module: Module, old: Module | None, skip: int) -> Module:
    former = {one.name: one for one in old.fields} if old else {}
    by_number = {one.number: one for one in former.values()}
    # A field may bear the former name of another one that was renamed.
    claimed = {one.number for one in module.fields}
    taken = [one.number for one in (*module.fields, *former.values())]
    next_number = 1 + skip + max(taken, default=0)
    names = [one.name for one in module.fields if one.name]
    fields: list[Field] = []
    for one in module.fields:
        if not one.name:
            one = evolve(one, name=generated_name("field", [*names, *former]))
            names.append(one.name)
        number = one.number or (former[one.name].number if one.name in former else 0)
        if not number or (not one.number and number in claimed):
            number, next_number = next_number, next_number + 1
        generation = _generation(one, by_number.get(number), skip)
        fields.append(evolve(one, number=number, generation=generation))
    return _with_numbered_keys(evolve(module, fields=fields), old)


def _generation(one: Field, old: Field | None, skip: int) -> int:
    if old is None:
        return one.generation
    is_same = stored_form(one.kind) == stored_form(old.kind)
    return old.generation if is_same else old.generation + 1 + skip


def _with_numbered_keys(module: Module, old: Module | None) -> Module:
    former = {(key.fields, key.folded): key.number for key in old.keys} if old else {}
    before = [old.last_key] if old else []
    last = max([COMPOUND_KEYS, module.last_key, *before, *former.values()])
    last = max([last, *(key.number for key in module.keys)])
    keys: list[Key] = []
    for key in module.keys:
        number = key.number or former.get((key.fields, key.folded), 0)
        if not number:
            number = last = last + 1
        keys.append(evolve(key, number=number))
    return evolve(module, keys=keys, last_key=last if last > COMPOUND_KEYS else 0)
