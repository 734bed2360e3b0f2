"""`crmcore access`: what it tells people, what it tells CI by its exit code."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.cli.conftest import Run

from crmcore import Grant, Role
from crmcore.access import role_values
from crmcore.work import open_workspace

REP = Role("rep", "外勤", [Grant("account", ("read", "update"), scopes="own")])


def prepared() -> None:
    made = open_workspace("sqlite:///crm.db")
    with made.work() as work:
        values = {name: value for name, value in role_values(REP).items() if value is not None}
        role = work.create("crm_role", values)
        work.create("crm_user", {"name": "小王", "login": "wang", "roles": [role.id]})
        auditors = [one.id for one in made.find("crm_role", "name == 'administrator'")]
        work.create("crm_user", {"name": "auditor", "login": "auditor", "roles": auditors})
    made.close()


def test_the_matrix_is_shown_and_written(filled: Run) -> None:
    prepared()
    shown = filled("access", "matrix", "外勤", "--module", "客户", "--lang", "zh")
    assert (shown.code, "负责人" in shown.out, "功能权限" in shown.out) == (0, True, True)
    data = filled("access", "matrix", "小王", "--json").data
    assert {(one["module"], one["operation"]) for one in data["operations"]} == {
        ("account", "read"),
        ("account", "update"),
    }
    assert filled("access", "matrix", "--out", "rights.xlsx").code == 0
    with zipfile.ZipFile("rights.xlsx") as book:
        names = book.read("xl/workbook.xml").decode()
    assert all(f'name="{one}"' in names for one in ("Operations", "Records", "Fields"))
    assert filled("access", "matrix", "nobody").code != 0
    assert filled("access", "dance").code == 2


def test_assertions_answer_by_exit_code(filled: Run) -> None:
    prepared()
    good, bad = "外勤 !删除 客户", "外勤 read account"
    assert filled("access", "assert", good).code == 0
    assert filled("access", "assert", *good.split()).code == 0
    refused = filled("access", "assert", good, bad, "--json")
    assert (refused.code, refused.data["ok"]) == (1, False)
    assert [one["state"] for one in refused.data["found"]] == ["holds", "broken"]
    Path("rights.txt").write_text(f"# what must hold\n{good}\n", "utf-8")
    assert filled("access", "assert", "--file", "rights.txt").code == 0
    assert filled("access", "assert").code == 2
    assert filled("access", "assert", "外勤").code == 2


def test_differences_are_told_before_anything_is_applied(filled: Run) -> None:
    prepared()
    text = '[roles.rep]\ngrants = [{ module = "account", operations = ["read"] }]\n'
    Path("new.toml").write_text(f"partial = true\n{text}", "utf-8")
    told = filled("access", "diff", "now", "new.toml", "--json").data
    shifts = {one["operation"]: (one["gained"], one["lost"]) for one in told["shifts"]}
    assert shifts["read"][0] > 0
    assert filled("access", "diff", "new.toml", "now", "--lang", "zh").code == 0
    assert "nobody gains" in filled("access", "diff", "now").out
    assert filled("access", "diff").code == 2


def test_a_campaign_runs_to_its_end(filled: Run) -> None:
    prepared()
    assert filled("access", "campaign", "start", "H1", "--days", "30").code == 0
    items = filled("access", "campaign", "show", "H1", "--json").data["items"]
    rep = next(one["id"] for one in items if one["what"] == "rep")
    assert filled("access", "campaign", "sign", "H1").code == 1
    revoked = filled(
        "access", "campaign", "revoke", "H1", rep, "--reason", "left", "--as", "auditor"
    )
    assert revoked.code == 0
    # Nobody decides on his own: two are needed.
    assert filled("access", "campaign", "keep", "H1", "all").code == 1
    others = [one["id"] for one in items if one["holder_name"] == "auditor"]
    assert filled("access", "campaign", "keep", "H1", *others).code == 0
    assert filled("access", "campaign", "keep", "H1", "all", "--as", "auditor").code == 0
    signed = filled("access", "campaign", "sign", "H1", "--json").data
    assert (signed["revoked"], signed["sound"], signed["state"]) == (1, True, "closed")
    assert filled("undo", signed["operation"]).code == 0
    assert "closed" in filled("access", "campaign", "list").out
    assert filled("access", "campaign", "dance").code == 2
    assert filled("access", "campaign", "keep", "H1").code == 2


def test_unused_ending_and_kept_apart(filled: Run) -> None:
    prepared()
    assert filled("access", "unused", "--days", "30").code == 0
    assert filled("access", "expiring", "--json").data == {"expiring": []}
    assert "nobody" in filled("access", "duties").out
    apart = ("access", "separate", "four-eyes", "新建 客户", "approve account")
    operation = filled(*apart, "--tell", "--json").data["operation"]
    listed = filled("access", "duties", "--json")
    assert (listed.code, len(listed.data["conflicts"])) == (1, 2)
    assert filled("undo", operation).code == 0
    assert filled(*apart).code == 0
    assert filled("access", "unite", "four-eyes").code == 0
    assert filled("access", "unite", "four-eyes").code == 3
    assert filled("access", "unite").code == 2
    assert filled("access", "separate", "x", "create").code == 2
