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
    if module.name != ROLE.name:
        return
    problems: list[Problem] = []
    for row in rows:
        try:
            for grant in grants_from_json(row[_GRANTS]):
                grant.condition()
        except CrmError as error:
            problems.extend(
                Problem(one.code, one.params, module.name, str(row[0]), "grants")
                for one in error.problems
            )
    if problems:
        raise Invalid(problems)
