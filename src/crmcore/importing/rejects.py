"""The rejects book: refused rows as they stood, with the reasons in their cells."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from typing import TypeVar

from crmcore.errors import ImportRefused
from crmcore.importing.books import Book
from crmcore.importing.outcomes import RowProblem, StepOutcome, unpacked
from crmcore.importing.plans import Plan, SheetPlan, schema_digest
from crmcore.importing.sources import Cell, CellError, Openable, Percent, Row
from crmcore.importing.steps import Steps, current_schema, reopened
from crmcore.importing.surveying import REASONS
from crmcore.schema import Schema
from crmcore.sheets import Cell as CellOut
from crmcore.sheets import CellError as ErrorOut
from crmcore.sheets import Column, Marked, SheetOut, write_xlsx
from crmcore.work import Workspace

T = TypeVar("T")
_KNOWN_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")

Written = Iterable[tuple[str, list[Row], StepOutcome]]
"""Steps in their order: the sheet, its rows, what became of them."""


def save_rejects(
    crm: Workspace, plan: Plan, path: str | os.PathLike[str], *, source: Openable | None = None
) -> int:
    """Write the rows that the dry run `plan` refuses as a workbook; returns their number.

    Nothing is imported. Reasons are there as far as the plan holds them: for the first 10,000
    problems. Where no row is refused, no file is written. Raises `ImportRefused`, `SourceError`.
    """
    schema = current_schema(crm)
    if schema_digest(schema, plan.sheets) != plan.schema:
        raise ImportRefused("plan_outdated")
    if not plan.counts.refused:
        return 0
    refused = [one.sheet for one in plan.sheets if one.counts.refused]
    return write_rejects(path, plan, refused, _planned(schema, plan, reopened(plan, source)))


def _planned(schema: Schema, plan: Plan, book: Book) -> Written:
    """Every step as the plan foretells it."""
    problems: dict[tuple[str, int], list[RowProblem]] = {}
    for found in plan.problems:
        problems.setdefault((found.sheet, found.row), []).append(found)
    for one, planned in zip(Steps(schema, plan, book), plan.steps, strict=True):
        known = (problems.get((one.sheet, row.number), ()) for row in one.rows)
        outcome = StepOutcome(unpacked(planned.actions), chain.from_iterable(known))
        one.settle(outcome)
        yield one.sheet, one.rows, outcome


def write_rejects(
    path: str | os.PathLike[str], plan: Plan, sheets: Sequence[str], steps: Written
) -> int:
    """Write the refused rows of `steps` as a workbook that can be corrected and imported.

    `sheets` are those that have any, in the order of the steps. Each has the columns of its
    source and one of reasons; cells with a problem are marked and carry the reason as a
    comment. Rows are written as they come. Returns their number.
    """
    found = groupby(_all_refused(plan, steps), key=lambda one: one[0])
    return write_xlsx(path, [_sheet(plan.sheet(name), found) for name in sheets])


def _all_refused(plan: Plan, steps: Written) -> Iterator[tuple[str, list[CellOut]]]:
    for name, rows, outcome in steps:
        width = len(plan.sheet(name).mapping.columns)
        for cells in _refused(rows, outcome, width):
            yield name, cells


def _sheet(
    sheet: SheetPlan, found: Iterator[tuple[str, Iterator[tuple[str, list[CellOut]]]]]
) -> SheetOut:
    # The writer reads the rows sheet by sheet, which is the order in which they are found.
    titles = [column.header or " " for column in sheet.mapping.columns]
    columns = [*map(Column, titles), Column(REASONS, 40)]
    return SheetOut(sheet.sheet, columns, (cells for _, cells in _next(found)))


def _next(groups: Iterator[tuple[str, Iterator[T]]]) -> Iterator[T]:
    for _, group in groups:
        yield from group
        return


def _refused(rows: Sequence[Row], outcome: StepOutcome, width: int) -> Iterator[list[CellOut]]:
    problems: dict[int, list[RowProblem]] = {}
    for found in outcome.problems:
        problems.setdefault(found.row, []).append(found)
    for row, action in zip(rows, outcome.actions, strict=True):
        if action in "ar":
            yield _marked(row, problems.get(row.number, []), width)


def _marked(row: Row, problems: Sequence[RowProblem], width: int) -> list[CellOut]:
    cells: list[CellOut] = [_plain(cell) for cell in row.cells[:width]]
    cells += [None] * (width - len(cells))
    notes: dict[int, list[str]] = {}
    for found in problems:
        if found.column is not None and found.column < width:
            notes.setdefault(found.column, []).append(found.message("zh"))
    for place, texts in notes.items():
        cells[place] = Marked(cells[place], "\n".join(texts))  # type: ignore[arg-type]
    return [*cells, "；".join(_reason(found) for found in problems)]


def _reason(found: RowProblem) -> str:
    text = found.message("zh")
    return f"{found.header}：{text}" if found.header else text


def _plain(cell: Cell) -> CellOut:
    if isinstance(cell, CellError):
        return ErrorOut(cell.text) if cell.text in _KNOWN_ERRORS else cell.text
    if isinstance(cell, Percent):
        return f"{(cell.value * 100).normalize():f}%"
    return cell
