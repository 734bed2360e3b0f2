"""Making a plan: what a document asks for, against the workspace as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import evolve

from crmcore.access import Role, User, role_of
from crmcore.errors import Problem, SchemaError
from crmcore.evolving.consequences import consequences_of
from crmcore.evolving.describing import described
from crmcore.evolving.document import Document
from crmcore.evolving.granting import check_roles
from crmcore.evolving.modules import ModuleReader
from crmcore.evolving.named import wanted_roles, wanted_settings
from crmcore.evolving.plans import Plan, PlanStep
from crmcore.evolving.rights import changed_rights, duties_together
from crmcore.evolving.ruling import (
    after_rules,
    check_ruling,
    coming_due,
    wanted_duties,
    wanted_retention,
)
from crmcore.evolving.stepping import steps_of
from crmcore.evolving.wanted import NamedRecord, Wanted
from crmcore.schema.reserved import ROLE
from crmcore.work import Configuration, Workspace, configuring
from crmcore.work.configuring import Reconfiguration
from crmcore.work.foreign import check_adopted
from crmcore.work.session import Session
from crmcore.work.vetting import check_rules

RECORDS: Final = {
    "roles": wanted_roles,
    "settings": wanted_settings,
    "duties": wanted_duties,
    "retention": wanted_retention,
}
"""What reads each section of named records."""


def pull(crm: Workspace) -> Document:
    """The whole configuration as a document; raises `AccessDenied` where it is not his to see."""
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        return described(session.configuration)


def plan(crm: Workspace, document: Document) -> Plan:
    """What would lead to `document`, and what it would mean; nothing is written.

    Raises `SchemaError` where the document contradicts itself or something vanished from it,
    `AccessDenied` for who may not configure the workspace.
    """
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        present = session.configuration
        wanted = resolved(document, present)
        change = proposed(present, wanted, 0)
        check_proposal(session, change, wanted)
        steps = list(steps_of(change, wanted))
        if not steps and not change.is_empty:
            steps.append(PlanStep("arrange", "*"))
        found = [*consequences_of(session, change, wanted)]
        found += coming_due(session, wanted.records)
        after = policy_after(present, wanted)
        rights, limited = changed_rights(session, after)
        found += [*rights, *duties_together(session, after)]
        base = described(present).digest()
        return Plan(present.revision, base, document, steps, found, limited)


def resolved(document: Document, present: Configuration) -> Wanted:
    """What `document` asks for in the light of `present`; raises `SchemaError`."""
    modules = document.section("modules")
    wanted = Wanted()
    if modules is not None:
        wanted = ModuleReader(present, document.partial).read(modules)
        problems = [
            Problem("adopted_merge", {"option": one.old}, one.module, None, one.field)
            for one in wanted.merges
            if present.schema.module(one.module).keeping == "adopted"
        ]
        if problems:
            raise SchemaError(problems)
    return evolve(wanted, records=tuple(_records(document, present)))


def _records(document: Document, present: Configuration) -> Iterator[NamedRecord]:
    for name, read in RECORDS.items():
        section = document.section(name)
        if section is not None:
            yield from read(section, present, document.partial)


def proposed(present: Configuration, wanted: Wanted, skip: int) -> Reconfiguration:
    """The change of schema and computed fields that `wanted` needs; raises `SchemaError`."""
    return configuring.proposed(present, wanted.schema, wanted.computed, wanted.on_failure, skip)


def check_proposal(session: Session, change: Reconfiguration, wanted: Wanted) -> None:
    """Raise `SchemaError` where definitions, roles or rules of `wanted` do not fit together."""
    check_rules(session, change.made)
    check_adopted(session, change.former.schema, change.made)
    check_roles(session, change.made, wanted.records)
    check_ruling(session, change.made, wanted.records)


def policy_after(present: Configuration, wanted: Wanted) -> Configuration:
    """`present` with roles, and duties kept apart, as they would be; the rest as it is."""
    changed = {one.name: one for one in wanted.records if one.module == ROLE.name}
    roles: dict[str, Role] = {}
    for record, role in present.roles.items():
        change = changed.get(role.name)
        if change is None:
            roles[record] = role
        elif change.values is not None:
            roles[record] = role_of({**change.values, "name": role.name})
    users = {record: _with_roles(user, roles) for record, user in present.users.items()}
    duties = after_rules(present, wanted.records)
    return evolve(present, roles=roles, users=users, duties=duties)


def _with_roles(user: User, roles: Mapping[str, Role]) -> User:
    kept = [one for one in user.role_ids if one in roles]
    return evolve(user, roles=[roles[one] for one in kept], role_ids=kept)
