"""The head of both chains, of a workspace as it is now."""

from __future__ import annotations

from crmcore.archive.anchors import AuditHead
from crmcore.work import Workspace
from crmcore.work.configuring import check_right
from crmcore.work.remembering import audit_head_of
from crmcore.work.sealing import head_of, seal_waiting

__all__ = ["AuditHead", "head"]


def head(crm: Workspace) -> AuditHead:
    """The head of everything committed and remembered so far: to be anchored outside.

    Raises `AccessDenied` for who may not configure the workspace.
    """
    store = crm._store
    with store.reading(crm.principal) as session:
        check_right(session)
    store.keep_notes(at_once=True)
    seal_waiting(store.backend)
    with store.reading(crm.principal) as session:
        changes = head_of(session.transaction)
        entries = audit_head_of(session.transaction)
    return AuditHead(
        changes.position,
        changes.chain,
        entries.position,
        entries.chain,
        max(changes.moment, entries.moment or changes.moment),
    )
