"""Another password: by reset or invitation, or by changing it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from crmcore.access import User
from crmcore.accounts import passwords
from crmcore.accounts.cells import CREDENTIAL, cell, looking
from crmcore.accounts.credentials import person, set_password
from crmcore.accounts.desk import Desk, note
from crmcore.accounts.issuing import Issued, issued, redeemed, valid, withdrawn
from crmcore.accounts.passwords import Breached
from crmcore.accounts.signing_in import ATTEMPTS_AT, NOBODY, credential_of
from crmcore.accounts.throttling import attempt, forget
from crmcore.accounts.tokens import Purpose
from crmcore.errors import NotFound, SignInRefused
from crmcore.work import Workspace
from crmcore.work.arguments import some_text
from crmcore.work.operations import repeated

RESET: Final = "reset"
"""What requests for another password are counted by."""


def request_reset(crm: Workspace, login: str, *, origin: str | None = None) -> Issued | None:
    """A token for who forgot his password, to be sent to him; `None` where nobody is to get one.

    Answer whoever asked in the same words either way. Raises `Throttled`.
    """
    desk = Desk.of(crm)
    origin = some_text("origin", origin)
    attempt(desk, RESET, login, origin)
    user = desk.named(login)
    is_known = credential_of(desk, user)["password"] is not None
    expires = desk.now + timedelta(minutes=desk.policy.reset_minutes)
    whose = user.id if user is not None and is_known else None

    def make() -> Issued:
        with desk.unit("password reset") as unit:
            transaction = unit.session.transaction
            # One path: for nobody there is a token too, which nobody gets and nobody can redeem.
            withdrawn(transaction, whose or NOBODY, "reset")
            note(unit.system_door, desk.now, "issued", whose, origin=origin, reason="reset")
            return issued(transaction, desk, "reset", expires, user=whose)

    made = repeated(make)
    return None if whose is None else made


def redeem(
    crm: Workspace,
    token: str,
    password: str,
    *,
    origin: str | None = None,
    breached: Breached | None = None,
) -> str:
    """Set a password by the token of an invitation or a reset; the id of its user.

    All his sessions end, and his failed attempts are forgotten; a second factor stays. Raises
    `SignInRefused` (`token_void`), `Invalid` for what is no password: the token still holds.
    """
    desk = Desk.of(crm)
    origin = some_text("origin", origin)
    purpose = _purpose(token)
    with looking(desk.store) as transaction:
        user = _owner(desk, valid(transaction, desk, purpose, token)["user"])
    passwords.check(password, desk.policy, (user.login, user.name), breached)
    encoded = desk.hasher.hashed(password)

    def reset() -> str:
        with desk.unit("password reset", behalf=user.id) as unit:
            transaction = unit.session.transaction
            _owner(desk, redeemed(transaction, desk, purpose, token)["user"])
            person(unit.session, user.id)
            set_password(unit, desk, user.id, encoded, purpose, origin)
            forget(transaction, ATTEMPTS_AT, user.login)
            return user.id

    return repeated(reset)


def change_password(
    crm: Workspace,
    present: str,
    wanted: str,
    *,
    origin: str | None = None,
    breached: Breached | None = None,
) -> None:
    """Change one's own password; all one's sessions end.

    Raises `SignInRefused` (`sign_in_failed`) where `present` is not right, `Throttled`,
    `Invalid` for what is no password, `NotFound` for who has none.
    """
    desk = Desk.of(crm)
    origin = some_text("origin", origin)
    user = desk.user(desk.me)
    known = credential_of(desk, user)
    if user is None or known["password"] is None:
        raise NotFound("no_password")
    passwords.check(wanted, desk.policy, (user.login, user.name), breached)
    counted = attempt(desk, ATTEMPTS_AT, user.login, origin)
    if not desk.hasher.holds(known["password"], present):
        with desk.unit("change of password") as unit:
            note(unit.system_door, desk.now, "failure", user.id, origin=origin, reason="change")
        raise SignInRefused("sign_in_failed")
    encoded = desk.hasher.hashed(wanted)

    def change() -> None:
        with desk.unit("change of password", behalf=user.id) as unit:
            transaction = unit.session.transaction
            if cell(transaction, CREDENTIAL, user.id)["password"] != known["password"]:
                unit.abandon()
                raise SignInRefused("sign_in_failed")
            counted.succeeded(transaction, desk)
            set_password(unit, desk, user.id, encoded, "change", origin)

    repeated(change)


def _purpose(token: object) -> Purpose:
    is_invitation = isinstance(token, str) and token.startswith("crmcore_invitation_")
    return "invitation" if is_invitation else "reset"


def _owner(desk: Desk, user: str | None) -> User:
    """Whose token it is; raises `SignInRefused` (`token_void`) where he may not come in."""
    found = None if user is None else desk.user(user)
    if found is None:
        raise SignInRefused("token_void")
    return found
