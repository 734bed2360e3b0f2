"""Sessions: found by their token, listed for their user, ended by him or for him."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from crmcore.access import System
from crmcore.accounts.cells import (
    CREDENTIAL,
    SESSION,
    Cell,
    cell,
    cells_with,
    drop,
    found,
    looking,
    put,
    writing,
)
from crmcore.accounts.desk import Desk, configurer, note
from crmcore.accounts.signing_in import SignedIn
from crmcore.accounts.tokens import digest, place, same
from crmcore.errors import Conflict, NotFound, SignInRefused
from crmcore.query import ast
from crmcore.query.build import f
from crmcore.storage import Transaction
from crmcore.work import Page, Workspace
from crmcore.work.configuring import check_right
from crmcore.work.operations import repeated
from crmcore.work.store import user_of

_TOUCHES = 20
"""In the time that a session may idle, its use is noted at most so many times."""


@frozen
class Session:
    """A session as its user sees it: when and where it began, when it was used last."""

    id: str
    began: datetime
    seen: datetime
    expires: datetime
    origin: str | None
    device: str | None
    user: str = field(repr=False)


def resume(crm: Workspace, token: str) -> SignedIn:
    """Who brings this token of a session; raises `SignInRefused` (`session_over`)."""
    desk = Desk.of(crm)
    with looking(desk.store) as transaction:
        one = _live(transaction, desk, token)
    if one is None:
        raise SignInRefused("session_over")
    workspace = desk.workspace(one["user"])
    _touch(desk, one)
    return SignedIn(workspace, one["user"], one.id, one["expires"], token)


def sign_out(crm: Workspace, token: str) -> None:
    """End the session of this token, if there is one."""
    desk = Desk.of(crm)

    def end() -> None:
        with desk.unit("sign out") as unit:
            transaction = unit.session.transaction
            one = _live(transaction, desk, token)
            if one is not None:
                drop(transaction, one)
                note(unit.system_door, desk.now, "logout", one["user"], origin=one["origin"])

    repeated(end)


def sessions(crm: Workspace, user: str | None = None) -> list[Session]:
    """One's own sessions that are not over, the one used last first.

    Those of another `user` (an id) for who may configure; raises `AccessDenied` else.
    """
    desk = Desk.of(crm)
    whose = _whose(desk, user)
    with looking(desk.store) as transaction:
        epoch = cell(transaction, CREDENTIAL, whose)["epoch"]
        known = cells_with(transaction, SESSION, "user", whose)
    live = [one for one in known if _holds(one, desk, epoch)]
    return sorted(map(_shown, live), key=lambda one: (one.seen, one.id), reverse=True)


def _whose(desk: Desk, user: str | None) -> str:
    """Oneself, or who is named; raises `AccessDenied` for who may not configure."""
    if user is None:
        return desk.me
    if user != desk.principal:
        with desk.store.reading(desk.principal) as session:
            check_right(session)
    return user


def end_session(crm: Workspace, session: str) -> None:
    """End one of one's own sessions, by its id; raises `NotFound`."""
    desk = Desk.of(crm)

    def end() -> None:
        with desk.unit("end a session", behalf=desk.me) as unit:
            transaction = unit.session.transaction
            one = found(transaction, SESSION, session)
            if one is None or one["user"] != desk.me:
                unit.abandon()
                raise NotFound("not_found", record=session)
            drop(transaction, one)
            note(unit.system_door, desk.now, "revoked", desk.me, reason="session")

    repeated(end)


def end_sessions(crm: Workspace, user: str | None = None) -> None:
    """End all of one's own sessions; those of another `user` (an id) for who may configure."""
    desk = Desk.of(crm)
    whose = user or desk.me

    def end() -> None:
        with desk.own_unit("end sessions") as unit:
            if whose != desk.principal:
                configurer(unit)
            ended(unit.session.transaction, desk, whose)
            note(unit.system_door, desk.now, "revoked", whose, reason="sessions")

    repeated(end)


def ended(transaction: Transaction, desk: Desk, user: str) -> None:
    """End all sessions of `user`, those too that are just being opened."""
    former = found(transaction, CREDENTIAL, user)
    if former is not None:
        put(transaction, former, desk.now, epoch=former["epoch"] + 1)
    drop(transaction, *cells_with(transaction, SESSION, "user", user))


def sign_ins(
    crm: Workspace, user: str | None = None, *, limit: int = 50, after: str | None = None
) -> Page:
    """One's own sign-ins and what was refused, the latest first.

    Who may configure asks for those of another `user` (an id), and for those of all with
    `crm.find("crm_sign_in", …)`. Raises `AccessDenied`.
    """
    desk = Desk.of(crm)
    whose = _whose(desk, user)
    everybody = Workspace(desk.store, System("sign-ins", user_of(desk.principal)))
    order = [ast.OrderBy(("moment",), descending=True)]
    where = f.user == whose
    return everybody.find("crm_sign_in", where, order=order, limit=limit, after=after)


def _live(transaction: Transaction, desk: Desk, token: object) -> Cell | None:
    """The session of `token` if it is not over."""
    digested = digest("session", token)
    one = found(transaction, SESSION, place(digested))
    if one is None or not same(one["digest"], digested):
        return None
    epoch = cell(transaction, CREDENTIAL, one["user"])["epoch"]
    return one if _holds(one, desk, epoch) else None


def _holds(one: Cell, desk: Desk, epoch: object) -> bool:
    is_timely = desk.now < one["expires"] and desk.now < one["seen"] + desk.policy.idle
    return bool(is_timely and one["epoch"] == epoch)


def _touch(desk: Desk, one: Cell) -> None:
    if desk.now - one["seen"] < desk.policy.idle / _TOUCHES:
        return
    try:
        with writing(desk.store) as transaction:
            put(transaction, one, desk.now, seen=desk.now)
    except Conflict:
        return  # Another request of the same session noted it, or ended it.


def _shown(one: Cell) -> Session:
    began = one.made_at
    assert began is not None
    return Session(
        one.id, began, one["seen"], one["expires"], one["origin"], one["device"], one["user"]
    )
