"""Batch updates: one operation, of one step or of many; set-based where nothing else reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from attrs import define, frozen

from crmcore.access import System
from crmcore.clock import to_milliseconds
from crmcore.editing.change import BatchChange, bound_change
from crmcore.editing.rewriting import may_rewrite, rewrite
from crmcore.errors import CapacityExceeded, Invalid
from crmcore.query.bound import (
    ID_REF,
    BoundQuery,
    Comparison,
    Const,
    both,
    by_ids,
)
from crmcore.query.build import to_node
from crmcore.query.codec import to_json
from crmcore.records import new_id
from crmcore.schema.reserved import STEP
from crmcore.work import Operation, Workspace
from crmcore.work.committing import Intention
from crmcore.work.journal import MAX_WRITES
from crmcore.work.operations import operation_named, request_digest, same_request
from crmcore.work.reading import Where
from crmcore.work.session import Session
from crmcore.work.transaction import Unit

STEP_RECORDS: Final = 4_000
ONE_STEP: Final = MAX_WRITES - 1
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
    known = _known(crm, op_id, request)
    if known is not None and known.state == "done":
        return _answer(known)
    with crm._store.reading(crm.principal) as session:
        change = bound_change(session, module, where, changes)
        if change.problems:
            raise Invalid(change.problems)
        run = _Run.of(crm, change, request, op_id, known, reason)
        ids = _chosen(session, change, run.last)
        at_once = known is None and len(ids) > ONE_STEP and may_rewrite(session, change)
    if at_once:
        return run.rewritten(where)
    return run.through_the_door(where, ids)


def _request(module: str, where: Where, changes: Mapping[str, object]) -> dict[str, object]:
    asked = None if where is None else to_json(to_node(where))
    return {"module": module, "where": asked, "changes": {k: repr(v) for k, v in changes.items()}}


def _known(crm: Workspace, op_id: str | None, request: str) -> Operation | None:
    if op_id is None:
        return None
    with crm._store.reading(System("look up an operation")) as session:
        found = operation_named(session, op_id)
    if found is not None:
        same_request(found, request)
    return found


def _answer(known: Operation) -> Updated:
    found = known.result if isinstance(known.result, dict) else {}
    how: How = "rewrite" if found.get("how") == "rewrite" else "door"
    return Updated(known.op_id, int(found.get("count", 0)), int(found.get("steps", 0)), how)


def _chosen(session: Session, change: BatchChange, last: str | None) -> list[str]:
    """The ids of the records to change, in their order; those behind `last` only."""
    where = change.chosen
    if last is not None:
        where = both(where, Comparison(">", ID_REF, Const(last, ID_REF.kind)))
    query = BoundQuery(change.module, (ID_REF,), where, change.scope)
    return [str(row[0]) for row in session.rows(query)]


@define
class _Run:
    """An update under way: where it stands, and the operation that its steps belong to."""

    crm: Workspace
    change: BatchChange
    intention: Intention
    op_id: str
    operation: str
    first: Unit
    named: bool
    step: int = 0
    count: int = 0
    last: str | None = None

    @classmethod
    def of(
        cls,
        crm: Workspace,
        change: BatchChange,
        request: str,
        op_id: str | None,
        known: Operation | None,
        reason: str | None,
    ) -> _Run:
        """A new run, or the rest of one that stopped."""
        intention = Intention("update", request, reason=reason)
        store = crm._store
        moment = store.clock.now()
        made = new_id(to_milliseconds(moment), store.entropy)
        operation = made if known is None else known.id
        began = moment if known is None else known.moment
        options = {"op_id": op_id or made, "operation": operation, "began": began}
        first = crm._unit(intention, **options)
        run = cls(crm, change, intention, op_id or made, operation, first, op_id is not None)
        if known is not None and isinstance(known.result, dict):
            run.step, run.count = int(known.result["steps"]), int(known.result["count"])
            run.last = str(known.result["last"])
        return run

    def unit(self) -> Unit:
        """The unit of the next step."""
        began = self.first.journal.began
        return self.crm._unit(
            self.intention,
            op_id=self.op_id,
            operation=self.operation,
            step=self.step,
            began=began,
        )

    def rewritten(self, where: Where) -> Updated:
        """All records at once, inside the store."""
        with self.unit() as unit:
            change = bound_change(unit.session, self.change.module.name, where, self.change.given)
            self.count = rewrite(unit, change)
            self._note(unit, "rewrite", "", True)
        return Updated(self.op_id, self.count, 1, "rewrite")

    def through_the_door(self, where: Where, ids: Sequence[str]) -> Updated:
        """Step by step; a record that no longer fulfils the condition is left alone."""
        if not ids and not self.named and self.step == 0:
            return Updated(None, 0, 0, "door")
        size = len(ids) if len(ids) <= ONE_STEP else STEP_RECORDS
        place = 0
        while place < len(ids) or self.step == 0:
            part = ids[place : place + max(size, 1)]
            try:
                self._step(where, part, place + len(part) >= len(ids))
            except CapacityExceeded:
                if size < 2:
                    raise
                size //= 2
                continue
            place += len(part)
        return Updated(self.op_id, self.count, self.step, "door")

    def _step(self, where: Where, ids: Sequence[str], is_last: bool) -> None:
        with self.unit() as unit:
            session, given = unit.session, self.change.given
            change = bound_change(session, self.change.module.name, where, given)
            still = list(_still(session, change, ids))
            changed = 0
            if still:
                counts = unit.journal.counts
                unit.door.update(change.module, [(one, None, given) for one in still])
                changed = counts.get(change.module.name, {}).get("updated", 0)
            count = self.count + changed
            self._note(unit, "door", ids[-1] if ids else "", is_last, count)
        self.count = count
        self.step += 1

    def _note(
        self, unit: Unit, how: How, last: str, is_last: bool, count: int | None = None
    ) -> None:
        """Enter the step in the ledger, and how far the operation has come."""
        found = self.count if count is None else count
        result = {"count": found, "steps": self.step + 1, "last": last, "how": how}
        entry = {"key": f"{self.operation}:{self.step}", "result": result}
        unit.system_door.create(STEP, [entry])
        unit.result = result
        unit.operation_state = "done" if is_last else "running"


def _still(session: Session, change: BatchChange, ids: Sequence[str]) -> Iterator[str]:
    query = BoundQuery(
        change.module, (ID_REF,), both(change.chosen, by_ids(tuple(ids))), change.scope
    )
    return (str(row[0]) for row in session.rows(query))
