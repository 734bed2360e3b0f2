"""Consents: what a person agreed to, for which purpose, since when; and work for a purpose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import frozen

from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.query.bound import BoundQuery, Ref, Within, both, full_columns
from crmcore.records import Record, layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import CONSENT
from crmcore.work import Workspace
from crmcore.work.committing import Intention
from crmcore.work.operations import repeated
from crmcore.work.permitting import allowed
from crmcore.work.purposing import ForPurpose
from crmcore.work.session import Session, system_session

_ORIGIN: Final = "privacy"


@frozen
class Consent:
    """A person's consent to `purpose`; `source` tells where it came from, such as a form."""

    id: str
    purpose: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    source: str | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it holds at the moment `now`."""
        return self.given_at <= now and (self.withdrawn_at is None or now < self.withdrawn_at)


def consent(
    crm: Workspace,
    module: str,
    record: str,
    purpose: str,
    *,
    source: str | None = None,
    given_at: datetime | None = None,
) -> str:
    """Note that a person consented to `purpose`, now or at `given_at`; the id of the consent.

    Raises `NotFound`, `AccessDenied` for who may not change the record, `Invalid`
    (`not_a_subject`).
    """

    def attempt() -> str:
        with crm._unit(Intention("consent", origin=_ORIGIN)) as unit:
            definition = _subject(unit.session, module, record)
            values = {
                "subject": record,
                "module": definition.name,
                "purpose": purpose,
                "given_at": given_at or unit.session.reader.now,
                "source": source,
            }
            return str(unit.system_door.create(CONSENT, [values])[0][0])

    made: str = repeated(attempt)
    return made


def withdraw(crm: Workspace, module: str, record: str, purpose: str) -> None:
    """From now on the person does not consent to `purpose`; the history keeps that he did.

    Raises `NotFound` where there is no such consent, `AccessDenied`.
    """

    def attempt() -> None:
        with crm._unit(Intention("withdraw", origin=_ORIGIN)) as unit:
            definition = _subject(unit.session, module, record)
            found = [one for one in _consents(unit.session, definition, record)
                     if one.purpose == purpose and one.withdrawn_at is None]  # fmt: skip
            if not found:
                raise NotFound("not_found", module=CONSENT.name, record=record)
            ends = {"withdrawn_at": unit.session.reader.now}
            unit.system_door.update(CONSENT, [(one.id, None, ends) for one in found])

    repeated(attempt)


def consents(crm: Workspace, module: str, record: str) -> tuple[Consent, ...]:
    """What a person consented to, oldest first. Raises `NotFound`, `AccessDenied`."""
    with crm._store.reading(crm.principal) as session:
        definition = _subject(session, module, record)
        return tuple(sorted(_consents(session, definition, record), key=lambda one: one.given_at))


def for_purpose(crm: Workspace, purpose: str) -> Workspace:
    """The same workspace for one purpose: of persons only those who consented are there.

    In lists, on record pages, in figures, reports and exports alike, and for whatever is
    written. Modules that hold no persons are as ever. Raises `AccessDenied`
    (`purpose_of_user`) for work of the system and in another's name.
    """
    if not isinstance(crm.principal, str):
        raise AccessDenied("purpose_of_user")
    return Workspace(crm._store, ForPurpose(crm.principal, purpose))


def _subject(session: Session, module: str, record: str) -> Module:
    definition = session.schema.module(module)
    if definition.name.startswith("crm_") or definition.keeping != "history":
        raise Invalid("not_a_subject", module=definition.name)
    asking = system_session(session) if session.reader.may_configure else session
    scope = asking.binder.visible(definition, "read")
    if record not in asking.stored_rows(definition, [record], scope):
        raise NotFound("not_found", module=definition.name, record=record)
    scope = allowed(asking, definition, "update")
    if record not in asking.stored_rows(definition, [record], scope):
        raise AccessDenied("outside_scope", module=definition.name, record=record)
    return definition


def _consents(session: Session, module: Module, record: str) -> Iterator[Consent]:
    layout = layout_of(CONSENT)
    where = both(
        Within(Ref((), CONSENT.by_name["subject"]), (record,)),
        Within(Ref((), CONSENT.by_name["module"]), (module.name,)),
    )
    names = ("purpose", "given_at", "withdrawn_at", "source")
    for row in session.rows(BoundQuery(CONSENT, full_columns(CONSENT), where)):
        one = Record(layout, row)
        yield Consent(one.id, *(one[name] for name in names))  # type: ignore[arg-type]
