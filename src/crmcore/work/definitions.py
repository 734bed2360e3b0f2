"""Configuration as records: schema and computed fields as definitions, users, roles, settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from crmcore.access import Organization, Role, User, duty_rule_of, role_of
from crmcore.errors import WorkspaceError
from crmcore.query.bound import BoundQuery, full_columns
from crmcore.records import Record, canonical_json, layout_of
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp, retention_rule_of
from crmcore.schema import Module, Schema, reserved
from crmcore.schema.codec import schema_from_json
from crmcore.schema.reserved import (
    DEFINITION,
    DEPARTMENT,
    DUTY_RULE,
    RESTRICTION,
    RETENTION,
    ROLE,
    ROLE_ASSIGNMENT,
    SETTING,
    TERRITORY,
    USER,
    with_reserved,
)
from crmcore.storage import Transaction
from crmcore.work.configuration import Assignment, Configuration
from crmcore.work.left_over import LEFT_OVER, left_over_from_json
from crmcore.work.purged import PURGED, purged_from_json
from crmcore.work.restricting import restricted_role

SCHEMA = "schema"
COMPUTED = "computed"

_REMEMBERED: Final = 16
"""Schemas that are kept."""


def load_configuration(
    transaction: Transaction, revision: int, as_of: int | None = None
) -> Configuration:
    """The configuration that `transaction` sees, or saw at the sealed position `as_of`."""
    definitions = {
        str(one["name"]): one["value"] for one in _records(transaction, DEFINITION, as_of)
    }
    if SCHEMA not in definitions:
        raise WorkspaceError("not_a_workspace")
    roles = {one.id: role_of(one) for one in _records(transaction, ROLE, as_of)}
    users = {one.id: _user(one, roles) for one in _records(transaction, USER, as_of)}
    settings = {str(one["name"]): one["value"] for one in _records(transaction, SETTING, as_of)}
    schema = _schema_of(definitions[SCHEMA])
    return Configuration(
        schema,
        computed_from_json(definitions.get(COMPUTED)),
        users,
        settings,
        revision,
        roles,
        _organization(transaction, users, as_of),
        _assignments(transaction, as_of),
        purged_from_json(definitions.get(PURGED)),
        tuple(duty_rule_of(one) for one in _records(transaction, DUTY_RULE, as_of)),
        restricted_role(schema, _restrictions(transaction, as_of)),
        left_over_from_json(definitions.get(LEFT_OVER), schema),
        tuple(retention_rule_of(one) for one in _records(transaction, RETENTION, as_of)),
    )


def schema_as_of(transaction: Transaction, position: int) -> Schema:
    """The schema in force at a sealed position."""
    for one in _records(transaction, DEFINITION, position):
        if one["name"] == SCHEMA:
            return _schema_of(one["value"])
    raise WorkspaceError("not_a_workspace")


def _schema_of(definition: object) -> Schema:
    return _schema_as(canonical_json(definition), tuple(one.name for one in reserved.RESERVED))


@lru_cache(_REMEMBERED)
def _schema_as(definition: bytes, _reserved: tuple[str, ...]) -> Schema:
    # A change of roles alone keeps the modules, and what was prepared for them.
    return with_reserved(schema_from_json(json.loads(definition)))


def _records(transaction: Transaction, module: Module, as_of: int | None) -> Iterator[Record]:
    layout = layout_of(module)
    query = BoundQuery(module, full_columns(module), as_of=as_of)
    for batch in transaction.select(query):
        for row in batch:
            yield Record(layout, row)


def _user(record: Record, roles: Mapping[str, Role]) -> User:
    links = record["roles"] or ()
    assert isinstance(links, tuple)
    return User(
        record.id,
        str(record["name"]),
        _text(record["login"]),
        _text(record["job_title"]),
        _text(record["department"]),
        _text(record["superior"]),
        record["active"] is not False,
        [roles[one] for one in links if one in roles],
        [str(one) for one in links if one in roles],
    )


def _organization(
    transaction: Transaction, users: Mapping[str, User], as_of: int | None
) -> Organization:
    departments = list(_records(transaction, DEPARTMENT, as_of))
    names = {one.id: str(one["name"]) for one in departments}
    territories = list(_records(transaction, TERRITORY, as_of))
    members = {one.id: one["members"] or () for one in territories}
    return Organization(
        {one.id: one.superior for one in users.values()},
        {names[one.id]: names.get(str(one["parent"])) for one in departments},
        {one.id: _text(one["parent"]) for one in territories},
        {territory: tuple(map(str, some)) for territory, some in members.items()},  # type: ignore[call-overload]
    )


def _assignments(
    transaction: Transaction, as_of: int | None
) -> Mapping[str, tuple[Assignment, ...]]:
    found: dict[str, tuple[Assignment, ...]] = {}
    for one in _records(transaction, ROLE_ASSIGNMENT, as_of):
        user, since, until = str(one["user"]), one["valid_from"], one["valid_until"]
        assert since is None or isinstance(since, datetime)
        assert until is None or isinstance(until, datetime)
        found[user] = (*found.get(user, ()), Assignment(str(one["role"]), since, until))
    return found


def _restrictions(transaction: Transaction, as_of: int | None) -> Mapping[str, list[str]]:
    """The ids of restricted persons, by module."""
    found: dict[str, list[str]] = {}
    for one in _records(transaction, RESTRICTION, as_of):
        found.setdefault(str(one["module"]), []).append(str(one["subject"]))
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def computed_to_json(rules: tuple[ComputedRule, ...]) -> list[dict[str, object]]:
    """Computed fields as plain data."""
    made: list[dict[str, object]] = []
    for one in rules:
        data: dict[str, object] = {"module": one.module, "field": one.field}
        if isinstance(one, Formula):
            data.update(computed="local", expression=one.expression)
        elif isinstance(one, LinkedField):
            data.update(computed="linked", path=list(one.path))
        else:
            data.update(
                computed="roll_up",
                child=one.child,
                link=one.link,
                function=one.function,
                over=one.over,
                where=one.where,
            )
        made.append(data)
    return made


_RULES: Mapping[str, type[ComputedRule]] = {
    "local": Formula,
    "linked": LinkedField,
    "roll_up": RollUp,
}


def computed_from_json(data: object) -> tuple[ComputedRule, ...]:
    """Computed fields of plain data; raises `WorkspaceError` where it is none."""
    made: list[ComputedRule] = []
    for item in data if isinstance(data, list) else ():
        values = dict(item)
        sort = _RULES.get(values.pop("computed", ""))
        if sort is None:
            raise WorkspaceError("not_a_workspace")
        try:
            made.append(sort(**values))
        except TypeError:
            raise WorkspaceError("not_a_workspace") from None
    return tuple(made)
