"""Who is asking: a user, his roles, and the reader that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import field, frozen

from crmcore.access.organization import Organization
from crmcore.access.rights import Rights, rights_of
from crmcore.access.roles import Role
from crmcore.kinds import Date, DateTime, Link, Text
from crmcore.kinds.temporal import zone_of
from crmcore.query.reader import Parameter, Reader
from crmcore.schema import Schema

SYSTEM_USER: Final = "0" * 31 + "1"
"""The id of the user in whose name unrestricted work is done."""

_ABOUT_ME: Final = ("name", "login", "job_title", "department")
_USER, _INSTANT, _DAY, _TEXT = Link("crm_user"), DateTime(), Date(), Text()
_TERRITORY, _ROLE = Link("crm_territory"), Link("crm_role")
_ALONE: Final = Organization()


@frozen
class System:
    """Unrestricted work, by name: why, and for whom (a user id)."""

    reason: str
    behalf: str | None = None


@frozen
class Impersonation:
    """Work as `user` (an id), with his rights, by somebody else (`behalf`), and why."""

    user: str
    behalf: str
    reason: str


@frozen
class User:
    """A user of the workspace with his roles; `active` users alone may do anything.

    `role_ids` are the records of his roles, by which something is shared with them.
    """

    id: str
    name: str
    login: str | None = None
    job_title: str | None = None
    department: str | None = None
    superior: str | None = None
    active: bool = True
    roles: tuple[Role, ...] = field(default=(), converter=tuple[Role, ...])
    role_ids: tuple[str, ...] = field(default=(), converter=tuple[str, ...])


def reader_of(
    user: User,
    schema: Schema,
    now: datetime,
    zone: str,
    revision: int,
    rights: Rights | None = None,
    about: Mapping[str, Parameter] | None = None,
) -> Reader:
    """The reader that `user` is at the moment `now` in `zone`, with `rights` of his roles.

    `about` is what `me` and `me.…` mean, where that is known already; see `about_user`.
    """
    if not user.active:
        rights = Rights()
    elif rights is None:
        rights = rights_of(user.roles, schema)
    return Reader(
        user.id,
        now,
        zone,
        parameters_of(user, now, zone, about),
        rights.scopes,
        False,
        revision,
        rights.denials,
        rights.fields,
        rights.limits,
        rights.kept_in,
    )


def system_reader(now: datetime, zone: str, revision: int = 0) -> Reader:
    """The reader of `System` work."""
    user = User(SYSTEM_USER, "system")
    return Reader(SYSTEM_USER, now, zone, parameters_of(user, now, zone), {}, True, revision)


def parameters_of(
    user: User, now: datetime, zone: str, about: Mapping[str, Parameter] | None = None
) -> Mapping[str, Parameter]:
    """What `me`, `me.…`, `now` and `today` mean."""
    return {
        **(about_user(user) if about is None else about),
        "now": Parameter(_INSTANT, now),
        "today": Parameter(_DAY, now.astimezone(zone_of(zone)).date()),
    }


def about_user(user: User, organization: Organization = _ALONE) -> Mapping[str, Parameter]:
    """What `me` and `me.…` mean: the same whenever it is asked."""
    found = {
        "me": Parameter(_USER, user.id),
        "me.superior": Parameter(_USER, user.superior),
        "me.roles": Parameter(_ROLE, user.role_ids),
        "me.departments": Parameter(_TEXT, organization.departments_below(user.department)),
        "me.department_line": Parameter(_TEXT, organization.departments_above(user.department)),
        "me.subordinates": Parameter(_USER, organization.subordinates(user.id)),
        "me.direct_subordinates": Parameter(_USER, organization.direct_subordinates(user.id)),
        "me.territories": Parameter(_TERRITORY, organization.territories_of(user.id)),
    }
    for name in _ABOUT_ME:
        found[f"me.{name}"] = Parameter(_TEXT, getattr(user, name))
    return found
