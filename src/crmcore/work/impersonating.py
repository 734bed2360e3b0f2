"""Working as somebody else: with his rights, under one's own name."""

from __future__ import annotations

from crmcore.access import Impersonation
from crmcore.errors import AccessDenied
from crmcore.work import arguments
from crmcore.work.noting import Note
from crmcore.work.store import user_named
from crmcore.work.workspace import Workspace

REASON_LENGTH = 100


def impersonate(crm: Workspace, who: str, *, reason: str) -> Workspace:
    """The workspace of `crm` as the user `who` (id, login or name) sees it.

    All that is done there is stamped as his, with who acts in truth and why beside it; it is
    told to the audit, reading too. Nothing may be decided by right of approval. Raises
    `AccessDenied` where one is no user, may not `impersonate`, or could do more as him (to
    configure, to impersonate); `Invalid` for a reason that is none.
    """
    given = arguments.text("reason", reason, REASON_LENGTH)
    if not isinstance(crm.principal, str):
        raise AccessDenied("needs_user")
    with crm._store.reading(crm.principal) as session:
        if not session.reader.may_impersonate:
            raise AccessDenied("not_allowed", operation="impersonate")
        user = user_named(session, who)
    made = Impersonation(user, crm.principal, given)
    with crm._store.reading(made) as session:
        session.notes.append(Note("impersonation", reason=given))
    return Workspace(crm._store, made)
