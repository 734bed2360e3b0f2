"""Fields that lie encrypted in the store: which may be, and which modules have some."""

from __future__ import annotations

from collections.abc import Iterator

from crmcore.errors import Problem
from crmcore.kinds import Link, MultiChoice
from crmcore.schema.field import Field, Preset
from crmcore.schema.module import Module
from crmcore.schema.names import RESERVED_PREFIX
from crmcore.schema.schema import Schema


def has_encrypted(module: Module) -> bool:
    """Whether some field of `module` is encrypted, retired ones too: their values are there."""
    return any(one.encrypted for one in module.fields)


def is_encrypted(schema: Schema) -> bool:
    """Whether some field of some module of `schema` is encrypted."""
    return any(has_encrypted(module) for module in schema.modules)


def encryption_problems(module: Module, one: Field) -> Iterator[Problem]:
    """Why the field `one` of `module`, which is to be encrypted, cannot be."""
    reason = _unfit(module, one)
    if reason is not None:
        params = {"name": one.name, "kind": one.kind.name}
        yield Problem(reason, params, module.name, None, one.name)


def _unfit(module: Module, one: Field) -> str | None:
    if module.name.startswith(RESERVED_PREFIX):
        return "encrypted_reserved"
    if module.keeping == "adopted":
        return "encrypted_adopted"
    if isinstance(one.kind, (Link, MultiChoice)):
        return "encrypted_kind"
    if one.computed is not None:
        return "encrypted_computed"
    if one.name == module.title:
        return "encrypted_title"
    folded = any(key.folded and one.name in key.fields for key in module.unique_keys)
    if folded:
        return "encrypted_folded"
    # Constants of a definition lie open in it.
    given = [one.default, *(template.presets.get(one.name) for template in module.templates)]
    if any(value is not None and not isinstance(value, Preset) for value in given):
        return "encrypted_default"
    return None
