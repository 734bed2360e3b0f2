"""The end of a unit of work: its change set and operation are written with what it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from crmcore.errors import Conflict, Stale
from crmcore.query.bound import BoundQuery, by_id, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import canonical, layout_of, version_commitment
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_SET, DUTY_RULE, HEAD, OPERATION
from crmcore.storage import Expect, Insert, Replace, Transaction
from crmcore.work.journal import FORM, Journal
from crmcore.work.separating import check_separation
from crmcore.work.session import Session

HEAD_ID = "0" * 31 + "2"
REVISION_ID = "0" * 31 + "3"
_RESULT: Final = OPERATION.by_name["result"].kind
POLICY_MODULES = frozenset(
    {
        "crm_user",
        "crm_role",
        "crm_setting",
        "crm_definition",
        "crm_department",
        "crm_role_assignment",
        "crm_territory",
        "crm_duty_rule",
        "crm_restriction",
        "crm_retention",
    }
)
"""What the configuration is made of: who changes a record of these changes what is in force."""


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


def write_commit(
    session: Session,
    journal: Journal,
    intention: Intention,
    state: str = "done",
    result: object = None,
) -> None:
    """Write the operation of `journal`, or bring it up to date, and the change set.

    What changed policy ends older configurations; raises `Invalid` (`duties_together`) where
    somebody would come to have duties that are kept apart.
    """
    if not POLICY_MODULES.isdisjoint(journal.counts):
        check_separation(session, DUTY_RULE.name in journal.counts)
    user = session.reader.user
    told = _write_operation(session, journal, intention, state, result)
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
            "form": FORM,
            "told": told,
            "schema": session.configuration.people_digest,
            "rewrites": journal.rewrites or None,
        },
    )
    session.transaction.apply([Insert(CHANGE_SET, [row])])
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


def _write_operation(
    session: Session, journal: Journal, intention: Intention, state: str, result: object
) -> str:
    """Write the operation; the commitment to it as it is from now on."""
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
        "result": _RESULT.normalize(result),
        "moment": journal.began,
        "undoes": intention.undoes,
    }
    former = stored_row(transaction, OPERATION, journal.operation) if journal.step else None
    version = 0 if former is None else former[1]
    assert isinstance(version, int)
    stamps = stamped(OPERATION, journal.operation, journal, user, version + 1)
    row = reserved_row(OPERATION, stamps, values)
    write = Insert(OPERATION, [row]) if former is None else Replace(OPERATION, [row], [version])
    transaction.apply([write])
    return told_of(row)


def told_of(row: Row) -> str:
    """The commitment to an operation, as its last change set holds it."""
    return version_commitment(OPERATION, row, canonical(OPERATION)(row)).hex()
