"""Past moments as sealed positions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from attrs import evolve

from crmcore.errors import AccessDenied, BeyondHorizon, Invalid
from crmcore.query.bound import BoundOrder, BoundQuery, Comparison, Const, Ref
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work.definitions import schema_as_of
from crmcore.work.feed import ChangeSet
from crmcore.work.history import Change
from crmcore.work.naming_then import reader_then
from crmcore.work.permitting import knows_positions
from crmcore.work.purged import Bounded, horizons
from crmcore.work.sealing import head_of, seal_waiting
from crmcore.work.session import Session
from crmcore.work.store import Principal, Store

_MOMENT = Ref((), CHANGE_SET.by_name["moment"])
_POSITION = Ref((), CHANGE_SET.by_name["position"])

Moment = datetime | int | ChangeSet | Change | None
"""An instant, or a sealed position; `None` is the present."""


@contextmanager
def asking(
    store: Store, principal: Principal, as_of: Moment
) -> Iterator[tuple[Session, int | None]]:
    """A session that asks of `as_of`, and the position that this is."""
    if as_of is not None:
        seal_waiting(store.backend)
    with store.reading(principal) as session:
        if as_of is None:
            yield session, None
            return
        past = past_session(session, as_of)
        yield past, past.as_of


def past_session(session: Session, moment: object) -> Session:
    """`session` at a past moment: its data and schema, the asker's rights of today.

    Raises `BeyondHorizon` before the workspace began.
    """
    position = position_at(session, moment)
    if position < 1:
        raise BeyondHorizon("beyond_horizon", moment=str(moment))
    past = schema_as_of(session.transaction, position)
    configuration = evolve(session.configuration, schema=past)
    first, transaction = horizons(session.configuration.purged), session.transaction
    if any(position < one for one in first.values()):
        transaction = Bounded(transaction, position, first)
    notes, guard = session.notes, session.guard
    reader = reader_then(session.reader, session.schema, past)
    return Session(transaction, configuration, reader, position, notes, guard)


def position_at(session: Session, moment: object) -> int:
    """The last sealed position at `moment`; 0 where nothing was sealed yet.

    Raises `BeyondHorizon` for the future, `Invalid` for what is no moment, and `AccessDenied`
    for bare positions where they are not told.
    """
    if isinstance(moment, ChangeSet):
        return moment.position
    if isinstance(moment, Change):
        return _at(session, moment.moment) if moment.position is None else moment.position
    if isinstance(moment, datetime):
        return _at(session, moment)
    if type(moment) is int:
        if not knows_positions(session):
            raise AccessDenied("not_allowed", module=CHANGE_SET.name, operation="read")
        if moment > head_of(session.transaction).position:
            raise BeyondHorizon("beyond_horizon", moment=str(moment))
        return moment
    raise Invalid("not_an_instant", value=moment)


def _at(session: Session, moment: datetime) -> int:
    if moment.tzinfo is None:
        raise Invalid("naive_instant", value=moment)
    instant = moment.astimezone(UTC)
    if instant > max(session.reader.now, head_of(session.transaction).moment):
        raise BeyondHorizon("beyond_horizon", moment=moment.isoformat())
    where = Comparison("<=", _MOMENT, Const(instant, _MOMENT.kind))
    order = (BoundOrder(_POSITION, descending=True),)
    query = BoundQuery(CHANGE_SET, (_POSITION,), where, order=order, limit=1)
    for row in session.rows(query):
        return row[0] if isinstance(row[0], int) else 0
    return 0
