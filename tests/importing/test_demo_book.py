"""The demo book: an import finds exactly the faults that were planted, and reads the rest."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from crmcore.cli.demo import write_demo_workbook
from crmcore.importing import adopt, load, plan
from crmcore.schema.standard import standard_schema
from crmcore.work import open_workspace


@pytest.mark.parametrize("url", ["memory://", "sqlite:///{}/demo.db"])
def test_exactly_the_planted_faults_are_found(url: str, tmp_path: Path) -> None:
    path = tmp_path / "demo.xlsx"
    truth = write_demo_workbook(path, customers=400)
    crm = open_workspace(url.format(tmp_path), schema=standard_schema(), create=True)
    made = adopt(crm, plan(crm, path, errors="reject"))
    planted = {(cell.sheet, cell.row): cell.column for cell in truth.problems}
    found = {(one.sheet, one.row): one.header for one in made.problems}
    assert found == planted
    assert made.total_problems == len(planted)
    done = load(crm, made, rejects=tmp_path / "rejects.xlsx")
    for sheet, counts in done.sheets.items():
        assert counts.create == truth.good_rows(sheet)
        assert counts.rows == truth.rows[sheet]
    assert done.differences == 0
    stages: dict[object, tuple[int, Decimal]] = {}
    for deal in crm.find("opportunity"):
        shown = deal["stage"]
        number, total = stages.get(shown, (0, Decimal(0)))
        stages[shown] = (number + 1, total + Decimal(str(deal["amount"])))
    assert sorted(stages.values()) == sorted(truth.stages.values())
    before = crm.digest("shape").value
    again = load(crm, plan(crm, path, errors="reject"))
    assert (again.counts.create, again.counts.update) == (0, 0)
    assert again.counts.unchanged == done.counts.create
    assert crm.digest("shape").value == before
    crm.undo(done.op_id)
    assert len(crm.find("account")) == 0
