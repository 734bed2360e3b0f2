"""Proposed mappings: what wins, what is vetoed, what people change, what is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.mapping.schema import ACCOUNT, CONTACT, OPPORTUNITY, SCHEMA

from crmcore.errors import Invalid, SchemaError
from crmcore.importing.convert import CellFormat
from crmcore.importing.mapping import (
    ColumnTarget,
    Mapping,
    choose,
    fitted,
    mapping_from_json,
    mapping_to_json,
    propose_mapping,
    read_header,
)
from crmcore.importing.sources import Cell
from crmcore.kinds import Integer, Labels, Link, LongText, Phone, Text
from crmcore.schema import Field, Module, Schema, numbered


def targets(mapping: Mapping) -> list[str | None]:
    """The target of each column as text."""
    return [None if one.target is None else str(one.target) for one in mapping.columns]


def reasons(mapping: Mapping) -> list[str]:
    """Why each column has its target."""
    return [one.reason for one in mapping.columns]


@pytest.mark.parametrize(
    ("text", "key", "unit", "required"),
    [
        ("金额（元）", "金额", "元", False),
        ("预计金额(万元)", "预计金额", "万元", False),
        ("金额/元", "金额", "元", False),
        ("Amount (USD)", "amount", "USD", False),
        ("金额 单位：万元", "金额", "万元", False),
        ("赢率(%)", "赢率", "%", False),
        ("时长（小时）", "时长", "小时", False),
        ("备注*", "备注", None, True),
        ("*姓名", "姓名", None, True),
        ("姓名（必填）", "姓名", None, True),
        ("【必填】姓名", "姓名", None, True),
        ("手机（选填）", "手机", None, False),
        ("日期(YYYY-MM-DD)", "日期", None, False),
        ("行业（单选）", "行业", None, False),
        ("First Name", "firstname", None, False),
        ("first_name", "firstname", None, False),
        ("Ｅ－ｍａｉｌ", "email", None, False),
        (" 姓\u3000名 ", "姓名", None, False),
        ("姓 名", "姓名", None, False),
        ("金额 元", "金额", "元", False),
        ("数 千", "数千", None, False),
        ("单 位", "单位", None, False),
        ("3、手机号码", "手机号码", None, False),
        ("Q1. 姓名", "姓名", None, False),
        ("客户的名称：", "客户名称", None, False),
        ("Region__c", "region", None, False),
        ("客户\n名称", "客户名称", None, False),
        ("（备用）", "备用", None, False),
        ("\u200b", "", None, False),
    ],
)
def test_a_header_is_taken_apart(text: str, key: str, unit: str | None, required: bool) -> None:
    found = read_header(text)
    assert (found.key, found.unit, found.required) == (key, unit, required)


def test_the_unit_of_a_header_is_the_format_of_its_column() -> None:
    mapping = propose_mapping(["金额（万元）", "赢率(%)"], OPPORTUNITY, SCHEMA)
    assert targets(mapping) == ["amount", "probability"]
    assert [one.format.unit for one in mapping.columns] == ["万元", None]
    assert [one.format.fractions for one in mapping.columns] == [None, False]


def test_names_labels_and_synonyms_are_certain() -> None:
    module = Module(
        "thing",
        [
            Field("name", Text(), Labels("名称", "Name")),
            Field("weird_word", Integer(), Labels("怪词", "Odd", ("老词",))),
        ],
        "name",
    )
    schema = Schema([module])
    for header in ("weird_word", "怪词", "Odd", "ODD", "老词", "Weird Word", "怪 词*"):
        mapping = propose_mapping([header], module, schema)
        assert targets(mapping) == ["weird_word"]
        assert mapping.columns[0].confidence == (0.99 if header == "老词" else 1)
        assert mapping.columns[0].reason == "exact"


def test_words_of_another_module_are_not_taken_for_own() -> None:
    mapping = propose_mapping(["联系人电话", "联系人", "订单金额", "产品名称"], ACCOUNT, SCHEMA)
    assert targets(mapping) == [None] * 4
    assert reasons(mapping) == ["foreign"] * 4
    assert targets(propose_mapping(["客户电话", "客户地址"], CONTACT, SCHEMA)) == [None, None]


def test_links_are_looked_up_by_what_the_header_names() -> None:
    names = {
        "客户": "account.name",
        "客户名称": "account.name",
        "所属客户": "account.name",
        "关联客户": "account.name",
        "公司名称": "account.name",
        "Account": "account.name",
        "Account Name": "account.name",
        "客户编号": "account.code",
        "客户编码": "account.code",
        "Account Number": "account.code",
        "负责人": "owner.name",
        "客户经理": "owner.name",
        "负责人姓名": "owner.name",
    }
    for header, expected in names.items():
        assert targets(propose_mapping([header], CONTACT, SCHEMA)) == [expected], header


def test_a_key_is_preferred_to_a_title() -> None:
    mapping = propose_mapping(["客户名称", "客户编号"], CONTACT, SCHEMA)
    assert targets(mapping) == [None, "account.code"]
    assert reasons(mapping) == ["taken", "link"]


def test_no_field_has_two_columns() -> None:
    mapping = propose_mapping(["电话", "联系电话", "电话", "", "手机"], ACCOUNT, SCHEMA)
    assert targets(mapping) == ["phone", None, None, None, None]
    assert reasons(mapping) == ["exact", "taken", "repeated", "empty", "taken"]
    assert [note.code for note in mapping.notes] == [
        "header_taken",
        "header_repeated",
        "header_empty",
        "header_taken",
    ]
    assert mapping.notes[1].params["column"] == "C"
    assert all(note.message("zh") != note.code for note in mapping.notes)


@pytest.mark.parametrize(
    "header", ["备用电话", "电话2", "Other Phone", "Home Phone", "紧急联系电话", "Fax2", "phone2"]
)
def test_a_second_of_something_is_not_the_first(header: str) -> None:
    assert targets(propose_mapping([header], CONTACT, SCHEMA)) == [None]


@pytest.mark.parametrize(
    "header", ["序号", "创建时间", "更新时间", "创建人", "Record ID", "ID号", "No"]
)
def test_bookkeeping_of_the_old_system_fills_no_field(header: str) -> None:
    assert targets(propose_mapping([header], CONTACT, SCHEMA)) == [None]


def test_two_equal_meanings_are_left_to_people() -> None:
    module = Module(
        "thing",
        [
            Field("a", LongText(), Labels("情况说明")),
            Field("b", LongText(), Labels("备注信息")),
            Field("c", LongText(), Labels("备注内容")),
        ],
    )
    mapping = propose_mapping(["备注"], module, Schema([module]))
    assert targets(mapping) == [None]
    assert reasons(mapping) == ["ambiguous"]
    assert [note.code for note in mapping.notes] == ["header_ambiguous"]


def test_a_slip_of_the_pen_is_forgiven() -> None:
    assert targets(propose_mapping(["Departmant"], CONTACT, SCHEMA)) == ["department"]
    assert reasons(propose_mapping(["Departmant"], CONTACT, SCHEMA)) == ["similar"]
    assert targets(propose_mapping(["Apartment"], CONTACT, SCHEMA)) == [None]


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        ("联系方式", ["13800138000", "010-65521234", "x"], "phone"),
        ("联系方式", ["a@example.com", "b@example.com", "13800138000"], None),
        ("电话", ["a@example.com", "b@example.com", "c@example.com"], None),
        ("电话", ["abc", "见备注", "不详"], "phone"),
        ("联系邮箱", ["13800138000", "13800138001", "13800138002"], None),
        ("出生日期", ["2024-01-05", "昨天", None], "birthday"),
        ("出生日期", ["05/04/2024", "06/04/2024", "07/04/2024"], "birthday"),
        ("出生日期", [date(2024, 1, 5)] * 3, "birthday"),
        ("出生日期", ["13800138000"] * 3, None),
        ("联系方式", ["a@example.com", "b@example.com"], "phone"),
    ],
)
def test_cells_can_veto(header: str, cells: Sequence[Cell], name: str | None) -> None:
    mapping = propose_mapping([header], CONTACT, SCHEMA, [(cell,) for cell in cells])
    assert targets(mapping) == [name]
    assert [note.code for note in mapping.notes] == ([] if name else ["header_type"])
    assert mapping.columns[0].reason == ("type" if name is None else mapping.columns[0].reason)


def test_a_module_made_at_run_time_is_mapped_too() -> None:
    project = Module(
        "project",
        [
            Field("title_1", Text(), Labels("项目")),
            Field("begin", Text(), Labels("开工日")),
            Field("account", Link("account"), Labels("甲方")),
        ],
        "title_1",
        Labels("项目"),
    )
    schema = numbered(Schema([*SCHEMA.modules, project]))
    mapping = propose_mapping(["项目名称", "开工日", "甲方", "客户编号"], project, schema)
    assert targets(mapping) == ["title_1", "begin", None, "account.code"]
    mapping = propose_mapping(["项目名称", "甲方名称"], project, schema)
    assert targets(mapping) == ["title_1", "account.name"]


def test_people_have_the_last_word() -> None:
    mapping = propose_mapping(["姓名", "电话", "客户", "怪列", "电话"], CONTACT, SCHEMA)
    assert targets(mapping) == ["name", "phone", "account.name", None, None]
    changed = choose(mapping, SCHEMA, {"怪列": "微信", "客户": "account.code", "姓名": None})
    assert targets(changed) == [None, "phone", "account.code", "wechat", None]
    assert reasons(changed)[2:4] == ["chosen", "chosen"]
    moved = choose(mapping, SCHEMA, fields={"电话": 4})
    assert targets(moved) == ["name", None, "account.name", None, "phone"]
    assert reasons(moved)[1] == "taken"
    assert not moved.notes
    labels = choose(mapping, SCHEMA, {"客户": "客户.编号"} | {"怪列": ColumnTarget("wechat")})
    assert labels.column_of("account") == changed.column_of("account")
    formatted = choose(mapping, SCHEMA, formats={"怪列": CellFormat(date_order="dmy")})
    assert formatted.columns[3].format.date_order == "dmy"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"电话": "phone"}, "header_not_unique"),
        ({"没有": "phone"}, "header_unknown"),
        ({9: "phone"}, "column_unknown"),
        ({1: "phone", 4: "phone"}, "field_chosen_twice"),
        ({"姓名": "name.code"}, "field_no_link"),
        ({"姓名": "created_at"}, "field_not_imported"),
        ({"姓名": "nonsense"}, "unknown_field"),
        ({"姓名": "account.nonsense"}, "unknown_field"),
    ],
)
def test_impossible_wishes_are_refused(columns: dict[str | int, str], code: str) -> None:
    mapping = propose_mapping(["姓名", "电话", "客户", "怪列", "电话"], CONTACT, SCHEMA)
    with pytest.raises((Invalid, SchemaError)) as caught:
        choose(mapping, SCHEMA, columns)
    assert caught.value.code == code
    assert caught.value.message("zh") != code


def test_a_mapping_fits_the_next_file() -> None:
    mapping = propose_mapping(["姓名", "手机", "客户"], CONTACT, SCHEMA)
    mapping = choose(mapping, SCHEMA, formats={"手机": CellFormat(empty_words=("无",))})
    again = fitted(mapping, ["新列", " 客户", "姓名*", ""])
    assert targets(again) == [None, "account.name", "name", None]
    assert reasons(again) == ["unknown", "exact", "exact", "empty"]
    assert [note.params["header"] for note in again.notes] == ["手机"]
    assert fitted(mapping, ["手机", "姓名", "客户"]).columns[0].format.empty_words == ("无",)
    assert fitted(mapping, ["姓名", "手机", "客户"]) == mapping


def test_repeated_headers_are_found_again_in_their_order() -> None:
    mapping = propose_mapping(["电话", "电话"], CONTACT, SCHEMA)
    mapping = choose(mapping, SCHEMA, {1: "mobile"})
    assert targets(fitted(mapping, ["电话", "x", "电话"])) == ["phone", None, "mobile"]


HEADERS = st.lists(
    st.sampled_from(
        ["姓名", "电话", "手机", "客户", "客户编号", "Email", "", "x", "备注*", "生日(YYYY-MM-DD)"]
    )
    | st.text(max_size=12),
    max_size=12,
)


@given(HEADERS)
def test_mappings_survive_json(headers: list[str]) -> None:
    mapping = propose_mapping(headers, CONTACT, SCHEMA)
    assert len(mapping.columns) == len(headers)
    assert len(mapping.mapped) + len(mapping.unmapped) == len(headers)
    fields = [one.target.field for one in mapping.mapped if one.target is not None]
    assert len(fields) == len(set(fields))
    data = json.loads(json.dumps(mapping_to_json(mapping)))
    assert mapping_from_json(data) == mapping
    assert targets(fitted(mapping, headers)) == targets(mapping)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"version": 2, "module": "contact", "columns": []},
        {"version": 1, "module": 5, "columns": []},
        {"version": 1, "module": "contact", "columns": [], "more": 1},
        {"version": 1, "module": "contact", "columns": [{"index": 0}]},
        {"version": 1, "module": "contact", "columns": [{"index": 1, "header": "x"}]},
        {"version": 1, "module": "contact", "columns": [{"index": "0", "header": "x"}]},
        {"version": 1, "module": "contact", "columns": [{"index": 0, "header": 5}]},
        {"version": 1, "module": "contact", "columns": [{"index": 0, "header": "x", "a": 1}]},
        {"version": 1, "module": "c", "columns": [{"index": 0, "header": "x", "reason": "?"}]},
        {"version": 1, "module": "c", "columns": [{"index": 0, "header": "x", "confidence": 2}]},
        {
            "version": 1,
            "module": "c",
            "columns": [{"index": 0, "header": "x", "format": {"years_from": "1970"}}],
        },
    ],
)
def test_what_is_no_mapping_is_refused(data: object) -> None:
    with pytest.raises(Invalid) as caught:
        mapping_from_json(data)
    assert caught.value.code == "not_a_mapping"


def test_a_phone_only_module_takes_mobiles() -> None:
    module = Module("m", [Field("tel", Phone(), Labels("电话"))])
    assert targets(propose_mapping(["手机号码"], module, Schema([module]))) == ["tel"]
    assert reasons(propose_mapping(["手机号码"], module, Schema([module]))) == ["near"]
