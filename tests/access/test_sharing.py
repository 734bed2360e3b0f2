"""Shares, teams and the pool as verbs; changes that wait for a second person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Role, Workspace
from crmcore.access import FieldRule
from crmcore.approving import approve, guard, reject, waiting, withdraw
from crmcore.clock import ManualClock
from crmcore.editing import update
from crmcore.errors import AccessDenied, CapacityExceeded, Conflict, Invalid, NotFound
from crmcore.sharing import claim, join_team, leave_team, release, share, unshare

OWN = Role(
    "rep",
    grants=[
        Grant("account", ("read", "create", "update", "share", "transfer", "delete"), scopes="own"),
        Grant("account", ("read", "update"), scopes=("shared", "team")),
        Grant("account", ("read", "claim"), scopes="pool"),
        Grant("crm_user", "read"),
    ],
)


def pair(company: Company) -> tuple[Workspace, Workspace]:
    return company.user("one", OWN), company.user("other", OWN)


def test_one_opens_ones_own_record_for_a_time(company: Company, clock: ManualClock) -> None:
    one, other = pair(company)
    record = company.account("a", one)
    with pytest.raises(NotFound), other.work() as work:
        share(work, "account", record, user=str(other.principal))
    with one.work() as work:
        until = clock.now() + timedelta(hours=1)
        entry = share(work, "account", record, user=str(other.principal), until=until)
    assert other.get("account", record)["name"] == "a"
    with pytest.raises(AccessDenied), other.work() as work:
        share(work, "account", record, user=str(other.principal), level="full")
    clock.advance(timedelta(hours=1))
    with pytest.raises(NotFound):
        other.get("account", record)
    with pytest.raises(NotFound), other.work() as work:
        unshare(work, entry)
    with one.work() as work:
        unshare(work, entry)
    with pytest.raises(NotFound), one.work() as work:
        unshare(work, entry)


@pytest.mark.parametrize("who", [{}, {"user": "1", "department": "x"}])
def test_a_share_is_with_one(local: Company, who: dict[str, str]) -> None:
    record = local.account("a")
    with pytest.raises(Invalid), local.crm.work() as work:
        share(work, "account", record, **who)  # type: ignore[arg-type]
    with pytest.raises(Invalid), local.crm.work() as work:
        share(work, "account", record, department="x", level="everything")


def test_a_team_comes_and_goes(company: Company) -> None:
    one, other = pair(company)
    record = company.account("a", one)
    user = str(other.principal)
    with one.work() as work:
        join_team(work, "account", record, user, team_role="售前", level="update")
    with other.work() as work:
        work.update("account", record, {"name": "b"})
    with pytest.raises(AccessDenied), other.work() as work:
        leave_team(work, "account", record, str(one.principal))
    with one.work() as work:
        leave_team(work, "account", record, user)
    with pytest.raises(NotFound):
        other.get("account", record)
    with pytest.raises(NotFound), one.work() as work:
        leave_team(work, "account", record, user)


def test_what_is_in_the_pool_is_claimed_by_one(company: Company) -> None:
    one, other = pair(company)
    record = company.account("a", one)
    with pytest.raises(NotFound), other.work() as work:
        claim(work, "account", record)
    with one.work() as work:
        release(work, "account", record)
    # In the pool one may read it, and nothing else.
    for crm in (one, other):
        assert crm.get("account", record)["owner"] is None
        with pytest.raises(AccessDenied), crm.work() as work:
            work.update("account", record, {"name": "x"})
    with other.work() as work:
        claim(work, "account", record)
    assert other.get("account", record)["owner"] == other.principal
    with pytest.raises(NotFound), one.work() as work:
        claim(work, "account", record)
    with pytest.raises((AccessDenied, Conflict)), other.work() as work:
        claim(work, "account", record)
    undone = company.crm.undo(company.crm.history("account", record)[-1].operation)
    assert not undone.impossible
    assert one.get("account", record)["owner"] is None


def test_only_what_has_an_owner_is_in_a_pool(local: Company) -> None:
    with pytest.raises(Invalid), local.crm.work() as work:
        claim(work, "crm_department", "0" * 32)


APPROVING = Role(
    "chief", grants=[Grant("account", ("read", "update", "approve")), Grant("crm_user", "read")]
)


def test_a_sensitive_change_waits_for_somebody_else(company: Company) -> None:
    guard(company.crm, "account", ["金额"])
    one, other = pair(company)
    chief = company.user("chief", APPROVING)
    record = company.account("a", one, amount=5)
    with one.work() as work:
        made = work.update("account", record, {"name": "b", "amount": 6})
        parked = work.parked
    # The other field of the same call is written.
    assert (made["name"], made["amount"]) == ("b", 5)
    assert len(parked) == 1
    assert [item.changes for item in waiting(chief)] == [{"amount": (5, 6)}]
    assert [item.id for item in waiting(one)] == list(parked)
    assert waiting(other) == []
    with pytest.raises(AccessDenied), one.work() as work:
        approve(work, parked[0])
    with pytest.raises(NotFound), other.work() as work:
        approve(work, parked[0])
    with chief.work() as work:
        approve(work, parked[0], reason="fine")
    assert one.get("account", record)["amount"] == 6
    changes = company.crm.history("account", record)
    assert changes[-1].user == chief.principal
    request = company.crm.find("crm_change_request")[0]
    assert (request["state"], request["user"], request["decided_by"], request["reason"]) == (
        "approved",
        one.principal,
        chief.principal,
        "fine",
    )
    with pytest.raises(NotFound), chief.work() as work:
        approve(work, parked[0])


def test_nobody_decides_his_own_request_whoever_he_is(company: Company) -> None:
    guard(company.crm, "account", ["amount"])
    chief = company.user("chief", APPROVING)
    record = company.account("a", amount=5)
    with chief.work() as work:
        work.update("account", record, {"amount": 6})
        parked = work.parked
    before = company.crm.digest("full")
    for decide in (approve, reject):
        with pytest.raises(AccessDenied) as refused, chief.work() as work:
            decide(work, parked[0])
        assert refused.value.code == "four_eyes"
    assert company.crm.digest("full") == before
    with chief.work() as work:
        withdraw(work, parked[0])
    assert waiting(chief) == []


def test_what_changed_meanwhile_is_not_approved(company: Company) -> None:
    guard(company.crm, "account", ["amount"])
    one, other = company.user("one", APPROVING), company.user("other", APPROVING)
    record = company.account("a", amount=5)
    requests = []
    for crm, amount in ((one, 6), (one, 7), (one, 8)):
        with crm.work() as work:
            work.update("account", record, {"amount": amount})
            requests.extend(work.parked)
    with other.work() as work:
        reject(work, requests[2], reason="no")
    with other.work() as work:
        approve(work, requests[0])
    with pytest.raises(Conflict), other.work() as work:
        approve(work, requests[1])
    assert other.get("account", record)["amount"] == 6
    # An undo is a change too: it needs the right to approve.
    rep = company.user("rep", Role("all", grants=[Grant("account", ("read", "update"))]))
    operation = company.crm.history("account", record)[-1].operation
    with pytest.raises((AccessDenied, NotFound)):
        rep.undo(operation)
    guard(company.crm, "account", [])
    with one.work() as work:
        work.update("account", record, {"amount": 9})
    assert other.get("account", record)["amount"] == 9


def test_a_batch_is_a_right_of_its_own_with_a_limit(company: Company) -> None:
    grants = [Grant("account", ("read", "update"))]
    rep = company.user("rep", Role("rep", grants=grants))
    bulk = [*grants, Grant("account", "bulk_update")]
    lead = company.user("lead", Role("lead", grants=bulk, limits={"bulk_update": 2}))
    for name in "abc":
        company.account(name)
    before = company.crm.digest("full")
    with pytest.raises(AccessDenied):
        update(rep, "account", None, {"code": None, "region": "east"})
    with pytest.raises(CapacityExceeded):
        update(lead, "account", None, {"region": "east"})
    assert company.crm.digest("full") == before
    assert update(lead, "account", "name in ['a', 'b']", {"region": "east"}).count == 2


def test_a_batch_writes_no_field_that_one_may_not(company: Company) -> None:
    grant = Grant("account", ("read", "update", "bulk_update"))
    rules = [
        FieldRule("account", "amount", "read"),
        FieldRule("account", "region", "read", where="owner != me"),
    ]
    rep = company.user("rep", Role("rep", grants=[grant], fields=rules))
    company.account("a", amount=1)
    mine = company.account("b", rep, amount=1)
    for change in ({"amount": 2}, {"region": "east"}, {"owner": rep.principal}):
        with pytest.raises(AccessDenied):
            update(rep, "account", "name == 'a'", change)
    assert update(rep, "account", "name == 'b'", {"region": "east"}).count == 1
    assert company.crm.get("account", mine)["region"] == "east"
