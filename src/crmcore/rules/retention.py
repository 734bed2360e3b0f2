"""How long data is kept, as values: which records are due, and what is to be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast, get_args

from attrs import frozen

RetentionAction = Literal["anonymise", "erase", "delete"]
RETENTION_ACTIONS: Final[tuple[str, ...]] = get_args(RetentionAction)


@frozen
class RetentionRule:
    """Records of `module` that fulfil `where` are due: then `action` is done to each.

    `where` is a condition of the query language, such as `updated_at < now - 730d`; it sees
    everything, and `now` is the clock of the workspace. `delete` removes as people do, the
    history stays; `anonymise` and `erase` are those of `crmcore.privacy`.
    """

    name: str
    module: str
    where: str
    action: RetentionAction
    reason: str | None = None


def retention_rule_values(rule: RetentionRule) -> dict[str, object]:
    """What a record of `crm_retention` holds for `rule`."""
    return {
        "name": rule.name,
        "module": rule.module,
        "where": rule.where,
        "action": rule.action,
        "reason": rule.reason,
    }


def retention_rule_of(values: Mapping[str, Any]) -> RetentionRule:
    """The rule that a record of `crm_retention` is."""
    reason = values.get("reason")
    return RetentionRule(
        str(values["name"]),
        str(values["module"]),
        str(values["where"]),
        cast(RetentionAction, str(values["action"])),
        None if reason is None else str(reason),
    )
