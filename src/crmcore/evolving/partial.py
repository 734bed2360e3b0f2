"""Partial documents: what a named thing does not mention is filled in as it is at present."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import fields

from crmcore.schema import Field
from crmcore.schema.codec import KINDS

COMPUTED: Final = ("formula", "path", "roll_up")
"""How a field may say that it is computed; one of them replaces another."""

_GENERAL: Final = frozenset({*(one.name for one in fields(Field)), "retire", "kind", *COMPUTED})

_NAMING: Final = frozenset({"title", "keys", "templates", "fields", "required"})
"""Where a definition of a module names its fields."""


def filled_module(
    given: Mapping[str, Any], present: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """The module `given` (but for its fields), with what it leaves out of `present`.

    `names` are the new names of fields, by those that `present` knows them by.
    """
    rest = {name: value for name, value in present.items() if name != "fields"}
    if names:
        rest.update({part: _renamed(rest[part], names) for part in _NAMING & rest.keys()})
    return {**rest, **given}


def _renamed(data: object, names: Mapping[str, str]) -> object:
    """A title, keys or templates with fields under other names."""
    if isinstance(data, str):
        return names.get(data, data)
    if isinstance(data, list):
        return [_renamed(one, names) for one in data]
    if isinstance(data, Mapping):
        made = {key: _renamed(one, names) for key, one in data.items() if key in _NAMING}
        presets = {names.get(key, key): one for key, one in data.get("presets", {}).items()}
        return {**data, **made, **({"presets": presets} if presets else {})}
    return data


def filled_field(given: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """The field `given`, with what it leaves out of `present`, as far as its kind has that."""
    kind = KINDS.get(str(given.get("kind", present["kind"])))
    own = set[str]() if kind is None else {one.name for one in fields(kind) if one.init}
    is_computed = any(name in given for name in COMPUTED)
    rest = {
        name: value
        for name, value in present.items()
        if name in (_GENERAL | own) and not (is_computed and name in COMPUTED)
    }
    made = {**rest, **given}
    options = given.get("options")
    if isinstance(options, list | tuple):
        before = {_code(one): one for one in present.get("options", ())}
        made["options"] = [_filled_option(one, before) for one in options]
    return made


def _filled_option(given: object, before: Mapping[object, object]) -> object:
    former = before.get(_code(given))
    if not isinstance(former, Mapping):
        return given
    return {**former, **(given if isinstance(given, Mapping) else {})}


def _code(option: object) -> object:
    found = option.get("code") if isinstance(option, Mapping) else option
    return found if isinstance(found, str) else None
