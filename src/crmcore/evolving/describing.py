"""A configuration as a document: what `pull` writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from crmcore.access import DutyRule, Role, duty_rule_values, role_values
from crmcore.evolving.document import Document
from crmcore.kinds import Labels
from crmcore.kinds.labels import labels
from crmcore.rules import (
    ComputedRule,
    Formula,
    LinkedField,
    RetentionRule,
    retention_rule_values,
)
from crmcore.schema import Module
from crmcore.schema.codec import module_to_json
from crmcore.schema.names import RESERVED_PREFIX
from crmcore.schema.reserved import SETTING
from crmcore.work import Configuration
from crmcore.work.rostering import MARK

R = TypeVar("R", DutyRule, RetentionRule)

IDENTITY: Final = frozenset({"owner", MARK})
"""Settings that name what one workspace alone has: no other one could use them."""


def described(configuration: Configuration) -> Document:
    """The document of `configuration`, complete: applied to itself it changes nothing."""
    rules = {(one.module, one.field): one for one in configuration.computed}
    modules = {
        one.name: module_data(one, rules)
        for one in configuration.schema.modules
        if not one.name.startswith(RESERVED_PREFIX)
    }
    roles = {one.name: role_data(one) for one in configuration.roles.values()}
    settings = {
        name: plain_setting(configuration.settings[name])
        for name in sorted(configuration.settings)
        if name not in IDENTITY and configuration.settings[name] is not None
    }
    return Document(
        {
            "modules": modules,
            "roles": roles,
            "settings": settings,
            "duties": {one.name: duty_data(one) for one in _by_name(configuration.duties)},
            "retention": {one.name: kept_data(one) for one in _by_name(configuration.retention)},
        }
    )


def _by_name(rules: Iterable[R]) -> list[R]:
    return sorted(rules, key=lambda one: one.name)


def duty_data(rule: DutyRule) -> dict[str, object]:
    """A rule of separated duties as files hold it."""
    values = duty_rule_values(rule)
    label = {} if rule.label == Labels() else {"label": label_data(rule.label)}
    return {**label, "duties": values["duties"], "block": rule.block}


def kept_data(rule: RetentionRule) -> dict[str, object]:
    """A rule of retention as files hold it."""
    values = retention_rule_values(rule)
    del values["name"]
    return {name: value for name, value in values.items() if value is not None}


def plain_setting(value: object) -> object:
    """A setting as plain data."""
    return SETTING.by_name["value"].kind.to_json(value)


def role_data(role: Role) -> dict[str, object]:
    """A role as files hold it."""
    data: dict[str, object] = {}
    if role.label != Labels():
        data["label"] = label_data(role.label)
    values = role_values(role)
    data["grants"] = _told(values["grants"])
    for section in ("denials", "fields"):
        if values[section]:
            data[section] = _told(values[section])
    if values["limits"]:
        data["limits"] = values["limits"]
    return data


def _told(entries: object) -> list[dict[str, object]]:
    """Entries without what is empty."""
    assert isinstance(entries, list)
    return [
        {name: value for name, value in one.items() if value not in (None, [])} for one in entries
    ]


def label_data(label: Labels) -> object:
    """Labels as one text where that says all, else by language."""
    text = label.zh or label.en
    if text is not None and labels(text) == label:
        return text
    pairs = {"zh": label.zh, "en": label.en, "synonyms": list(label.synonyms)}
    return {name: value for name, value in pairs.items() if value}


def module_data(module: Module, rules: Mapping[tuple[str, str], ComputedRule]) -> dict[str, Any]:
    """A module as files hold it, with the computed fields that `rules` declare."""
    data = module_to_json(module)
    for name in ("name", "number", "last_key", "fields", "retired"):
        data.pop(name, None)
    made: dict[str, Any] = {"retire": True} if module.retired else {}
    if "label" in data:
        made["label"] = label_data(module.label)
    made.update((name, value) for name, value in data.items() if name not in ("label", "keys"))
    if module.keys:
        made["keys"] = [
            {"fields": list(one.fields), "folded": True} if one.folded else list(one.fields)
            for one in module.keys
        ]
    fields = zip(module.fields, module_to_json(module)["fields"], strict=True)
    made["fields"] = {
        one.name: _field(one.label, data, rules.get((module.name, one.name)))
        for one, data in fields
    }
    return made


def _field(label: Labels, data: dict[str, Any], rule: ComputedRule | None) -> dict[str, Any]:
    kind = dict(data["kind"])
    made: dict[str, Any] = {"retire": True} if data.get("retired") else {}
    if label != Labels():
        made["label"] = label_data(label)
    made["kind"] = kind.pop("kind")
    if "options" in kind:
        kind["options"] = [_option(one) for one in kind["options"]]
    made.update(kind)
    left_out = ("name", "number", "generation", "computed", "retired", "label", "kind", "default")
    made.update((name, value) for name, value in data.items() if name not in left_out)
    default = data.get("default")
    if default is not None:
        made["default"] = _default(default)
    if rule is not None:
        made.update(_rule(rule))
    return made


def _default(data: Mapping[str, object]) -> object:
    """A default as it is where it is a plain word or number."""
    value = data.get("value")
    return value if isinstance(value, str | int) else dict(data)


def _option(data: Mapping[str, Any]) -> object:
    made = {name: value for name, value in data.items() if name not in ("label", "retired")}
    label = data.get("label")
    if label is not None:
        made["label"] = label_data(Labels(**label))
    if data.get("retired"):
        made["retire"] = True
    return made if len(made) > 1 else made["code"]


def _rule(rule: ComputedRule) -> dict[str, object]:
    if isinstance(rule, Formula):
        return {"formula": rule.expression}
    if isinstance(rule, LinkedField):
        return {"path": ".".join(rule.path)}
    pairs = {
        "child": rule.child,
        "link": rule.link,
        "function": rule.function,
        "over": rule.over,
        "where": rule.where,
    }
    return {"roll_up": {name: value for name, value in pairs.items() if value is not None}}
