"""The modules that every workspace has for itself, in files by what they serve."""

from __future__ import annotations

from typing import Final

from crmcore.schema.reserved.audit import AUDIT_ENTRY
from crmcore.schema.reserved.core import (
    CHANGE_SET,
    DEFINITION,
    HEAD,
    MESSAGE,
    OPERATION,
    ROLE,
    SETTING,
    STEP,
    USER,
)
from crmcore.schema.reserved.merging import MERGE
from crmcore.schema.reserved.privacy import (
    CONSENT,
    ERASURE,
    PRIVACY,
    RESTRICTION,
    RETENTION,
    TOMBSTONE,
)
from crmcore.schema.reserved.reviewing import DUTY_RULE, REVIEW, REVIEW_ITEM
from crmcore.schema.reserved.sharing import (
    CHANGE_REQUEST,
    DEPARTMENT,
    ROLE_ASSIGNMENT,
    SHARE,
    TEAM_MEMBER,
    TERRITORY,
)
from crmcore.schema.schema import Schema, numbered

__all__ = [
    "AUDIT_ENTRY",
    "CHANGE_REQUEST",
    "CHANGE_SET",
    "CONSENT",
    "DEFINITION",
    "DEPARTMENT",
    "DUTY_RULE",
    "ERASURE",
    "HEAD",
    "MERGE",
    "MESSAGE",
    "OPERATION",
    "PRIVACY",
    "RESERVED",
    "RESTRICTION",
    "RETENTION",
    "REVIEW",
    "REVIEW_ITEM",
    "ROLE",
    "ROLE_ASSIGNMENT",
    "SETTING",
    "SHARE",
    "STEP",
    "TEAM_MEMBER",
    "TERRITORY",
    "TOMBSTONE",
    "USER",
    "with_reserved",
]

RESERVED: Final = (
    USER,
    ROLE,
    SETTING,
    OPERATION,
    CHANGE_SET,
    STEP,
    HEAD,
    DEFINITION,
    MESSAGE,
    AUDIT_ENTRY,
    DEPARTMENT,
    ROLE_ASSIGNMENT,
    SHARE,
    TEAM_MEMBER,
    TERRITORY,
    CHANGE_REQUEST,
    REVIEW,
    REVIEW_ITEM,
    DUTY_RULE,
    *PRIVACY,
    MERGE,
)
"""The reserved modules; what was added later stands behind what was there."""


def with_reserved(schema: Schema) -> Schema:
    """The modules of people in `schema`, behind the reserved ones as they are today.

    A store keeps the reserved modules of its time; what they gained since is there, empty.
    """
    names = {module.name for module in RESERVED}
    return numbered(Schema([*RESERVED, *(one for one in schema.modules if one.name not in names)]))
