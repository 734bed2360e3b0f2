"""Finding the header of a sheet, and the module that the sheet holds."""

from __future__ import annotations

import pytest
from tests.importing.mapping.schema import SCHEMA

from crmcore.importing.mapping import find_heading, propose_module
from crmcore.importing.sources import Cell, MergedRange, Row


def sheet(*rows: tuple[Cell, ...] | None) -> list[Row]:
    """Rows numbered from 1; `None` is an empty row, which sources leave out."""
    return [Row(number, cells) for number, cells in enumerate(rows, 1) if cells is not None]


HEADER = ("客户名称", "电话", "邮箱")
DATA: tuple[Cell, ...] = ("华为", "13800138000", "a@example.com")


@pytest.mark.parametrize(
    ("rows", "first", "headers"),
    [
        (sheet(("客户名称", "电话", "邮箱"), DATA), 1, ("客户名称", "电话", "邮箱")),
        (
            sheet(("客户信息表",), ("客户名称", "电话", "邮箱"), DATA),
            2,
            ("客户名称", "电话", "邮箱"),
        ),
        (sheet(("客户",), ("甲", "客户名称", "乙", "丙")), 2, ("甲", "客户名称", "乙", "丙")),
        (sheet(None, None, ("客户名称", "电话"), DATA), 3, ("客户名称", "电话")),
        (
            sheet(
                ("导出时间：2024-01-05",),
                ("导出人", "张三"),
                None,
                ("客户名称", "电话", "邮箱"),
                DATA,
            ),
            4,
            ("客户名称", "电话", "邮箱"),
        ),
        (sheet((None, "客户名称", None, "电话"), (None, *DATA)), 1, ("", "客户名称", "", "电话")),
        (sheet(("客户名称", "电话")), 1, ("客户名称", "电话")),
        (sheet(("foo", "bar", "baz"), ("a", "b", "c"), ("d", "e", "f")), 1, ("foo", "bar", "baz")),
        (sheet((" 客户\n名称* ", "电话"), DATA), 1, ("客户 名称*", "电话")),
        (sheet(("客户名称",), ("华为",), ("小米",)), 1, ("客户名称",)),
        (
            sheet(("说明：红色为必填，请勿修改表头",), ("Account Name", "Phone"), DATA),
            2,
            ("Account Name", "Phone"),
        ),
    ],
)
def test_the_header_is_found(rows: list[Row], first: int, headers: tuple[str, ...]) -> None:
    found = find_heading(rows, SCHEMA)
    assert found is not None
    assert (found.first, found.last, found.headers) == (first, first, headers)


def test_no_header_is_found_where_all_is_data() -> None:
    assert find_heading([], SCHEMA) is None
    assert (
        find_heading(
            sheet(("13800138000", 5, "a@example.com"), ("13800138001", 6, "b@x.com")), SCHEMA
        )
        is None
    )


def test_only_the_first_rows_are_looked_at() -> None:
    rows = [Row(number, (number, number * 2)) for number in range(1, 21)]
    assert find_heading([*rows, Row(21, ("客户名称", "电话"))], SCHEMA) is None

    def endless() -> object:
        number = 0
        while True:
            number += 1
            assert number < 100
            yield Row(number, ("客户名称", "电话"))

    assert find_heading(endless(), SCHEMA) is not None  # type: ignore[arg-type]


TOP: tuple[Cell, ...] = ("客户名称", "联系人", None, "金额（元）")
BOTTOM: tuple[Cell, ...] = (None, "姓名", "电话", None)
MERGED = (
    MergedRange(2, 3, 0, 0),
    MergedRange(2, 2, 1, 2),
    MergedRange(2, 3, 3, 3),
)


@pytest.mark.parametrize("merged", [(), MERGED])
def test_a_header_of_two_rows_is_joined(merged: tuple[MergedRange, ...]) -> None:
    rows = sheet(("销售台账",), TOP, BOTTOM, ("华为", "张三", "13800138000", 5))
    found = find_heading(rows, SCHEMA, merged)
    assert found is not None
    assert (found.first, found.last) == (2, 3)
    assert found.headers == ("客户名称", "联系人 姓名", "联系人 电话", "金额（元）")
    assert found.known == 1


def test_groups_that_mean_nothing_are_left_out_unless_they_tell_columns_apart() -> None:
    top: tuple[Cell, ...] = ("基本信息", None, "第一联系人", None, "第二联系人", None)
    bottom: tuple[Cell, ...] = ("客户名称", "行业", "姓名", "电话", "姓名", "电话")
    found = find_heading(sheet(top, bottom, ("华为", "通信", "张三", 1, "李四", 2)), SCHEMA)
    assert found is not None
    assert (found.first, found.last) == (1, 2)
    assert found.headers == (
        "客户名称",
        "行业",
        "第一联系人 姓名",
        "第一联系人 电话",
        "第二联系人 姓名",
        "第二联系人 电话",
    )


def test_data_below_a_gap_in_the_header_is_data() -> None:
    rows = sheet(("姓名", None, "城市"), ("张三", "男", "上海"), ("李四", "女", "北京"))
    found = find_heading(rows, SCHEMA)
    assert found is not None
    assert (found.first, found.last, found.headers) == (1, 1, ("姓名", "", "城市"))


@pytest.mark.parametrize(
    ("name", "headers", "module"),
    [
        ("客户", ["客户名称", "电话"], "account"),
        ("客户信息表", ["名称", "电话"], "account"),
        ("Accounts", ["Account Name", "Phone"], "account"),
        ("联系人", ["姓名", "客户名称", "手机"], "contact"),
        ("客户联系人", ["姓名", "客户名称", "手机"], "contact"),
        ("2024年商机台账", ["商机名称", "客户名称", "金额"], "opportunity"),
        ("销售机会", ["机会名称", "客户", "阶段"], "opportunity"),
        ("客户订单", ["订单编号", "客户", "数量"], "order"),
        ("线索", ["姓名", "公司", "手机"], "lead"),
        ("Sheet1", ["商机名称", "客户名称", "预计金额", "阶段", "赢率"], "opportunity"),
        ("Sheet1", ["姓名", "客户名称", "手机", "职务"], "contact"),
        ("工作表2", ["客户名称", "行业", "电话", "地址"], "account"),
        ("华东", ["客户名称", "行业", "电话", "地址"], "account"),
        ("供应商", ["供应商名称", "电话", "地址", "邮箱"], None),
        ("供应商", ["名称", "电话", "地址", "邮箱"], None),
        ("设备台账", ["设备编号", "购买日期", "保修期"], None),
        ("Sheet1", ["a", "b"], None),
        ("Sheet1", [], None),
        ("用户", ["姓名"], None),
    ],
)
def test_a_sheet_is_given_its_module(name: str, headers: list[str], module: str | None) -> None:
    found = propose_module(name, headers, SCHEMA)
    assert found.module == module
    assert 0 <= found.confidence <= 1
    assert (found.reason == "none") == (module is None)
    assert module not in [other for other, _ in found.others]


def test_other_modules_are_named() -> None:
    found = propose_module("华东", ["姓名", "手机", "邮箱"], SCHEMA)
    assert found.module is None
    assert {"contact", "lead"} <= {name for name, _ in found.others}
