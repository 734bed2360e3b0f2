"""Setting a password, and telling people from services."""

from __future__ import annotations

from typing import Literal

from crmcore.accounts.cells import CREDENTIAL, SESSION, cell, cells_with, drop, put
from crmcore.accounts.desk import Desk, note
from crmcore.accounts.issuing import withdrawn
from crmcore.errors import Invalid, NotFound
from crmcore.query.bound import BoundQuery, Ref, Within
from crmcore.schema.reserved import USER
from crmcore.schema.reserved.signing_in import ACCOUNT
from crmcore.work.session import Session
from crmcore.work.transaction import Unit

AccountKind = Literal["person", "service"]


def kind_of(session: Session, user: str) -> AccountKind | None:
    """What the account of `user` is; `None` without one."""
    whose, kind = (Ref((), ACCOUNT.by_name[name]) for name in ("user", "kind"))
    for row in session.rows(BoundQuery(ACCOUNT, (kind,), Within(whose, (user,)))):
        return "service" if row[0] == "service" else "person"
    return None


def person(session: Session, user: str) -> None:
    """Raise `NotFound` where `user` is nobody, `Invalid` where it is a service."""
    if session.configuration.users.get(user) is None:
        raise NotFound("not_found", module=USER.name, record=user)
    if kind_of(session, user) == "service":
        raise Invalid("service_without_password")


def set_password(
    unit: Unit, desk: Desk, user: str, encoded: str, how: str, origin: str | None
) -> None:
    """Let `encoded` be the password of `user`, whose sessions and tokens to set one are over."""
    session, transaction = unit.session, unit.session.transaction
    if kind_of(session, user) is None:
        unit.system_door.create(ACCOUNT, [{"user": user, "kind": "person"}])
    former = cell(transaction, CREDENTIAL, user)
    epoch = (former["epoch"] or 0) + 1
    put(transaction, former, desk.now, password=encoded, epoch=epoch)
    drop(transaction, *cells_with(transaction, SESSION, "user", user))
    withdrawn(transaction, user, "invitation", "reset")
    note(unit.system_door, desk.now, "password", user, origin=origin, reason=how)
