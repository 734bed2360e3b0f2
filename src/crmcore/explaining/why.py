"""`why`: the grants that decide, or what stands against it and what would help."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import evolve

from crmcore.explaining.asking import asked_user, check_operation, purpose_in
from crmcore.explaining.deciding import Alternative, Decider
from crmcore.explaining.explanation import Explanation, Obstacle, Reason
from crmcore.explaining.gone import revived, told_record
from crmcore.explaining.past import decider_then
from crmcore.explaining.remedies import bound_to, in_pool, no_right, purpose_of, remedies_of
from crmcore.query import ast
from crmcore.query.bound import ID_REF, BoundQuery, both, by_id, by_ids, full_columns
from crmcore.query.build import to_node
from crmcore.query.reader import Reader
from crmcore.records import layout_of
from crmcore.schema.reserved import ROLE
from crmcore.work import Workspace
from crmcore.work.asof import Moment
from crmcore.work.permitting import OWNER, FieldGate
from crmcore.work.reading import Where
from crmcore.work.sealing import seal_waiting
from crmcore.work.session import Session

_NO_RIGHT: Final = frozenset({"in_pool", "purpose", "no_consents", "restricted"})
"""Obstacles that are no matter of roles: told behind those that are."""


def why(
    crm: Workspace,
    who: str,
    operation: str,
    module: str,
    record: str,
    field: str | None = None,
    *,
    view: Where = None,
    purpose: str | None = None,
    as_of: Moment = None,
) -> Explanation:
    """Why `who` (id, login or name) may, or may not, do `operation` with a record (or field).

    One may ask about oneself and those who report to one, configurers about everybody, and
    only of records that one sees oneself (of removed ones: saw, of restricted ones: configures).
    With `view`, whether the condition of a view leaves it out is told too; with `purpose`,
    whether work for that purpose does, as always in a view for a purpose. With `as_of`, why it
    was so then: the record, roles and people of that moment, told as far as the asker may see
    the record and know its fields today. Raises `AccessDenied` (`unknown_user`), `NotFound`,
    `SchemaError`, `BeyondHorizon`, and `QueryError`, also where what decided then is not kept.
    """
    if as_of is not None:
        seal_waiting(crm._store.backend)
    with crm._store.reading(crm.principal) as session:
        asked = asked_user(session, who)
        named = session.schema.module(module).name
        found = Explanation(False, asked.id, operation, named, record, field)
        check_operation(operation)
        if as_of is not None:
            then = decider_then(session, asked, operation, named, record, as_of)
            if then is None:
                return evolve(found, obstacles=(Obstacle("no_user_then"),))
            user = bound_to(then.session, then.user, purpose or purpose_in(crm))
            return _explained(found, evolve(then, user=user), view)
        user = bound_to(session, asked, purpose or purpose_in(crm))
        definition, row, gone = told_record(session, named, record, operation)
        decider = Decider(session, user, definition, row)
        if gone is None or not user.active:
            return _explained(found, decider, view)
        remedies = tuple(revived(decider, operation, gone))
        return evolve(found, obstacles=(gone,), remedies=remedies)


def _explained(found: Explanation, decider: Decider, view: Where) -> Explanation:
    operation, field = found.operation, found.field
    if not decider.user.active:
        return evolve(found, obstacles=(Obstacle("inactive"),))
    obstacles = [*_obstacles(decider, operation), *_view(decider, view)]
    if field is not None:
        obstacles += _field_obstacles(decider, operation, field)
    if obstacles:
        obstacles += _roles_not_in_force(decider)
        is_present = decider.session.as_of is None
        remedies = tuple(remedies_of(decider, operation, field)) if is_present else ()
        return evolve(found, obstacles=tuple(obstacles), remedies=remedies)
    holding = sorted(decider.holding(operation), key=lambda one: len(decider.atoms(one.condition)))
    reasons = tuple(_reason(decider, one) for one in holding)
    return evolve(found, allowed=True, reasons=reasons)


def _obstacles(decider: Decider, operation: str) -> Iterator[Obstacle]:
    if not decider.module.enabled or decider.module.retired:
        yield Obstacle("module_off")
        return
    if decider.is_allowed(operation):
        return
    found = [
        one
        for asked in dict.fromkeys(("read", operation))
        for one in _against(decider, asked, operation)
    ]
    # Which of those that cannot be told it is would tell what the asker may not know.
    told = [one for is_told, one in found if is_told] or [one for _, one in found]
    distinct = {(one.code, one.name): one for one in told}.values()
    yield from sorted(distinct, key=lambda one: one.code in _NO_RIGHT)


def _against(decider: Decider, asked: str, operation: str) -> Iterator[tuple[bool, Obstacle]]:
    """What stands, or may stand, against `asked`, and whether it may be told that it does."""
    found = list(decider.alternatives(asked))
    holds = [decider.told(one.condition) for one in found]
    if True not in holds:
        is_told = None not in holds
        if asked != operation:
            yield is_told, Obstacle("not_readable")
        elif found:
            atoms = [decider.atoms(one.condition) for one in found]
            yield is_told, Obstacle("outside", atoms=min(atoms, key=_failing))
        else:
            yield is_told, Obstacle("no_grant")
        if found and decider.is_known((OWNER,)) and in_pool(decider):
            yield is_told, Obstacle("in_pool")
    others = no_right(decider)
    for name, condition in decider.denials(asked):
        is_told = decider.told(condition, denial=True) is True
        yield is_told, _denying(decider, name, condition, others.get(name))


def _denying(decider: Decider, name: str, condition: ast.Node, code: str | None) -> Obstacle:
    """A denial; with a `code`, one that no role knows."""
    if code is None:
        return Obstacle("denied", name, decider.atoms(condition, denial=True))
    is_of_purpose = code in ("purpose", "no_consents")
    return Obstacle(code, purpose_of(decider.user) or "" if is_of_purpose else "")


def _failing(atoms: object) -> int:
    assert isinstance(atoms, tuple)
    return sum(atom.holds is False for atom in atoms)


def _roles_not_in_force(decider: Decider) -> Iterator[Obstacle]:
    """Told beside other obstacles only: by itself it stands against nothing."""
    configuration, now = decider.session.configuration, decider.session.reader.now
    for one in configuration.assignments.get(decider.user.id, ()):
        if not one.is_valid(now) and one.role in configuration.roles:
            yield Obstacle("role_not_in_force", configuration.roles[one.role].name)


def _view(decider: Decider, view: Where) -> Iterator[Obstacle]:
    if view is None:
        return
    session = decider.session
    bound = session.binder.condition(decider.module, to_node(view))
    where = both(by_id(str(decider.row[0])), bound)
    query = BoundQuery(decider.module, (ID_REF,), where, as_of=session.as_of)
    if not any(True for _ in session.rows(query)):
        yield Obstacle("view")


def _field_obstacles(decider: Decider, operation: str, field: str) -> Iterator[Obstacle]:
    session, module = decider.session, decider.module
    one = session.binder.scope(module).known_field(module, field, 0)
    reader = session.configuration.reader(decider.user, session.reader.now, session.reader.zone)
    theirs = _as(session, reader)
    right = reader.field_right(module.name, one.name)
    gate = FieldGate.of(theirs, module)
    level = "write" if gate is None else gate.level(one.name, decider.row)
    is_open = level in ("read", "write") if operation == "read" else level == "write"
    if not is_open:
        name = right.level if not right.named else f"{right.level}, {', '.join(right.named)}"
        yield Obstacle("field", name)


def _as(session: Session, reader: Reader) -> Session:
    return Session(session.transaction, session.configuration, reader, session.as_of)


def _reason(decider: Decider, one: Alternative) -> Reason:
    role = one.grant.role
    since, by = _last_change(decider.session, role.name)
    return Reason(role.name, role.label, one.grant.scope, decider.atoms(one.condition), since, by)


def _last_change(session: Session, role: str) -> tuple[datetime | None, str | None]:
    ids = [key for key, one in session.configuration.roles.items() if one.name == role]
    query = BoundQuery(ROLE, full_columns(ROLE), by_ids(tuple(ids)), as_of=session.as_of)
    index = layout_of(ROLE).index
    for row in session.rows(query):
        moment, user = row[index["updated_at"]], row[index["updated_by"]]
        assert isinstance(moment, datetime)
        known = session.configuration.users.get(str(user))
        return moment, None if known is None else known.name
    return None, None
