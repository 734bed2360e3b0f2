"""Who may ask about whom; yes or no; who can; what somebody can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from crmcore.access import OPERATIONS, SYSTEM_USER, User
from crmcore.errors import AccessDenied, NotFound, SchemaError
from crmcore.explaining.alike import Likeness, Neighborhood, named_in, texts_in, users_alike
from crmcore.explaining.deciding import Alternative, Decider
from crmcore.explaining.remedies import bound_to
from crmcore.kinds import Labels, LongText
from crmcore.query.bound import FALSE, TRUE
from crmcore.query.evaluate import Row
from crmcore.schema import Module
from crmcore.tables import Table, TableColumn
from crmcore.work import Workspace
from crmcore.work.purposing import ForPurpose
from crmcore.work.rostering import host_user
from crmcore.work.session import Session
from crmcore.work.store import user_named


@frozen
class Answer:
    """A user who can, and by which role and scope."""

    user: str
    name: str
    role: str
    scope: str | None


def can(
    crm: Workspace,
    who: str,
    operation: str,
    module: str,
    record: str,
    *,
    purpose: str | None = None,
) -> bool:
    """Whether `who` (id, login or name) may do `operation` with a record that the asker sees.

    With `purpose`, in work for that purpose. Raises as `why` does.
    """
    with crm._store.reading(crm.principal) as session:
        user = bound_to(session, asked_user(session, who), purpose or purpose_in(crm))
        definition, row = asked_record(session, module, record, operation)
        return user.active and Decider(session, user, definition, row).is_allowed(operation)


def who_can(crm: Workspace, module: str, record: str, operation: str) -> list[Answer]:
    """The users who may do `operation` with a record, as far as the asker may ask about them."""
    with crm._store.reading(crm.principal) as session:
        definition, row = asked_record(session, module, record, operation)
        purpose = purpose_in(crm)
        return sorted(
            _answers(session, definition, row, operation, purpose),
            key=lambda one: (one.name, one.user),
        )


def purpose_in(crm: Workspace) -> str | None:
    """The purpose of a view for a purpose, in which one asks about it alone."""
    return crm.principal.purpose if isinstance(crm.principal, ForPurpose) else None


def _answers(
    session: Session, module: Module, row: Row, operation: str, purpose: str | None
) -> Iterator[Answer]:
    configuration, now = session.configuration, session.reader.now
    found = (configuration.in_force(one, now) for one in _asked_users(session))
    users = [bound_to(session, one, purpose) for one in found]
    several = {one.role_ids: one for one in users}.values()
    named = set[str]().union(*(named_in(configuration.rights(one)) for one in several))
    around = Neighborhood(session.look(), {*texts_in(row), *named})
    around.met.update(one.id for one in users if named & {one.id, one.name, one.login})
    alike: Mapping[Likeness, Sequence[User]] = {}
    decided: dict[Likeness, Alternative | None] = {}
    met = -1
    # What one of them comes across may set others apart.
    while met < len(around.met):
        met = len(around.met)
        alike = users_alike(users, configuration, around.met)
        decided = {
            likeness: _first(Decider(session, some[0], module, row, around), operation)
            for likeness, some in alike.items()
        }
    for likeness, some in alike.items():
        first = decided[likeness]
        if first is not None:
            role, scope = first.grant.role.name, first.grant.scope
            yield from (Answer(one.id, one.name, role, scope) for one in some)


def _first(decider: Decider, operation: str) -> Alternative | None:
    """The first grant that holds, or may as far as is told, where the operation is allowed."""
    return decider.holding(operation)[0] if decider.is_allowed(operation) else None


def _asked_users(session: Session) -> list[User]:
    """The active users whom the asker may ask about."""
    reader, users = session.reader, session.configuration.users
    known = set(users)
    if not reader.may_configure:
        known &= {reader.user, *session.configuration.organization.subordinates(reader.user)}
    found = (_user(session, key) for key in known if key != SYSTEM_USER)
    return [one for one in found if one is not None and one.active]


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
    found = _user(session, user) if _may_ask(session, user) else None
    if found is None:
        raise AccessDenied("unknown_user")
    return found


def _user(session: Session, user: str) -> User | None:
    """A user of ours, or of the host with the roles that he has here."""
    theirs = host_user(session.transaction, session.configuration, user)
    return session.configuration.users.get(user) if theirs is None else theirs


def _may_ask(session: Session, user: str) -> bool:
    reader = session.reader
    if user == reader.user or reader.may_configure:
        return True
    return user in session.configuration.organization.subordinates(reader.user)


def asked_record(session: Session, module: str, record: str, operation: str) -> tuple[Module, Row]:
    """A record that the asker himself sees; raises `NotFound`, `SchemaError`."""
    check_operation(operation)
    definition = session.schema.module(module)
    scope = session.binder.visible(definition)
    row = session.stored_rows(definition, [record], scope).get(record)
    if row is None:
        raise NotFound("not_found", module=definition.name, record=record)
    return definition, row


def check_operation(operation: str) -> None:
    """Raise `SchemaError` (`unknown_operation`) for a word that is none."""
    if operation not in OPERATIONS:
        raise SchemaError("unknown_operation", name=operation, known=", ".join(OPERATIONS))
