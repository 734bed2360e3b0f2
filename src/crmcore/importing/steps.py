"""The steps of an import, always the same for the same rows and outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from crmcore.errors import ImportRefused
from crmcore.importing.books import Book
from crmcore.importing.entries import Ask
from crmcore.importing.outcomes import StepOutcome
from crmcore.importing.plans import Answer, Plan
from crmcore.importing.referring import Ambiguous
from crmcore.importing.running import SheetRunner, parts
from crmcore.importing.sources import Openable, Row
from crmcore.schema import Schema
from crmcore.work import Workspace
from crmcore.work.stepping import reading


@define
class StepRows:
    """One step: its number, and rows that are to be taken through the door.

    `is_tail`: no rows follow in the source, nor any that wait in earlier ones.
    """

    number: int
    runner: SheetRunner
    rows: list[Row]
    is_tail: bool

    @property
    def sheet(self) -> str:
        """The name of the sheet."""
        return self.runner.sheet.sheet

    def is_last(self, outcome: StepOutcome) -> bool:
        """Whether no step follows, if this one ends so."""
        return self.is_tail and not self.runner.is_waiting and not outcome.waits

    def settle(self, outcome: StepOutcome) -> None:
        """Note what later steps need to know of this one; must be called for every step."""
        self.runner.settle(self.rows, outcome)


@define
class Steps:
    """The steps of a plan in their order, with the runners of their sheets.

    Rows that wait for others of their sheet come in steps of their own after it. Which they
    are is told by `StepRows.settle`, so it must be called before the next step is asked for.
    """

    schema: Schema
    plan: Plan
    book: Book
    ambiguous: Ambiguous = field(factory=Ambiguous)
    ask: Ask | None = None
    answers: dict[str, dict[int, Answer]] = field(factory=dict)

    def __iter__(self) -> Iterator[StepRows]:
        number, sheets = 0, [one for one in self.plan.sheets if one.module and one.mapping.mapped]
        rows_left = sum(one.rows for one in sheets)
        for sheet in sheets:
            known = self.plan.answers.get(sheet.sheet, {})
            runner = SheetRunner(
                sheet, self.schema, self.plan.options, self.ambiguous, known, self.ask
            )
            # The plan has counted the rows: no step has to be read ahead to know the last one.
            rows = ([row] for row in self.book.rows(sheet.sheet, sheet.below))
            for part in parts(rows):
                rows_left -= len(part)
                yield StepRows(number, runner, part, not rows_left)
                number += 1
            late_left = len(runner.waiting.numbers)
            for part in parts(runner.late()):
                late_left -= len(part)
                yield StepRows(number, runner, part, not rows_left and not late_left)
                number += 1
            if runner.settler.given:
                self.answers[sheet.sheet] = runner.settler.given


def current_schema(crm: Workspace) -> Schema:
    """The schema in force now, whatever this process knew of it."""
    with reading(crm) as session:
        return session.schema


def reopened(plan: Plan, source: Openable | None) -> Book:
    """The source of a plan, or `source` if it is the same; raises `ImportRefused`."""
    if source is None and plan.book is not None:
        return plan.book
    if source is None and plan.path is None:
        raise ImportRefused("plan_without_source", file=plan.source)
    info = plan.info
    book = Book(
        plan.path if source is None else source,  # type: ignore[arg-type]
        name=plan.source,
        encoding=info.encoding,
        delimiter=info.delimiter,
    )
    if book.digest != plan.digest:
        book.close()
        raise ImportRefused("source_changed", file=plan.source)
    return book
