"""Coming in: registering openly or by invitation, and inviting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crmcore.accounts import passwords
from crmcore.accounts.cells import Cell, looking
from crmcore.accounts.credentials import person, set_password
from crmcore.accounts.desk import Desk, configurer, given_login, note
from crmcore.accounts.issuing import Issued, issued, redeemed, valid, withdrawn
from crmcore.accounts.passwords import Breached
from crmcore.accounts.throttling import attempt
from crmcore.errors import AccessDenied, NotFound, SignInRefused
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within
from crmcore.schema.reserved import ROLE, USER
from crmcore.storage import Transaction
from crmcore.work import Workspace
from crmcore.work.arguments import some_text
from crmcore.work.operations import repeated
from crmcore.work.session import Session


def register(
    crm: Workspace,
    login: str,
    password: str,
    *,
    name: str | None = None,
    email: str | None = None,
    invitation: str | None = None,
    origin: str | None = None,
    breached: Breached | None = None,
) -> str:
    """Make a new user with a password; his id.

    He gets the roles of his `invitation`, else those of the policy. Raises `AccessDenied`
    (`registration_off`, `registration_by_invitation`), `SignInRefused` (`token_void`),
    `Throttled`, `Invalid` for what is no password or login, `Duplicate` for a taken login.
    """
    desk = Desk.of(crm)
    given_login(login)
    origin = some_text("origin", origin)
    if desk.policy.registration == "off":
        raise AccessDenied("registration_off")
    if desk.policy.registration == "invitation" and invitation is None:
        raise AccessDenied("registration_by_invitation")
    passwords.check(password, desk.policy, (login, name, email), breached)
    attempt(desk, "registration", login, origin)
    if invitation is not None:
        with looking(desk.store) as transaction:
            _invitation(transaction, desk, invitation)
    encoded = desk.hasher.hashed(password)
    values = {"name": name or login, "login": login, "email": email}

    def join() -> str:
        with desk.unit("registration") as unit:
            session, roles = unit.session, desk.policy.roles
            if invitation is not None:
                one = _invitation(session.transaction, desk, invitation, use_up=True)
                roles = tuple(one["roles"] or ())
            given = {**values, "roles": role_ids(session, roles)}
            user = str(unit.system_door.create(USER, [given])[0][0])
            set_password(unit, desk, user, encoded, "registration", origin)
            note(unit.system_door, desk.now, "registered", user, origin=origin)
            return user

    return repeated(join)


def invite(
    crm: Workspace,
    user: str | None = None,
    *,
    roles: Sequence[str] = (),
    hours: int | None = None,
) -> Issued:
    """A token for somebody to come in with: once, for `hours` (those of the policy).

    For `user` (an id), who sets a password with it: `redeem`; or for who makes a user of
    himself, with `roles` (names): `register`. Raises `AccessDenied` for who may not configure,
    `NotFound` for unknown users and roles, `Invalid` (`service_without_password`).
    """
    desk = Desk.of(crm)
    for_hours = desk.policy.invitation_hours if hours is None else hours
    expires = desk.now + timedelta(hours=for_hours)

    def make() -> Issued:
        with desk.own_unit("invitation") as unit:
            session = configurer(unit)
            role_ids(session, roles)
            if user is not None:
                person(session, user)
                withdrawn(session.transaction, user, "invitation", "reset")
            made = issued(session.transaction, desk, "invitation", expires, user=user, roles=roles)
            note(unit.system_door, desk.now, "issued", user, reason="invitation")
            return made

    return repeated(make)


def role_ids(session: Session, names: Sequence[str]) -> list[str]:
    """The ids of the roles called `names`; raises `NotFound`."""
    name = Ref((), ROLE.by_name["name"])
    rows = session.rows(BoundQuery(ROLE, (ID_REF, name), Within(name, tuple(names))))
    found = {str(row[1]): str(row[0]) for row in rows}
    for wanted in names:
        if wanted not in found:
            raise NotFound("not_found", module=ROLE.name, record=wanted)
    return [found[wanted] for wanted in names]


def _invitation(
    transaction: Transaction, desk: Desk, token: object, *, use_up: bool = False
) -> Cell:
    """An invitation that is bound to nobody; raises `SignInRefused` (`token_void`)."""
    look = redeemed if use_up else valid
    one = look(transaction, desk, "invitation", token)
    if one["user"] is not None:
        raise SignInRefused("token_void")
    return one
