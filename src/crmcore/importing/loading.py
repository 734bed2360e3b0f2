"""Carrying out a plan: one resumable operation in steps, each through the door."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from attrs import evolve, field, frozen

from crmcore.errors import CrmError, ImportRefused, Problem
from crmcore.importing.ledger import Ledger, entry_outcome, import_operation, step_entry
from crmcore.importing.outcomes import ACTIONS, Counts, RowProblem, StepOutcome, unpacked
from crmcore.importing.plans import Plan, StepPlan, schema_digest
from crmcore.importing.rehearsing import Progress, rehearsed
from crmcore.importing.rejects import write_rejects
from crmcore.importing.sources import Openable, Row
from crmcore.importing.steps import StepRows, Steps, current_schema, reopened
from crmcore.schema import Schema
from crmcore.sheets import check_target
from crmcore.work import Workspace
from crmcore.work.operations import ATTEMPTS, may_retry, pause
from crmcore.work.permitting import check_limit
from crmcore.work.stepping import SteppedOperation

_LISTED: Final = 100


@frozen
class Loaded:
    """What an import did. `crm.undo(op_id)` takes all of it back.

    `differences` counts rows that became something else than planned, `rejects` is the path
    of the book of refused rows, if one was written.
    """

    op_id: str
    sheets: Mapping[str, Counts] = field(factory=dict)
    differences: int = 0
    rejects: str | None = None

    @property
    def counts(self) -> Counts:
        """What became of all rows together."""
        total = Counts()
        for one in self.sheets.values():
            total = total.plus(one)
        return total


class ImportHalted(ImportRefused):
    """An import was refused, or stopped half-way because the store had changed.

    `rows` are the problems with their places, `op_id` is what `undo` takes back, `plan` is
    what was to be done, `written` tells whether steps before this one were written.
    """

    def __init__(
        self, problem: Problem, plan: Plan, rows: Iterable[RowProblem], written: bool
    ) -> None:
        self.rows = tuple(rows)
        self.plan = plan
        self.op_id = plan.op_id
        self.written = written
        super().__init__([problem, *(one.problem for one in self.rows[:_LISTED])])


def load(
    crm: Workspace,
    plan: Plan,
    *,
    source: Openable | None = None,
    op_id: str | None = None,
    progress: Progress | None = None,
    rejects: str | os.PathLike[str] | None = None,
) -> Loaded:
    """Import what `plan` says, as one operation in steps; calling it again resumes, then answers.

    A step is written with its row in the ledger: after a crash the same `op_id` (by default
    that of the plan) goes on with the first step that is missing. With `errors="refuse"`
    nothing is written while any row has a problem, and a store that has changed since the
    plan stops the import; with `errors="reject"` good rows go in and the others into the
    workbook `rejects`. `source` is needed where the plan was stored and names no path.

    Raises `ImportHalted`, `SourceError`, `OpMismatch`, `OSError` where `rejects` cannot be
    written (looked at before the first step), `CapacityExceeded` (`row_limit`) for more rows
    than the user's roles let him import at once, and what units of work raise.
    """
    if op_id is not None and op_id != plan.op_id:
        plan = evolve(plan, op_id=op_id)
    if rejects is not None:
        # Before anything is written, so that a bad path leaves nothing half-done.
        check_target(rejects)
    operation = import_operation(crm, plan)
    if operation.is_done and rejects is None:
        return _result(plan, operation)
    if schema_digest(current_schema(crm), plan.sheets) != plan.schema:
        raise ImportRefused("plan_outdated")
    book = reopened(plan, source)
    plan = plan.of(book)
    if not plan.rehearsed and plan.options.errors == "refuse":
        plan = rehearsed(crm, plan, None, None)
    if not operation.is_done:
        with crm._store.reading(crm.principal) as session:
            check_limit(session, "import", sum(one.rows for one in plan.sheets))
        _refuse_problems(plan, operation)
        done = _carry_out(crm, plan, operation, progress)
    else:
        done = _result(plan, operation)
    if rejects is not None and done.counts.refused:
        operation = import_operation(crm, plan)
        refused = [one.sheet for one in plan.sheets if done.sheets[one.sheet].refused]
        write_rejects(rejects, plan, refused, _written(crm, plan, operation))
        done = evolve(done, rejects=os.fspath(rejects))
    return done


def _result(plan: Plan, operation: SteppedOperation) -> Loaded:
    assert operation.known is not None
    data: Any = operation.known.result
    sheets = {name: Counts(**counts) for name, counts in data["sheets"].items()}
    return Loaded(plan.op_id, sheets, int(data["differences"]))


def _refuse_problems(plan: Plan, operation: SteppedOperation) -> None:
    if plan.options.errors != "refuse":
        return
    done = operation.entries([one.number for one in plan.steps])
    waiting = [one for one in plan.steps if one.number not in done]
    count = sum(one.counts.refused for one in waiting)
    count += sum(one.module is None or not one.mapping.mapped for one in plan.sheets)
    if count:
        problem = Problem("import_refused", {"count": count})
        raise ImportHalted(problem, plan, plan.problems, bool(done))


def _carry_out(
    crm: Workspace, plan: Plan, operation: SteppedOperation, progress: Progress | None
) -> Loaded:
    planned = {one.number: one for one in plan.steps}
    sheets = {one.sheet: Counts() for one in plan.sheets}
    total, rows_done, differences = sum(one.rows for one in plan.sheets), 0, 0
    assert plan.book is not None
    ledger = Ledger(operation)
    for one in Steps(crm.schema, plan, plan.book):
        step = _Step(crm, plan, operation, planned.get(one.number), one, differences)
        outcome = step.done(ledger.entry(one.number))
        if outcome is None:
            outcome = step.carried_out(dict(sheets))
        one.settle(outcome)
        differences = step.differences
        counts = outcome.counts()
        sheets[one.sheet] = sheets[one.sheet].plus(counts)
        rows_done += counts.rows
        if progress is not None:
            progress(rows_done, total)
    if not total:
        with operation.step(0) as empty:
            empty.entry, empty.result, empty.last = {"actions": ""}, _summary(sheets, 0), True
    return Loaded(plan.op_id, sheets, differences)


def _summary(sheets: Mapping[str, Counts], differences: int) -> dict[str, object]:
    counts = {name: one.to_dict() for name, one in sheets.items()}
    return {"sheets": counts, "differences": differences}


class _Step:
    """One step of an import: taken from the ledger, or carried out."""

    def __init__(
        self,
        crm: Workspace,
        plan: Plan,
        operation: SteppedOperation,
        planned: StepPlan | None,
        rows: StepRows,
        differences: int,
    ) -> None:
        self._crm = crm
        self._plan = plan
        self._operation = operation
        self._planned = planned
        self._rows = rows
        self.differences = differences

    def done(self, entry: object | None) -> StepOutcome | None:
        """The outcome of this step, if the ledger has an entry of it."""
        if entry is None:
            return None
        return entry_outcome(entry, self._rows.runner.sheet, self._rows.rows)

    def carried_out(self, sheets: dict[str, Counts]) -> StepOutcome:
        """Write this step; run again after lost races."""
        for attempt in range(ATTEMPTS):
            try:
                return self._once(sheets)
            except ImportRefused:
                raise
            except CrmError as error:
                # Somebody may have taken a key, or this very step, a moment ago.
                if error.http_status != 409 or attempt + 1 == ATTEMPTS:
                    raise
                if not may_retry(error) and error.code != "value_taken":
                    raise
                pause(attempt)
                known = _reopened(self._crm, self._plan)
                if known is not None:
                    self._operation.known = known.known
                    self._operation.operation = known.operation
                number = self._rows.number
                found = self.done(self._operation.entries([number]).get(number))
                if found is not None:
                    return found
        raise AssertionError("unreachable")

    def _once(self, sheets: Mapping[str, Counts]) -> StepOutcome:
        rows = self._rows
        with rows.runner.attempt(), self._operation.step(rows.number) as step:
            self._refuse_other_modules(step.door.session.schema)
            outcome = rows.runner.run(step.door, rows.rows)
            # A stored plan says how many rows there are; what is read is what counts.
            read = sum(one.rows for one in sheets.values()) + outcome.counts().rows
            check_limit(step.door.session, "import", read)
            differences = self.differences + self._compare(outcome)
            counts = sheets[rows.sheet].plus(outcome.counts())
            step.entry = step_entry(outcome)
            step.result = _summary({**sheets, rows.sheet: counts}, differences)
            step.last = rows.is_last(outcome)
        self.differences = differences
        return outcome

    def _refuse_other_modules(self, schema: Schema) -> None:
        """Raise where the modules of the plan have changed since the import began."""
        if schema is self._rows.runner.schema:
            return
        if schema_digest(schema, self._plan.sheets) != self._plan.schema:
            problem = Problem("import_outdated", {"op_id": self._plan.op_id})
            raise ImportHalted(problem, self._plan, (), self._rows.number > 0)

    def _compare(self, outcome: StepOutcome) -> int:
        """How many rows became something else than planned; raises where that is refused."""
        if self._planned is None:
            return 0
        rows, sheet, actions = self._rows.rows, self._rows.sheet, unpacked(self._planned.actions)
        place = (self._planned.sheet, self._planned.first, self._planned.last, len(actions))
        if place != (sheet, rows[0].number, rows[-1].number, len(rows)):
            # Rows wait that were not to wait, or the other way round: other steps than planned.
            actions = "?" * len(rows)
        places = list(outcome.differences(actions))
        if not places or self._plan.options.errors != "refuse":
            return len(places)
        found = [
            _difference(sheet, rows[one], actions[one], outcome.actions[one]) for one in places
        ]
        params = {"count": len(places), "op_id": self._plan.op_id}
        problem = Problem("import_stopped", params)
        is_begun = self._rows.number > 0
        raise ImportHalted(problem, self._plan, [*outcome.problems, *found], is_begun)


def _difference(sheet: str, row: Row, planned: str, found: str) -> RowProblem:
    words = {"planned": ACTIONS.get(planned, "wait"), "found": ACTIONS.get(found, "wait")}
    return RowProblem(sheet, row.number, Problem("import_differs", words))


def _reopened(crm: Workspace, plan: Plan) -> SteppedOperation | None:
    found = import_operation(crm, plan)
    return found if found.known is not None else None


def _written(
    crm: Workspace, plan: Plan, operation: SteppedOperation
) -> Iterator[tuple[str, list[Row], StepOutcome]]:
    """Every step with its rows and what became of them, from the ledger."""
    assert plan.book is not None
    ledger = Ledger(operation)
    for one in Steps(crm.schema, plan, plan.book):
        outcome = entry_outcome(ledger.entry(one.number), one.runner.sheet, one.rows)
        one.settle(outcome)
        yield one.sheet, one.rows, outcome
