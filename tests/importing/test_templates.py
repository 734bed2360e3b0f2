"""Templates: workbooks to fill in, that import as they stand."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from crmcore.errors import Invalid, SchemaError
from crmcore.importing import import_file, plan, template
from crmcore.work import Workspace

from .conftest import values


def test_a_template_has_headers_choices_and_notes(memory: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert template(memory, ["客户", "contact"], path) == 2
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:2] == ["客户", "联系人"]
    sheet = book["客户"]
    headers = [cell.value for cell in sheet[1]]
    assert headers[:5] == ["客户编号", "客户名称", "税号", "区域", "标签"]
    note = sheet["B1"].comment
    assert note is not None
    assert "必填" in note.text
    assert sheet.data_validations.count >= 3
    hidden = book.worksheets[-1]
    assert "华东" in [cell.value for row in hidden.iter_rows() for cell in row]


def test_a_filled_template_imports_without_a_question(memory: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    template(memory, ["客户", "联系人", "商机"], path)
    book = openpyxl.load_workbook(path)
    book["客户"].append(["A1", "甲", None, "华东", "vip"])
    book["联系人"].append(["张三", "甲", "13800138000", "是", 30])
    book["商机"].append(["D1", "一号", "甲", 5])
    book.save(path)
    made = plan(memory, path)
    assert made.total_problems == 0
    assert not made.proposals
    assert {one.sheet: one.module for one in made.sheets} == {
        "客户": "account", "联系人": "contact", "商机": "deal",
    }  # fmt: skip
    assert import_file(memory, path).counts.create == 3
    assert values(memory, "contact", "name", "decides", "age") == [("张三", True, 30)]


def test_templates_of_nothing_are_refused(memory: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        template(memory, [], tmp_path / "none.xlsx")
    with pytest.raises(SchemaError):
        template(memory, "没有", tmp_path / "none.xlsx")


def test_templates_speak_english(memory: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    template(memory, "account", path, language="en")
    note = openpyxl.load_workbook(path).worksheets[0]["B1"].comment
    assert note is not None
    assert "required" in note.text
