"""Roles are policy written as records: what they grant is checked before it is in force."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore.access import role_of
from crmcore.access.scopes import SHARE_LEVELS
from crmcore.errors import CrmError, Invalid, Problem
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import ROLE, SHARE, TEAM_MEMBER

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


def _level_problems(module: Module, row: Row) -> list[Problem]:
    level = row[layout_of(module).index["level"]]
    if level in SHARE_LEVELS:
        return []
    params = {"name": level, "known": ", ".join(SHARE_LEVELS)}
    return [Problem("unknown_level", params, module.name, str(row[0]), "level")]
