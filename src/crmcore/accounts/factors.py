"""The second factor: codes of an authenticator, and codes to recover with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import field, frozen

from crmcore.accounts import totp
from crmcore.accounts.cells import CREDENTIAL, Cell, found, put, writing
from crmcore.accounts.desk import Desk, configurer, note
from crmcore.accounts.signing_in import used_up
from crmcore.accounts.throttling import Counted, attempt
from crmcore.errors import Invalid, NotFound
from crmcore.storage import Transaction
from crmcore.work import Workspace
from crmcore.work.operations import repeated

_NONE = {"factor": None, "pending": None, "step": None, "recovery": None}
FACTOR: Final[Counted] = "factor"
"""What attempts at a code of one's own are counted by."""


@frozen
class Enrolment:
    """What an authenticator must know, shown once: the `secret`, or the picture of `uri`."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


def begin_factor(crm: Workspace, *, issuer: str = "crmcore") -> Enrolment:
    """A second factor for oneself, in force once `confirm_factor` has seen a code of it.

    Raises `NotFound` (`no_password`), `AccessDenied` for the system.
    """
    desk = Desk.of(crm)
    secret = totp.new_secret(desk.store.entropy)

    def begin() -> None:
        with writing(desk.store) as transaction:
            put(transaction, _mine(transaction, desk), desk.now, pending=secret)

    repeated(begin)
    return Enrolment(secret, totp.uri(secret, issuer, _login(desk)))


def confirm_factor(crm: Workspace, code: str) -> tuple[str, ...]:
    """Put the second factor that was begun into force; codes to recover with, shown once.

    Each is good for one sign-in without the authenticator. Raises `Invalid` (`wrong_code`),
    `Throttled`.
    """
    desk = Desk.of(crm)
    codes = totp.new_recovery_codes(desk.store.entropy)

    def confirm(former: Cell) -> dict[str, Any]:
        pending = former["pending"]
        step = None if pending is None else totp.fitting_step(pending, code, desk.now, None)
        if step is None:
            raise Invalid("wrong_code")
        kept = [totp.kept(one, desk.me) for one in codes]
        return {"factor": pending, "pending": None, "step": step, "recovery": kept}

    _changed(desk, confirm, "on")
    return codes


def end_factor(crm: Workspace, code: str) -> None:
    """Do without one's second factor, by a `code` of it; raises `Invalid` (`wrong_code`)."""
    desk = Desk.of(crm)

    def end(former: Cell) -> dict[str, Any]:
        if former["factor"] is None or used_up(desk, desk.me, former, code) is None:
            raise Invalid("wrong_code")
        return _NONE

    _changed(desk, end, "off")


def clear_factor(crm: Workspace, user: str) -> None:
    """Let `user` (an id) in without his second factor, which he lost.

    Raises `AccessDenied` for who may not configure, `NotFound` for who has none.
    """
    desk = Desk.of(crm)

    def clear() -> None:
        with desk.own_unit("second factor lost") as unit:
            transaction = configurer(unit).transaction
            former = found(transaction, CREDENTIAL, user)
            if former is None or former["factor"] is None:
                unit.abandon()
                raise NotFound("not_found", record=user)
            put(transaction, former, desk.now, **_NONE)
            note(unit.system_door, desk.now, FACTOR, user, reason="cleared")

    repeated(clear)


def _changed(desk: Desk, change: Callable[[Cell], dict[str, Any]], how: str) -> None:
    """Change one's own credential by a code; wrong codes are counted."""
    counted = attempt(desk, FACTOR, desk.me, None)

    def make() -> None:
        with desk.unit("second factor", behalf=desk.me) as unit:
            transaction = unit.session.transaction
            former = _mine(transaction, desk)
            put(transaction, former, desk.now, **change(former))
            counted.succeeded(transaction, desk)
            note(unit.system_door, desk.now, FACTOR, desk.me, reason=how)

    repeated(make)


def _mine(transaction: Transaction, desk: Desk) -> Cell:
    former = found(transaction, CREDENTIAL, desk.me)
    if former is None:
        raise NotFound("no_password")
    return former


def _login(desk: Desk) -> str:
    user = desk.user(desk.me)
    return desk.me if user is None or user.login is None else user.login
