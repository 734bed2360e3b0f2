"""What a reader knows of a module: which fields there are, and which he can ask about."""

from __future__ import annotations

from attrs import evolve

from crmcore.kinds import LongText
from crmcore.query.reader import FieldRight, Reader
from crmcore.schema import Field, Module
from crmcore.schema.field import STAMP_NAMES

_MASKED = LongText()
_UPDATES = ("updated_at", "updated_by")


def shown_to(reader: Reader, module: Module) -> Module:
    """`module` as `reader` knows it: without hidden fields, masked ones being texts."""
    names = [one.name for one in module.live]
    rights = {name: reader.field_right(module.name, name) for name in names}
    if all(right.is_known for right in rights.values()):
        return module
    hidden = {
        name
        for name, right in rights.items()
        if not right.is_known and (_is_always_hidden(right) or not module.by_name[name].stored)
    }
    fields = [
        evolve(one, kind=_MASKED, default=None, unique=None)
        if rights.get(one.name) is not None and not rights[one.name].is_known
        else one
        for one in module.fields
        if one.name not in hidden
    ]
    return evolve(
        module,
        fields=fields,
        title=None if module.title in hidden else module.title,
        keys=[key for key in module.keys if not hidden & set(key.fields)],
        templates=[],
    )


def _is_always_hidden(right: FieldRight) -> bool:
    return right.level == "hidden" and not right.is_conditional


def is_masked(reader: Reader, module: Module, one: Field) -> bool:
    """Whether the field `one`, which `reader` knows of, is not wholly open to him.

    Who changed a record last, and when, is withheld with any field: it would tell that a
    field changed that he does not see.
    """
    if reader.system or not reader.fields:
        return False
    if one.name in STAMP_NAMES:
        return one.name in _UPDATES and tells_less(reader, module)
    return not reader.field_right(module.name, one.name).is_known


def tells_less(reader: Reader, module: Module) -> bool:
    """Whether some field of `module` is hidden from `reader`, or masked."""
    return any(not reader.field_right(module.name, one.name).is_known for one in module.live)
