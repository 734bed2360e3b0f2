"""People whom a host knows: (issuer, subject) is mapped to a user of the workspace, once."""

from __future__ import annotations

from crmcore.access import System
from crmcore.accounts.desk import Desk, configurer, note
from crmcore.errors import NotFound, SignInRefused
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within, both
from crmcore.schema.reserved.signing_in import IDENTITY
from crmcore.work import Workspace
from crmcore.work.arguments import some_text, text
from crmcore.work.operations import repeated
from crmcore.work.removing import remove
from crmcore.work.session import Session

_LENGTH = 255


def map_identity(crm: Workspace, issuer: str, subject: str, user: str) -> None:
    """Let `subject` of `issuer` be `user` (an id) from now on; a record of `crm_identity`.

    Raises `AccessDenied` for who may not configure, `Duplicate` where somebody is mapped
    to it already, `Invalid` where `user` is nobody, or a text is not kept as it is given.
    """
    desk, (issuer, subject) = Desk.of(crm), _given(issuer, subject)
    values = {"issuer": issuer, "subject": subject, "user": user}

    def make() -> None:
        with desk.own_unit("map an identity") as unit:
            configurer(unit)
            unit.system_door.create(IDENTITY, [values])

    repeated(make)


def unmap_identity(crm: Workspace, issuer: str, subject: str) -> None:
    """Let `subject` of `issuer` be nobody; raises `AccessDenied`, `NotFound`."""
    desk, (issuer, subject) = Desk.of(crm), _given(issuer, subject)

    def make() -> None:
        with desk.own_unit("unmap an identity") as unit:
            session = configurer(unit)
            known = _mapped(session, issuer, subject)
            if known is None:
                unit.abandon()
                raise NotFound("not_found", module=IDENTITY.name)
            door = unit.system_door
            remove(door, door, IDENTITY, [(known[0], None)])

    repeated(make)


def acting(
    crm: Workspace,
    issuer: str,
    subject: str,
    *,
    signed_in: bool = False,
    origin: str | None = None,
) -> Workspace:
    """The workspace as the user whom the host authenticated as `subject` of `issuer`.

    With `signed_in` it is kept among the sign-ins, with its `origin`. Raises `SignInRefused`
    (`unknown_subject`) where nobody is mapped to it, or nobody who is active.
    """
    desk, (issuer, subject) = Desk.of(crm), _given(issuer, subject)
    origin = some_text("origin", origin)
    with desk.store.reading(System("identity")) as session:
        known = _mapped(session, issuer, subject)
    if known is None:
        raise SignInRefused("unknown_subject")
    try:
        workspace = desk.workspace(known[1])
    except SignInRefused:
        raise SignInRefused("unknown_subject") from None
    if signed_in:
        _note(desk, known[1], origin)
    return workspace


def _note(desk: Desk, user: str, origin: str | None) -> None:
    def keep() -> None:
        with desk.unit("sign in") as unit:
            note(unit.system_door, desk.now, "success", user, origin=origin, reason="host")

    repeated(keep)


def _mapped(session: Session, issuer: str, subject: str) -> tuple[str, str] | None:
    """The record and the user of an identity."""
    places = [Ref((), IDENTITY.by_name[name]) for name in ("issuer", "subject", "user")]
    where = both(Within(places[0], (issuer,)), Within(places[1], (subject,)))
    for row in session.rows(BoundQuery(IDENTITY, (ID_REF, places[2]), where)):
        return str(row[0]), str(row[1])
    return None


def _given(issuer: str, subject: str) -> tuple[str, str]:
    """Both, exactly: who is called almost the same is somebody else."""
    return text("issuer", issuer, _LENGTH), text("subject", subject, _LENGTH)
