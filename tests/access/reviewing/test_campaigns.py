"""Campaigns: a frozen picture, decided by somebody else, signed, carried out, taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Role, System, Workspace
from crmcore.access import ADMINISTRATOR
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, Invalid, NotFound, OpMismatch
from crmcore.reviewing import (
    Campaign,
    ReviewItem,
    campaign,
    campaigns,
    carry_out,
    close,
    decide,
    expiring,
    expiring_table,
    start,
    starting,
    unused,
)
from crmcore.sharing import join_team, share

REP = Role(
    "rep",
    "销售",
    [
        Grant("account", ("read", "create", "update", "delete"), scopes="own"),
        Grant("account", ("read", "export"), scopes=("shared", "team")),
        Grant("crm_user", "read"),
    ],
)


def held(found: Campaign, name: str) -> dict[str, ReviewItem]:
    return {one.sort: one for one in found.items if one.holder_name == name}


def begun(company: Company, clock: ManualClock) -> tuple[Workspace, str]:
    """A review in which 小王 has a role, a role for a time, a share, and a place in a team."""
    company.user("auditor", ADMINISTRATOR)
    rep = company.user("小王", REP)
    lead = company.role(Role("lead", grants=[Grant("account", "approve")]))
    record = company.account("a")
    clock.advance(timedelta(days=40))
    with rep.work() as work:
        work.create("account", {"name": "mine"})
    with company.crm.work() as work:
        given = {"user": rep.principal, "role": lead, "valid_until": clock.now() + timedelta(9)}
        work.create("crm_role_assignment", given)
        until = clock.now() + timedelta(days=5)
        share(work, "account", record, user=str(rep.principal), until=until)
        join_team(work, "account", record, str(rep.principal))
    return rep, start(company.crm, "2026 上半年", days=30).id


def test_the_picture_says_who_has_what_since_when_and_used(
    company: Company, clock: ManualClock
) -> None:
    rep, review = begun(company, clock)
    found = campaign(company.crm, review)
    assert (found.state, found.days, found.is_sound) == ("open", 30, True)
    mine = held(found, "小王")
    assert set(mine) == {"role", "assignment", "share", "team"}
    assert (mine["role"].what, mine["role"].granted_by) == ("rep", "boss")
    assert mine["role"].since is not None
    assert clock.now() - mine["role"].since >= timedelta(days=40)
    assert mine["role"].last_used is not None
    assert mine["role"].unused == {"account": ("update", "delete", "export")}
    assert mine["assignment"].until == clock.now() + timedelta(days=9)
    assert (mine["assignment"].last_used, mine["team"].until) == (None, None)
    # What happens later changes nothing of it.
    with company.crm.work() as work:
        work.update("crm_user", str(rep.principal), {"roles": [], "name": "小张"})
    assert campaign(company.crm, "2026 上半年").items == found.items
    assert [one.id for one in campaigns(company.crm)] == [review]
    assert "小王" in repr(found.table("zh"))
    assert "Granted by" in repr(found.table("en"))
    assert found.to_json()["sound"] is True


def test_a_review_is_decided_signed_carried_out_and_taken_back(
    company: Company, clock: ManualClock
) -> None:
    rep, review = begun(company, clock)
    auditor = company.crm.as_("auditor")
    crm = company.crm
    with pytest.raises(Invalid) as refused:
        carry_out(auditor, review)
    assert refused.value.code == "review_open"
    with pytest.raises(Invalid) as undecided:
        close(auditor, review)
    assert undecided.value.code == "review_undecided"
    found = campaign(crm, review)
    gone = [one.id for one in found.items if one.holder_name == "小王"]
    own = [one.id for one in found.items if one.holder_name == "auditor"]
    rest = [one.id for one in found.items if one.id not in (*gone, *own)]
    decide(auditor, review, gone, "revoke", reason="left the team")
    decide(auditor, review, rest, "keep")
    with pytest.raises(AccessDenied) as mine:
        decide(auditor, review, own, "keep")
    assert mine.value.code == "own_rights"
    decide(crm, review, own, "keep")
    signed = close(auditor, review)
    assert (signed.state, signed.is_sound, signed.closed_by) == ("closed", True, auditor.principal)
    assert signed.signature
    for act in (lambda: decide(auditor, review, gone, "keep"), lambda: close(auditor, review)):
        with pytest.raises(Invalid) as over:
            act()
        assert over.value.code == "review_closed"
    # Signing revokes nothing by itself.
    assert len(rep.find("account")) == 2
    done = carry_out(auditor, review)
    assert (done.revoked, done.gone) == (4, 0)
    assert crm.get("crm_user", str(rep.principal))["roles"] in ((), None)
    for module in ("crm_share", "crm_team_member", "crm_role_assignment"):
        assert len(crm.find(module)) == 0
    assert carry_out(auditor, review).revoked == 0
    assert done.operation is not None
    undone = auditor.undo(done.operation)
    assert not undone.impossible
    assert len(rep.find("account")) == 2
    assert campaign(crm, review) == signed
    states = [
        one.fields["state"] for one in crm.history("crm_review", review) if "state" in one.fields
    ]
    assert states == [(None, "open"), ("open", "closed")]


def test_what_was_tampered_with_is_not_signed(company: Company, clock: ManualClock) -> None:
    _, review = begun(company, clock)
    auditor = company.crm.as_("auditor")
    found = campaign(company.crm, review)
    decide(company.crm, review, [o.id for o in found.items if o.holder_name != "boss"], "keep")
    decide(auditor, review, [o.id for o in found.items if o.holder_name == "boss"], "keep")
    item = next(one for one in found.items if one.sort == "role")
    system = company.crm.as_(System("tampering"))
    with system.work() as work:
        work.update("crm_review_item", item.id, {"what": "something else"})
    assert not campaign(company.crm, review).is_sound
    with pytest.raises(Invalid) as refused:
        close(auditor, review)
    assert refused.value.code == "review_changed"
    with system.work() as work:
        work.update("crm_review_item", item.id, {"what": item.what})
    assert close(auditor, review).is_sound
    with system.work() as work:
        work.update("crm_review_item", item.id, {"decision": "revoke"})
    assert not campaign(company.crm, review).is_sound
    with pytest.raises(Invalid) as unsound:
        carry_out(auditor, review)
    assert unsound.value.code == "review_changed"


def test_only_named_people_who_configure_review(company: Company, clock: ManualClock) -> None:
    rep, review = begun(company, clock)
    before = company.crm.digest("full")
    for crm in (rep, company.crm.as_(System("no person"))):
        for act in (
            lambda crm=crm: start(crm, "x"),
            lambda crm=crm: decide(crm, review, [], "keep"),
            lambda crm=crm: close(crm, review),
            lambda crm=crm: carry_out(crm, review),
        ):
            with pytest.raises(AccessDenied):
                act()
    for look in (campaigns, unused, expiring, lambda crm: campaign(crm, review)):
        with pytest.raises(AccessDenied):
            look(rep)  # type: ignore[operator]
    with pytest.raises(NotFound):
        campaign(company.crm, "no such review")
    with pytest.raises(NotFound):
        decide(company.crm, review, ["0" * 32], "keep")
    with pytest.raises(Invalid):
        decide(company.crm, review, [], "perhaps")
    with pytest.raises(Invalid):
        start(company.crm, "x", days=0)
    assert company.crm.digest("full") == before


def test_shares_end_by_the_clock_and_are_told_before(company: Company, clock: ManualClock) -> None:
    rep = company.user("小王", REP)
    record = company.account("a")
    with company.crm.work() as work:
        until = clock.now() + timedelta(days=5)
        share(work, "account", record, user=str(rep.principal), until=until)
        share(work, "account", record, department="销售部")
    assert [one.id for one in rep.find("account")] == [record]
    found = expiring(company.crm, 5)
    assert [(one.holder_name, one.record, one.level) for one in found] == [("小王", record, "read")]
    assert expiring(company.crm, 4) == []
    assert record in expiring_table(company.crm, found).column("what")
    clock.advance(timedelta(days=5) - timedelta(milliseconds=1))
    assert len(rep.find("account")) == 1
    clock.advance(timedelta(milliseconds=1))
    # No task ran, nothing was written: the moment itself ends it, wherever one looks.
    assert len(rep.find("account")) == 0
    with pytest.raises(NotFound):
        rep.get("account", record)
    assert expiring(company.crm) == []
    assert all(one.sort != "share" or one.until is None for one in start(company.crm, "x").items)


def test_what_nobody_used_is_told(company: Company, clock: ManualClock) -> None:
    rep, idle = company.user("小王", REP), company.user("小李", REP)
    clock.advance(timedelta(days=60))
    with rep.work() as work:
        record = work.create("account", {"name": "a"}).id
        work.update("account", record, {"name": "b"})
    company.user("new", REP)
    found = unused(company.crm, 30)
    told = {one.name: one.operations for one in found.grants if one.module == "account"}
    assert told["小王"] == ("delete", "export")
    assert told["小李"] == ("create", "update", "delete", "export")
    # Who has it for less than the days asked of had no time to use it.
    assert "new" not in told
    assert "read" in found.untraced
    row = next(one for one in found.grants if one.name == "小李")
    assert (row.role, row.by) == ("rep", "boss")
    clock.advance(timedelta(days=31))
    later = unused(company.crm, 30)
    told = {one.name: one.operations for one in later.grants if one.module == "account"}
    assert set(told) == {"boss", "小王", "小李", "new"}
    assert told["小王"] == ("create", "update", "delete", "export")
    assert "小李" in later.table("en").column("user")
    assert later.to_json()["days"] == 30
    # A grant that came into the role lately is too young as well.
    role = company.crm.find("crm_role", "name == 'rep'")[0]
    wider = [*role["grants"], {"module": "deal", "operations": ["create"], "where": None}]
    with company.crm.work() as work:
        work.update("crm_role", role.id, {"grants": wider})
    assert not [
        one for one in unused(company.crm, 30).grants if one.module == "deal" and one.role == "rep"
    ]
    clock.advance(timedelta(days=31))
    assert [
        one for one in unused(company.crm, 30).grants if one.module == "deal" and one.role == "rep"
    ]
    del idle


def test_a_campaign_is_begun_in_steps_and_goes_on_after_a_crash(
    company: Company, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "STEP_ITEMS", 2)
    begun(company, clock)
    company.user("老李", REP)
    whole = start(company.crm, "whole", op_id="whole")
    assert (whole.state, whole.is_sound) == ("open", True)
    assert len(whole.items) > 4
    # Again, it is the same review; another one is another request.
    assert start(company.crm, "whole", op_id="whole") == whole
    with pytest.raises(OpMismatch):
        start(company.crm, "other", op_id="whole")

    step, steps = starting._Start._step, list[int]()

    def killed(self: Any, items: Any, is_last: bool) -> None:
        if len(steps) == 2:
            raise KeyboardInterrupt
        steps.append(len(items))
        step(self, items, is_last)

    monkeypatch.setattr(starting._Start, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        start(company.crm, "halves", op_id="halves")
    monkeypatch.setattr(starting._Start, "_step", step)
    half = campaign(company.crm, "halves")
    assert (half.state, len(half.items), half.is_sound) == ("preparing", 4, False)
    for act in (
        lambda: decide(company.crm.as_("auditor"), half.id, [half.items[0].id], "keep"),
        lambda: close(company.crm, half.id),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.code == "review_preparing"
    found = start(company.crm, "halves", op_id="halves")
    assert (found.id, found.state, found.is_sound) == (half.id, "open", True)
    named = [(one.sort, one.holder, one.entry, one.role) for one in found.items]
    assert sorted(map(repr, named)) == sorted(
        repr((one.sort, one.holder, one.entry, one.role)) for one in whole.items
    )
