"""What people fill in and correct: drop-downs, notes, marks, hidden sheets."""

from __future__ import annotations

import io

import openpyxl

from crmcore.sheets import (
    OPTIONS_SHEET,
    Column,
    Marked,
    SheetOut,
    unguard,
    write_xlsx,
)


def book(*sheets: SheetOut) -> openpyxl.Workbook:
    stream = io.BytesIO()
    write_xlsx(stream, sheets)
    stream.seek(0)
    return openpyxl.load_workbook(stream)


def choices(workbook: openpyxl.Workbook, formula: str) -> list[str]:
    sheet, _, cells = formula.partition("!")
    found = workbook[sheet.strip("'")][cells.replace("$", "")]
    return [unguard(row[0].value) for row in found]


def test_drop_downs_offer_exactly_the_options() -> None:
    stages = ["初步接洽", "方案,报价", '赢"单', "=cmd", "'=x", "x" * 300]
    sources = [f"来源{i}" for i in range(100)]
    workbook = book(
        SheetOut(
            "商机",
            [Column("阶段", options=stages), Column("名称"), Column("来源", options=sources)],
            banner="填写说明",
        ),
        SheetOut("客户", [Column("客户来源", options=sources, allow_other=True)]),
    )
    first, second = workbook["商机"].data_validations.dataValidation
    [third] = workbook["客户"].data_validations.dataValidation
    assert str(first.sqref) == "A3:A1048576"
    assert str(second.sqref) == "C3:C1048576"
    assert choices(workbook, first.formula1) == stages
    assert choices(workbook, second.formula1) == sources
    assert third.formula1 == second.formula1, "the same options stand in the file once"
    assert (first.type, first.showErrorMessage, third.showErrorMessage) == ("list", True, False)
    assert workbook[OPTIONS_SHEET].sheet_state == "hidden"
    assert workbook.active.title == "商机"


def test_a_sheet_of_that_name_does_not_collide_with_the_options() -> None:
    workbook = book(SheetOut(OPTIONS_SHEET, [Column("a", options=["x"])], [["mine"]]))
    assert workbook.sheetnames == [OPTIONS_SHEET, f"{OPTIONS_SHEET} (2)"]
    formula = workbook[OPTIONS_SHEET].data_validations.dataValidation[0].formula1
    assert choices(workbook, formula) == ["x"]


def test_rows_are_counted_without_the_options() -> None:
    sheet = SheetOut("s", [Column("a", options=["x", "y", "z"])], [["x"]])
    assert write_xlsx(io.BytesIO(), [sheet]) == 1


def test_marked_cells_are_red_and_say_why() -> None:
    workbook = book(
        SheetOut(
            "退回",
            [Column("名称", note="必填"), Column("金额", number_format="#,##0.00")],
            [
                ["好", 1],
                [Marked("=1", "公式 <b>&"), Marked("1.2w", "不是数字")],
                [Marked(None, "缺"), 2],
            ],
        )
    )
    sheet = workbook.active
    red = {
        cell.coordinate: (cell.value, cell.comment.text if cell.comment else None)
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if cell.fill.fgColor.rgb == "FFFFC7CE"
    }
    assert red == {
        "A3": ("=1", "公式 <b>&"),
        "B3": ("1.2w", "不是数字"),
        "A4": (None, "缺"),
    }
    assert sheet["A1"].comment.text == "必填"
    assert sheet["A1"].font.bold


def test_many_notes_spill_and_are_all_there() -> None:
    rows = [[Marked(i, f"第{i}行" * 50)] for i in range(3000)]
    sheet = book(SheetOut("退回", ["a"], rows), SheetOut("b", ["a"], [[Marked(1, "n")]]))
    found = [row[0].comment.text for row in sheet["退回"].iter_rows(min_row=2)]
    assert found == [f"第{i}行" * 50 for i in range(3000)]
    assert sheet["b"]["A2"].comment.text == "n"


def test_a_column_below_the_header_has_its_format_and_width() -> None:
    sheet = book(
        SheetOut(
            "s", [Column("电话", number_format="@"), Column("客户名称"), Column("x", width=33)]
        )
    ).active
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.column_dimensions["B"].width == 12
    assert sheet.column_dimensions["C"].width == 33


def test_hidden_sheets_are_hidden_and_the_first_visible_one_is_open() -> None:
    workbook = book(SheetOut("隐藏", ["a"], [["x"]], hidden=True), SheetOut("客户", ["a"]))
    assert [s.sheet_state for s in workbook] == ["hidden", "visible"]
    assert workbook.active.title == "客户"
