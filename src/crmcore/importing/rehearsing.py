"""The dry run: every row goes through the real write path, and nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from attrs import define, evolve, field

from crmcore.errors import Problem
from crmcore.importing.books import Book
from crmcore.importing.entries import Ask
from crmcore.importing.ledger import Ledger, entry_outcome, import_operation
from crmcore.importing.outcomes import Counts, RowProblem, StepOutcome, packed
from crmcore.importing.plans import (
    MAX_PROBLEMS,
    Duplicates,
    Errors,
    Options,
    Plan,
    StepPlan,
    schema_digest,
)
from crmcore.importing.referring import unknown_people
from crmcore.importing.sources import Openable
from crmcore.importing.steps import StepRows, Steps, current_schema
from crmcore.importing.surveying import Mappings, Modules, Wishes, survey
from crmcore.work import Workspace
from crmcore.work.stepping import new_op_id, reading

Progress = Callable[[int, int | None], None]
"""Told now and then how many rows are done, and how many there are if that is known."""


def plan(
    crm: Workspace,
    source: Openable | Book,
    *,
    modules: Modules = None,
    mapping: Mappings = None,
    duplicates: Duplicates = "ask",
    errors: Errors = "refuse",
    zone: str | None = None,
    propose: bool = True,
    ask: Ask | None = None,
    op_id: str | None = None,
    rehearse: bool = True,
    progress: Progress | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Plan:
    """The dry run of importing `source`: what would become of every row. Nothing is written.

    `source` is a path, bytes, a binary file, an iterable of mappings, or several of those by
    sheet. `modules` names the modules of sheets (in order, or by sheet; `None` leaves one out),
    `mapping` the fields of columns (a saved `Mapping`, or header → field; by sheet where there
    are several). `duplicates` says what becomes of rows whose unique key a record has;
    `ask` answers questions, without it they are problems. Moments without a zone lie in
    `zone`, by default that of the workspace. An `op_id` that was begun before is gone on
    with. Without `rehearse` only the structure is looked at and no row is tried.

    Raises `SourceError` for unreadable sources, `SchemaError` for unknown names, `Invalid` for
    unknown options and mappings that do not fit, `OpMismatch`.
    """
    options = Options(duplicates, errors, zone or crm.configuration.setting("zone", "UTC"))
    book = (
        source if isinstance(source, Book) else Book(source, encoding=encoding, delimiter=delimiter)
    )
    schema = current_schema(crm)
    sheets = survey(book, schema, Wishes(modules, mapping, options.zone, propose))
    began = crm.clock.now()
    made = Plan(
        book.info.name,
        book.path,
        book.digest,
        book.info,
        op_id or new_op_id(crm),
        began,
        schema_digest(schema, sheets),
        options,
        sheets,
        rehearsed=rehearse,
        book=book,
    )
    made = evolve(made, people=_strangers(crm, made))
    return rehearsed(crm, made, ask, progress) if rehearse else made


def _strangers(crm: Workspace, made: Plan) -> dict[str, int]:
    """Names in columns of users that are no user, as far as columns name few."""
    names: Counter[str] = Counter()
    for sheet in made.sheets:
        for column in sheet.mapping.mapped:
            profile = sheet.profiles.get(column.index)
            if profile is not None and profile.distinct and column.target is not None:
                names.update(profile.distinct)
    if not names:
        return {}
    with reading(crm) as session:
        return unknown_people(session, names)


@define
class _Tally:
    """What the dry run has found so far."""

    problems: list[RowProblem] = field(factory=list)
    codes: Counter[str] = field(factory=Counter)
    counts: dict[str, Counts] = field(factory=dict)
    steps: list[StepPlan] = field(factory=list)

    def add(self, step: StepPlan, outcome: StepOutcome) -> None:
        self.steps.append(step)
        self.counts[step.sheet] = self.counts.get(step.sheet, Counts()).plus(outcome.counts())
        for found in outcome.problems:
            self.codes[found.code] += 1
            if len(self.problems) < MAX_PROBLEMS:
                self.problems.append(found)


def rehearsed(crm: Workspace, made: Plan, ask: Ask | None, progress: Progress | None) -> Plan:
    """`made` with what becomes of every row."""
    assert made.book is not None
    tally = _Tally()
    for found in _structural(made):
        tally.codes[found.code] += 1
        tally.problems.append(found)
    total, done = sum(one.rows for one in made.sheets), 0
    operation = import_operation(crm, made)
    ledger = Ledger(operation)
    steps = Steps(crm.schema, made, made.book, ask=ask)
    with operation.rehearsal() as door_of:
        for one in steps:
            entry = ledger.entry(one.number)
            if entry is None:
                door = door_of(one.number)
                outcome = one.runner.run(door, one.rows)
                content = door.journal.content_delta()
            else:
                outcome, content = entry_outcome(entry, one.runner.sheet, one.rows), None
            one.settle(outcome)
            tally.add(_step(one, outcome, content), outcome)
            done += outcome.counts().rows
            if progress is not None:
                progress(done, total)
    sheets = [evolve(one, counts=tally.counts.get(one.sheet, Counts())) for one in made.sheets]
    return evolve(
        made,
        sheets=sheets,
        steps=tally.steps,
        problems=tally.problems,
        problem_counts=dict(tally.codes),
        answers=steps.answers,
        people={**made.people, **steps.ambiguous.people},
    )


def _structural(made: Plan) -> Iterator[RowProblem]:
    """Sheets of which nothing can be imported."""
    for one in made.sheets:
        params: dict[str, object] = {"sheet": one.sheet}
        if one.module is None:
            yield RowProblem(one.sheet, one.below, Problem("sheet_without_module", params))
        elif not one.mapping.mapped:
            problem = Problem("sheet_without_column", params, one.module)
            yield RowProblem(one.sheet, one.below, problem)


def _step(one: StepRows, outcome: StepOutcome, content: str | None) -> StepPlan:
    actions = packed(outcome.actions)
    first, last = one.rows[0].number, one.rows[-1].number
    return StepPlan(one.number, one.sheet, first, last, actions, content)
