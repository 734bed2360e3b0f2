"""Workbooks of several sheets whose rows refer to each other."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from crmcore.importing import import_file, load, plan
from crmcore.work import Workspace

from .conftest import book, csv, values


def codes(crm: Workspace, source: bytes, **options: Any) -> list[tuple[str, str]]:
    """Place and code of every problem of a plan."""
    return [(one.place(), one.code) for one in plan(crm, source, **options).problems]


ACCOUNTS = [["客户编号", "客户名称", "上级客户"], ["A1", "甲（北京）有限公司", None],
            ["A2", "乙公司", "甲（北京）有限公司"]]  # fmt: skip
CONTACTS = [["姓名", "客户编号", "是否决策人"], ["张三", "A1", "是"], ["李四", "A2", "否"]]
DEALS = [["商机编号", "商机名称", "客户", "赢率"], ["D1", "一号", "甲(北京)有限公司", "30%"],
         ["D2", "二号", "乙公司", "50%"]]  # fmt: skip


def test_rows_link_to_records_that_the_same_file_creates(crm: Workspace) -> None:
    # Deals come first in the file; accounts are imported first all the same.
    done = import_file(crm, book(商机=DEALS, 联系人=CONTACTS, 客户=ACCOUNTS))
    assert done.counts.create == 6
    accounts = {record["code"]: record.id for record in crm.find("account")}
    assert values(crm, "contact", "name", "account") == [
        ("张三", accounts["A1"]), ("李四", accounts["A2"]),
    ]  # fmt: skip
    assert values(crm, "deal", "code", "account") == [
        ("D1", accounts["A1"]), ("D2", accounts["A2"]),
    ]  # fmt: skip
    parents = dict(values(crm, "account", "code", "parent"))
    assert parents == {"A1": None, "A2": accounts["A1"]}


def test_links_that_lead_nowhere_or_to_two(crm: Workspace) -> None:
    import_file(crm, csv("客户编号,客户名称\nA1,同名\nA2,同名\nA3,独名"), duplicates="create")
    rows = [["商机编号", "商机名称", "客户"], ["D1", "一", "独名"], ["D2", "二", "没有"],
            ["D3", "三", "同名"]]  # fmt: skip
    assert codes(crm, book(商机=rows)) == [
        ("商机!C3", "link_not_found"), ("商机!C4", "link_ambiguous"),
    ]  # fmt: skip


def test_a_name_that_others_refer_to_must_be_told_apart(crm: Workspace) -> None:
    source = book(
        客户=[["客户编号", "客户名称"], ["A1", "同名"], ["A2", "独名"], ["A3", "同名"]],
        商机=[["商机编号", "商机名称", "客户"], ["D1", "一", "独名"], ["D2", "二", "同名"]],
    )
    assert codes(crm, source) == [("客户!B4", "same_title"), ("商机!C3", "link_ambiguous")]
    # Nobody refers to contacts by name: two of one name are two people.
    people = book(联系人=[["姓名", "年龄"], ["张伟", 30], ["张伟", 40]])
    assert codes(crm, people) == []


def test_a_row_refused_takes_nothing_with_it_but_what_refers_to_it(crm: Workspace) -> None:
    source = book(
        客户=[["客户编号", "客户名称", "电话"], ["A1", "甲", "12"], ["A2", "乙", None]],
        联系人=[["姓名", "客户编号"], ["张三", "A1"], ["李四", "A2"]],
    )
    made = plan(crm, source, errors="reject")
    assert codes(crm, source) == [("客户!C2", "phone_unreadable"), ("联系人!B2", "link_not_found")]
    assert load(crm, made).counts.create == 2


def test_titles_above_the_header_and_merged_cells(crm: Workspace) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = "联系人"
    sheet.append(["通讯录（2024年）"])
    sheet.merge_cells("A1:C1")
    sheet.append(["客户", "姓名", "手机"])
    for row in (["甲", "张三", "13800138000"], [None, "李四", None], [None, "王五", "13900139000"]):
        sheet.append(row)
    sheet.merge_cells("A3:A5")
    target = BytesIO()
    made.save(target)
    import_file(crm, csv("客户编号,客户名称\nA1,甲"))
    plan_ = plan(crm, target.getvalue())
    assert plan_.sheets[0].header_row == 2
    load(crm, plan_)
    account = crm.find("account")[0].id
    assert values(crm, "contact", "name", "account") == [
        ("张三", account), ("李四", account), ("王五", account),
    ]  # fmt: skip


def test_hidden_sheets_and_sheets_left_out(crm: Workspace) -> None:
    source = book(客户=ACCOUNTS, 说明=[["随便写的", "东西"], ["一", "二"]])
    assert ("说明!1", "sheet_without_module") in codes(crm, source)
    made = plan(crm, source, modules={"说明": None})
    assert [one.sheet for one in made.sheets] == ["客户"]
    assert load(crm, made).counts.create == 2


def test_unknown_people_own_nothing_and_are_named(crm: Workspace) -> None:
    source = csv("客户编号,客户名称,负责人\nA1,甲,老板\nA2,乙,李建国\nA3,丙,李建国")
    made = plan(crm, source)
    assert made.people == {"李建国": 2}
    assert "李建国" in str(made)
    load(crm, made)
    owner = crm.principal
    assert {record["owner"] for record in crm.find("account")} == {owner}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "big5"])
def test_text_in_the_encodings_of_the_country(crm: Workspace, encoding: str) -> None:
    source = csv("編號,名稱\nA1,華東科技\nA2,臺北電子\nA3,高雄貿易有限公司", encoding)
    import_file(crm, source, modules="account", mapping={"編號": "code", "名稱": "name"})
    assert values(crm, "account", "name") == [("臺北電子",), ("華東科技",), ("高雄貿易有限公司",)]
