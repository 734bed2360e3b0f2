"""A decision of a past moment: the record, the roles and the people as they were then."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from crmcore.access import User
from crmcore.errors import NotFound
from crmcore.explaining.deciding import Decider
from crmcore.query.bound import BoundQuery, Ref, Within, by_id, full_columns
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work.asof import Moment, past_session
from crmcore.work.definitions import load_configuration
from crmcore.work.session import Session


def decider_then(
    session: Session, user: User, module: str, record: str, moment: Moment
) -> Decider | None:
    """What decided at `moment`; `None` where there was no such user then.

    The asker is told of records that he may see today, as they were then. Raises `NotFound`
    where there was none, `BeyondHorizon`, `SchemaError`.
    """
    past = past_session(session, moment)
    definition = past.schema.module(module)
    query = BoundQuery(
        definition,
        full_columns(definition),
        by_id(record),
        past.binder.visible(definition),
        as_of=past.as_of,
    )
    row = next(past.rows(query), None)
    if row is None:
        raise NotFound("not_found", module=definition.name, record=record)
    present = session.configuration
    found = load_configuration(past.transaction, present.revision, past.as_of)
    reader = evolve(past.reader, now=_instant(past, moment))
    then = Session(past.transaction, found, reader, past.as_of)
    known = found.users.get(user.id)
    return None if known is None else Decider(then, known, definition, row)


def _instant(past: Session, moment: Moment) -> datetime:
    """The instant that `moment` is: of a position, when it was sealed."""
    if isinstance(moment, datetime):
        return moment
    position, told = (Ref((), CHANGE_SET.by_name[name]) for name in ("position", "moment"))
    assert past.as_of is not None
    query = BoundQuery(CHANGE_SET, (told,), Within(position, (past.as_of,)))
    found = next(past.rows(query))[0]
    assert isinstance(found, datetime)
    return found
