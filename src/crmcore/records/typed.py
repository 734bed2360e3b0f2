"""Typed views: a record as an instance of a user's own attrs class, and back.

Conversion is strict: a value has the type that the class declares or is refused. Nothing
is turned into something else on the way, no field of the class is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import attrs
from cattrs import BaseValidationError, Converter
from cattrs.errors import StructureHandlerNotFoundError

from crmcore.errors import Invalid, Problem, SchemaError
from crmcore.kinds import Money
from crmcore.kinds.plain import is_a, shown
from crmcore.records.record import Record
from crmcore.schema import Field, Module
from crmcore.schema.field import ASKABLE_STAMPS, STAMP_NAMES

T = TypeVar("T")

_PLAIN: Final = (str, bool, int, float, Decimal, date, datetime, time, timedelta, Money)
_SEQUENCES: Final = (tuple, list, set, frozenset)
_REFUSALS: Final = (
    BaseValidationError,
    StructureHandlerNotFoundError,
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
)
_STAMPS: Final = ASKABLE_STAMPS | {"version"}


def view(record: Record, cls: type[T]) -> T:
    """`record` as an instance of the attrs class `cls`.

    The class names some fields of the module (by name or label) and may name `id`,
    `version` and the other stamps. Fields that may be empty are declared optional.
    Raises `SchemaError` where the class does not fit the module, and `Invalid` with
    every value that does not fit the class.
    """
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    wanted: Any = cls
    for part in _parts(wanted, record.layout.module):
        value = record[part.field.name]
        try:
            given[part.name] = part.structure(value, part.wanted)
        except _REFUSALS:
            code = "view_empty" if value is None else "view_value"
            facts = {"name": part.name, "value": shown(value), "wanted": _told(part.wanted)}
            problems.append(Problem(code, facts, record.module, record.id, part.field.name))
    if problems:
        raise Invalid(problems)
    return cls(**given)


def values(instance: object, since: Record | None = None) -> dict[str, object]:
    """What `instance` of an attrs class says of a record, for `create` and `update`.

    Stamps are left out. With `since`, the record that the instance was viewed from, only
    what differs from it: nobody else's edit is written over. Raises `Invalid` for what is
    no attrs instance.
    """
    cls = type(instance)
    if not attrs.has(cls):
        raise Invalid("not_a_view", name=cls.__name__)
    found: dict[str, object] = {}
    for one in attrs.fields(cls):
        name = one.alias or one.name
        if not one.init or name in STAMP_NAMES:
            continue
        value = _unstructured(getattr(instance, one.name))
        if since is None or _differs(value, since, name):
            found[name] = value
    return found


def _differs(value: object, since: Record, name: str) -> bool:
    try:
        return since.layout.module.field(name).kind.normalize(value) != since[name]
    except Invalid:
        # The door tells what is wrong with it.
        return True


@attrs.frozen
class _Part:
    """One attribute of a class by its public name, and where its value comes from."""

    name: str
    field: Field
    wanted: Any
    structure: Callable[[object, Any], Any]


@lru_cache(maxsize=256)
def _parts(cls: type[Any], module: Module) -> tuple[_Part, ...]:
    if not attrs.has(cls):
        raise SchemaError("not_a_view", name=cls.__name__)
    try:
        attrs.resolve_types(cls)
    except NameError as error:
        raise SchemaError("view_type", name=cls.__name__, wanted=str(error)) from None
    parts: list[_Part] = []
    problems: list[Problem] = []
    for one in attrs.fields(cls):
        if one.init:
            try:
                parts.append(_part(one, module))
            except SchemaError as error:
                problems.extend(error.problems)
    if problems:
        raise SchemaError(problems)
    return tuple(parts)


def _part(one: attrs.Attribute[Any], module: Module) -> _Part:
    name = one.alias or one.name
    field = module.field(name)
    if field.name in STAMP_NAMES and field.name not in _STAMPS:
        raise SchemaError("name_reserved", module=module.name, name=name)
    wanted = Any if one.type is None else one.type
    try:
        structure = _converter().get_structure_hook(wanted)
    except _REFUSALS:
        raise SchemaError(
            "view_type", module=module.name, field=field.name, name=name, wanted=_told(wanted)
        ) from None
    return _Part(name, field, wanted, structure)


def _told(wanted: Any) -> str:
    return wanted.__name__ if isinstance(wanted, type) else str(wanted).replace("typing.", "")


@cache
def _converter() -> Converter:
    made = Converter(forbid_extra_keys=True)
    for plain in _PLAIN:
        made.register_structure_hook(plain, _exactly)
    made.register_structure_hook_func(_is_enumeration, _member)
    made.register_structure_hook_func(_is_literal, _literal)
    made.register_structure_hook_factory(_is_sequence, lambda wanted: _sequence(made, wanted))
    made.register_structure_hook_func(_is_open, lambda data, _: data)
    return made


def _exactly(data: object, wanted: type[Any]) -> Any:
    if issubclass(wanted, Enum):
        return _member(data, wanted)
    # A canonical telephone number is a text that remembers how it was typed.
    if type(data) is not wanted and not (wanted is str and is_a(data, str)):
        raise TypeError(f"not a {wanted.__name__}")
    return data


def _is_enumeration(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, Enum)


def _member(data: object, wanted: type[Enum]) -> Enum:
    for member in wanted:
        if type(member.value) is type(data) and member.value == data:
            return member
    raise ValueError(f"not a {wanted.__name__}")


def _is_literal(wanted: Any) -> bool:
    return get_origin(wanted) is Literal


def _literal(data: object, wanted: Any) -> object:
    for known in get_args(wanted):
        if type(known) is type(data) and known == data:
            return data
    raise ValueError("not among the literals")


def _is_open(wanted: Any) -> bool:
    return wanted is object or wanted is Any


def _is_sequence(wanted: Any) -> bool:
    return (get_origin(wanted) or wanted) in _SEQUENCES


def _sequence(made: Converter, wanted: Any) -> Callable[[object, Any], Any]:
    """A text is not taken apart into its characters."""
    made_of = get_origin(wanted) or wanted
    members = [one for one in get_args(wanted) if one is not Ellipsis] or [object]
    if len(members) != 1:
        raise TypeError("only members of one type")
    structure = made.get_structure_hook(members[0])

    def structured(data: object, _: Any) -> Any:
        if not is_a(data, tuple) and not is_a(data, list):
            raise TypeError("not a set of values")
        return made_of(structure(one, members[0]) for one in data)

    return structured


def _unstructured(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_a(value, Money):
        return value
    if attrs.has(type(value)):
        return _converter().unstructure(value)
    for made_of in _SEQUENCES:
        if is_a(value, made_of):
            return [_unstructured(one) for one in value]
    return value
