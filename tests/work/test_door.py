"""Every write passes the same gate, and a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from crmcore import CrmError, UnitOfWork, Workspace
from crmcore.errors import Conflict, Duplicate, Invalid, NotFound, UnitOfWorkClosed
from crmcore.schema import EntryTemplate


def test_a_record_comes_back_as_it_was_made(crm: Workspace) -> None:
    with crm.work() as work:
        made = work.create(
            "客户",
            {"客户编号": "A1", "name": " 甲公司 ", "区域": "华东", "phone": "138 0013 8000",
             "金额": "1,200.00", "since": "2024-01-05"},
        )  # fmt: skip
    found = crm.get("account", made.id)
    assert found == made
    assert found["name"] == "甲公司"
    assert found["region"] == "east"
    assert found["amount"] == Decimal("1200.00")
    assert found["since"] == date(2024, 1, 5)
    assert found["phone"] == "+8613800138000"
    assert found["phone"].typed == "138 0013 8000"  # type: ignore[attr-defined]
    assert found["owner"] == crm.principal
    assert found["deals"] == 0 or found["deals"] is None


def test_all_problems_of_all_rows_are_reported_at_once(crm: Workspace) -> None:
    rows = [{"name": "好"}, {"name": None, "phone": "12"}, {"name": "x", "region": "火星", "q": 1}]
    with pytest.raises(Invalid) as refusal, crm.work() as work:
        work.create_all("account", rows)
    found = {(problem.record, problem.field, problem.code) for problem in refusal.value.problems}
    assert ("1", "phone", "not_phone") in found
    assert ("2", "region", "not_an_option") in found
    assert any(code == "unknown_field" for _, _, code in found)


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda w: w.create("account", {"code": "A1", "name": "双"}), Duplicate),
        (lambda w: w.create("account", {"code": "A9"}), Invalid),
        (lambda w: w.create("account", {"name": "x", "deals": 3}), Invalid),
        (lambda w: w.create("account", {"name": "x", "id": "0" * 32}), Invalid),
        (lambda w: w.create("account", {"name": "x", "created_by": "0" * 32}), Invalid),
        (lambda w: w.create("deal", {"title": "x", "account": "f" * 32}), Invalid),
        (lambda w: w.create("deal", {"title": "x", "account": {"code": "nein"}}), Invalid),
        (lambda w: w.update("account", "f" * 32, {"name": "x"}), NotFound),
        (lambda w: w.delete("account", "f" * 32), NotFound),
        (lambda w: w.upsert("account", {"name": "x"}, {}), Invalid),
        (lambda w: w.create("nothing", {}), CrmError),
        (lambda w: w.find("account", "nope == 1"), CrmError),
    ],
)
def test_a_refusal_changes_nothing(
    crm: Workspace, write: Callable[[UnitOfWork], object], error: type[CrmError]
) -> None:
    with crm.work() as work:
        work.create("account", {"code": "A1", "name": "甲"})
    before = crm.digest("full")
    with pytest.raises(error), crm.work() as work:
        work.create("account", {"code": "A2", "name": "vanishes"})
        write(work)
    assert crm.digest("full") == before


def test_after_an_error_the_unit_is_over(crm: Workspace) -> None:
    with pytest.raises(UnitOfWorkClosed), crm.work() as work:
        with pytest.raises(Invalid):
            work.create("account", {})
        work.create("account", {"name": "late"})
    assert len(crm.find("account")) == 0


def test_swallowing_an_error_commits_nothing(crm: Workspace) -> None:
    with pytest.raises(UnitOfWorkClosed), crm.work() as work:
        work.create("account", {"name": "early"})
        with pytest.raises(Invalid):
            work.create("account", {})
    assert len(crm.find("account")) == 0


def test_a_stale_version_conflicts(crm: Workspace) -> None:
    with crm.work() as work:
        first = work.create("account", {"name": "甲"})
    with crm.work() as work:
        work.update("account", first, {"name": "乙"})
    with pytest.raises(Conflict), crm.work() as work:
        work.update("account", first, {"name": "丙"})
    assert crm.get("account", first.id)["name"] == "乙"


def test_an_update_that_changes_nothing_makes_no_version(crm: Workspace) -> None:
    with crm.work() as work:
        first = work.create("account", {"name": "甲", "phone": "138-0013-8000"})
    with crm.work() as work:
        assert work.update("account", first, {"name": "甲"}) == first
        again = work.update("account", first, {"phone": "138 0013 8000"})
    assert again.version == first.version + 1


def test_upsert_makes_then_changes(crm: Workspace) -> None:
    with crm.work() as work:
        first = work.upsert("account", {"code": "A1"}, {"name": "甲"})
        second = work.upsert("account", {"客户编号": "A1"}, {"name": "乙"})
    assert first.id == second.id
    assert crm.get("account", first.id)["name"] == "乙"


def test_removal_restricts_detaches_and_cascades(crm: Workspace) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": "甲"})
        note = work.create("note", {"text": "n", "account": account.id})
        deal = work.create("deal", {"title": "d", "account": account.id, "note_of": note.id})
        work.update("note", note.id, {"about": [deal.id]})
    with pytest.raises(Invalid) as refusal, crm.work() as work:
        work.delete("account", account.id)
    assert refusal.value.code == "in_use"
    with crm.work() as work:
        work.delete("deal", deal.id)
    assert crm.get("note", note.id)["about"] is None
    with crm.work() as work:
        work.delete("account", account.id)
    assert len(crm.find("note")) == 0


def test_computed_fields_follow(crm: Workspace) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": "甲", "region": "east"})
        deal = work.create("deal", {"title": "d", "account": account.id, "amount": "2.50"})
        assert deal["double"] == Decimal("5.00")
        assert deal["region"] == "east"
        assert work.get("account", account.id)["deals"] == 1
        work.update("deal", deal.id, {"stage": "won"})
        work.create("deal", {"title": "e", "account": account.id, "stage": "won", "amount": 1})
    found = crm.get("account", account.id)
    assert (found["deals"], found["won"]) == (2, Decimal("3.50"))
    assert found.version == account.version
    assert len(crm.find("account", "deals == 2 and won > 3")) == 1
    assert len(crm.find("deal", "region == '华东'")) == 2
    with crm.work() as work:
        work.delete("deal", deal.id)
    assert crm.get("account", account.id)["won"] == Decimal("1.00")


def test_a_second_unit_on_the_same_thread_is_refused(crm: Workspace) -> None:
    with (
        crm.work() as work,
        pytest.raises(UnitOfWorkClosed) as refusal,
        crm.work() as other,
    ):
        other.create("account", {"name": "x"})
    assert refusal.value.code == "second_unit"
    assert work.operation


def test_a_message_exists_if_and_only_if_the_unit_commits(crm: Workspace) -> None:
    with crm.work() as work:
        work.emit("deal.won", {"id": 1})
    with pytest.raises(ZeroDivisionError), crm.work() as work:
        work.emit("deal.won", {"id": 2})
        raise ZeroDivisionError
    assert [one["body"] for one in crm.find("crm_message")] == [{"id": 1}]


def test_an_entry_template_presets_and_asks_for_more(crm: Workspace) -> None:
    account = crm.schema.module("account")
    quick = EntryTemplate(
        "quick",
        "快速录入",
        fields=["name", "phone"],
        required=["phone"],
        presets={"region": "east"},
    )
    crm.configure(crm.schema.with_module(evolve(account, templates=[quick])))
    with crm.work() as work:
        made = work.create(
            "account", {"客户名称": "甲", "电话": "13800138000"}, template="快速录入"
        )
        other = work.create(
            "account", {"name": "乙", "phone": "13800138001", "区域": "华南"}, template="quick"
        )
    assert (made["region"], other["region"]) == ("east", "south")
    for values, name in (({"name": "丙"}, "quick"), ({"name": "丙"}, "nothing")):
        with pytest.raises(CrmError), crm.work() as work:
            work.create("account", values, template=name)
    assert len(crm.find("account")) == 2
