"""Who may do what: roles, grants, and the one reader that follows from them."""

from crmcore.access.policy import (
    SYSTEM_USER,
    System,
    User,
    granted,
    reader_of,
    system_reader,
    tells_time,
)
from crmcore.access.roles import (
    ADMINISTRATOR,
    OPERATIONS,
    READY_ROLES,
    SALES_MANAGER,
    SALES_REP,
    SERVICE_AGENT,
    Grant,
    Role,
    grants_from_json,
    grants_to_json,
)

__all__ = [
    "ADMINISTRATOR",
    "OPERATIONS",
    "READY_ROLES",
    "SALES_MANAGER",
    "SALES_REP",
    "SERVICE_AGENT",
    "SYSTEM_USER",
    "Grant",
    "Role",
    "System",
    "User",
    "granted",
    "grants_from_json",
    "grants_to_json",
    "reader_of",
    "system_reader",
    "tells_time",
]
