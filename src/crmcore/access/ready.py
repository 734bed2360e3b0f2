"""The four roles that a new workspace has."""

from __future__ import annotations

from typing import Final

from crmcore.access.roles import OPERATIONS, Grant, Role
from crmcore.kinds import Labels

_WORK: Final = ("read", "create", "update", "delete", "restore", "report")
_FREELY: Final = (*_WORK, "transfer", "share", "claim", "merge", "export", "import", "bulk_update")
_EDITED: Final = ("read", "create", "update", "delete")
_KEPT: Final = (*_EDITED, "restore", "report", "export", "bulk_update", "import")
_COLLEAGUES: Final = (Grant("crm_user", "read"), Grant("crm_department", "read"))

SALES_REP: Final = Role(
    "sales_rep",
    Labels("代表", "Sales representative"),
    [
        Grant("*", (*_WORK, "share"), "owner == me or created_by == me"),
        Grant("*", ("read", "update", "report"), scopes=("shared", "team")),
        Grant("product", ("read", "report")),
        Grant("category", "read"),
        Grant("tag", "read"),
        *_COLLEAGUES,
    ],
)
SALES_MANAGER: Final = Role(
    "sales_manager",
    Labels("经理", "Sales manager"),
    [Grant("*", (*_FREELY, "approve"), exports="*"), *_COLLEAGUES],
)
SERVICE_AGENT: Final = Role(
    "service_agent",
    Labels("客服", "Service agent"),
    [
        Grant("*", ("read", "report")),
        Grant("activity", ("create", "update")),
        Grant("task", _WORK),
        Grant("note", ("create", "update")),
        *_COLLEAGUES,
    ],
)
ADMINISTRATOR: Final = Role(
    "administrator",
    Labels("管理员", "Administrator"),
    [
        Grant("*", OPERATIONS, exports="*"),
        *(
            Grant(name, _KEPT, exports="*")
            for name in (
                "crm_user",
                "crm_role",
                "crm_setting",
                "crm_department",
                "crm_role_assignment",
                "crm_share",
                "crm_team_member",
                "crm_territory",
                "crm_duty_rule",
                "crm_retention",
            )
        ),
        *(
            Grant(name, ("read", "report"))
            for name in (
                "crm_operation",
                "crm_change_set",
                "crm_definition",
                "crm_message",
                "crm_change_request",
                "crm_audit_entry",
                "crm_merge",
                "crm_review",
                "crm_review_item",
            )
        ),
    ],
)
READY_ROLES: Final = (SALES_REP, SALES_MANAGER, SERVICE_AGENT, ADMINISTRATOR)
"""The roles that a new workspace has."""
