"""Duties kept apart: refused where a rule blocks, listed where it does not, told by plans."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.access.conftest import Company

from crmcore import Grant, Role
from crmcore.access import Denial
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, Invalid, NotFound, SchemaError
from crmcore.evolving import Document, apply, plan, plan_from_json, plan_text
from crmcore.reviewing import Duty, DutyRule, conflict_table, conflicts, separate, unite

MAKING = Role("making", grants=[Grant("account", ("read", "create"))])
DECIDING = Role("deciding", grants=[Grant("account", ("read", "approve"))])
APART = DutyRule("four eyes", [Duty("create", "客户"), Duty("approve", "account")], label="四眼")


def roles(company: Company) -> tuple[str, str]:
    return company.role(MAKING), company.role(DECIDING)


def test_nobody_comes_to_have_what_is_kept_apart(company: Company, clock: ManualClock) -> None:
    making, deciding = roles(company)
    one = str(company.user("one", MAKING).principal)
    separate(company.crm, APART)
    before = company.crm.digest("full")
    third = DECIDING.grants[0]

    def user() -> None:
        with company.crm.work() as work:
            work.update("crm_user", one, {"roles": [making, deciding]})

    def role() -> None:
        with company.crm.work() as work:
            grants = [{"module": "*", "operations": ["approve"], "where": None}]
            kept = [{"module": "account", "operations": ["read", "create"], "where": None}]
            work.update("crm_role", making, {"grants": [*kept, *grants]})

    def later() -> None:
        with company.crm.work() as work:
            begins = clock.now() + timedelta(days=9)
            given = {"user": one, "role": deciding, "valid_from": begins}
            work.create("crm_role_assignment", given)

    def anew() -> None:
        with company.crm.work() as work:
            work.create("crm_user", {"name": "two", "roles": [making, deciding]})

    for act in (user, role, later, anew):
        with pytest.raises(Invalid) as refused:
            act()
        assert refused.value.code == "duties_together"
        assert "four eyes" in refused.value.message("en")
    assert company.crm.digest("full") == before
    # Over, it is nothing any more; and a denial takes a duty away.
    with company.crm.work() as work:
        ended = {"user": one, "role": deciding, "valid_until": clock.now() - timedelta(days=1)}
        work.create("crm_role_assignment", ended)
    company.user(
        "denied", MAKING, DECIDING, Role("no", denials=[Denial("n", "account", "approve")])
    )
    assert third.operations == ("read", "approve")


def test_who_had_it_before_is_listed_and_keeps_working(company: Company) -> None:
    making, deciding = roles(company)
    company.user("both", MAKING, DECIDING)
    separate(company.crm, DutyRule("four eyes", APART.duties))
    found = {(one.rule.name, one.name) for one in conflicts(company.crm)}
    # The owner of a new workspace may everything.
    assert found == {("four eyes", "both"), ("four eyes", "boss")}
    company.user("other", MAKING)
    with company.crm.work() as work:
        both = company.crm.find("crm_user", "name == 'both'")[0].id
        work.update("crm_user", both, {"job_title": "x"})
    unite(company.crm, "four eyes")
    assert conflicts(company.crm) == []
    company.user("again", MAKING, DECIDING)
    with pytest.raises(NotFound):
        unite(company.crm, "four eyes")
    del making, deciding


def test_a_rule_that_only_tells_refuses_nothing(company: Company) -> None:
    rule = DutyRule("told", [Duty("create"), Duty("approve")], block=False, label="告知")
    operation = separate(company.crm, rule)
    company.user("both", MAKING, DECIDING)
    company.user("across", MAKING, Role("deals", grants=[Grant("deal", ("read", "approve"))]))
    found = [one for one in conflicts(company.crm) if one.name != "boss"]
    # Any module, but one and the same.
    assert [(one.name, one.places) for one in found] == [
        ("both", (("account", "create"), ("account", "approve")))
    ]
    table = conflict_table(company.crm, found)
    assert next(table.rows()) == ("告知", "both", "新建 客户; 审批 客户")
    separate(company.crm, DutyRule("told", APART.duties, label="四眼"))
    assert company.crm.find("crm_duty_rule")[0]["label_zh"] == "四眼"
    company.crm.undo(
        company.crm.history("crm_duty_rule", company.crm.find("crm_duty_rule")[0].id)[-1].operation
    )
    assert company.crm.find("crm_duty_rule")[0]["label_zh"] == "告知"
    assert company.crm.configuration.duties == (rule,)
    company.crm.undo(operation)
    with pytest.raises(Invalid), company.crm.work() as work:
        work.create("crm_duty_rule", {"name": "x", "duties": [{"operation": "fly"}]})


def test_rules_are_set_by_who_configures(company: Company) -> None:
    rep = company.user("one", MAKING)
    before = company.crm.digest("full")
    for act in (
        lambda: separate(rep, APART),
        lambda: unite(rep, "x"),
        lambda: conflicts(rep),
    ):
        with pytest.raises(AccessDenied):
            act()
    with pytest.raises(SchemaError):
        separate(company.crm, DutyRule("x", [Duty("create", "nothing"), Duty("approve")]))
    with pytest.raises(SchemaError):
        DutyRule("x", [Duty("create")])
    assert company.crm.digest("full") == before


def test_a_plan_tells_and_refuses_what_is_kept_apart(company: Company) -> None:
    one, crm = company.user("one", MAKING), company.crm
    grants = {"module": "account", "operations": ["read", "create", "approve"]}
    document = Document({"roles": {"making": {"grants": [grants]}}}, partial=True)
    for block in (False, True):
        separate(crm, DutyRule("four eyes", APART.duties, block))
        found = plan(crm, document)
        told = [one for one in found.consequences if one.effect == "together"]
        assert [(it.count, it.user, it.detail, it.blocks) for it in told] == [
            (1, "one", "four eyes", block)
        ]
        assert told[0].examples[0].records == (one.principal,)
        assert "four eyes" in plan_text(found, "en")
        assert plan_from_json(found.to_json()) == found
    with pytest.raises(Invalid) as refused:
        apply(crm, found)
    assert refused.value.code == "plan_blocked"
    unite(crm, "four eyes")
    assert apply(crm, plan(crm, document)).operation is not None
