"""The end of a unit of work: its change set and operation are written with what it did."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from crmcore.errors import Conflict, Stale
from crmcore.query.bound import BoundQuery, by_id, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_SET, HEAD, OPERATION
from crmcore.storage import Expect, Insert, Replace, Transaction
from crmcore.work.journal import Journal
from crmcore.work.session import Session

HEAD_ID = "0" * 31 + "2"
REVISION_ID = "0" * 31 + "3"
POLICY_MODULES = frozenset({"crm_user", "crm_role", "crm_setting", "crm_definition"})


@frozen
class Intention:
    """What a caller says of his work: kind, request digest, origin, reason, for whom."""

    kind: str = "call"
    request: str | None = None
    origin: str | None = None
    reason: str | None = None
    behalf: str | None = None
    undoes: str | None = None


def stamped(module: Module, record: str, journal: Journal, user: str, version: int = 1) -> Row:
    """The stamps of a reserved record written by `journal`."""
    moment = journal.moment
    return (record, version, moment, user, moment, user, journal.change_set, journal.salt())


def reserved_row(module: Module, stamps: Row, values: Mapping[str, object]) -> Row:
    """A row of a reserved module of stamps and values."""
    layout = layout_of(module)
    return (*stamps, *(values.get(name) for name in layout.columns[len(stamps) : layout.stored]))


def stored_row(transaction: Transaction, module: Module, record: str) -> Row | None:
    """The full row of one record, whatever it is."""
    query = BoundQuery(module, full_columns(module), by_id(record))
    return next((row for batch in transaction.select(query) for row in batch), None)


def write_change_set(session: Session, journal: Journal, intention: Intention) -> None:
    """Write the change set of `journal`; what changed policy ends older configurations."""
    transaction, user = session.transaction, session.reader.user
    row = reserved_row(
        CHANGE_SET,
        stamped(CHANGE_SET, journal.change_set, journal, user),
        {
            "moment": journal.moment,
            "operation": journal.operation,
            "step": journal.step,
            "user": user,
            "origin": intention.origin,
            "summary": journal.counts,
            "root": journal.root(),
            "content": journal.content_delta(),
        },
    )
    transaction.apply([Insert(CHANGE_SET, [row])])
    _keep_revision(session, journal)


def _keep_revision(session: Session, journal: Journal) -> None:
    """Expect the configuration this unit began with, or end it for everyone."""
    transaction, revision = session.transaction, session.configuration.revision
    try:
        if POLICY_MODULES.isdisjoint(journal.counts):
            transaction.apply([Expect(HEAD, [REVISION_ID], [revision])])
            return
        former = stored_row(transaction, HEAD, REVISION_ID)
        stamps = stamped(HEAD, REVISION_ID, journal, session.reader.user, revision + 1)
        row = (*stamps, *(former[len(stamps) :] if former else ()))
        transaction.apply([Replace(HEAD, [row], [revision])])
    except Conflict as conflict:
        raise Stale("configuration_changed") from conflict


def write_operation(
    session: Session,
    journal: Journal,
    intention: Intention,
    state: str = "done",
    result: object = None,
) -> None:
    """Write, or bring up to date, the operation of `journal`."""
    transaction, user = session.transaction, session.reader.user
    values = {
        "op_id": journal.op_id,
        "kind": intention.kind,
        "request": intention.request,
        "user": user,
        "behalf": intention.behalf,
        "origin": intention.origin,
        "reason": intention.reason,
        "state": state,
        "result": result,
        "moment": journal.began,
        "undoes": intention.undoes,
    }
    former = stored_row(transaction, OPERATION, journal.operation) if journal.step else None
    if former is None:
        stamps = stamped(OPERATION, journal.operation, journal, user)
        transaction.apply([Insert(OPERATION, [reserved_row(OPERATION, stamps, values)])])
        return
    version = former[1]
    assert isinstance(version, int)
    stamps = stamped(OPERATION, journal.operation, journal, user, version + 1)
    transaction.apply([Replace(OPERATION, [reserved_row(OPERATION, stamps, values)], [version])])
