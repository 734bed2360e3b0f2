"""What changes of kind left behind is purged: in numbers first, then for good."""

from __future__ import annotations

from typing import Any

import pytest
from tests.evolving.conftest import applied, edited, fields, plain
from tests.evolving.test_applying import check_whole, to_integer, values
from tests.faults.checking import check_whole as check_chain

from crmcore import Workspace, evolving
from crmcore.audit import verify
from crmcore.errors import AccessDenied, BeyondHorizon, OpMismatch, SchemaError, Stale
from crmcore.evolving import PurgePart, PurgePlan, plan_purge, purge, purge_text
from crmcore.records.erased import ERASED


def position(crm: Workspace) -> int:
    """The last position."""
    return [one.position for one in crm.changes()][-1]


@pytest.fixture
def before(crm: Workspace) -> int:
    """The position before `size` became an integer, after some edits of it."""
    first, *_, last = crm.find("account", order="code")
    with crm.work(op_id="edit") as work:
        work.update("account", first.id, {"size": "13", "city": "苏州"})
    with crm.work(op_id="remove") as work:
        work.update("account", last.id, {"size": "unknown"})
        work.delete("account", last.id)
    found = position(crm)
    applied(crm, to_integer, op_id="kind")
    return found


def test_a_plan_counts_what_there_is_and_writes_nothing(crm: Workspace, before: int) -> None:
    full = crm.digest("full")
    plan = plan_purge(crm)
    # Three live values, of which one did not convert; of former versions, those of the first
    # and of the last account.
    assert plan.parts == (PurgePart("account", "size", "text", 1, 3, 2, 1, before + 1),)
    assert plan_purge(crm, "account", "size") == plan_purge(crm, "客户", "人数") == plan
    assert plan_purge(crm, "account", "city").is_empty
    assert plan_purge(crm, "deal").is_empty
    assert "3 records and 2 former versions, of 1" in purge_text(plan)
    assert "3 条记录" in purge_text(plan, "zh")
    assert purge_text(PurgePlan(1)) == "nothing to purge"
    with pytest.raises(SchemaError):
        plan_purge(crm, "account", "nothing")
    with pytest.raises(SchemaError):
        plan_purge(crm, None, "size")
    assert crm.digest("full") == full


def test_what_was_purged_is_gone_and_nothing_else(crm: Workspace, before: int) -> None:
    content, now = crm.digest().value, position(crm)
    accounts = plain([dict(one) for one in crm.find("account", order="code")])
    plan = plan_purge(crm)
    assert purge(crm, plan, op_id="purge", reason="retention") == "purge"
    assert purge(crm, plan, op_id="purge") == "purge"
    assert plan_purge(crm).is_empty
    assert purge(crm, plan_purge(crm)) is None
    assert crm.digest().value == content
    assert plain([dict(one) for one in crm.find("account", order="code")]) == accounts
    assert values(crm, "size") == [13, 1200, None]
    with pytest.raises(OpMismatch):
        purge(crm, PurgePlan(plan.revision, plan.parts * 2), op_id="purge")
    check_whole(crm)
    check_chain(crm)
    # From the change of kind on, the past is what it was; before it, nothing is answered.
    assert len(crm.find("account", "size > 100", as_of=now)) == 1
    for moment in (1, before):
        for asked in ("account", "deal"):
            where = None if asked == "account" else "account.name != null"
            with pytest.raises(BeyondHorizon) as refused:
                crm.find(asked, where, as_of=moment)
            assert refused.value.code == "past_purged"
            assert str(before + 1) in str(refused.value)
    assert crm.find("crm_user", as_of=before)


def test_histories_tell_that_something_was_there(crm: Workspace, before: int) -> None:
    (first, *_) = crm.find("account", order="code")
    purge(crm, plan_purge(crm))
    created, updated = crm.history("account", first.id)
    assert created.fields["size"] == (None, ERASED)
    assert updated.fields == {"city": ("上海", "苏州"), "size": (ERASED, 13)}
    assert (bool(ERASED), str(ERASED)) == (False, "–")
    with crm.work() as work:
        work.update("account", first.id, {"size": 14})
    assert crm.history("account", first.id)[-1].fields["size"] == (13, 14)


def test_undo_tells_what_it_cannot_bring_back(crm: Workspace, before: int) -> None:
    purge(crm, plan_purge(crm), op_id="purge")
    undone = crm.undo("edit")
    assert [(one.field, one.reason) for one in undone.kept] == [("size", "purged")]
    assert undone.kept[0].message("zh") == "原来的值已被清除"
    assert [one.field for one in undone.restored] == ["city"]
    assert values(crm, "size")[0] == 13
    undone = crm.undo("remove")
    assert [(one.field, one.reason) for one in undone.kept] == [("size", "purged")]
    assert (values(crm, "size")[3], values(crm, "city")[3]) == (None, "广州")
    undone = crm.undo("kind")
    assert ("account", "size", "purged") in {
        (one.module, one.field, one.reason) for one in undone.impossible
    }
    assert values(crm, "size") == ["13", "1200", None, None]
    undone = crm.undo("purge")
    assert [one.reason for one in undone.impossible] == ["purged"]
    assert plan_purge(crm).parts[0].generation == 2
    check_whole(crm)


def test_audits_pass_over_what_was_purged_and_over_nothing_else(
    crm: Workspace, before: int
) -> None:
    assert not verify(crm).problems
    purge(crm, plan_purge(crm))
    assert not verify(crm).problems


def test_one_generation_after_the_other(crm: Workspace, before: int) -> None:
    applied(crm, lambda data: fields(data)["size"].update(kind="text"))
    applied(crm, lambda data: fields(data)["amount"].update(digits=1))
    plan = plan_purge(crm, "account", "size")
    assert [(one.kind, one.generation, one.live) for one in plan.parts] == [
        ("text", 1, 3),
        ("integer", 2, 2),
    ]
    only_first = PurgePlan(plan.revision, plan.parts[:1])
    purge(crm, only_first)
    assert [one.generation for one in plan_purge(crm, "account", "size").parts] == [2]
    assert crm.find("account", "size > 100", as_of=before + 1)
    purge(crm, plan_purge(crm, "account", "size"))
    with pytest.raises(BeyondHorizon):
        crm.find("account", "size > 100", as_of=before + 1)
    assert [one.field for one in plan_purge(crm).parts] == ["amount"]
    assert values(crm, "size") == ["13", "1200", None]


def test_a_stale_plan_and_a_stranger_are_refused(crm: Workspace, before: int) -> None:
    with crm.work() as work:
        role = work.create("crm_role", {"name": "none", "grants": []})
        work.create("crm_user", {"name": "外人", "login": "out", "roles": [role.id]})
    plan, outsider = plan_purge(crm), crm.as_("out")
    with pytest.raises(AccessDenied):
        plan_purge(outsider)
    with pytest.raises(AccessDenied):
        purge(outsider, plan)
    applied(crm, lambda data: fields(data).update(new={"kind": "text"}))
    full = crm.digest("full")
    with pytest.raises(Stale) as refused:
        purge(crm, plan)
    assert refused.value.code == "plan_stale"
    assert crm.digest("full") == full
    assert plan_purge(crm).parts == plan.parts


def test_a_purge_that_fails_leaves_everything(
    crm: Workspace, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmcore.evolving import purging

    def breaks(*_: Any) -> None:
        raise InterruptedError

    plan = plan_purge(crm)
    monkeypatch.setattr(purging.configuring, "put", breaks)
    with pytest.raises(InterruptedError):
        purge(crm, plan)
    monkeypatch.undo()
    assert plan_purge(crm) == plan
    assert crm.find("account", "size == '约 50'", as_of=before)
    assert evolving.plan(crm, edited(crm, lambda data: None)).is_empty
