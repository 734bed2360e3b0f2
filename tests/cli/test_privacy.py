"""`crmcore privacy`: handed out, restricted, corrected, erased, and erased again."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.privacy.conftest import NAME, lived

from crmcore.privacy import retention
from crmcore.privacy.retention import Rule


def test_privacy(crm: Run) -> None:
    made = lived("sqlite:///crm.db")
    made.crm.close()
    on = ("-w", "crm.db")
    assert crm("privacy", "export", "contact", NAME, "--out", "person.json", *on).code == 0
    assert NAME in Path("person.json").read_text("utf-8")
    shown = crm("privacy", "export", "联系人", NAME, "--json", *on)
    assert shown.data["subject"] == made.person
    assert crm("privacy", "correct", "contact", NAME, "remark=right", *on).code == 0
    assert crm("privacy", "correct", "contact", NAME, "remark", *on).code == 2
    assert crm("privacy", "restrict", "contact", made.person, *on).code == 0
    assert NAME not in crm("find", "contact", *on).out
    assert crm("privacy", "release", "contact", made.person, *on).code == 0
    refused = crm("privacy", "erase", "contact", NAME, *on)
    assert (refused.code, "contact: 3" in refused.out) == (2, True)
    done = crm("privacy", "erase", "contact", NAME, "--reason", "asked", "--yes", "--json", *on)
    assert done.data["versions"] > 8
    assert "vacuumed" in done.data["physical"]
    found = crm("audit", "verify", "--json", *on)
    assert found.data["ok"]
    assert sum(one["versions"] for one in found.data["erased"]) == done.data["versions"]
    assert "versions erased" in crm("audit", "verify", *on).out
    assert crm("privacy", "erasures", "--out", "erased.json", *on).code == 0
    assert json.loads(Path("erased.json").read_text("utf-8"))["erasures"][0]["reason"] == "asked"
    assert crm("privacy", "replay", "erased.json", "--json", *on).data == {"replayed": 0}
    Path("wrong.json").write_text("[", "utf-8")
    assert crm("privacy", "replay", "wrong.json", *on).code == 1
    assert crm("privacy", "dance", *on).code == 2
    assert crm("privacy", "erase", "contact", *on).code == 2


def test_retention_is_told_and_done(crm: Run) -> None:
    made = lived("sqlite:///crm.db")
    on = ("-w", "crm.db")
    assert crm("privacy", "retention", *on).code == 0
    rule = Rule("leavers", "contact", "name != null", "anonymise")
    retention.keep(made.crm, rule)
    retention.keep(made.crm, Rule("old", "contact", "birthday == null", "delete"))
    with made.crm.work() as work:
        work.create("invoice", {"number": "1", "contact": made.other})
    made.crm.close()
    told = crm("privacy", "retention", *on)
    assert (told.code, NAME in told.out) == (0, True)
    found = crm("privacy", "retention", "--json", *on).data["rules"]
    assert [(one["name"], one["due"]) for one in found] == [("leavers", 2), ("old", 1)]
    done = crm("privacy", "retention", "--apply", "--json", *on)
    assert [(one["name"], one["done"]) for one in done.data["rules"]] == [
        ("leavers", 2),
        ("old", 1),
    ]
    assert "refused" in repr(done.data)
    assert done.code == 1
    assert crm("privacy", "retention", "--json", *on).data["rules"][0]["due"] == 0


def test_retention_rules_are_made_listed_and_ended(crm: Run) -> None:
    made = lived("sqlite:///crm.db")
    made.crm.close()
    on = ("-w", "crm.db")
    rule = ("leavers", "联系人", "name != null", "anonymise")
    kept = crm("privacy", "retention", "keep", *rule, "--reason", "policy 7", "--json", *on)
    assert kept.code == 0
    assert crm("privacy", "retention", "list", "--json", *on).data["rules"] == [
        {
            "name": "leavers",
            "module": "contact",
            "where": "name != null",
            "action": "anonymise",
            "reason": "policy 7",
        }
    ]
    assert "policy 7" in crm("privacy", "retention", "list", *on).out
    assert "2 records due" in crm("privacy", "retention", "preview", *on).out
    assert crm("undo", kept.data["operation"], *on).code == 0
    assert "没有保留期限规则" in crm("privacy", "retention", "list", "--lang", "zh", *on).out
    assert crm("privacy", "retention", "keep", *rule, *on).code == 0
    assert crm("privacy", "retention", "keep", *rule[:3], "burn", *on).code == 1
    dropped = crm("privacy", "retention", "drop", "leavers", *on)
    assert (dropped.code, "crmcore undo" in dropped.out) == (0, True)
    assert crm("privacy", "retention", "drop", "leavers", *on).code == 3
    for wrong in (["keep", "leavers"], ["drop"], ["dance"], ["list", "x"]):
        assert crm("privacy", "retention", *wrong, *on).code == 2
    assert crm("privacy", "retention", "list", "--json", *on).data == {"rules": []}
