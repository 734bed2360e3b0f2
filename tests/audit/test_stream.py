"""The stream of entries, change sets and operations answers the language of all records."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.audit.conftest import ACCOUNT, accounts, later, person, settle
from tests.audit.lives import lived

from crmcore import Schema, Summary
from crmcore.archive import backup, move, restore
from crmcore.audit import head, verify
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, NotFound
from crmcore.query.ast import GroupBy, Measure
from crmcore.storage.memory import MemoryBackend
from crmcore.work import Workspace, note, open_workspace
from crmcore.work.noting import Note


def test_entries_are_asked_and_counted(crm: Workspace, clock: ManualClock) -> None:
    rep = person(crm, "小王")
    for reason in (None, "wrong_password", "wrong_password"):
        later(clock, minutes=1)
        note(crm, "login", user=rep.principal if reason is None else None, reason=reason)
    page = crm.find("审计记录", "类型 == 'login' and 原因 == 'wrong_password'", order="位置 desc")
    assert [one["user"] for one in page] == [crm.principal, crm.principal]
    assert len(crm.find("crm_audit_entry", "user.name == '小王'")) == 1
    table = crm.summarize(Summary("crm_audit_entry", (GroupBy("reason"),), (Measure("count"),)))
    counts = {row[0]: row[1] for row in table.rows()}
    assert counts["wrong_password"] == 2
    assert rep.find("crm_audit_entry").hint
    assert rep.find("crm_change_set").hint
    mine = crm.find("crm_change_set", "user == me and operation.kind == 'call'")
    assert len(mine) == len(crm.find("操作", "用户 == me")) == 1
    with pytest.raises(AccessDenied), crm.work() as work:
        work.create("crm_audit_entry", {"kind": "login"})


def test_a_refusal_leaves_everything_but_its_entry_as_it_was(small: Workspace) -> None:
    (mine,) = accounts(small, 1)
    rep = person(small, "小王")
    before = small.digest("full")
    with pytest.raises(NotFound), rep.work() as work:
        work.update("account", mine, {"name": "我的"})
    assert small.digest("full") == before
    assert [one["record"] for one in small.find("crm_audit_entry", "kind == 'denial'")] == [mine]


def test_entries_move_with_the_workspace(tmp_path: Path) -> None:
    crm = lived(MemoryBackend(), rounds=1)
    backup(crm, tmp_path / "one.crmz")
    anchor = head(crm)
    first = backup(crm, tmp_path / "whole.crmz")
    with pytest.raises(AccessDenied), person(crm, "小李").work() as work:
        work.create("crm_role", {"name": "king"})
    later_head = head(crm)
    backup(crm, tmp_path / "more.crmz", since=first)
    restored = MemoryBackend()
    restore([tmp_path / "whole.crmz", tmp_path / "more.crmz"], restored)
    again = open_workspace(restored)
    for known in (anchor, later_head):
        assert verify(again, known).problems == ()
    note(again, "login")
    assert verify(again, later_head).problems == ()
    moved = MemoryBackend()
    move(again, moved)
    there = open_workspace(moved)
    assert len(there.find("crm_audit_entry")) == len(again.find("crm_audit_entry")) - 1
    assert verify(there, later_head).is_sound


def test_a_guard_given_at_opening(tmp_path: Path) -> None:
    seen: list[Note] = []
    crm = open_workspace(
        f"sqlite:///{tmp_path / 'crm.db'}", create=True, schema=Schema([ACCOUNT]), guard=seen.append
    )
    accounts(crm, 4)
    settle(crm, {"bulk": 4})
    crm.find("account")
    crm.get("account", crm.find("account", limit=1)[0].id)
    assert [(one.kind, one.count, one.user) for one in seen] == [
        ("bulk_read", 4, crm.principal),
        ("opened", None, crm.principal),
    ]
    crm.close()
