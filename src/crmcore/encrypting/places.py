"""How modules are laid down: the columns in which encrypted values, and what stands for them, lie.

An encrypted field becomes two: its cipher under its own name and number, and behind all other
fields its blind index, which is compared, is unique and is found by an index in its stead.
Some fields of reserved modules may hold values of encrypted fields, or what they could be
guessed from; those are encrypted in place, and stand for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import evolve, frozen

from crmcore.kinds import LongText, Text
from crmcore.schema import Field, Key, Module, Schema
from crmcore.schema.encryption import has_encrypted
from crmcore.schema.reserved import HEAD

BLIND_NUMBERS: Final = 1_000_000
"""Added to the number of a field for that of its blind index: no field and no key gets there."""

_CIPHER: Final = LongText(max_length=1_000_000)
_BLIND: Final = Text(max_length=64, sorted=False)
_HIDING: Final[Mapping[str, tuple[str, ...]]] = {
    "crm_change_request": ("changes",),
    "crm_operation": ("request", "result"),
    "crm_step": ("result",),
    "crm_message": ("body",),
    # Digests without a secret salt: who guesses a value could see that he is right.
    "crm_change_set": ("root", "chain", "content", "told"),
    "crm_head": ("chain", "content", "key"),
}
"""Fields of reserved modules that are encrypted in place."""


@frozen
class Encrypted:
    """Where the values of one encrypted field lie, and what their ciphers are bound to."""

    field: Field
    place: str
    cipher: Field
    blind: Field


@frozen
class Hidden:
    """A field of a reserved module whose values are encrypted in place."""

    field: Field
    place: str


@frozen
class Laid:
    """One module as it is laid down: `physical`, in which the inner store knows it.

    `fields` are those of the module that are laid down in another way than they are asked
    for, by name.
    """

    physical: Module
    fields: Mapping[str, Encrypted | Hidden]


def laid(module: Module) -> Laid:
    """How `module` is laid down; the same answer for the same object, as stores rely on."""
    found: Laid | None = module.__dict__.get("_laid")
    if found is None:
        found = module.__dict__["_laid"] = _made(module)
    return found


def laid_schema(schema: Schema) -> Schema:
    """`schema` as it is laid down, with the place where the store's own key is kept."""
    found: Schema | None = schema.__dict__.get("_laid")
    if found is None:
        modules = [laid(one).physical for one in schema.modules]
        if HEAD.name not in schema.by_name:
            modules.insert(0, HEAD)
        found = schema.__dict__["_laid"] = Schema(modules)
    return found


def _made(module: Module) -> Laid:
    hidden = _HIDING.get(module.name, ())
    if hidden:
        live = [one for one in module.fields if one.name in hidden]
        return Laid(module, {one.name: Hidden(one, _place(module, one)) for one in live})
    if not has_encrypted(module):
        return Laid(module, {})
    found = {one.name: _encrypted(module, one) for one in module.fields if one.encrypted}
    plain = [found[one.name].cipher if one.encrypted else one for one in module.fields]
    blinds = [found[one.name].blind for one in module.fields if one.encrypted]
    keys = [evolve(key, fields=_parts(key, found)) for key in module.keys]
    # Templates and the title speak to people: no store looks at them.
    fields = [*plain, *blinds]
    return Laid(evolve(module, fields=fields, keys=keys, templates=(), title=None), found)


def _encrypted(module: Module, one: Field) -> Encrypted:
    cipher = Field(one.name, _CIPHER, one.label, retired=one.retired, number=one.number)
    blind = Field(
        blind_name(one.name),
        _BLIND,
        unique=one.unique,
        indexed=one.indexed,
        retired=one.retired,
        number=BLIND_NUMBERS + one.number,
    )
    cipher, blind = (evolve(each, generation=one.generation) for each in (cipher, blind))
    return Encrypted(one, _place(module, one), cipher, blind)


def _parts(key: Key, found: Mapping[str, Encrypted]) -> tuple[str, ...]:
    return tuple(found[name].blind.name if name in found else name for name in key.fields)


def _place(module: Module, one: Field) -> str:
    return f"{module.name} {one.number} {one.generation}"


def blind_name(name: str) -> str:
    """What the blind index of the field `name` is called: as no field of people can be."""
    return f"_{name}"


def named(fields: str) -> str:
    """`fields` of a key, joined by `+`, under the names that people gave."""
    return "+".join(name.removeprefix("_") for name in fields.split("+"))
