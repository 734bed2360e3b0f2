"""Letting somebody try again at once, whoever guessed at his password."""

from __future__ import annotations

from typing import Final

from crmcore.accounts.credentials import person
from crmcore.accounts.desk import Desk, configurer, note
from crmcore.accounts.factors import FACTOR
from crmcore.accounts.resetting import RESET
from crmcore.accounts.signing_in import ATTEMPTS_AT
from crmcore.accounts.throttling import forget
from crmcore.errors import NotFound
from crmcore.schema.reserved import USER
from crmcore.work import Workspace
from crmcore.work.operations import repeated

_BY_LOGIN: Final = (ATTEMPTS_AT, RESET)


def unlock(crm: Workspace, user: str) -> None:
    """Forget the failed attempts of `user` (an id) at signing in, resetting, and his factor.

    Those that were counted for where they came from stay. Raises `AccessDenied` for who may not
    configure, `NotFound` for unknown users, `Invalid` (`service_without_password`).
    """
    desk = Desk.of(crm)

    def make() -> None:
        with desk.own_unit("unlock") as unit:
            session = configurer(unit)
            known = desk.user(user)
            if known is None:
                unit.abandon()
                raise NotFound("not_found", module=USER.name, record=user)
            person(session, user)
            for what in _BY_LOGIN:
                forget(session.transaction, what, known.login)
            forget(session.transaction, FACTOR, user)
            note(unit.system_door, desk.now, "revoked", user, reason="lockout")

    repeated(make)
