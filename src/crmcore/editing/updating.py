"""Batch updates: one operation, of one step or of many; set-based where nothing else reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from attrs import define, frozen

from crmcore.editing.change import BatchChange, bound_change
from crmcore.editing.rewriting import may_rewrite, rewrite
from crmcore.errors import CapacityExceeded, CrmError, Invalid
from crmcore.query.bound import ID_REF, BoundQuery, Comparison, Const, both, by_ids
from crmcore.query.build import to_node
from crmcore.query.codec import to_json
from crmcore.work import Workspace
from crmcore.work.committing import Intention
from crmcore.work.door import Door
from crmcore.work.journal import MAX_WRITES
from crmcore.work.operations import ATTEMPTS, may_retry, pause, request_digest
from crmcore.work.permitting import check_limit
from crmcore.work.reading import Where
from crmcore.work.session import Session
from crmcore.work.stepping import Step, SteppedOperation, new_op_id

STEP_RECORDS: Final = 4_000
ONE_STEP: Final = MAX_WRITES
"""So many records change in one commit; more are an operation of many steps."""

How = Literal["door", "rewrite"]


@frozen
class Updated:
    """What an update did: pass `operation` to `Workspace.undo`. `None`: nothing to change.

    `count` records were changed in `steps` commits; `how` says whether each went through
    the stages, or the store set all of them at once.
    """

    operation: str | None
    count: int
    steps: int
    how: How


def update(
    crm: Workspace,
    module: str,
    where: Where,
    changes: Mapping[str, object],
    *,
    op_id: str | None = None,
    reason: str | None = None,
) -> Updated:
    """Set `changes` (names or labels) in all records that fulfil `where` and the user sees.

    One operation: over 10,000 records in many steps, unless the store can set all at once.
    Repeated with the same `op_id` it goes on where it stopped, or answers its result.
    Raises `Invalid`, `QueryError`, `AccessDenied`, `Duplicate`, `OpMismatch`, `Stale`.
    """
    request = request_digest("update", _request(module, where, changes))
    intention = Intention("update", request, reason=reason)
    operation = SteppedOperation.opened(crm, intention, op_id or new_op_id(crm))
    if operation.is_done:
        return _told(operation)
    with crm._store.reading(crm.principal) as session:
        change = bound_change(session, module, where, changes)
        if change.problems:
            raise Invalid(change.problems)
        run = _Run(operation, where, change)
        run.resume()
        ids = _chosen(session, change, run.last)
        check_limit(session, "bulk_update", len(ids))
        at_once = run.step == 0 and len(ids) > ONE_STEP and may_rewrite(session, change)
    if not ids and op_id is None:
        return Updated(None, 0, 0, "door")
    return run.at_once() if at_once else run.through_the_door(ids)


def _request(module: str, where: Where, changes: Mapping[str, object]) -> dict[str, object]:
    asked = None if where is None else to_json(to_node(where))
    return {"module": module, "where": asked, "changes": {k: repr(v) for k, v in changes.items()}}


def _told(operation: SteppedOperation) -> Updated:
    known = operation.known
    found = known.result if known is not None and isinstance(known.result, Mapping) else {}
    how: How = "rewrite" if found.get("how") == "rewrite" else "door"
    return Updated(operation.op_id, int(found.get("count", 0)), int(found.get("steps", 0)), how)


def _chosen(session: Session, change: BatchChange, last: str | None) -> list[str]:
    """The ids of the records to change, in their order; those behind `last` only."""
    where = change.chosen
    if last is not None:
        where = both(where, Comparison(">", ID_REF, Const(last, ID_REF.kind)))
    query = BoundQuery(change.module, (ID_REF,), where, change.scope)
    return [str(row[0]) for row in session.rows(query)]


@define
class _Run:
    """An update under way, and how far it has come."""

    operation: SteppedOperation
    where: Where
    change: BatchChange
    step: int = 0
    count: int = 0
    last: str | None = None

    def resume(self) -> None:
        """Go on behind the last step that the operation knows."""
        known = self.operation.known
        if known is not None and isinstance(known.result, Mapping):
            self.step, self.count = int(known.result["steps"]), int(known.result["count"])
            self.last = str(known.result["last"])

    def at_once(self) -> Updated:
        """All records in one commit, inside the store."""
        with self.operation.step(0) as step:
            count = rewrite(step.door, self._bound(step.door))
            _note(step, Updated(None, count, 1, "rewrite"), "", True)
        return Updated(self.operation.op_id, count, 1, "rewrite")

    def through_the_door(self, ids: Sequence[str]) -> Updated:
        """Step by step; a record that no longer fulfils the condition is left alone."""
        size = len(ids) if len(ids) <= ONE_STEP else STEP_RECORDS
        place = 0
        while place < len(ids) or self.step == 0:
            part = ids[place : place + max(size, 1)]
            try:
                self._patiently(part, place + len(part) >= len(ids))
            except CapacityExceeded:
                if size < 2:
                    raise
                size //= 2
                continue
            place += len(part)
        return Updated(self.operation.op_id, self.count, self.step, "door")

    def _patiently(self, ids: Sequence[str], is_last: bool) -> None:
        """One step, run again after lost races."""
        for attempt in range(ATTEMPTS):
            try:
                self._once(ids, is_last)
                return
            except CrmError as error:
                if not may_retry(error) or attempt + 1 == ATTEMPTS:
                    raise
                pause(attempt)

    def _once(self, ids: Sequence[str], is_last: bool) -> None:
        with self.operation.step(self.step) as step:
            door = step.door
            change = self._bound(door)
            still = list(_still(door.session, change, ids))
            if still:
                door.update(change.module, [(one, None, change.given) for one in still])
            changed = door.journal.counts.get(change.module.name, {}).get("updated", 0)
            done = Updated(None, self.count + changed, self.step + 1, "door")
            _note(step, done, ids[-1] if ids else "", is_last)
        self.count, self.step = done.count, done.steps

    def _bound(self, door: Door) -> BatchChange:
        """The change in the transaction of a step: rights and schema are those of now."""
        return bound_change(door.session, self.change.module.name, self.where, self.change.given)


def _note(step: Step, done: Updated, last: str, is_last: bool) -> None:
    """Enter the step in the ledger, and in the operation how far it has come."""
    found = {"count": done.count, "steps": done.steps, "last": last, "how": done.how}
    step.entry, step.result, step.last = found, found, is_last


def _still(session: Session, change: BatchChange, ids: Sequence[str]) -> Iterator[str]:
    query = BoundQuery(
        change.module, (ID_REF,), both(change.chosen, by_ids(tuple(ids))), change.scope
    )
    return (str(row[0]) for row in session.rows(query))
