"""The rejects book: refused rows as they stood, with the reasons in their cells."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from crmcore.importing.outcomes import RowProblem, StepOutcome
from crmcore.importing.plans import Plan, SheetPlan
from crmcore.importing.sources import Cell, CellError, Percent, Row
from crmcore.importing.surveying import REASONS
from crmcore.sheets import Cell as CellOut
from crmcore.sheets import CellError as ErrorOut
from crmcore.sheets import Column, Marked, SheetOut, write_xlsx

_KNOWN_ERRORS = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")

Written = Iterable[tuple[str, list[Row], StepOutcome]]
"""Steps in their order: the sheet, its rows, what became of them."""


def write_rejects(path: str | os.PathLike[str], plan: Plan, steps: Written) -> int:
    """Write the refused rows of `steps` as a workbook that can be corrected and imported.

    Each sheet has the columns of its source and one of reasons; cells with a problem are
    marked and carry the reason as a comment. Returns the number of rows.
    """
    sheets = (
        _sheet(plan.sheet(name), group) for name, group in groupby(steps, key=lambda one: one[0])
    )
    return write_xlsx(path, list(sheets))


def _sheet(sheet: SheetPlan, steps: Written) -> SheetOut:
    # The writer reads the rows later, sheet by sheet: what it will need is kept until then.
    kept: list[list[CellOut]] = []
    headers = [column.header for column in sheet.mapping.columns]
    for _, rows, outcome in steps:
        kept.extend(_refused(rows, outcome, len(headers)))
    titles = [header or " " for header in headers]
    columns = [Column(title) for title in titles]
    return SheetOut(sheet.sheet, [*columns, Column(REASONS, 40)], kept)


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
