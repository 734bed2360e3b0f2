"""What changed between two schemas, as a list of steps that people can read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from attrs import evolve, frozen

from crmcore.errors import SchemaError
from crmcore.kinds import Choice
from crmcore.schema.field import Field, stored_form
from crmcore.schema.module import Module
from crmcore.schema.schema import Schema

StepKind = Literal[
    "add_module",
    "retire_module",
    "restore_module",
    "change_module",
    "add_field",
    "rename_field",
    "retire_field",
    "restore_field",
    "relabel_field",
    "change_kind",
    "change_field",
    "add_key",
    "drop_key",
]


@frozen
class SchemaStep:
    """One step from one schema to another."""

    kind: StepKind
    module: str
    field: str | None = None
    former: str | None = None

    def __str__(self) -> str:
        where = self.module if self.field is None else f"{self.module}.{self.field}"
        return f"{self.kind} {where}" + (f" (was {self.former})" if self.former else "")


def diff(old: Schema, new: Schema) -> tuple[SchemaStep, ...]:
    """The steps that lead from `old` to `new`; both numbered.

    Things are matched by number, so a renamed field is one step. A module, field or
    option that vanished without being retired is refused with `SchemaError`.
    """
    before = {module.number: module for module in old.modules}
    steps: list[SchemaStep] = []
    for module in new.modules:
        former = before.pop(module.number, None)
        if former is None:
            steps.append(SchemaStep("add_module", module.name))
        else:
            steps.extend(_module_steps(former, module))
    if before:
        lost = next(iter(before.values()))
        raise SchemaError("module_vanished", module=lost.name, name=lost.name)
    return tuple(steps)


def _module_steps(old: Module, new: Module) -> Iterator[SchemaStep]:
    if old.name != new.name:
        raise SchemaError("module_renamed", module=old.name, name=new.name)
    if old.retired != new.retired:
        yield SchemaStep("retire_module" if new.retired else "restore_module", new.name)
    before = {one.number: one for one in old.fields}
    for one in new.fields:
        former = before.pop(one.number, None)
        if former is None:
            yield SchemaStep("add_field", new.name, one.name)
        elif former.encrypted != one.encrypted:
            # Every former version would have to be written anew, in history too.
            raise SchemaError("encryption_switched", module=new.name, field=one.name, name=one.name)
        elif former != one:
            yield from _field_steps(new.name, former, one)
    if before:
        lost = next(iter(before.values()))
        raise SchemaError("field_vanished", module=new.name, field=lost.name, name=lost.name)
    old_keys, new_keys = _keys(old), _keys(new)
    for key in sorted(new_keys.keys() - old_keys.keys()):
        yield SchemaStep("add_key", new.name, new_keys[key])
    for key in sorted(old_keys.keys() - new_keys.keys()):
        yield SchemaStep("drop_key", new.name, old_keys[key])
    if _frame(old, new) != _frame(new, old):
        yield SchemaStep("change_module", new.name)


def _keys(module: Module) -> dict[tuple[tuple[int, ...], bool], str]:
    """What must be unique, by the numbers of the fields, with their names."""
    return {
        (tuple(module.by_name[name].number for name in key.fields), key.folded): "+".join(
            key.fields
        )
        for key in module.unique_keys
    }


def _frame(module: Module, other: Module) -> tuple[object, ...]:
    common = {one.number for one in other.fields}
    order = tuple(one.number for one in module.fields if one.number in common)
    title = None if module.title is None else module.by_name[module.title].number
    return module.label, module.help, title, module.templates, module.enabled, order


def _field_steps(module: str, old: Field, new: Field) -> Iterator[SchemaStep]:
    if old.name != new.name:
        yield SchemaStep("rename_field", module, new.name, old.name)
    if old.retired != new.retired:
        yield SchemaStep("retire_field" if new.retired else "restore_field", module, new.name)
    if old.label != new.label or old.help != new.help:
        yield SchemaStep("relabel_field", module, new.name)
    if stored_form(old.kind) != stored_form(new.kind):
        yield SchemaStep("change_kind", module, new.name, old.kind.name)
    elif isinstance(old.kind, Choice) and isinstance(new.kind, Choice):
        for code in sorted(old.kind.positions.keys() - new.kind.positions.keys()):
            raise SchemaError("option_vanished", module=module, field=new.name, name=code)
    same = evolve(new, name=old.name, retired=old.retired, label=old.label, help=old.help)
    if evolve(same, generation=old.generation) != old:
        yield SchemaStep("change_field", module, new.name)
