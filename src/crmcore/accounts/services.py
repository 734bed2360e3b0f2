"""Services: users without a password, who come with tokens and obey the same rights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import field, frozen

from crmcore.accounts.cells import TOKEN, Cell, cells_with, drop, found, looking, put, writing
from crmcore.accounts.credentials import kind_of
from crmcore.accounts.desk import Desk, configurer, note
from crmcore.accounts.issuing import Issued, issued, valid
from crmcore.accounts.joining import role_ids
from crmcore.errors import Conflict, Invalid, NotFound, SignInRefused
from crmcore.schema.reserved import USER
from crmcore.schema.reserved.signing_in import ACCOUNT
from crmcore.work import Workspace
from crmcore.work.arguments import of_type, text
from crmcore.work.configuring import check_right
from crmcore.work.operations import repeated

_SEEN = timedelta(hours=1)
"""How exactly it is known when a token was used last."""


@frozen
class ApiToken:
    """A token of a service, without its secret: what it is for, until when, when used last."""

    id: str
    label: str
    made: datetime
    expires: datetime
    seen: datetime | None
    user: str = field(repr=False)


def create_service(crm: Workspace, name: str, *, roles: Sequence[str] = ()) -> str:
    """A user for an integration, with `roles` (names); his id.

    Raises `AccessDenied` for who may not configure, `NotFound` for unknown roles.
    """
    desk = Desk.of(crm)
    values = {"name": text("name", name)}

    def make() -> str:
        with desk.own_unit("create a service") as unit:
            given = {**values, "roles": role_ids(configurer(unit), roles)}
            user = str(unit.system_door.create(USER, [given])[0][0])
            unit.system_door.create(ACCOUNT, [{"user": user, "kind": "service"}])
            return user

    return repeated(make)


def issue_token(crm: Workspace, user: str, label: str, *, days: int = 90) -> Issued:
    """A token for the service `user` (an id), shown this once; it holds for `days`.

    Raises `AccessDenied` for who may not configure, `Invalid` (`not_a_service`).
    """
    desk, label = Desk.of(crm), text("label", label)
    expires = desk.now + timedelta(days=of_type("days", days, int))

    def make() -> Issued:
        with desk.own_unit("issue a token") as unit:
            session = configurer(unit)
            if kind_of(session, user) != "service":
                unit.abandon()
                raise Invalid("not_a_service")
            made = issued(session.transaction, desk, "api", expires, user=user, label=label)
            note(unit.system_door, desk.now, "issued", user, reason="api")
            return made

    return repeated(make)


def tokens(crm: Workspace, user: str) -> list[ApiToken]:
    """The tokens of a service that hold, the oldest first, for who may configure."""
    desk = Desk.of(crm)
    with desk.store.reading(desk.principal) as session:
        check_right(session)
    with looking(desk.store) as transaction:
        known = cells_with(transaction, TOKEN, "user", user)
    held = [one for one in known if one["purpose"] == "api" and desk.now < one["expires"]]
    return sorted(map(_shown, held), key=lambda one: (one.made, one.id))


def revoke_token(crm: Workspace, token: str) -> None:
    """Withdraw a token (or an invitation) by its id; raises `AccessDenied`, `NotFound`."""
    desk = Desk.of(crm)

    def make() -> None:
        with desk.own_unit("revoke a token") as unit:
            transaction = configurer(unit).transaction
            one = found(transaction, TOKEN, token)
            if one is None:
                unit.abandon()
                raise NotFound("not_found", record=token)
            drop(transaction, one)
            note(unit.system_door, desk.now, "revoked", one["user"], reason=one["purpose"])

    repeated(make)


def serving(crm: Workspace, token: str) -> Workspace:
    """The workspace as the service that brings this token.

    Raises `SignInRefused` (`token_void`) where it does not hold, or the service is inactive.
    """
    desk = Desk.of(crm)
    with looking(desk.store) as transaction:
        one = valid(transaction, desk, "api", token)
    try:
        workspace = desk.workspace(one["user"])
    except SignInRefused:
        raise SignInRefused("token_void") from None
    _touch(desk, one)
    return workspace


def _touch(desk: Desk, one: Cell) -> None:
    if one["seen"] is not None and desk.now - one["seen"] < _SEEN:
        return
    try:
        with writing(desk.store) as transaction:
            put(transaction, one, desk.now, seen=desk.now)
    except Conflict:
        return  # Another request noted it, or somebody withdrew it.


def _shown(one: Cell) -> ApiToken:
    assert one.made_at is not None
    return ApiToken(one.id, one["label"], one.made_at, one["expires"], one["seen"], one["user"])
