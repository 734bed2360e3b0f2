"""Proposed fields and modules: nothing of a sheet is dropped, and all of it can be adopted."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from tests.importing.mapping.schema import ACCOUNT, SCHEMA

from crmcore.importing.convert import ColumnProfile, profile_column
from crmcore.importing.infer import propose_fields, propose_new_module
from crmcore.importing.mapping import ColumnTarget, choose, propose_mapping
from crmcore.importing.sources import Cell
from crmcore.kinds import Choice, Date, Integer, Link, Text
from crmcore.schema import STAMPS, Module, Schema, check, numbered
from crmcore.schema.standard import standard_schema


def profiles(columns: Sequence[Sequence[Cell]]) -> dict[int, ColumnProfile]:
    """The profile of every column."""
    return {index: profile_column(cells) for index, cells in enumerate(columns)}


def test_columns_without_a_field_become_fields() -> None:
    headers = ["客户名称", "兴趣爱好*", "门店数", "电话", "电话", "", "Shop Size (m2)", "空列", ""]
    columns: list[list[Cell]] = [
        ["甲", "乙", "丙", "丁"],
        ["足球", "阅读", "足球", "阅读"],
        [1, 2, 3, None],
        ["13800138000"] * 4,
        ["13900139000"] * 4,
        ["x1", "x2", None, None],
        ["5.5", "6", "7", "8"],
        [None] * 4,
        [None] * 4,
    ]
    mapping = propose_mapping(headers, ACCOUNT, SCHEMA)
    found = propose_fields(mapping, profiles(columns), ACCOUNT)
    assert [one.index for one in found] == [1, 2, 4, 5, 6, 7]
    assert [one.field.label.shown("zh", "") for one in found] == [
        "兴趣爱好",
        "门店数",
        "电话 2",
        "列F",
        "Shop Size (m2)",
        "空列",
    ]
    assert [one.field.name for one in found] == [
        "hobby",
        "field_1",
        "field_2",
        "field_3",
        "shop_size_m2",
        "field_4",
    ]
    assert isinstance(found[0].field.kind, Choice)
    assert found[0].examples == ("足球", "阅读")
    assert found[0].filled == 4
    assert found[0].header == "兴趣爱好*"
    assert found[0].target == ColumnTarget("hobby")
    assert found[1].field.kind == Integer()
    assert found[5].basis == "header"


def test_what_a_person_ignores_is_not_proposed() -> None:
    mapping = propose_mapping(["客户名称", "内部码"], ACCOUNT, SCHEMA)
    mapping = choose(mapping, SCHEMA, {"内部码": None})
    assert propose_fields(mapping, {1: profile_column(["a"])}, ACCOUNT) == ()


def test_names_are_free_identifiers() -> None:
    headers = ["ID", "Created at", "Level!", "level", "crm_x", "9 lives", "名" * 300, "键'\"; --"]
    mapping = propose_mapping(headers, Module("m", ()), Schema())
    found = propose_fields(mapping, {}, Module("m", ()))
    names = [one.field.name for one in found]
    assert len(set(names)) == len(headers)
    assert not set(names) & {stamp.name for stamp in STAMPS}
    check(numbered(Schema([Module("m", [one.field for one in found])])))


@given(
    st.lists(
        st.tuples(
            st.text(max_size=15)
            | st.sampled_from(["电话", "名称", "客户名称", "是", "金额（元）", "A b"]),
            st.lists(
                st.sampled_from([None, "甲", "乙", 5, "1.5", "2024-01-05", "x\ny"]), max_size=5
            ),
        ),
        max_size=8,
    ),
    st.text(max_size=12) | st.sampled_from(["设备台账", "Assets 2024", "表", "account"]),
)
def test_every_sheet_becomes_a_module_that_can_be_adopted(
    columns: list[tuple[str, list[Cell]]], sheet: str
) -> None:
    schema = standard_schema()
    headers = [header for header, _ in columns]
    found = propose_new_module(sheet, headers, profiles([cells for _, cells in columns]), schema)
    check(numbered(schema.with_module(found.module), schema))
    assert found.module.name not in schema.by_name
    filled = [
        index
        for index, (header, cells) in enumerate(columns)
        if any(cell is not None for cell in cells)
    ]
    assert set(filled) <= {one.index for one in found.fields}
    assert [one.field.name for one in found.fields] == [one.name for one in found.module.fields]


def test_a_sheet_becomes_a_module() -> None:
    headers = ["设备编号", "设备名称", "购买日期", "客户名称", "数量（台）", "状态"]
    columns: list[list[Cell]] = [
        ["E001", "E002", "E003", "E004"],
        ["打印机", "投影仪", "服务器", "扫描仪"],
        ["2024-01-05", "2024-01-06", None, None],
        ["甲公司", "乙公司", "甲公司", "丙公司"],
        [1, 2, 3, 4],
        ["在用", "报废", "在用", "报废"],
    ]
    found = propose_new_module("设备台账2024", headers, profiles(columns), SCHEMA)
    module = found.module
    assert found.sheet == "设备台账2024"
    assert module.label.zh == "设备"
    assert module.name == "module_1"
    assert module.title_field is not None
    assert module.title_field.label.zh == "设备名称"
    assert module.title_field.required
    assert [one.required for one in module.fields].count(True) == 1
    kinds = [one.kind for one in module.fields]
    assert kinds[:3] == [Text(), Text(), Date()]
    assert kinds[3] == Link("account")
    assert found.fields[3].target.lookup == "name"
    assert kinds[4] == Integer()
    assert [one.field.label.zh for one in found.fields][4] == "数量"
    assert isinstance(kinds[5], Choice)


def test_an_english_sheet_has_an_english_name() -> None:
    found = propose_new_module("Spare parts", ["Part No", "Name"], {}, SCHEMA)
    assert found.module.name == "spare_parts"
    assert [one.name for one in found.module.fields] == ["part_no", "name"]
    assert found.module.title == "name"


def test_a_sheet_of_codes_is_known_by_them() -> None:
    found = propose_new_module(
        "保修", ["数量", "保修单号", "电话"], profiles([[1], ["W1"], ["13800138000"]]), SCHEMA
    )
    assert found.module.title_field is not None
    assert found.module.title_field.label.zh == "保修单号"


def test_an_empty_sheet_has_no_title() -> None:
    found = propose_new_module("空", [], {}, SCHEMA)
    assert found.module.title is None
    assert found.module.fields == ()
