"""Who may do what: roles, grants, and the one reader that follows from them."""

from crmcore.access.codec import (
    denials_from_json,
    fields_from_json,
    grants_from_json,
    grants_to_json,
    limits_from_json,
    role_of,
    role_values,
)
from crmcore.access.duties import Duty, DutyRule, duty_rule_of, duty_rule_values
from crmcore.access.masks import masked
from crmcore.access.organization import Organization
from crmcore.access.policy import (
    SYSTEM_USER,
    Impersonation,
    System,
    User,
    about_user,
    reader_of,
    system_reader,
)
from crmcore.access.ready import (
    ADMINISTRATOR,
    READY_ROLES,
    SALES_MANAGER,
    SALES_REP,
    SERVICE_AGENT,
)
from crmcore.access.rights import Rights, rights_of, tells_time
from crmcore.access.roles import (
    EVERYONE,
    OPERATIONS,
    Denial,
    FieldRule,
    Grant,
    Role,
)

__all__ = [
    "ADMINISTRATOR",
    "EVERYONE",
    "OPERATIONS",
    "READY_ROLES",
    "SALES_MANAGER",
    "SALES_REP",
    "SERVICE_AGENT",
    "SYSTEM_USER",
    "Denial",
    "Duty",
    "DutyRule",
    "FieldRule",
    "Grant",
    "Impersonation",
    "Organization",
    "Rights",
    "Role",
    "System",
    "User",
    "about_user",
    "denials_from_json",
    "duty_rule_of",
    "duty_rule_values",
    "fields_from_json",
    "grants_from_json",
    "grants_to_json",
    "limits_from_json",
    "masked",
    "reader_of",
    "rights_of",
    "role_of",
    "role_values",
    "system_reader",
    "tells_time",
]
