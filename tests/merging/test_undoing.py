"""An undo of a merge takes back what policy did for it, and nothing else in its name."""

from __future__ import annotations

import pytest
from tests.access.conftest import Company
from tests.merging.conftest import FREELY, REP, made
from tests.merging.test_merging import merged

from crmcore import Grant, Role, System
from crmcore.access import FieldRule, role_values
from crmcore.approving import guard, waiting
from crmcore.errors import NotFound
from crmcore.merging import merge, survivor
from crmcore.privacy import consent, consents
from crmcore.sharing import share, unshare


def test_what_does_not_come_back_takes_nothing_along(company: Company) -> None:
    crm, rep, other = company.crm, company.user("rep", REP), company.user("other", REP)
    a, b = made(crm, "account", name="a"), made(crm, "account", name="b", code="B")
    with crm.work() as work:
        share(work, "account", b, user=str(other.principal))
    consent(crm, "account", b, "sales")
    operation, _ = merged(rep, a, b)
    with crm.work() as work:
        work.update("account", a, {"code": "A"})
    made(crm, "account", name="taker", code="B")
    done = rep.undo(operation)
    assert [(one.record, one.reason) for one in done.impossible] == [(b, "value_taken")]
    look = crm.as_(System("look"))
    assert [one["record"] for one in look.find("crm_share")] == [a]
    assert [one.purpose for one in consents(crm, "account", a)] == ["sales"]
    assert survivor(crm, "account", b).id == a


def test_no_share_comes_back_beside_a_merge(company: Company) -> None:
    reading = [Grant("account", ("read", "share"), scopes="shared"), Grant("crm_user", "read")]
    own = Grant("account", FREELY, scopes="own")
    one = company.user("one", Role("r", grants=[own, *reading]))
    secret = company.account("secret")
    with company.crm.work() as work:
        found = share(work, "account", secret, user=str(one.principal), level="full")
    a, b = made(one, "account", name="a"), made(one, "account", name="b")
    with one.work() as work:
        merge(work, "account", a, [b])
        unshare(work, found)
        operation = work.operation
    with company.crm.work() as work:
        role = work.find("crm_role", "name == 'r'")[0]
        less = role_values(Role("r", grants=reading))
        work.update("crm_role", role.id, {"grants": less["grants"]})
    assert one.undo(operation).impossible
    with pytest.raises(NotFound):
        one.get("account", secret)


def test_a_hidden_link_that_policy_let_go_comes_back_without_a_word(company: Company) -> None:
    rule = FieldRule("account", "parent", "hidden")
    one = company.user("one", Role("r", grants=REP.grants, fields=[rule]))
    b = company.account("b", one, phone="021-62345678")
    a = company.account("a", one, parent=b)
    before = company.crm.digest().value
    operation, found = merged(one, a, b)
    assert found.taken == {"phone": b}
    assert company.crm.get("account", a)["parent"] is None
    done = one.undo(operation)
    assert {fate.field for fate in done.restored} == {"phone", None}
    assert (done.kept, done.impossible) == ((), ())
    assert company.crm.digest().value == before


def test_a_link_that_waits_for_approval_leads_nowhere_gone(company: Company) -> None:
    crm = company.crm
    top = made(crm, "account", name="top")
    b = made(crm, "account", name="b", parent=top)
    a = made(crm, "account", name="a", parent=b)
    guard(crm, "account", ["parent"])
    operation, found = merged(crm, a, b)
    assert (found.taken, len(found.parked)) == ({}, 1)
    assert crm.get("account", a)["parent"] is None
    assert not crm.undo(operation).impossible
    assert crm.get("account", a)["parent"] == b
    # What was asked for in the merge is asked for no more.
    assert waiting(crm) == []


def test_an_undo_tells_nothing_of_what_policy_did_out_of_sight(company: Company) -> None:
    only = Grant("account", FREELY)
    one = company.user("one", Role("r", grants=[only, Grant("crm_user", "read")]))
    record = company.account("a", one)
    note = made(company.crm, "note", text="n", of=record, about=[record])
    with one.work() as work:
        work.delete("account", record)
        operation = work.operation
    for done in (one.undo(operation, preview=True), one.undo(operation)):
        fates = (*done.restored, *done.kept, *done.impossible)
        assert not [fate for fate in fates if fate.module == "note" or fate.record == note]
        assert [(fate.module, fate.record) for fate in done.impossible] == [("", "")]
