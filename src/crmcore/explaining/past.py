"""A decision of a past moment: the record, the roles and the people as they were then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve

from crmcore.access import User
from crmcore.errors import NotFound, QueryError
from crmcore.explaining.deciding import Decider
from crmcore.query import ast
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within, by_id, full_columns
from crmcore.query.walking import names_parameter, parts_of
from crmcore.schema.reserved import CHANGE_SET, ERASURE, USER
from crmcore.work.asof import Moment, past_session
from crmcore.work.definitions import load_configuration
from crmcore.work.rostering import has_host_users
from crmcore.work.session import Session


def decider_then(
    session: Session, user: User, operation: str, module: str, record: str, moment: Moment
) -> Decider | None:
    """What decided at `moment`; `None` where there was no such user then.

    The asker is told of records that he may see today, as they were then. Raises `NotFound`
    where there was none, `BeyondHorizon`, `SchemaError`, and `QueryError` where what decided
    then is kept no more: computed fields, what was erased, people of a host.
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
    if has_host_users(found) or has_host_users(present):
        raise QueryError("adopted_no_past", target=USER.name)
    known = found.users.get(user.id)
    if known is None:
        return None
    decider = Decider(then, known, definition, row)
    _check_told(session, decider, operation)
    return decider


def _check_told(session: Session, decider: Decider, operation: str) -> None:
    """Raise `QueryError` where what decided then is kept no more.

    Computed fields make no versions of their own, and what was erased is not known.
    """
    module, policy = decider.module, decider.policy
    names = {one.field for one in decider.session.configuration.computed}
    conditions: list[ast.Node] = []
    for one in ("read", operation):
        conditions += [grant.condition for grant in policy.grants(module, one)]
        conditions += policy.denials(module, one).values()
    asked = {name for one in conditions for name in _names_in(one)}
    if names & asked:
        raise QueryError("past_not_kept", module=module.name)
    subject = Within(Ref((), ERASURE.by_name["subject"]), (str(decider.row[0]),))
    if asked and any(True for _ in session.rows(BoundQuery(ERASURE, (ID_REF,), subject))):
        raise QueryError("past_erased", module=module.name, record=str(decider.row[0]))


def _names_in(node: ast.Node) -> Iterator[str]:
    """The last names of all paths in a condition, in calls too."""
    if isinstance(node, ast.Name):
        if not names_parameter(node.parts):
            yield node.parts[-1]
        return
    for part in parts_of(node):
        yield from _names_in(part)


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
