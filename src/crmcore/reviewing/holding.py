"""Who has what, since when and by whose change: roles, shares, places in teams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal

from attrs import frozen

from crmcore.access import SYSTEM_USER, Role, role_of
from crmcore.query.bound import TRUE, BoundQuery, full_columns
from crmcore.records import Record, layout_of
from crmcore.reviewing.sides import people
from crmcore.schema import Module
from crmcore.schema.reserved import ROLE, ROLE_ASSIGNMENT, SHARE, TEAM_MEMBER, USER
from crmcore.work.history import versions
from crmcore.work.session import Session

HoldingSort = Literal["role", "assignment", "share", "team"]
SORTS: Final[dict[HoldingSort, tuple[str, str]]] = {
    "role": ("角色", "role"),
    "assignment": ("限期角色", "role for a time"),
    "share": ("共享", "share"),
    "team": ("相关团队", "record team"),
}
"""What somebody may hold; what people call it."""


@frozen
class Holding:
    """Something that somebody has: which, since when, by whose change, until when.

    `entry` is the record that says so (of roles the user himself); `holder` the id of a user,
    or of a role that something is shared with, `holder_name` what he, it or a department is
    called. `role` is the id of a role that is held; `module` and `record` what is shared.
    """

    sort: HoldingSort
    entry: str
    holder: str | None
    holder_name: str
    role: str | None = None
    module: str | None = None
    record: str | None = None
    level: str | None = None
    since: datetime | None = None
    by: str | None = None
    until: datetime | None = None


def holdings(session: Session) -> list[Holding]:
    """Everything that anybody holds now and may review: what is over is left out."""
    found = [*_roles(session), *_assignments(session), *_listed(session, SHARE)]
    found += _listed(session, TEAM_MEMBER)
    now = session.reader.now
    return [one for one in found if one.until is None or one.until > now]


def _roles(session: Session) -> Iterator[Holding]:
    began = role_beginnings(session)
    users = people(session, session.configuration)
    for key, user in sorted(users.items(), key=lambda one: one[1].name):
        for role in user.role_ids:
            since, by = began.get((key, role), (None, None))
            yield Holding("role", key, key, user.name, role, since=since, by=name_of(session, by))


def role_beginnings(session: Session) -> Mapping[tuple[str, str], tuple[datetime, str]]:
    """(user, role) → since when without a break he has it, and who gave it him."""
    found: dict[str, dict[str, tuple[datetime, str]]] = {}
    for one in versions(session, USER, TRUE, TRUE):
        record = one.record
        links = record["roles"]
        held = {str(role) for role in links} if isinstance(links, tuple) else set[str]()
        former, given = found.get(record.id, {}), (_moment(record), str(record.row[5]))
        found[record.id] = {role: former.get(role, given) for role in held}
    return {(user, role): given for user, held in found.items() for role, given in held.items()}


def _moment(record: Record) -> datetime:
    moment = record.row[4]
    assert isinstance(moment, datetime)
    return moment


def former_roles(session: Session, moment: datetime) -> Mapping[str, Role]:
    """The roles as they were at `moment`, by id."""
    found: dict[str, Role] = {}
    for one in versions(session, ROLE, TRUE, TRUE):
        if _moment(one.record) <= moment:
            found[one.record.id] = role_of(one.record)
    return found


def _assignments(session: Session) -> Iterator[Holding]:
    users = people(session, session.configuration)
    for one in records(session, ROLE_ASSIGNMENT):
        user, role = users.get(str(one["user"])), str(one["role"])
        if user is None or role not in session.configuration.roles:
            continue
        yield Holding(
            "assignment",
            one.id,
            user.id,
            user.name,
            role,
            since=_later(one["valid_from"], one.row[2]),
            by=name_of(session, str(one.row[3])),
            until=_instant(one["valid_until"]),
        )


def _listed(session: Session, module: Module) -> Iterator[Holding]:
    """Shares, or places in teams."""
    for one in records(session, module):
        holder, name = _whom(session, one)
        yield Holding(
            "share" if module is SHARE else "team",
            one.id,
            holder,
            name,
            None,
            str(one["module"]),
            str(one["record"]),
            str(one["level"]),
            _instant(one.row[2]),
            name_of(session, str(one.row[3])),
            _instant(one["expires_at"]) if module is SHARE else None,
        )


def _whom(session: Session, one: Record) -> tuple[str | None, str]:
    user = one["user"]
    if user is not None:
        return str(user), name_of(session, str(user)) or str(user)
    role = one.get("role")
    if role is not None:
        known = session.configuration.roles.get(str(role))
        return str(role), str(role) if known is None else known.name
    return None, str(one["department"])


def records(session: Session, module: Module) -> Iterator[Record]:
    """All records of a reserved module, whoever asks."""
    layout = layout_of(module)
    for row in session.rows(BoundQuery(module, full_columns(module))):
        yield Record(layout, row)


def name_of(session: Session, user: str | None) -> str | None:
    """What a user is called; `None` for nobody."""
    if user is None or user == SYSTEM_USER:
        return user and "system"
    known = session.configuration.users.get(user)
    return user if known is None else known.name


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _later(one: object, other: object) -> datetime | None:
    """The later of two moments, where there are two."""
    known = [value for value in (one, other) if isinstance(value, datetime)]
    return max(known) if known else None
