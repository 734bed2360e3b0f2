"""Roles are policy written as records: what they grant is checked before it is in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from crmcore.access import duty_rule_of, role_of
from crmcore.errors import CrmError, Invalid, Problem
from crmcore.kinds import Link, MoneyKind, is_record_id
from crmcore.kinds.temporal import zone_of
from crmcore.query.bind.listing import SHARE_LEVELS
from crmcore.query.evaluate import Row
from crmcore.query.text import parse
from crmcore.records import Record, layout_of
from crmcore.rules import RETENTION_ACTIONS, retention_rule_of
from crmcore.schema import Module
from crmcore.schema.reserved import DUTY_RULE, RETENTION, ROLE, SETTING, SHARE, TEAM_MEMBER, USER
from crmcore.work.parking import APPROVALS
from crmcore.work.rostering import HOST, MARK

_PARTS = ("grants", "denials", "fields", "limits")


def check_policy(module: Module, rows: Sequence[Row]) -> None:
    """Raise `Invalid` where a role, a share or a place in a team cannot be read."""
    problems = [problem for row in rows for problem in policy_problems(module, row)]
    if problems:
        raise Invalid(problems)


def policy_problems(module: Module, row: Row) -> list[Problem]:
    """What is wrong with a record of policy; nothing with records that are none."""
    if module.name in (SHARE.name, TEAM_MEMBER.name):
        return _level_problems(module, row)
    if module.name == SETTING.name:
        return _setting_problems(module, row)
    if module.name == DUTY_RULE.name:
        return _duty_problems(module, row)
    if module.name == RETENTION.name:
        return _retention_problems(module, row)
    if module.name != ROLE.name:
        return []
    index = layout_of(ROLE).index
    for part in _PARTS:
        try:
            role_of({"name": "role", part: row[index[part]]}).check()
        except CrmError as error:
            return [
                Problem(one.code, one.params, module.name, str(row[0]), part)
                for one in error.problems
            ]
    return []


def _setting_problems(module: Module, row: Row) -> list[Problem]:
    """A workspace whose zone nobody knows could not even be opened to mend it."""
    index = layout_of(module).index
    check = _SETTINGS.get(str(row[index["name"]]))
    try:
        if check is not None:
            check(row[index["value"]])
    except CrmError as error:
        return [
            Problem(one.code, one.params, module.name, str(row[0]), "value")
            for one in error.problems
        ]
    return []


def _zone(value: object) -> None:
    zone_of(value if isinstance(value, str) else "")


def _currency(value: object) -> None:
    MoneyKind(currency=value if isinstance(value, str) else "")


def _owner(value: object) -> None:
    Link(USER.name).normalize(value)
    if not is_record_id(value):
        raise Invalid("not_a_link", value=value, target=USER.name)


def _approvals(value: object) -> None:
    known = value is None or isinstance(value, Mapping)
    lists = value.values() if isinstance(value, Mapping) else ()
    if not known or not all(isinstance(one, (list, tuple)) for one in lists):
        raise Invalid("bad_argument", name=APPROVALS, wanted='{"account": ["amount"]}')


def _users(value: object) -> None:
    if value == HOST:
        raise Invalid("users_of_host")


_SETTINGS: Final[Mapping[str, Callable[[object], None]]] = {
    "zone": _zone,
    "currency": _currency,
    "owner": _owner,
    APPROVALS: _approvals,
    MARK: _users,
}
"""What a setting may hold, where a wrong value would keep everybody out."""


def _level_problems(module: Module, row: Row) -> list[Problem]:
    level = row[layout_of(module).index["level"]]
    if level in SHARE_LEVELS:
        return []
    params = {"name": level, "known": ", ".join(SHARE_LEVELS)}
    return [Problem("unknown_level", params, module.name, str(row[0]), "level")]


def _duty_problems(module: Module, row: Row) -> list[Problem]:
    try:
        duty_rule_of(Record(layout_of(module), row))
    except CrmError as error:
        return [
            Problem(one.code, one.params, module.name, str(row[0]), "duties")
            for one in error.problems
        ]
    return []


def _retention_problems(module: Module, row: Row) -> list[Problem]:
    """What can be told without the schema; whether its condition fits is told where it is kept."""
    rule = retention_rule_of(Record(layout_of(module), row))
    where, record = module.name, str(row[0])
    if rule.action not in RETENTION_ACTIONS:
        params = {"name": rule.action, "known": ", ".join(RETENTION_ACTIONS)}
        return [Problem("unknown_action", params, where, record, "action")]
    try:
        parse(rule.where)
    except CrmError as error:
        return [Problem(one.code, one.params, where, record, "where") for one in error.problems]
    return []
