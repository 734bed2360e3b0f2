"""Roles for the people of a host."""

from __future__ import annotations

from collections.abc import Sequence

from crmcore.errors import NotFound
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within, both, by_id, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import Record, layout_of
from crmcore.schema import STAMPS
from crmcore.schema.reserved import ROLE, USER
from crmcore.work.door import Door
from crmcore.work.foreign import own_session
from crmcore.work.journal import Journal
from crmcore.work.session import Session
from crmcore.work.unit import Breaking, UnitOfWork


def assign_roles(work: UnitOfWork, user: str | Record, roles: Sequence[str]) -> None:
    """Give `user` (a record or its id), of the host or of ours, the roles of those names.

    They take the place of those that he had. Raises `NotFound` for unknown users and
    roles, `AccessDenied` for who may not change users.
    """
    unit = work._unit
    record = user.id if isinstance(user, Record) else user
    with Breaking(unit):
        session = unit.session
        wanted = _roles(session, roles)
        own = own_session(session, USER)
        door = Door(own, unit.journal)
        if record in own.stored_rows(USER, [record]):
            door.update(USER, [(record, None, {"roles": wanted})])
        else:
            door.restore(USER, [_enrolled(session, unit.journal, record, wanted)])


def _roles(session: Session, names: Sequence[str]) -> list[str]:
    """The ids of the roles called `names`."""
    name = Ref((), ROLE.by_name["name"])
    where = both(Within(name, tuple(names)), session.binder.visible(ROLE))
    found = {row[1]: str(row[0]) for row in session.rows(BoundQuery(ROLE, (ID_REF, name), where))}
    for wanted in names:
        if wanted not in found:
            raise NotFound("not_found", module=ROLE.name, record=wanted)
    return [found[wanted] for wanted in names]


def _enrolled(session: Session, journal: Journal, record: str, roles: list[str]) -> Row:
    """What is to be kept of ours for a user of the host; inactive without the host."""
    query = BoundQuery(USER, full_columns(USER), by_id(record), session.binder.visible(USER))
    row = next(session.rows(query), None)
    if row is None:
        raise NotFound("not_found", module=USER.name, record=record)
    layout = layout_of(USER)
    values = {
        "name": Record(layout, row).title(),
        "roles": tuple(sorted(roles)) or None,
        "active": False,
    }
    user = session.reader.user
    stamps = (record, 0, journal.moment, user, None, user, None, None)
    return (*stamps, *(values.get(name) for name in layout.columns[len(STAMPS) : layout.stored]))
