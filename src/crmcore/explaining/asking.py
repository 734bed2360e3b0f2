"""Who may ask about whom; yes or no; who can; what somebody can."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from crmcore.access import OPERATIONS, SYSTEM_USER, User
from crmcore.errors import AccessDenied, NotFound, SchemaError
from crmcore.explaining.deciding import Decider
from crmcore.kinds import Labels, LongText
from crmcore.query.bound import FALSE, TRUE
from crmcore.query.evaluate import Row
from crmcore.schema import Module
from crmcore.tables import Table, TableColumn
from crmcore.work import Workspace
from crmcore.work.session import Session
from crmcore.work.store import user_named


@frozen
class Answer:
    """A user who can, and by which role and scope."""

    user: str
    name: str
    role: str
    scope: str | None


def can(crm: Workspace, who: str, operation: str, module: str, record: str) -> bool:
    """Whether `who` (id, login or name) may do `operation` with a record that the asker sees.

    Raises as `why` does.
    """
    with crm._store.reading(crm.principal) as session:
        user = asked_user(session, who)
        definition, row = asked_record(session, module, record, operation)
        return user.active and Decider(session, user, definition, row).is_allowed(operation)


def who_can(crm: Workspace, module: str, record: str, operation: str) -> list[Answer]:
    """The users who may do `operation` with a record, as far as the asker may ask about them."""
    with crm._store.reading(crm.principal) as session:
        definition, row = asked_record(session, module, record, operation)
        return list(_answers(session, definition, row, operation))


def _answers(session: Session, module: Module, row: Row, operation: str) -> Iterator[Answer]:
    for user in sorted(session.configuration.users.values(), key=lambda one: one.name):
        if user.id == SYSTEM_USER or not user.active or not _may_ask(session, user.id):
            continue
        decider = Decider(session, user, module, row)
        if decider.is_allowed(operation):
            first = next(one for one in decider.alternatives(operation) if one.holds)
            yield Answer(user.id, user.name, first.grant.role.name, first.grant.scope)


def what_can(crm: Workspace, who: str) -> Table:
    """Module × operation → how far `who` may: all, some, or none of the records."""
    with crm._store.reading(crm.principal) as session:
        user = asked_user(session, who)
        reader = session.configuration.reader(user, session.reader.now, session.reader.zone)
        binder = session.configuration.binder(reader)
        rows = []
        for module in session.configuration.modules():
            found = [binder.visible(module, one) for one in OPERATIONS]
            words = ["none" if one == FALSE else "all" if one == TRUE else "some" for one in found]
            rows.append((module.name, *words))
    columns = [TableColumn("module", Labels("模块", "Module"), LongText())]
    columns += [TableColumn(one, Labels(), LongText()) for one in OPERATIONS]
    return Table.from_batches(columns, [rows], titles={}, zone="UTC")


def asked_user(session: Session, who: str) -> User:
    """The user `who`, if the asker may ask about him: himself, below him, or any to configurers.

    Raises `AccessDenied` (`unknown_user`, as of nobody).
    """
    user = user_named(session, who)
    if not _may_ask(session, user):
        raise AccessDenied("unknown_user")
    return session.configuration.users[user]


def _may_ask(session: Session, user: str) -> bool:
    reader = session.reader
    if user == reader.user or reader.may_configure:
        return True
    return user in session.configuration.organization.subordinates(reader.user)


def asked_record(session: Session, module: str, record: str, operation: str) -> tuple[Module, Row]:
    """A record that the asker himself sees; raises `NotFound`, `SchemaError`."""
    if operation not in OPERATIONS:
        raise SchemaError("unknown_operation", name=operation, known=", ".join(OPERATIONS))
    definition = session.schema.module(module)
    scope = session.binder.visible(definition)
    row = session.stored_rows(definition, [record], scope).get(record)
    if row is None:
        raise NotFound("not_found", module=definition.name, record=record)
    return definition, row
