"""Opening a record to others: to users, departments and roles, for a time; and its team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crmcore.errors import Invalid, NotFound
from crmcore.query.bound import BoundQuery, Ref, Within, both, full_columns
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import SHARE, TEAM_MEMBER
from crmcore.work import UnitOfWork
from crmcore.work.unit import Breaking


def share(
    work: UnitOfWork,
    module: str,
    record: str,
    *,
    user: str | None = None,
    department: str | None = None,
    role: str | None = None,
    level: str = "read",
    until: datetime | None = None,
    reason: str | None = None,
) -> str:
    """Open a record to a user (id), a department (name; what lies in it too) or a role (id).

    `level` is read, update or full; it opens what the role of the other grants on what is
    `shared`, up to the moment `until`. Needs the right `share` on the record. Answers the
    id of the share. Raises `NotFound`, `AccessDenied`, `Invalid`.
    """
    with Breaking(work._unit):
        if sum(one is not None for one in (user, department, role)) != 1:
            raise Invalid("share_with_one")
    values: dict[str, object] = {
        "user": user,
        "department": department,
        "role": role,
        "level": level,
        "expires_at": until,
        "reason": reason,
    }
    return _entered(work, SHARE, module, record, values)


def unshare(work: UnitOfWork, share_id: str) -> None:
    """End a share. Needs the right `share` on its record."""
    with Breaking(work._unit):
        _ended(work, SHARE, share_id)


def join_team(
    work: UnitOfWork,
    module: str,
    record: str,
    user: str,
    *,
    team_role: str | None = None,
    level: str = "read",
) -> str:
    """Put a user into the team of a record (相关团队). Needs the right `share` on the record."""
    values: dict[str, object] = {"user": user, "team_role": team_role, "level": level}
    return _entered(work, TEAM_MEMBER, module, record, values)


def leave_team(work: UnitOfWork, module: str, record: str, user: str) -> None:
    """Take a user out of the team of a record; raises `NotFound` where he is not in it."""
    with Breaking(work._unit):
        session = work._unit.session
        where = both(
            Within(Ref((), TEAM_MEMBER.by_name["record"]), (record,)),
            Within(Ref((), TEAM_MEMBER.by_name["user"]), (user,)),
        )
        query = BoundQuery(TEAM_MEMBER, full_columns(TEAM_MEMBER), where)
        name = session.schema.module(module).name
        place = layout_of(TEAM_MEMBER).index["module"]
        found = [str(row[0]) for row in session.rows(query) if row[place] == name]
        if not found:
            work._unit.door.stored(session.schema.module(module), [record], "share")
            raise NotFound("not_found", module=TEAM_MEMBER.name, record=user)
        for one in found:
            _ended(work, TEAM_MEMBER, one)


def _entered(
    work: UnitOfWork, into: Module, module: str, record: str, values: Mapping[str, object]
) -> str:
    with Breaking(work._unit):
        door = work._unit.door
        definition = door.session.schema.module(module)
        door.stored(definition, [record], "share")
        given = {name: value for name, value in values.items() if value is not None}
        made = {**given, "record": record, "module": definition.name}
        return str(work._unit.system_door.create(into, [made])[0][0])


def _ended(work: UnitOfWork, where: Module, entry: str) -> None:
    door, index = work._unit.door, layout_of(where).index
    row = door.session.stored_rows(where, [entry]).get(entry)
    if row is None:
        raise NotFound("not_found", module=where.name, record=entry)
    definition = door.session.schema.module(str(row[index["module"]]))
    try:
        door.stored(definition, [str(row[index["record"]])], "share")
    except NotFound:
        # A share of a record that he does not see is none to him.
        raise NotFound("not_found", module=where.name, record=entry) from None
    work._unit.system_door.delete(where, [(entry, None)])
