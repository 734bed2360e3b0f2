"""Working as somebody else: his rights, one's own name beside it, and no second pair of eyes."""

from __future__ import annotations

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Role
from crmcore.access import System
from crmcore.approving import approve, guard, waiting
from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.work import impersonate

OWN = Role("own", grants=[Grant("account", ("read", "create", "update"), scopes="own")])
EVERY = Role("every", grants=[Grant("account", ("read", "update", "approve"))])
SUPPORT = Role("support", grants=[Grant("*", "impersonate"), Grant("crm_user", "read")])
RULER = Role("ruler", grants=[Grant("*", ("configure", "impersonate"))])


def test_he_has_the_rights_of_the_other_and_none_of_his_own(company: Company) -> None:
    rep, support = company.user("rep", OWN), company.user("support", SUPPORT, EVERY)
    mine, other = company.account("a", rep), company.account("b")
    acting = impersonate(support, "rep", reason="ticket 7")
    assert acting.get("account", mine)["name"] == "a"
    with pytest.raises(NotFound):
        acting.get("account", other)
    with acting.work() as work:
        work.update("account", mine, {"name": "c"})
        operation = work.operation
    record = company.crm.get("account", mine)
    assert record["updated_by"] == rep.principal
    (found,) = company.crm.find("crm_operation", f"op_id == '{operation}'")
    assert (found["user"], found["behalf"]) == (rep.principal, support.principal)
    assert found["reason"] == "ticket 7"


def test_it_is_remembered_even_where_nothing_is_written(company: Company) -> None:
    rep, support = company.user("rep", OWN), company.user("support", SUPPORT)
    acting = impersonate(support, "rep", reason="ticket 7")
    with pytest.raises(NotFound):
        acting.get("account", company.account("b"))
    company.crm._store.keep_notes(at_once=True)
    entries = company.crm.find("crm_audit_entry", f"behalf == '{support.principal}'")
    assert {(one["kind"], one["user"]) for one in entries} == {
        ("impersonation", rep.principal),
        ("denial", rep.principal),
    }
    assert {one["reason"] for one in entries} == {"ticket 7", "not_found"}


def test_nobody_gains_rights_as_another(company: Company) -> None:
    rep, support = company.user("rep", OWN), company.user("support", SUPPORT)
    ruler = company.user("ruler", RULER)
    for who, whom in ((rep, "support"), (rep, "nobody"), (support, "ruler"), (support, "boss")):
        with pytest.raises(AccessDenied):
            impersonate(who, whom, reason="curiosity")
    assert impersonate(ruler, "support", reason="check").find("crm_user")
    with pytest.raises(AccessDenied, match="only a user"):
        impersonate(company.crm.as_(System("repair")), "rep", reason="check")
    for reason in ("", "x" * 101):
        with pytest.raises(Invalid):
            impersonate(ruler, "rep", reason=reason)


def test_it_ends_with_the_right_to_it(company: Company) -> None:
    company.user("rep", OWN)
    support = company.user("support", SUPPORT)
    acting = impersonate(support, "rep", reason="ticket 7")
    assert len(acting.find("account")) == 0
    with company.crm.work() as work:
        work.update("crm_user", str(support.principal), {"roles": None})
    with pytest.raises(AccessDenied):
        acting.find("account")


def test_one_person_is_not_four_eyes(company: Company) -> None:
    company.user("chief", EVERY)
    clerk = company.user("clerk", EVERY, SUPPORT)
    record = company.account("a", amount=1)
    guard(company.crm, "account", ["amount"])
    with clerk.work() as work:
        work.update("account", record, {"amount": 2})
    acting = impersonate(clerk, "chief", reason="shortcut")
    (request,) = waiting(acting)
    with pytest.raises(AccessDenied) as caught, acting.work() as work:
        approve(work, request.id)
    assert caught.value.code == "four_eyes"
    assert company.crm.get("account", record)["amount"] == 1
