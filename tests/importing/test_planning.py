"""The dry run: what would become of every row, with every problem in its place."""

from __future__ import annotations

import json

import pytest

from crmcore.errors import ImportRefused, Invalid, SchemaError, SourceError
from crmcore.importing import (
    ImportHalted,
    Plan,
    Question,
    import_file,
    load,
    plan,
    plan_from_json,
    plan_to_json,
)
from crmcore.work import Workspace

from .conftest import book, csv, values

GOOD = csv(
    """
    客户编号,客户名称,区域,金额,电话
    A1,甲公司,华东,"￥1,234.50",138 0013 8000
    A2,乙公司,华西,1.2万,010-65521234
    """
)
BAD = csv(
    """
    客户编号,客户名称,区域,金额,电话
    A1,甲公司,华北,面议,12
    A2,,华西,1.2万,010-65521234
    A3,丙公司,华东,5,
    """
)


def places(made: Plan) -> list[tuple[str, str]]:
    """Cell and code of every problem."""
    return [(found.place(), found.code) for found in made.problems]


def test_a_plan_writes_nothing_and_counts_everything(crm: Workspace) -> None:
    before = crm.digest("full")
    made = plan(crm, GOOD)
    assert made.counts.to_dict() == {
        "create": 2, "update": 0, "skip": 0, "unchanged": 0, "ask": 0, "reject": 0,
    }  # fmt: skip
    assert (made.total_problems, made.info.encoding, made.info.delimiter) == (0, "utf-8-sig", ",")
    assert made.sheets[0].module == "account"
    assert crm.digest("full") == before


def test_what_was_planned_is_what_happens(crm: Workspace) -> None:
    done = load(crm, plan(crm, GOOD))
    assert done.counts.create == 2
    assert done.differences == 0
    assert [tuple(map(str, row)) for row in values(crm, "account", "code", "name", "amount")] == [
        ("A1", "甲公司", "1234.50"),
        ("A2", "乙公司", "12000.00"),
    ]
    assert {record["status"] for record in crm.find("account")} == {"new"}


def test_every_problem_of_every_row_is_reported_at_once(crm: Workspace) -> None:
    made = plan(crm, BAD)
    assert places(made) == [
        ("bytes!C2", "not_an_option"),
        ("bytes!D2", "number_unreadable"),
        ("bytes!E2", "phone_unreadable"),
        ("bytes!B3", "required"),
    ]
    first = made.problems[0]
    assert (first.sheet, first.row, first.header, first.cell) == ("bytes", 2, "区域", "华北")
    assert "华东" in first.message("zh")
    assert first.to_dict("zh")["column"] == "C"
    assert (made.counts.create, made.counts.reject) == (1, 2)


def test_any_problem_refuses_everything(crm: Workspace) -> None:
    before = crm.digest("full")
    with pytest.raises(ImportRefused) as caught:
        load(crm, plan(crm, BAD))
    assert isinstance(caught.value, ImportHalted)
    assert caught.value.code == "import_refused"
    assert len(caught.value.rows) == 4
    assert not caught.value.written
    assert crm.digest("full") == before


def test_a_plan_can_be_stored_and_printed(crm: Workspace) -> None:
    made = plan(crm, BAD, errors="reject")
    again = plan_from_json(json.loads(json.dumps(plan_to_json(made))))
    assert again == made
    assert "不是可选项" in str(made)
    assert "not an option" in made.describe("en")
    assert load(crm, again, source=BAD).counts == made.counts


def test_a_stored_plan_knows_its_source(crm: Workspace) -> None:
    made = plan_from_json(plan_to_json(plan(crm, GOOD)))
    with pytest.raises(ImportRefused, match="give the source"):
        load(crm, made)
    with pytest.raises(ImportRefused, match="not the file"):
        load(crm, made, source=BAD)
    assert load(crm, made, source=GOOD).counts.create == 2


@pytest.mark.parametrize("data", [None, {}, {"version": 1}, {"version": 2}, []])
def test_what_is_no_plan_is_refused(data: object) -> None:
    with pytest.raises(Invalid, match="no plan"):
        plan_from_json(data)


def test_a_plan_of_other_modules_is_outdated(crm: Workspace) -> None:
    made = plan(crm, GOOD)
    schema = crm.schema
    module = schema.module("account")
    from attrs import evolve

    crm.configure(schema.with_module(evolve(module, help="changed")))
    with pytest.raises(ImportRefused, match="plan again"):
        load(crm, made)


def test_the_mapping_can_be_corrected_and_kept(crm: Workspace) -> None:
    source = csv("编码,叫法,区域\nX1,甲,华东")
    wishes = {"编码": "客户编号", "叫法": "name", "区域": None}
    made = plan(crm, source, modules="客户", mapping=wishes)
    assert [str(one.target) for one in made.sheets[0].mapping.columns] == ["code", "name", "None"]
    kept = made.sheets[0].mapping
    other = csv("区域,叫法,编码\n华西,乙,X2")
    assert plan(crm, other, mapping=kept).sheets[0].mapping.mapped == tuple(
        plan(crm, other, mapping=kept).sheets[0].mapping.columns[1:]
    )
    assert load(crm, plan(crm, other, mapping=kept)).counts.create == 1
    assert values(crm, "account", "code", "name", "region") == [("X2", "乙", None)]


def test_unknown_names_are_refused(crm: Workspace) -> None:
    with pytest.raises(SchemaError):
        plan(crm, GOOD, modules="无此模块")
    with pytest.raises(Invalid):
        plan(crm, GOOD, mapping={"没有的列": "name"})
    with pytest.raises(SourceError):
        plan(crm, b"")


def test_a_header_alone_imports_nothing(crm: Workspace) -> None:
    done = load(crm, plan(crm, csv("客户编号,客户名称")))
    assert done.counts.rows == 0
    assert len(crm.find("account")) == 0
    assert load(crm, plan(crm, csv("客户编号,客户名称"), op_id=done.op_id)) == done


def test_guards_against_formulas_are_taken_away(crm: Workspace) -> None:
    source = csv("客户编号,客户名称,备注\n'=A1,'=cmd|'x'!A0,'-说明\n'plain,乙,-5")
    load(crm, plan(crm, source))
    assert values(crm, "account", "code", "name", "remark") == [
        ("'plain", "乙", "-5"),
        ("=A1", "=cmd|'x'!A0", "-说明"),
    ]


def test_iterables_of_mappings_are_a_source(crm: Workspace) -> None:
    rows = ({"客户编号": f"K{n}", "客户名称": f"公司{n}", "金额": n} for n in range(5))
    done = import_file(crm, rows, modules="account")
    assert done.counts.create == 5


def test_moments_without_zone_lie_in_that_of_the_import(crm: Workspace) -> None:
    source = csv("客户编号,客户名称,最近联系时间\nA1,甲,2024-01-05 08:00:00")
    load(crm, plan(crm, source, zone="America/New_York"))
    assert str(values(crm, "account", "seen_at")[0][0]) == "2024-01-05 13:00:00+00:00"


def test_numbers_of_rows_are_those_of_the_spreadsheet(crm: Workspace) -> None:
    source = book(客户=[["客户编号", "客户名称", "电话"], ["A1", "甲", None], [None, None, None],
                      ["A2", "乙", "12"]])  # fmt: skip
    made = plan(crm, source)
    assert places(made) == [("客户!C4", "phone_unreadable")]


def test_answers_are_given_row_by_row_and_kept_in_the_plan(crm: Workspace) -> None:
    load(crm, plan(crm, GOOD))
    source = csv("客户编号,客户名称\nA1,甲改\nA2,乙改\nA3,丙")
    asked: list[Question] = []

    def ask(question: Question) -> str | None:
        asked.append(question)
        return {2: "update", 3: "skip"}[question.row]

    made = plan(crm, source, ask=ask)  # type: ignore[arg-type]
    assert [(one.row, one.fields) for one in asked] == [(2, ("code",)), (3, ("code",))]
    found = {name: count for name, count in made.counts.to_dict().items() if count}
    assert found == {"create": 1, "update": 1, "skip": 1}
    again = plan_from_json(plan_to_json(made))
    load(crm, again, source=source)
    assert values(crm, "account", "code", "name") == [
        ("A1", "甲改"), ("A2", "乙公司"), ("A3", "丙"),
    ]  # fmt: skip
