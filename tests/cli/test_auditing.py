"""`crmcore audit`: entries, heads, verification against an anchor, whose day stands out."""

from __future__ import annotations

import json
from pathlib import Path

from tests.audit.conftest import ACCOUNT, accounts
from tests.cli.conftest import Run

from crmcore import Schema
from crmcore.audit import AuditHead
from crmcore.work import open_workspace


def test_audit(crm: Run) -> None:
    made = open_workspace("sqlite:///crm.db", create=True, schema=Schema([ACCOUNT]))
    accounts(made, 2)
    made.close()
    on = ("-w", "crm.db")
    assert crm("export", "account", "out.csv", *on).code == 0
    told = crm("audit", "head", *on).out
    assert AuditHead.parse(told).entries == 1
    Path("monday.head").write_text(told, "utf-8")
    shown = crm("audit", "entries", "kind == 'export'", "--json", *on)
    assert [one["count"] for one in shown.data["entries"]] == [2]
    sound = crm("audit", "verify", "--anchor", "monday.head", *on)
    assert (sound.code, "as they were written" in sound.out) == (0, True)
    assert crm("audit", "watch", *on).out.strip() == "nobody stands out"
    assert crm("audit", "dance", *on).code == 2
    assert crm("audit", "verify", "--anchor", "x", *on).code == 1
    other = AuditHead.parse(told)
    forged = str(AuditHead(other.position, "0" * 64, 1, "0" * 64, other.moment))
    found = crm("audit", "verify", "--anchor", forged, "--json", "--lang", "zh", *on)
    assert found.code == 1
    codes = [one["code"] for one in found.data["problems"]]
    assert codes == ["audit_anchor", "audit_entry_anchor"]
    assert "存证" in json.dumps(found.data, ensure_ascii=False)
