"""Signing in by login and password: one path for right and wrong, known and unknown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from attrs import define, field, frozen

from crmcore.access import User
from crmcore.accounts import totp
from crmcore.accounts.cells import (
    CREDENTIAL,
    SESSION,
    Cell,
    blank,
    cell,
    looking,
    put,
)
from crmcore.accounts.desk import Desk, is_active, note
from crmcore.accounts.throttling import Attempt, Counted, attempt
from crmcore.accounts.tokens import digest, new_token, place
from crmcore.errors import SignInRefused
from crmcore.storage import Transaction
from crmcore.work import Workspace
from crmcore.work.arguments import some_text
from crmcore.work.configuration import Configuration
from crmcore.work.door import Door
from crmcore.work.operations import repeated

NOBODY: Final = "0" * 32
"""The id of no user: what is unknown is looked for too."""
ATTEMPTS_AT: Final[Counted] = "password"
"""What is counted where passwords are tried."""

Outcome = Literal["success", "failure", "code"]


@frozen
class SignedIn:
    """Somebody who signed in: his `workspace`, and the `token` that his next requests bring.

    The token is a secret, given once. `session` names the session in lists; it ends at
    `expires` at the latest.
    """

    workspace: Workspace = field(repr=False, eq=False)
    user: str
    session: str
    expires: datetime
    token: str = field(repr=False)


def sign_in(
    crm: Workspace,
    login: str,
    password: str,
    *,
    code: str | None = None,
    origin: str | None = None,
    device: str | None = None,
) -> SignedIn:
    """Who has this login and password, and where he has a second factor the `code` of it.

    `origin` says where from (an address, as the host knows it), `device` what with. Raises
    `SignInRefused`: `sign_in_failed` for whatever is wrong, `second_factor_needed` where
    only the code is missing; `Throttled`; `WorkspaceError` (`accounts_off`); `MissingExtra`.
    """
    desk = Desk.of(crm)
    origin, device = some_text("origin", origin), some_text("device", device)
    hasher, counted = desk.hasher, attempt(desk, ATTEMPTS_AT, login, origin)
    user = desk.named(login)
    known = credential_of(desk, user)
    is_right = hasher.holds(known["password"], password)
    fresh = known["password"]
    if is_right and hasher.is_outdated(fresh):
        fresh = hasher.hashed(password)
    trial = _Trial(desk, user, known, is_right, fresh, code, origin, device)
    outcome, made = repeated(lambda: trial.decided(counted))
    if made is not None:
        return made
    if outcome == "code":
        counted.taken_back(desk)
        raise SignInRefused("second_factor_needed")
    raise SignInRefused("sign_in_failed")


def credential_of(desk: Desk, user: User | None) -> Cell:
    """The credential of `user`; a blank one where there is none, found in the same way."""
    with looking(desk.store) as transaction:
        return cell(transaction, CREDENTIAL, user.id if user is not None else NOBODY)


@define
class _Trial:
    """One attempt whose password was looked at."""

    desk: Desk
    user: User | None
    known: Cell
    is_right: bool
    fresh: str | None
    code: str | None
    origin: str | None
    device: str | None

    def decided(self, counted: Attempt) -> tuple[Outcome, SignedIn | None]:
        """What became of it, kept: what a code was good for, it is good for once."""
        made: SignedIn | None = None
        with self.desk.unit("sign in") as unit:
            transaction, door = unit.session.transaction, unit.system_door
            if self.user is not None and not self._is_still(unit.session.configuration):
                self.user = None
            present = cell(transaction, CREDENTIAL, self.known.id)
            outcome, changes = self._outcome(present)
            if outcome == "success" and self.user is not None:
                if changes:
                    present = put(transaction, present, self.desk.now, **changes)
                counted.succeeded(transaction, self.desk)
                user = self.user.id
                made = opened(transaction, self.desk, user, present, self.origin, self.device)
                reason = "code" if "step" in changes else "password"
                reason = "recovery" if "recovery" in changes else reason
                note(door, self.desk.now, outcome, user, origin=self.origin, reason=reason)
            elif outcome == "failure":
                self._note_failure(unit.system_door, counted)
        return outcome, made

    def _is_still(self, configuration: Configuration) -> bool:
        """Whether the user is still one: he may be gone since he was looked up."""
        user = None if self.user is None else configuration.users.get(self.user.id)
        return user is not None and is_active(user)

    def _outcome(self, present: Cell) -> tuple[Outcome, dict[str, Any]]:
        """What follows from the credential as it is now, and what of it is used up."""
        changes: dict[str, Any] = {}
        is_current = present["password"] == self.known["password"]
        if self.user is None or not self.is_right or not is_current:
            return "failure", changes
        if self.fresh != present["password"]:
            changes["password"] = self.fresh
        if present["factor"] is None:
            return "success", changes
        if self.code is None:
            return "code", changes
        used = used_up(self.desk, self.user.id, present, self.code)
        return ("failure", {}) if used is None else ("success", {**changes, **used})

    def _note_failure(self, door: Door, counted: Attempt) -> None:
        user = None if self.user is None else self.user.id
        reason = "unknown" if user is None else ("code" if self.is_right else "password")
        note(door, self.desk.now, "failure", user, origin=self.origin, reason=reason)
        if counted.locks:
            note(door, self.desk.now, "lockout", user, origin=self.origin, reason=reason)


def used_up(desk: Desk, user: str, present: Cell, code: object) -> dict[str, Any] | None:
    """What of a second factor `code` uses up; `None` where it is no code of it, or was used."""
    step = totp.fitting_step(present["factor"], code, desk.now, present["step"])
    if step is not None:
        return {"step": step}
    left = totp.without(present["recovery"], code, user)
    return None if left is None else {"recovery": left}


def opened(
    transaction: Transaction,
    desk: Desk,
    user: str,
    credential: Cell,
    origin: str | None,
    device: str | None,
) -> SignedIn:
    """A new session of `user`."""
    token = new_token("session", desk.store.entropy)
    digested = digest("session", token)
    expires = desk.now + timedelta(hours=desk.policy.session_hours)
    made = put(
        transaction,
        blank(SESSION, place(digested)),
        desk.now,
        digest=digested,
        user=user,
        epoch=credential["epoch"],
        device=device,
        origin=origin,
        seen=desk.now,
        expires=expires,
    )
    return SignedIn(Workspace(desk.store, user), user, made.id, expires, token)
