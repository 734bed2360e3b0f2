"""Roles: what a person may do, as data. No grant, no access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from crmcore.errors import SchemaError
from crmcore.kinds import Labels
from crmcore.kinds.labels import labels
from crmcore.query import ast
from crmcore.query.text import parse

OPERATIONS: Final = ("read", "create", "update", "delete", "configure")
"""What a grant may allow; `configure` (of the whole workspace) needs the module `*`."""

EVERY_MODULE: Final = "*"
"""All modules that people defined; reserved ones are granted by name."""


def _texts(items: str | Iterable[str]) -> tuple[str, ...]:
    return (items,) if isinstance(items, str) else tuple(items)


@frozen
class Grant:
    """Operations on records of `module` (name or `*`) that fulfil `where` (all without it)."""

    module: str
    operations: tuple[str, ...] = field(converter=_texts)
    where: str | None = None

    def __attrs_post_init__(self) -> None:
        for operation in self.operations:
            if operation not in OPERATIONS:
                known = ", ".join(OPERATIONS)
                raise SchemaError("unknown_operation", name=operation, known=known)

    def condition(self) -> ast.Node:
        """`where` as an expression; everything without it. Raises `QueryError`."""
        return ast.Value(True) if self.where is None else parse(self.where)


@frozen
class Role:
    """A named set of grants."""

    name: str
    label: Labels = field(default=Labels(), converter=labels)
    grants: tuple[Grant, ...] = field(default=(), converter=tuple[Grant, ...])


def grants_to_json(grants: Iterable[Grant]) -> list[dict[str, object]]:
    """Grants as plain data."""
    return [
        {"module": one.module, "operations": list(one.operations), "where": one.where}
        for one in grants
    ]


def grants_from_json(data: object) -> tuple[Grant, ...]:
    """Grants of plain data; raises `SchemaError` where it is no list of grants."""
    if data is None:
        return ()
    if not isinstance(data, list):
        raise SchemaError("bad_grants")
    return tuple(_grant(item) for item in data)


def _grant(item: object) -> Grant:
    if not isinstance(item, Mapping) or not set(item) <= {"module", "operations", "where"}:
        raise SchemaError("bad_grants")
    module, operations, where = item.get("module"), item.get("operations"), item.get("where")
    if not isinstance(operations, list) or not all(isinstance(one, str) for one in operations):
        raise SchemaError("bad_grants")
    if not isinstance(module, str) or not isinstance(where, str | None):
        raise SchemaError("bad_grants")
    return Grant(module, operations, where)


_WORK: Final = ("read", "create", "update", "delete")
_COLLEAGUES: Final = Grant("crm_user", "read")

SALES_REP: Final = Role(
    "sales_rep",
    Labels("代表", "Sales representative"),
    [
        Grant("*", _WORK, "owner == me or created_by == me"),
        Grant("product", "read"),
        Grant("category", "read"),
        Grant("tag", "read"),
        _COLLEAGUES,
    ],
)
SALES_MANAGER: Final = Role(
    "sales_manager", Labels("经理", "Sales manager"), [Grant("*", _WORK), _COLLEAGUES]
)
SERVICE_AGENT: Final = Role(
    "service_agent",
    Labels("客服", "Service agent"),
    [
        Grant("*", "read"),
        Grant("activity", ("create", "update")),
        Grant("task", _WORK),
        Grant("note", ("create", "update")),
        _COLLEAGUES,
    ],
)
ADMINISTRATOR: Final = Role(
    "administrator",
    Labels("管理员", "Administrator"),
    [
        Grant("*", (*_WORK, "configure")),
        Grant("crm_user", _WORK),
        Grant("crm_role", _WORK),
        Grant("crm_setting", _WORK),
        Grant("crm_operation", "read"),
        Grant("crm_change_set", "read"),
        Grant("crm_definition", "read"),
        Grant("crm_message", "read"),
        Grant("crm_audit_entry", "read"),
    ],
)
READY_ROLES: Final = (SALES_REP, SALES_MANAGER, SERVICE_AGENT, ADMINISTRATOR)
"""The roles that a new workspace has."""
