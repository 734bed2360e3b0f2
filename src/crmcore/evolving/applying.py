"""Applying a plan: one operation. The configuration in its first step, then records, in many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import define, evolve, field, frozen

from crmcore.errors import CrmError, Duplicate, Invalid, Problem, Stale
from crmcore.evolving.consequences import collisions_by_merging
from crmcore.evolving.describing import described
from crmcore.evolving.merging import (
    check_merge,
    holding,
    is_held,
    merges_from_json,
    merges_to_json,
    rewrite,
)
from crmcore.evolving.planning import check_proposal, proposed, resolved
from crmcore.evolving.plans import Consequence, Plan
from crmcore.evolving.wanted import Merge, NamedRecord, Wanted
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within
from crmcore.schema import Module
from crmcore.schema.reserved import DUTY_RULE, RETENTION
from crmcore.work import Workspace, configuring
from crmcore.work.committing import Intention
from crmcore.work.configuring import Reconfiguration
from crmcore.work.door import Door
from crmcore.work.operations import ATTEMPTS, may_retry, pause, request_digest
from crmcore.work.removing import remove
from crmcore.work.session import Session, system_session
from crmcore.work.stepping import SteppedOperation, new_op_id

STEP_RECORDS: Final = 4_000
_TOLD: Final = 100
_RULES: Final = frozenset({DUTY_RULE.name, RETENTION.name})


@frozen
class Applied:
    """What applying did: pass `operation` to `Workspace.undo`. `None`: there was nothing to do.

    `records` were rewritten by merged options, in `steps` commits in all. `emptied` values did
    not convert; `refused` records could not be rewritten, and keep the option that was merged.
    """

    operation: str | None
    steps: int = 0
    records: int = 0
    emptied: int = 0
    refused: tuple[Problem, ...] = field(default=(), converter=tuple[Problem, ...])


def apply(
    crm: Workspace, plan: Plan, *, op_id: str | None = None, reason: str | None = None
) -> Applied:
    """Put `plan` into force, as one operation that can be undone.

    Repeated with the same `op_id` it goes on where it stopped, or answers its result. Raises
    `Stale` (`plan_stale`) where the configuration is not the one that was planned for,
    `Invalid` (`plan_blocked`) where something stands in its way, `AccessDenied`,
    `SchemaError`, `Duplicate`, `OpMismatch`, and `Conflict` (`merge_…`) where somebody took
    back meanwhile what merging options needs: `Workspace.undo` takes back what was done.
    """
    request = request_digest("apply", {"document": plan.document.digest()})
    intention = Intention("apply", request, reason=reason)
    operation = SteppedOperation.opened(crm, intention, op_id or new_op_id(crm))
    if operation.is_done:
        return _told(operation)
    run = _Run(crm, plan, operation)
    if operation.known is None:
        if not run.configure():
            return Applied(None)
    else:
        run.resume()
    run.merge()
    return run.done


def _told(operation: SteppedOperation) -> Applied:
    known = operation.known
    found: Any = known.result if known is not None and isinstance(known.result, Mapping) else {}
    return Applied(operation.op_id, found["steps"], found["records"], found["emptied"])


@define
class _Run:
    """A plan being applied, and how far it has come."""

    crm: Workspace
    plan: Plan
    operation: SteppedOperation
    done: Applied = field(init=False, factory=lambda: Applied(None))
    merges: tuple[Merge, ...] = ()
    last: str = ""
    place: int = 0

    def configure(self) -> bool:
        """The first step: everything but the records of merged options; `False`: nothing to do."""
        with self.crm._store.reading(self.crm.principal) as session:
            configuring.check_right(session)
            present = session.configuration
            if present.revision != self.plan.revision or described(present).digest() != (
                self.plan.base
            ):
                raise Stale("plan_stale", planned=self.plan.revision, found=present.revision)
            _refuse_blocked(self.plan.blocking)
            wanted = resolved(self.plan.document, present)
            change = proposed(present, wanted, 0)
            check_proposal(session, change, wanted)
            configuring.check_values(session, change)
            # A plan looks at records that went on changing since.
            _refuse_blocked(collisions_by_merging(session, change, wanted))
            merging = any(is_held(session, one) for one in wanted.merges)
        if change.is_empty and not wanted.records and not merging:
            return False
        if not change.is_empty:
            change = configuring.prepared(
                self.crm._store.backend, lambda skip: proposed(present, wanted, skip)
            )
        self._first(change, wanted)
        return True

    def _first(self, change: Reconfiguration, wanted: Wanted) -> None:
        with self.operation.step(0) as step:
            emptied: list[Problem] = []
            if change.is_empty:
                configuring.check_right(step.door.session)
                configuring.hold(step.door.session, step.door.journal, change.former.revision)
            else:
                emptied = configuring.carry_out(step.door, change)
            for one in wanted.records:
                write_named(step.door, one)
            self.done = Applied(self.operation.op_id, 1, 0, len(emptied))
            # Nobody commits under the options of before any more: who holds one is known.
            held = [one for one in wanted.merges if is_held(step.door.session, one)]
            self.merges = tuple(held)
            step.result, step.last = self._state(), not held
            step.entry = {**self._state(), "merges": merges_to_json(held)}
        self.crm._store.refresh()

    def resume(self) -> None:
        """Go on behind the last step that the operation knows."""
        known = self.operation.known
        found: Any = known.result if known is not None else None
        assert isinstance(found, Mapping)
        self.place, self.last = int(found["merge"]), str(found["last"])
        # What was promised is finished, whatever else the configuration says by now.
        first: Any = self.operation.entries([0])[0]
        self.merges = merges_from_json(first["merges"])
        self.done = evolve(_told(self.operation), operation=self.operation.op_id)

    def _state(self) -> dict[str, object]:
        return {
            "steps": self.done.steps,
            "records": self.done.records,
            "emptied": self.done.emptied,
            "merge": self.place,
            "last": self.last,
        }

    def merge(self) -> None:
        """The steps behind the first: every record that holds a merged option."""
        while self.place < len(self.merges):
            is_last = self.place + 1 == len(self.merges)
            if not self._patiently(self.merges[self.place], is_last):
                self.place, self.last = self.place + 1, ""

    def _patiently(self, merge: Merge, is_last: bool) -> bool:
        """One step, run again after lost races; whether there may be more."""
        attempt, barred = 0, dict[str, Problem]()
        while True:
            try:
                return self._some(merge, is_last, barred)
            except CrmError as error:
                taken = _taken(error, merge)
                if taken and not taken.keys() <= barred.keys():
                    barred.update(taken)
                    continue
                if not may_retry(error) or attempt + 1 == ATTEMPTS:
                    raise
                pause(attempt)
                attempt += 1

    def _some(self, merge: Merge, is_last: bool, barred: Mapping[str, Problem]) -> bool:
        before = self.done, self.last
        try:
            with self.operation.step(self.done.steps) as step:
                session = step.door.session
                configuring.check_right(session)
                check_merge(session, merge)
                door = evolve(step.door, session=system_session(session))
                rows = list(holding(door.session, merge, self.last, STEP_RECORDS))
                count, refused = rewrite(door, merge, rows, barred)
                self.done = evolve(
                    self.done,
                    steps=self.done.steps + 1,
                    records=self.done.records + count,
                    refused=(*self.done.refused, *refused)[:_TOLD],
                )
                self.last = rows[-1][0] if rows else self.last
                more = len(rows) == STEP_RECORDS
                step.result, step.last = self._state(), is_last and not more
                step.entry = step.result
        except BaseException:
            self.done, self.last = before
            raise
        return more


def _blocked(one: Consequence) -> Problem:
    records = [record for example in one.examples for record in example.records]
    params = {"effect": one.effect, "count": one.count, "records": ", ".join(records)}
    return Problem("plan_blocked", params, one.module, records[0] if records else None, one.field)


def _refuse_blocked(found: Iterable[Consequence]) -> None:
    problems = [_blocked(one) for one in found if one.blocks]
    if problems:
        raise Invalid(problems)


def _taken(error: CrmError, merge: Merge) -> dict[str, Problem]:
    """Records whose keys were taken by others meanwhile: they keep the option they have."""
    if not isinstance(error, Duplicate):
        return {}
    found = [one for one in error.problems if one.module == merge.module and one.record]
    return {str(one.record): one for one in found}


def write_named(door: Door, record: NamedRecord) -> None:
    """Write, or remove, a record known by its name; raises what the door raises."""
    module = door.session.schema.by_name[record.module]
    found = _named(door.session, module, record.name)
    system = evolve(door, session=system_session(door.session))
    if record.module in _RULES:
        # Who may configure may set rules, whatever else he may do with records.
        door = system
    if record.values is None:
        if found is not None:
            remove(door, system, module, [(found, None)])
    elif found is None:
        door.create(module, [{"name": record.name, **record.values}])
    else:
        door.update(module, [(found, None, record.values)])


def _named(session: Session, module: Module, name: str) -> str | None:
    query = BoundQuery(module, (ID_REF,), Within(Ref((), module.by_name["name"]), (name,)))
    return next((str(row[0]) for row in session.rows(query)), None)
