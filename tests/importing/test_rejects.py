"""The book of refused rows: of a run, of a dry run alone, and in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve

from crmcore.errors import ImportRefused
from crmcore.importing import (
    import_file,
    load,
    plan,
    plan_from_json,
    plan_to_json,
    running,
    save_rejects,
)
from crmcore.importing import rejects as rejecting
from crmcore.kinds import Text
from crmcore.schema import Field
from crmcore.work import Workspace

from .conftest import book, csv, values

TWO = book(
    客户=[["客户编号", "客户名称", "上级客户", "电话"], ["A1", "甲", "乙", None],
          ["A2", "乙", None, "12"], ["A3", "丙", None, None]],
    联系人=[["姓名", "客户"], ["张三", "丙"]],
    商机=[["商机编号", "商机名称", "客户", "金额"], ["D1", "一", "丙", "面议"],
          ["D2", "二", "没有", 5], ["D3", "三", "丙", 6]],
)  # fmt: skip


def content(path: Path) -> dict[str, list[list[Any]]]:
    """The cells of a workbook by sheet, without the header."""
    found = openpyxl.load_workbook(path)
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        for sheet in found.worksheets
    }


@pytest.mark.parametrize("step_rows", [1, 2_500])
def test_a_dry_run_writes_the_book_of_the_run(
    crm: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_rows: int
) -> None:
    monkeypatch.setattr(running, "STEP_ROWS", step_rows)
    made = plan(crm, TWO, errors="reject")
    before = crm.digest("full")
    assert save_rejects(crm, made, tmp_path / "dry.xlsx") == 4
    stored = plan_from_json(plan_to_json(made))
    assert save_rejects(crm, stored, tmp_path / "stored.xlsx", source=TWO) == 4
    assert crm.digest("full") == before
    load(crm, made, rejects=tmp_path / "run.xlsx")
    dry = content(tmp_path / "dry.xlsx")
    assert {name: [row[0] for row in rows] for name, rows in dry.items()} == {
        "客户": ["A2", "A1"], "商机": ["D1", "D2"],
    }  # fmt: skip
    assert "没有" in dry["商机"][1][2]
    assert dry == content(tmp_path / "run.xlsx") == content(tmp_path / "stored.xlsx")
    # Corrected, the book of the dry run can be imported.
    found = openpyxl.load_workbook(tmp_path / "dry.xlsx")
    found["客户"]["D2"] = "13800138000"
    found["商机"]["D2"] = 7
    found["商机"]["C3"] = "乙"
    found.save(tmp_path / "dry.xlsx")
    assert import_file(crm, tmp_path / "dry.xlsx").counts.create == 4
    assert [code for code, _ in values(crm, "deal", "code", "name")] == ["D1", "D2", "D3"]


def test_no_book_without_refused_rows_and_none_of_another_schema(
    crm: Workspace, tmp_path: Path
) -> None:
    made = plan(crm, csv("客户编号,客户名称\nA1,甲"))
    assert save_rejects(crm, made, tmp_path / "none.xlsx") == 0
    assert not (tmp_path / "none.xlsx").exists()
    bad = plan(crm, csv("客户编号,客户名称\nA1,"))
    account = crm.schema.module("account")
    more = Field("more", Text(), "更多")
    crm.configure(crm.schema.with_module(evolve(account, fields=[*account.fields, more])))
    with pytest.raises(ImportRefused, match="plan again"):
        save_rejects(crm, bad, tmp_path / "none.xlsx")


def test_refused_rows_are_written_as_they_come(memory: Workspace, tmp_path: Path) -> None:
    from crmcore.importing.outcomes import StepOutcome
    from crmcore.importing.sources import Row

    made = plan(memory, csv("客户编号,客户名称,电话\nA1,甲,12"), errors="reject")

    def steps() -> Iterator[tuple[str, list[Row], StepOutcome]]:
        for start in range(0, 40_000, 500):
            rows = [Row(n, (f"A{n}", "x" * 500, "12")) for n in range(start, start + 500)]
            yield "bytes", rows, StepOutcome("r" * 500)

    tracemalloc.start()
    assert rejecting.write_rejects(tmp_path / "many.xlsx", made, ["bytes"], steps()) == 40_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The rows alone are 20 MB.
    assert peak < 6_000_000


@pytest.mark.parametrize("name", ["nowhere/bad.xlsx", "folder"])
def test_a_bad_path_for_the_book_is_told_before_the_first_step(
    crm: Workspace, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    target, before = tmp_path / name, crm.digest("full")
    made = plan(crm, TWO, errors="reject")
    for act in (
        lambda: load(crm, made, rejects=target),
        lambda: import_file(crm, TWO, rejects=target, adopt_proposals=True),
        lambda: save_rejects(crm, made, target),
    ):
        with pytest.raises(OSError, match=name) as caught:
            act()
        assert caught.value.filename == str(target)
    assert crm.digest("full") == before
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".part"] == []
    assert load(crm, made, rejects=tmp_path / "good.xlsx").rejects == str(tmp_path / "good.xlsx")
