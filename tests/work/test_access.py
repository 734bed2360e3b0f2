"""Grants decide in lists, on record pages, in figures and at the door alike."""

from __future__ import annotations

import pytest

from crmcore import Grant, Measure, Summary, System, Workspace
from crmcore.access import grants_to_json
from crmcore.errors import AccessDenied, CrmError, Invalid, NotFound


def user(crm: Workspace, name: str, role: str) -> Workspace:
    with crm.work() as work:
        found = work.find("crm_role", f"name == '{role}'")[0]
        work.create("crm_user", {"name": name, "login": name, "roles": [found.id]})
    return crm.as_(name)


def test_no_grant_no_access_and_the_empty_list_says_why(crm: Workspace) -> None:
    with crm.work() as work:
        work.create("crm_role", {"name": "nobody", "grants": []})
        made = work.create("account", {"name": "甲"})
    nobody = user(crm, "nobody", "nobody")
    page = nobody.find("account")
    assert len(page) == 0
    assert page.hint is not None
    assert "account" in page.hint
    with pytest.raises(NotFound):
        nobody.get("account", made.id)
    with pytest.raises(AccessDenied), nobody.work() as work:
        work.create("account", {"name": "乙"})
    with pytest.raises(NotFound), nobody.work() as work:
        work.update("account", made.id, {"name": "乙"})


def test_list_open_and_report_agree_for_a_representative(crm: Workspace) -> None:
    rep, other = user(crm, "小李", "sales_rep"), user(crm, "小王", "sales_rep")
    with rep.work() as work:
        mine = work.create("account", {"name": "甲", "amount": 1})
        work.create("deal", {"title": "d", "account": mine.id, "amount": 5})
    with other.work() as work:
        theirs = work.create("account", {"name": "乙", "amount": 2})
        hidden = work.create("deal", {"title": "e", "account": theirs.id, "amount": 7})
    assert [one["name"] for one in rep.find("account")] == ["甲"]
    total = Summary("account", (), (Measure("count"), Measure("sum", "amount")))
    assert next(rep.summarize(total).rows())[0] == 1
    for attempt in (
        lambda: rep.get("account", theirs.id),
        lambda: rep.history("account", theirs.id),
    ):
        with pytest.raises(NotFound):
            attempt()
    # A link may lead where he may not look: the path is empty, the link's id stays.
    with crm.work() as work:
        work.update("deal", hidden.id, {"owner": rep.principal})
    seen = rep.find("deal", columns=["title", "account.name", "account"], order="title")
    assert list(seen.rows()) == [("d", "甲", mine.id), ("e", None, theirs.id)]
    assert len(rep.find("deal", "account.name == '乙'")) == 0
    assert len(rep.find("deal", "account.name != '乙'")) == 2
    assert len(crm.find("account", "exists(deal)")) == 2


def test_a_link_to_what_one_may_not_see_is_refused_like_one_to_nothing(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with crm.work() as work:
        secret = work.create("account", {"code": "S1", "name": "密"})
    found = []
    for target in (secret.id, "f" * 32, {"code": "S1"}, {"code": "none"}):
        with pytest.raises(Invalid) as refusal, rep.work() as work:
            work.create("deal", {"title": "x", "account": target})
        found.append(refusal.value.code)
    assert set(found) == {"link_not_found"}


def test_one_cannot_give_away_or_grab_by_the_image_after(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with crm.work() as work:
        work.create(
            "crm_role",
            {
                "name": "strict",
                "grants": grants_to_json(
                    [
                        Grant("account", ("read", "create", "update"), "owner == me"),
                        Grant("crm_user", "read"),
                    ]
                ),
            },
        )
    strict = user(crm, "严", "strict")
    with strict.work() as work:
        mine = work.create("account", {"name": "甲"})
    with pytest.raises(AccessDenied), strict.work() as work:
        work.update("account", mine.id, {"owner": rep.principal})
    with pytest.raises(AccessDenied), strict.work() as work:
        work.create("account", {"name": "乙", "owner": rep.principal})
    with pytest.raises(AccessDenied), strict.work() as work:
        work.delete("account", mine.id)


def test_rights_of_the_moment_count(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with rep.work() as work:
        work.create("account", {"name": "甲"})
    with crm.work() as work:
        work.update("crm_user", str(rep.principal), {"active": False})
    with pytest.raises(AccessDenied):
        rep.find("account")


def test_only_administrators_configure(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with pytest.raises(AccessDenied):
        rep.configure(computed=[])
    assert crm.configuration.computed


def test_system_work_is_named_and_kept(crm: Workspace) -> None:
    with crm.as_(System("nightly repair")).work() as work:
        work.create("account", {"name": "甲"})
        operation = work.operation
    found = crm.find("crm_operation", f"op_id == '{operation}'")[0]
    assert found["reason"] == "nightly repair"
    assert found["behalf"] == crm.principal


def test_an_undo_obeys_the_rights_of_who_undoes(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with crm.work() as work:
        work.create("account", {"name": "甲"})
        operation = work.operation
    with pytest.raises(NotFound):
        rep.undo(operation)
    with rep.work() as work:
        mine = work.create("account", {"name": "乙"})
        operation = work.operation
    with crm.work() as work:
        work.update("account", mine.id, {"owner": crm.principal})
    assert [one.reason for one in rep.undo(operation).kept] == ["edited_since"]
    assert len(crm.find("account")) == 2


def test_what_speaks_of_the_whole_is_for_who_may_configure_it(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    for attempt in (lambda: rep.digest(), lambda: list(rep.changes())):
        with pytest.raises(AccessDenied):
            attempt()
    crm.run(lambda work: work.create("account", {"name": "甲"}).id, op_id="mine")
    with pytest.raises(CrmError) as refusal:
        rep.run(lambda work: work.create("account", {"name": "甲"}).id, op_id="mine")
    assert refusal.value.code == "op_mismatch"


def test_a_grant_that_mentions_an_empty_parameter_grants_nothing(crm: Workspace) -> None:
    with crm.work() as work:
        grants = [
            Grant("account", "read", "owner.department != me.department or name == '公开'"),
            Grant("crm_user", "read"),
        ]
        work.create("crm_role", {"name": "dept", "grants": grants_to_json(grants)})
        work.create_all("account", [{"name": "甲"}, {"name": "公开"}])
    one = user(crm, "无部门", "dept")
    assert [found["name"] for found in one.find("account")] == ["公开"]


def test_roles_are_checked_data(crm: Workspace) -> None:
    with pytest.raises(CrmError), crm.work() as work:
        work.create("crm_role", {"name": "bad", "grants": [{"module": "account", "ops": []}]})
    assert len(crm.find("crm_role", "name == 'bad'")) == 0


def test_a_roll_up_is_counted_in_the_scope_and_at_the_moment_of_the_reader(crm: Workspace) -> None:
    rep = user(crm, "小李", "sales_rep")
    with rep.work() as work:
        mine = work.create("account", {"name": "甲"})
        work.create("deal", {"title": "d", "account": mine.id, "stage": "won", "amount": 5})
    position = crm.digest().position
    with crm.work() as work:
        work.create("deal", {"title": "e", "account": mine.id, "stage": "won", "amount": 7})
    assert crm.get("account", mine.id)["won"] == 12
    assert (rep.get("account", mine.id)["won"], rep.find("account")[0]["deals"]) == (5, 1)
    assert list(rep.find("account", columns=["deals"]).rows()) == [(1,)]
    assert crm.get("account", mine.id, as_of=position)["won"] == 5
    for question in ("deals == 2", "exists(deal, account.deals == 2)"):
        with pytest.raises(CrmError) as refusal:
            rep.find("account", question)
        assert refusal.value.code == "roll_up_withheld"
    with pytest.raises(CrmError):
        rep.find("account", order="deals")
    with pytest.raises(CrmError):
        crm.find("account", "deals == 2", as_of=position)
    assert len(crm.find("account", "deals == 2")) == 1
