"""What may be compared: the rights of now, of a past moment, or of a plan, over present records."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from crmcore.access import SYSTEM_USER, User
from crmcore.errors import BeyondHorizon
from crmcore.evolving import Document
from crmcore.evolving.planning import policy_after, resolved
from crmcore.query.bound import BoundOrder, BoundQuery, Comparison, Const, Ref
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work import Configuration
from crmcore.work.asof import Moment, position_at
from crmcore.work.definitions import load_configuration
from crmcore.work.rostering import host_user
from crmcore.work.session import Session

Side = Document | Moment
"""A document is what would be; a moment or position what was; `None` what is now."""


def configured(session: Session, side: Side) -> Configuration:
    """The rights of `side`, everybody with the roles that were in force then.

    The schema is the present one, since present records are counted. Raises `BeyondHorizon`,
    `SchemaError`, `Invalid`.
    """
    present, now = session.configuration, session.reader.now
    if side is None:
        return settled(present, now)
    if isinstance(side, Document):
        return settled(policy_after(present, resolved(side, present)), now)
    position = position_at(session, side)
    if position < 1:
        raise BeyondHorizon("beyond_horizon", moment=str(side))
    found = load_configuration(session.transaction, present.revision, position)
    moment = side if isinstance(side, datetime) else _moment(session, position, now)
    return settled(
        evolve(found, schema=present.schema, computed=present.computed, left=present.left), moment
    )


def settled(configuration: Configuration, moment: datetime) -> Configuration:
    """`configuration` with the roles in force at `moment` for good."""
    users = {key: configuration.in_force(one, moment) for key, one in configuration.users.items()}
    return evolve(configuration, users=users, assignments={})


def people(session: Session, configuration: Configuration) -> dict[str, User]:
    """The active users, by id, people of a host who have roles here among them."""
    found: dict[str, User] = {}
    for key, one in configuration.users.items():
        user = one
        if not one.active and one.role_ids:
            user = host_user(session.transaction, configuration, key) or one
        if user.active and key != SYSTEM_USER:
            found[key] = user
    return found


def _moment(session: Session, position: int, now: datetime) -> datetime:
    """When the change set at `position` was made."""
    place, moment = (Ref((), CHANGE_SET.by_name[name]) for name in ("position", "moment"))
    where = Comparison("==", place, Const(position, place.kind))
    query = BoundQuery(CHANGE_SET, (moment,), where, order=(BoundOrder(place),), limit=1)
    for row in session.rows(query):
        assert isinstance(row[0], datetime)
        return row[0]
    return now
