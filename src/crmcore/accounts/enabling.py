"""From when on a workspace keeps who signs in, and how strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import evolve

from crmcore.access import Grant, grants_to_json
from crmcore.accounts.cells import (
    SESSION,
    THROTTLE,
    TOKEN,
    drop,
    expired,
    ready,
    writing,
)
from crmcore.accounts.desk import KIND, Desk, configurer
from crmcore.accounts.policy import SETTING_NAME, SignInPolicy, policy_to_json
from crmcore.query.bound import BoundQuery, Ref, Within, full_columns
from crmcore.records import Record, layout_of
from crmcore.schema import Schema, check, diff, numbered
from crmcore.schema.reserved import ROLE, SETTING
from crmcore.schema.reserved.signing_in import SIGNING_IN
from crmcore.work import Workspace
from crmcore.work.committing import Intention
from crmcore.work.configuration import Configuration
from crmcore.work.configuring import Reconfiguration, carry_out, check_right, prepared
from crmcore.work.door import Door
from crmcore.work.operations import repeated

_NAMES: Final = tuple(module.name for module in SIGNING_IN)


def enable(crm: Workspace, policy: SignInPolicy | None = None) -> None:
    """Keep accounts, identities and sign-ins in this workspace from now on, under `policy`.

    What is kept already stays; without `policy` so does the policy. Roles that may configure
    may read what is kept. Also brings storage of an older version up to date. Raises
    `AccessDenied` for who may not configure, `WorkspaceError` (`step_pending`) where tables
    must not be made.
    """
    repeated(lambda: _enable(crm, policy))
    crm._store.refresh()
    ready(crm._store)


def sign_in_policy(crm: Workspace) -> SignInPolicy:
    """The policy in force; raises `WorkspaceError` (`accounts_off`)."""
    return Desk.of(crm).policy


def tidy(crm: Workspace) -> int:
    """Remove what has expired: sessions, tokens, counted failures. How many of them.

    It changes no answer; run it now and then. Raises `AccessDenied` for who may not configure.
    """
    desk, count = Desk.of(crm), 0
    with desk.store.reading(desk.principal) as session:
        check_right(session)
    for module in (SESSION, TOKEN, THROTTLE):
        while True:
            with writing(desk.store) as transaction:
                some = expired(transaction, module, desk.now)
                drop(transaction, *some)
            count += len(some)
            if not some:
                break
    return count


def _enable(crm: Workspace, policy: SignInPolicy | None) -> None:
    store = crm._store
    with store.reading(crm.principal) as session:
        check_right(session)
        present = session.configuration
    change = _proposed(present, 0)
    if not change.is_empty:
        change = prepared(store.backend, lambda skip: _proposed(present, skip))
    with crm._unit(Intention("configure", reason=KIND)) as unit:
        configurer(unit)
        if not change.is_empty:
            carry_out(unit.door, change)
        _let_configurers_read(unit.system_door)
        if policy is not None:
            _put_setting(unit.system_door, policy)


def _proposed(present: Configuration, skip: int) -> Reconfiguration:
    modules = present.schema.modules
    reserved = [one for one in modules if one.name.startswith("crm_") and one.name not in _NAMES]
    people = [one for one in modules if not one.name.startswith("crm_")]
    wanted = numbered(Schema([*reserved, *SIGNING_IN, *people]), present.schema, skip)
    if set(wanted.modules) == set(modules):
        wanted = present.schema
    check(wanted)
    steps = diff(present.schema, wanted)
    return Reconfiguration(present, evolve(present, schema=wanted), steps, ())


def _let_configurers_read(door: Door) -> None:
    layout = layout_of(ROLE)
    for row in list(door.session.rows(BoundQuery(ROLE, full_columns(ROLE)))):
        role = Record(layout, row)
        kept = role["grants"]
        grants = list(kept) if isinstance(kept, (list, tuple)) else []
        if any("configure" in _of(one, "operations") for one in grants):
            readable = {one["module"] for one in grants if "read" in _of(one, "operations")}
            missing = [Grant(name, "read") for name in _NAMES if name not in readable]
            if missing:
                values = {"grants": [*grants, *grants_to_json(missing)]}
                door.update(ROLE, [(role.id, None, values)])


def _of(grant: object, name: str) -> Iterable[object]:
    found = grant.get(name) if isinstance(grant, Mapping) else None
    return found if isinstance(found, (list, tuple)) else ()


def _put_setting(door: Door, policy: SignInPolicy) -> None:
    ref = Ref((), SETTING.by_name["name"])
    query = BoundQuery(SETTING, full_columns(SETTING), Within(ref, (SETTING_NAME,)))
    value = policy_to_json(policy)
    for row in list(door.session.rows(query)):
        door.update(SETTING, [(str(row[0]), None, {"value": value})])
        return
    door.create(SETTING, [{"name": SETTING_NAME, "value": value}])
