"""The sections of roles and settings: records that are known by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from crmcore.access import (
    Role,
    denials_from_json,
    fields_from_json,
    grants_from_json,
    limits_from_json,
    role_values,
)
from crmcore.errors import Problem, SchemaError
from crmcore.evolving.describing import IDENTITY, plain_setting, role_data
from crmcore.evolving.fields import copied
from crmcore.evolving.wanted import NamedRecord
from crmcore.kinds import Labels
from crmcore.kinds.labels import labels
from crmcore.schema.reserved import ROLE, SETTING
from crmcore.work import Configuration

_ROLE: Final = frozenset({"label", "grants", "denials", "fields", "limits"})
_LISTS: Final = ("operations", "scopes", "fields", "exports")
_LABEL: Final = frozenset({"zh", "en"})


def wanted_roles(
    section: Mapping[str, object], present: Configuration, partial: bool
) -> Iterator[NamedRecord]:
    """What leads to the roles of `section`; raises `SchemaError` for those that vanished."""
    known = {one.name: one for one in present.roles.values()}
    refuse_vanished(set(known), section, partial)
    for name in section:
        data = copied(section[name], name)
        if data.pop("retire", False) is True:
            if name in known:
                yield NamedRecord(ROLE.name, name, None)
            continue
        if partial and name in known:
            data = {**role_data(known[name]), **data}
        role = _role(name, data)
        if name not in known or role_data(known[name]) != role_data(role):
            values = role_values(role)
            del values["name"]
            yield NamedRecord(ROLE.name, name, values, name not in known)


def wanted_settings(
    section: Mapping[str, object], present: Configuration, partial: bool
) -> Iterator[NamedRecord]:
    """What leads to the settings of `section`; raises `SchemaError` for those that vanished."""
    known = {
        name: plain_setting(value)
        for name, value in present.settings.items()
        if name not in IDENTITY and value is not None
    }
    refuse_vanished(set(known), section, partial)
    for name, value in section.items():
        if name in IDENTITY:
            raise SchemaError("name_reserved", name=name)
        if isinstance(value, Mapping) and dict(value) == {"retire": True}:
            if name in present.settings:
                yield NamedRecord(SETTING.name, name, None)
        elif name not in known or known[name] != value:
            is_new = name not in present.settings
            yield NamedRecord(SETTING.name, name, {"value": value}, is_new)


def refuse_vanished(known: set[str], section: Mapping[str, object], partial: bool) -> None:
    """Raise `SchemaError` where a complete `section` leaves out what is `known`."""
    lost = [] if partial else sorted(known - section.keys())
    if lost:
        raise SchemaError([Problem("left_out", {"name": name}) for name in lost])


def _role(name: str, data: dict[str, Any]) -> Role:
    if not data.keys() <= _ROLE:
        raise SchemaError("bad_role", name=name)
    label = label_of(data, "bad_role", name)
    role = Role(
        name,
        label,
        grants_from_json(_entries(data, "grants")),
        denials_from_json(_entries(data, "denials")),
        fields_from_json(_entries(data, "fields")),
        limits_from_json(data.get("limits")),
    )
    role.check()
    return role


def label_of(data: Mapping[str, object], code: str, name: str) -> Labels:
    """The label that a definition called `name` is given; raises `SchemaError` of `code`."""
    label = data.get("label")
    if isinstance(label, Mapping):
        if not label.keys() <= _LABEL or not all(map(_is_spelling, label.values())):
            raise SchemaError(code, name=name)
        return Labels(**label)
    if not (label is None or isinstance(label, str)):
        raise SchemaError(code, name=name)
    return labels(label)


def _is_spelling(value: object) -> bool:
    return value is None or isinstance(value, str)


def _entries(data: Mapping[str, object], section: str) -> list[object]:
    found = data.get(section) or []
    if not isinstance(found, list):
        raise SchemaError("bad_grants")
    return [_entry(one) for one in found]


def _entry(data: object) -> object:
    """An entry whose lists of words may be written as one word."""
    if not isinstance(data, Mapping):
        return data
    return {
        name: [value] if name in _LISTS and isinstance(value, str) else value
        for name, value in data.items()
    }
