"""`crmcore why`: in both languages, by names, with an exit code that answers."""

from __future__ import annotations

from tests.cli.conftest import Run

from crmcore import Grant
from crmcore.access import grants_to_json
from crmcore.work import open_workspace


def test_why_answers_by_name_and_exit_code(filled: Run) -> None:
    made = open_workspace("sqlite:///crm.db")
    with made.work() as work:
        grants = grants_to_json([Grant("account", "read")])
        role = work.create("crm_role", {"name": "reading", "label_zh": "看客户", "grants": grants})
        work.create("crm_user", {"name": "小王", "login": "wang", "roles": [role.id]})
    made.close()
    seen = filled("why", "小王", "查看", "客户", "甲公司")
    assert (seen.code, "看客户" in seen.out) == (0, True)
    refused = filled("why", "wang", "update", "account", "甲公司", "--json")
    assert refused.code != 0
    assert not refused.data["allowed"]
    assert [one["code"] for one in refused.data["obstacles"]] == ["no_grant"]
    assert filled("why", "nobody", "read", "account", "甲公司").code != 0
