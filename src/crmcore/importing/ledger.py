"""What an import writes into the ledger with each step, and how it is read again.

Of refused rows the ledger keeps places and codes, not what stood in their cells: that is in
the file, and people's data is not copied to where it cannot be erased.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field

from crmcore.errors import Problem
from crmcore.importing.convert.showing import shown
from crmcore.importing.mapping import mapping_to_json
from crmcore.importing.outcomes import RowProblem, StepOutcome, packed, unpacked
from crmcore.importing.plans import Plan, SheetPlan
from crmcore.importing.sources import Row
from crmcore.work import Workspace
from crmcore.work.committing import Intention
from crmcore.work.operations import request_digest
from crmcore.work.stepping import SteppedOperation

_CELL = "\x00"
_SHOWN = 80
_AHEAD = 20


def import_operation(crm: Workspace, made: Plan) -> SteppedOperation:
    """The operation of a plan, known or new; raises `OpMismatch`."""
    request = {
        "digest": made.digest,
        "duplicates": made.options.duplicates,
        "errors": made.options.errors,
        "zone": made.options.zone,
        "sheets": [[one.sheet, one.below, mapping_to_json(one.mapping)] for one in made.sheets],
    }
    digest = request_digest("import", request)
    intention = Intention("import", digest, origin=None, reason=made.source)
    return SteppedOperation.opened(crm, intention, made.op_id, made.began)


@define
class Ledger:
    """What the ledger says of the steps of an operation, asked for one after the other."""

    operation: SteppedOperation
    _found: dict[int, object] = field(factory=dict)
    _end: int = 0

    def entry(self, number: int) -> object | None:
        """What is said of step `number`; `None` where it was not done."""
        if number >= self._end:
            self._end = number + _AHEAD
            self._found = self.operation.entries(range(number, self._end))
        return self._found.get(number)


def step_entry(outcome: StepOutcome) -> dict[str, object]:
    """What the ledger says of a step."""
    entry: dict[str, object] = {"actions": packed(outcome.actions)}
    if outcome.problems:
        found = [
            [one.row, one.column, one.asks, one.code, one.field, _params(one)]
            for one in outcome.problems
        ]
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        entry["problems"] = base64.b64encode(zlib.compress(text.encode())).decode()
    return entry


def _params(one: RowProblem) -> dict[str, object]:
    """The words of the sentence; where one is what the cell shows, a mark stands for it."""
    return {
        name: _CELL if one.cell and str(value) == one.cell else _plain(value)
        for name, value in one.problem.params.items()
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int) else str(value)


def entry_outcome(entry: object, sheet: SheetPlan, rows: Sequence[Row]) -> StepOutcome:
    """The outcome that `step_entry` wrote down, with the cells of `rows` in it again."""
    data: Mapping[str, Any] = entry  # type: ignore[assignment]
    packed_problems = data.get("problems")
    if packed_problems is None:
        return StepOutcome(unpacked(data["actions"]))
    found = json.loads(zlib.decompress(base64.b64decode(packed_problems)))
    by_number = {row.number: row for row in rows}
    headers = {column.index: column.header for column in sheet.mapping.columns}
    problems = []
    for number, column, asks, code, name, params in found:
        cell = _cell(by_number[number], column)
        words = {key: cell if value == _CELL else value for key, value in params.items()}
        problem = Problem(code, words, sheet.module, None, name)
        header = headers.get(column, "")
        problems.append(RowProblem(sheet.sheet, number, problem, column, header, cell, asks))
    return StepOutcome(unpacked(data["actions"]), problems)


def _cell(row: Row, column: int | None) -> str:
    if column is None or column >= len(row.cells) or row.cells[column] is None:
        return ""
    return shown(row.cells[column])[:_SHOWN]
