"""Roles are policy written as records: what they grant is checked before it is in force."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore.access import grants_from_json
from crmcore.errors import CrmError, Invalid, Problem
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import ROLE

_GRANTS = layout_of(ROLE).index["grants"]


def check_policy(module: Module, rows: Sequence[Row]) -> None:
    """Raise `Invalid` where a role's grants cannot be read."""
    problems = [problem for row in rows for problem in policy_problems(module, row)]
    if problems:
        raise Invalid(problems)


def policy_problems(module: Module, row: Row) -> list[Problem]:
    """What is wrong with the grants of a role; nothing with records that are no policy."""
    if module.name != ROLE.name:
        return []
    try:
        for grant in grants_from_json(row[_GRANTS]):
            grant.condition()
    except CrmError as error:
        return [
            Problem(one.code, one.params, module.name, str(row[0]), "grants")
            for one in error.problems
        ]
    return []
