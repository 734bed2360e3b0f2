"""`crmcore merge`: by names, looked at first, repeated without harm, taken back."""

from __future__ import annotations

from tests.cli.conftest import Run

from crmcore.work import open_workspace


def _made() -> dict[str, str]:
    crm = open_workspace("sqlite:///crm.db")
    with crm.work() as work:
        first = work.create("account", {"name": "上海宏图"})
        second = work.create("account", {"name": "宏图公司", "phone": "021-62345678"})
        work.create("opportunity", {"name": "大单", "account": second.id})
    crm.close()
    return {"first": first.id, "second": second.id}


def test_records_are_merged_by_name_and_taken_back(filled: Run) -> None:
    ids = _made()
    before = filled("digest").out
    looked = filled("merge", "客户", "上海宏图", "宏图公司", "--dry-run", "--lang", "zh")
    assert (looked.code, filled("digest").out) == (0, before)
    assert "将把 1 条记录合并到 上海宏图" in looked.out
    assert "电话：取自 宏图公司" in looked.out
    words = ("merge", "客户", "上海宏图", ids["second"], "--take", "客户名称=宏图公司", "--json")
    done = filled(*words, "--op-id", "m1")
    assert (done.code, done.data["kept"]) == (0, ids["first"])
    assert done.data["taken"] == {"name": ids["second"], "phone": ids["second"]}
    assert done.data["moved"] == [["opportunity", "account", 1]]
    again = filled("merge", "客户", ids["first"], ids["second"], "--op-id", "m1", "--json")
    assert again.code == 4  # the same name for another request
    assert filled("undo", "--last").code == 0
    assert filled("digest").out == before


def test_what_cannot_be_merged_is_said(filled: Run) -> None:
    _made()
    assert filled("merge", "客户", "上海宏图", "没有的").code == 3
    assert filled("merge", "客户", "上海宏图", "上海宏图").code == 1
    assert filled("merge", "客户", "上海宏图", "宏图公司", "--take", "电话").code == 2
