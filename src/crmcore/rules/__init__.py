"""Rules as values; the unit of work carries them out."""

from crmcore.rules.computed import ComputedRule, Formula, LinkedField, RollUp
from crmcore.rules.retention import (
    RETENTION_ACTIONS,
    RetentionAction,
    RetentionRule,
    retention_rule_of,
    retention_rule_values,
)

__all__ = [
    "RETENTION_ACTIONS",
    "ComputedRule",
    "Formula",
    "LinkedField",
    "RetentionAction",
    "RetentionRule",
    "RollUp",
    "retention_rule_of",
    "retention_rule_values",
]
