"""Schemas as plain JSON data and back: versioned, strict, with a closed map of kinds.

What equals its default is left out. Unknown names, unknown kinds and values of another
type are refused, never dropped or converted: `"false"` is not false.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import GenericAlias
from typing import Any, Final, get_args, get_origin

from attrs import evolve
from cattrs import BaseValidationError, Converter, transform_error
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from crmcore import kinds
from crmcore.errors import CrmError, SchemaError
from crmcore.kinds import Kind, Labels, Option
from crmcore.kinds.choice import options
from crmcore.kinds.labels import labels
from crmcore.kinds.plain import is_a, items_of, pairs_of
from crmcore.schema.field import Field, Preset, PresetSource
from crmcore.schema.module import EntryTemplate, Module
from crmcore.schema.schema import Schema

VERSION: Final = 1
_TOLD: Final = 3
_MOST: Final = 10_000

KINDS: Final[Mapping[str, type[Kind]]] = {
    kind.name: kind
    for kind in (
        kinds.Text,
        kinds.LongText,
        kinds.Integer,
        kinds.DecimalKind,
        kinds.MoneyKind,
        kinds.AnyMoney,
        kinds.Percent,
        kinds.Rating,
        kinds.Score,
        kinds.Boolean,
        kinds.Date,
        kinds.DateTime,
        kinds.WallTime,
        kinds.Duration,
        kinds.Choice,
        kinds.MultiChoice,
        kinds.Email,
        kinds.Phone,
        kinds.Url,
        kinds.Postcode,
        kinds.CreditCode,
        kinds.Link,
        kinds.MultiLink,
        kinds.Json,
    )
}
"""Every kind by its tag; nothing else is ever made from data."""


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """`schema` as plain JSON data; raises `SchemaError` where a default fits no value."""
    return {"version": VERSION, "modules": [module_to_json(one) for one in schema.modules]}


def schema_from_json(data: object) -> Schema:
    """The schema of plain JSON data; raises `SchemaError` where it is none.

    Whether the schema makes sense is told by `check`.
    """
    parts = pairs_of(data, _MOST)
    if parts is None or parts.keys() != {"version", "modules"}:
        raise SchemaError("not_a_schema", reason="{version, modules}")
    version = parts["version"]
    if type(version) is not int or version != VERSION:
        raise SchemaError("not_a_schema", reason=f"version {VERSION}")
    modules: tuple[Module, ...] = _structured(parts["modules"], tuple[Module, ...])
    return Schema(modules)


def module_to_json(module: Module) -> dict[str, Any]:
    """`module` as plain JSON data; raises `SchemaError` where a default fits no value."""
    try:
        data: dict[str, Any] = _converter().unstructure(module)
    except CrmError as error:
        raise SchemaError(error.problems) from None
    return data


def module_from_json(data: object) -> Module:
    """The module of plain JSON data; raises `SchemaError` where it is none."""
    module: Module = _structured(data, Module)
    return module


def digest(schema: Schema) -> str:
    """SHA-256 of the canonical JSON of `schema`, in hexadecimal digits."""
    text = json.dumps(
        schema_to_json(schema), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _structured(data: object, wanted: Any) -> Any:
    try:
        return _converter().structure(data, wanted)
    except (BaseValidationError, CrmError, TypeError, ValueError, KeyError, AttributeError) as bad:
        told = transform_error(bad, "modules", _reason)[:_TOLD]
    raise SchemaError("not_a_schema", reason="; ".join(told))


def _reason(error: BaseException, _: Any) -> str:
    if isinstance(error, CrmError):
        return error.message()
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error)[:200]


@cache
def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True, omit_if_default=True)
    for plain in (str, bool, int):
        made.register_structure_hook(plain, _exactly)
    made.register_structure_hook(Decimal, _decimal)
    made.register_unstructure_hook(Decimal, str)
    made.register_structure_hook_factory(
        _is_sequence, lambda wanted: _sequences(made, get_args(wanted)[0])
    )
    # Only what is declared as any kind at all carries a tag.
    made.register_structure_hook_func(lambda wanted: wanted is Kind, _kind)
    made.register_unstructure_hook_func(lambda wanted: wanted is Kind, _tagged)
    # A generated hook keeps the hooks of its parts: parts come before wholes.
    for shorthand in (Labels, Option):
        made.register_structure_hook(shorthand, _or_text(made, shorthand))
    _register_fields(made)
    _register_modules(made)
    return made


def _exactly(data: object, wanted: type[Any]) -> Any:
    if type(data) is not wanted:
        raise TypeError(f"not a {wanted.__name__}")
    return data


def _is_sequence(wanted: Any) -> bool:
    return get_origin(wanted) is tuple


def _sequences(made: Converter, member: Any) -> Callable[[object, Any], Any]:
    """Only a list is a list: a text is not taken apart, nor a mapping for its names."""
    plain: Any = GenericAlias(list, (member,))
    structure = made.get_structure_hook(plain)

    def structured(data: object, _: Any) -> tuple[Any, ...]:
        return tuple(structure(_items(data), plain))

    return structured


def _decimal(data: object, _: Any) -> Decimal:
    try:
        return Decimal(_exactly(data, str))
    except ArithmeticError:
        raise ValueError("not a decimal") from None


def _kind(data: object, _: Any) -> Kind:
    rest = _copied(data)
    tag = rest.pop("kind", None)
    if not isinstance(tag, str) or tag not in KINDS:
        raise ValueError("an unknown kind")
    found: Kind = _converter().structure(rest, KINDS[tag])
    return found


def _tagged(kind: Kind) -> dict[str, Any]:
    return {"kind": kind.name, **_converter().unstructure(kind)}


def _copied(data: object) -> dict[str, Any]:
    pairs = pairs_of(data, _MOST)
    if pairs is None or not all(type(name) is str for name in pairs):
        raise TypeError("not a mapping of names")
    return {str(name): value for name, value in pairs.items()}


def _items(data: object) -> list[object]:
    items = items_of(data, _MOST) if is_a(data, list) or is_a(data, tuple) else None
    if items is None:
        raise TypeError("not a list")
    return items


def _or_text(made: Converter, wanted: type[Any]) -> Callable[[object, Any], Any]:
    """Labels and options may be written as one text."""
    structure = make_dict_structure_fn(wanted, made)

    def structured(data: object, _: Any) -> Any:
        if type(data) is str:
            return labels(data) if wanted is Labels else options([data])[0]
        return structure(_copied(data), wanted)

    return structured


def _register_fields(made: Converter) -> None:
    structure = make_dict_structure_fn(Field, made, default=override(omit=True))
    unstructure = make_dict_unstructure_fn(
        Field, made, _cattrs_omit_if_default=True, default=override(omit=True)
    )

    def field_from(data: object, _: Any) -> Field:
        rest = _copied(data)
        default = rest.pop("default", None)
        # What archives and digests of the first form say of the class personal.
        if _exactly(rest.pop("personal", False), bool):
            rest.setdefault("classification", "personal")
        one = structure(rest, Field)
        return one if default is None else evolve(one, default=_default_from(one.kind, default))

    def field_to(one: Field) -> dict[str, Any]:
        default = {} if one.default is None else {"default": _default_to(one.kind, one.default)}
        made = {**unstructure(one), **default}
        if one.classification == "personal":
            del made["classification"]
            made["personal"] = True
        return made

    made.register_structure_hook(Field, field_from)
    made.register_unstructure_hook(Field, field_to)


def _default_to(kind: Kind, default: object) -> dict[str, Any]:
    if isinstance(default, Preset):
        return {"preset": default.source}
    return {"value": kind.to_json(kind.normalize(default))}


def _default_from(kind: Kind, data: object) -> object:
    match _copied(data):
        case {"preset": source, **rest} if not rest and source in get_args(PresetSource):
            return Preset(source)
        case {"value": value, **rest} if not rest:
            return kind.from_json(value)
    raise ValueError("neither a value nor a preset")


def _register_modules(made: Converter) -> None:
    """Presets of templates are written and read by the kinds of their fields."""
    template_from = make_dict_structure_fn(EntryTemplate, made, presets=override(omit=True))
    template_to = make_dict_unstructure_fn(
        EntryTemplate, made, _cattrs_omit_if_default=True, presets=override(omit=True)
    )
    structure = make_dict_structure_fn(Module, made, templates=override(omit=True))
    unstructure = make_dict_unstructure_fn(
        Module, made, _cattrs_omit_if_default=True, templates=override(omit=True)
    )

    def read(data: object, kinds: Mapping[str, Kind]) -> EntryTemplate:
        rest = _copied(data)
        presets = _copied(rest.pop("presets", {}))
        found = {name: _default_from(kinds[name], value) for name, value in presets.items()}
        return evolve(template_from(rest, EntryTemplate), presets=found)

    def module_from(data: object, _: Any) -> Module:
        rest = _copied(data)
        given = _items(rest.pop("templates", []))
        module = structure(rest, Module)
        kinds = _kinds_of(module)
        return evolve(module, templates=[read(one, kinds) for one in given]) if given else module

    def module_to(module: Module) -> dict[str, Any]:
        data = unstructure(module)
        kinds = _kinds_of(module)
        for one in module.templates:
            presets = {name: _default_to(kinds[name], one.presets[name]) for name in one.presets}
            made = {**template_to(one), **({"presets": presets} if presets else {})}
            data.setdefault("templates", []).append(made)
        return data

    made.register_structure_hook(Module, module_from)
    made.register_unstructure_hook(Module, module_to)


def _kinds_of(module: Module) -> dict[str, Kind]:
    return {one.name: one.kind for one in module.fields}
