"""Roles as plain data and back: strict, nothing dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

from crmcore.access.roles import Denial, FieldRule, Grant, Role
from crmcore.errors import SchemaError
from crmcore.kinds import Labels

T = TypeVar("T")
_TEXTS: Final = ("operations", "scopes", "fields", "exports")


def grants_to_json(grants: Iterable[Grant]) -> list[dict[str, object]]:
    """Grants as plain data."""
    made: list[dict[str, object]] = []
    for one in grants:
        data: dict[str, object] = {
            "module": one.module,
            "operations": list(one.operations),
            "where": one.where,
        }
        if one.scopes:
            data["scopes"] = list(one.scopes)
        if one.exports:
            data["exports"] = list(one.exports)
        made.append(data)
    return made


def denials_to_json(denials: Iterable[Denial]) -> list[dict[str, object]]:
    """Denials as plain data."""
    return [
        {
            "name": one.name,
            "module": one.module,
            "operations": list(one.operations),
            "where": one.where,
            "fields": list(one.fields),
        }
        for one in denials
    ]


def fields_to_json(rules: Iterable[FieldRule]) -> list[dict[str, object]]:
    """Field rights as plain data."""
    return [
        {
            "module": one.module,
            "fields": list(one.fields),
            "level": one.level,
            "mask": one.mask,
            "where": one.where,
        }
        for one in rules
    ]


def role_values(role: Role) -> dict[str, object]:
    """What a record of `crm_role` holds for `role`."""
    return {
        "name": role.name,
        "label_zh": role.label.zh,
        "label_en": role.label.en,
        "grants": grants_to_json(role.grants),
        "denials": denials_to_json(role.denials) or None,
        "fields": fields_to_json(role.fields) or None,
        "limits": dict(role.limits) or None,
    }


def role_of(values: Mapping[str, object]) -> Role:
    """The role that a record of `crm_role` with `values` is; raises `SchemaError`."""
    zh, en = values.get("label_zh"), values.get("label_en")
    if not (zh is None or isinstance(zh, str)) or not (en is None or isinstance(en, str)):
        raise SchemaError("bad_role", name=str(values.get("name")))
    return Role(
        str(values.get("name")),
        Labels(zh, en),
        grants_from_json(values.get("grants")),
        denials_from_json(values.get("denials")),
        fields_from_json(values.get("fields")),
        limits_from_json(values.get("limits")),
    )


def grants_from_json(data: object) -> tuple[Grant, ...]:
    """Grants of plain data; raises `SchemaError` where it is no list of grants."""
    names = frozenset({"module", "operations", "where", "scopes", "exports"})
    return _made(data, Grant, names, {"module", "operations"})


def denials_from_json(data: object) -> tuple[Denial, ...]:
    """Denials of plain data; raises `SchemaError` where it is no list of denials."""
    names = frozenset({"name", "module", "operations", "where", "fields"})
    return _made(data, Denial, names, {"name", "module"})


def fields_from_json(data: object) -> tuple[FieldRule, ...]:
    """Field rights of plain data; raises `SchemaError` where it is no list of them."""
    names = frozenset({"module", "fields", "level", "mask", "where"})
    return _made(data, FieldRule, names, {"module", "fields", "level"})


def limits_from_json(data: object) -> dict[str, int]:
    """Limits of plain data; raises `SchemaError` where it is none."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise SchemaError("bad_grants")
    return {str(name): limit for name, limit in data.items()}


def _made(
    data: object, made: Callable[..., T], names: frozenset[str], needed: set[str]
) -> tuple[T, ...]:
    if data is None:
        return ()
    if not isinstance(data, (list, tuple)):
        raise SchemaError("bad_grants")
    return tuple(made(**_arguments(item, names, needed)) for item in data)


def _arguments(item: object, names: frozenset[str], needed: set[str]) -> dict[str, Any]:
    if not isinstance(item, Mapping) or not needed <= set(item) <= names:
        raise SchemaError("bad_grants")
    for name, value in item.items():
        is_optional = name == "where" and value is None
        if name in _TEXTS:
            is_sound = isinstance(value, (list, tuple)) and all(type(one) is str for one in value)
        else:
            is_sound = type(value) is str or is_optional
        if not is_sound:
            raise SchemaError("bad_grants")
    return dict(item)
