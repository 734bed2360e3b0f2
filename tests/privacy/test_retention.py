"""What is due is told first and done then, record by record, by the clock of the workspace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.privacy.conftest import NAME, World, code_of

from crmcore import audit, evolving, privacy
from crmcore.access import System
from crmcore.errors import AccessDenied, CrmError, Invalid, NotFound, QueryError, SchemaError
from crmcore.privacy import retention
from crmcore.privacy.retention import Rule

OLD = Rule("leavers", "contact", "updated_at < now - 365d", "anonymise", "policy 7")
VISITS = Rule("visits", "拜访", "created_at < now - 30d", "delete")
YEAR = timedelta(days=400)


def test_what_is_due_is_told_and_then_done(world: World) -> None:
    crm = world.crm
    retention.keep(crm, OLD)
    assert retention.rules(crm) == (OLD,)
    assert [(one.count, one.examples) for one in retention.preview(crm)] == [(0, ())]
    assert [one.count for one in retention.apply(crm)] == [0]
    world.clock.advance(YEAR)
    before = audit.head(crm).position
    told = retention.preview(crm)
    assert [(one.rule, one.count, one.problem) for one in told] == [(OLD, 2, None)]
    assert dict(told[0].examples) == {world.person: NAME, world.other: "赵六other"}
    assert audit.head(crm).position == before
    assert [(one.count, one.refused) for one in retention.apply(crm)] == [(2, ())]
    assert str(crm.get("contact", world.person)["name"]) == "▇▇"
    assert {one.reason for one in privacy.erasures(crm)} == {"retention: leavers"}
    assert audit.verify(crm).is_sound
    # Nothing is left to do, until somebody writes something again.
    assert retention.preview(crm)[0].count == 0
    assert retention.apply(crm)[0].count == 0
    with crm.work() as work:
        work.update("contact", world.other, {"name": "new name"})
    assert retention.preview(crm)[0].count == 0
    world.clock.advance(YEAR)
    assert [one for one, _ in retention.preview(crm)[0].examples] == [world.other]


def test_delete_removes_as_people_do(world: World) -> None:
    crm = world.crm
    retention.keep(crm, VISITS)
    retention.keep(crm, Rule("contacts", "contact", "updated_at < now - 30d", "delete"))
    with crm.work() as work:
        work.create("invoice", {"number": "1", "contact": world.person})
    world.clock.advance(timedelta(days=31))
    visit = crm.find("visit")[0].id
    done = {one.rule.name: one for one in retention.apply(crm)}
    assert {name: one.count for name, one in done.items()} == {"visits": 1, "contacts": 1}
    assert [one.code for one in done["contacts"].refused] == ["in_use"]
    assert [one.id for one in crm.find("contact")] == [world.person]
    removal = crm.history("visit", visit)[-1]
    told = crm.as_(System("look")).get("crm_operation", removal.operation)
    assert told["reason"] == "retention: visits"
    crm.undo(removal.operation)
    assert crm.get("visit", visit)["report"] is not None


def test_erase_is_that_of_persons(local: World) -> None:
    retention.keep(local.crm, evolve(OLD, action="erase", where=f"name == '{NAME}'"))
    assert retention.apply(local.crm)[0].count == 1
    assert [one.id for one in local.crm.find("contact")] == [local.other]
    assert [one.subject for one in privacy.erasures(local.crm)] == [local.person]


def test_restricted_records_are_only_stored(world: World) -> None:
    privacy.restrict(world.crm, "contact", world.person)
    retention.keep(world.crm, OLD)
    retention.keep(world.crm, VISITS)
    world.clock.advance(YEAR)
    found = {one.rule.name: one for one in retention.preview(world.crm)}
    assert [one for one, _ in found["leavers"].examples] == [world.other]
    assert found["visits"].count == 0
    assert [one.count for one in retention.apply(world.crm)] == [1, 0]
    privacy.release(world.crm, "contact", world.person)
    assert [one.count for one in retention.apply(world.crm, ["leavers"])] == [1]


def test_whoever_calls_again_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    retention.keep(world.crm, OLD)
    world.clock.advance(YEAR)
    real, calls = retention.carry_out, list[str]()

    def dies(unit, asked, backend):  # type: ignore[no-untyped-def]
        calls.append(asked.subject)
        made = real(unit, asked, backend)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(retention, "carry_out", dies)
    with pytest.raises(KeyboardInterrupt):
        retention.apply(world.crm)
    assert [one.subject for one in privacy.erasures(world.crm)] == calls[:1]
    assert [one.count for one in retention.apply(world.crm)] == [1]
    assert {one.subject for one in privacy.erasures(world.crm)} == set(calls)
    assert len(calls) == 3
    assert audit.verify(world.crm).is_sound


def test_a_rule_is_looked_at_again_for_each_record(
    local: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, real = local.crm, retention.carry_out
    retention.keep(crm, evolve(OLD, where="birthday == null or name == 'stays'"))
    retention.keep(crm, evolve(OLD, where="updated_at < now - 365d"))
    local.clock.advance(YEAR)

    def touches(unit, asked, backend):  # type: ignore[no-untyped-def]
        made = real(unit, asked, backend)
        other = local.other if asked.subject == local.person else local.person
        unit.system_door.update(
            unit.session.schema.module("contact"), [(other, None, {"remark": "in use again"})]
        )
        return made

    monkeypatch.setattr(retention, "carry_out", touches)
    assert retention.apply(crm)[0].count == 1
    assert len(privacy.erasures(crm)) == 1


def test_rules_have_a_history_and_an_end(local: World) -> None:
    crm = local.crm
    retention.keep(crm, OLD)
    retention.keep(crm, evolve(OLD, where="updated_at < now - 730d"))
    system = crm.as_(System("look"))
    record = system.find("crm_retention")[0].id
    assert len(system.history("crm_retention", record)) == 2
    retention.drop(crm, "leavers")
    assert retention.rules(crm) == ()
    for call in (lambda: retention.drop(crm, "leavers"), lambda: retention.apply(crm, ["x"])):
        with pytest.raises(NotFound):
            call()


def test_a_rule_that_makes_no_sense_is_refused(local: World) -> None:
    crm = local.crm
    for rule, kind, code in (
        (evolve(OLD, where="nothing == 1"), QueryError, "unknown_field"),
        (evolve(OLD, module="nothing"), SchemaError, "unknown_module"),
        (evolve(OLD, module="crm_user"), Invalid, "not_a_subject"),
        (evolve(OLD, action="burn"), Invalid, "unknown_action"),
    ):  # fmt: skip
        with pytest.raises(kind) as error:
            retention.keep(crm, rule)
        assert code_of(error) == code
    assert retention.rules(crm) == ()
    retention.keep(crm, evolve(OLD, where="birthday == null"))
    change = {"contact": {"fields": {"birthday": {"retire": True}}}}
    document = evolving.document_of({"partial": True, "modules": change})
    evolving.apply(crm, evolving.plan(crm, document))
    told = retention.preview(crm)[0]
    assert told.problem is not None
    assert told.problem.code == "unknown_field"
    assert [one.code for one in retention.apply(crm)[0].refused] == ["unknown_field"]


def test_who_may_not_configure_keeps_no_rules(local: World) -> None:
    rep = local.crm.as_("xw")
    for call in (
        lambda: retention.keep(rep, OLD),
        lambda: retention.drop(rep, "leavers"),
        lambda: retention.rules(rep),
        lambda: retention.preview(rep),
        lambda: retention.apply(rep),
    ):
        with pytest.raises((AccessDenied, CrmError)) as error:
            call()
        assert isinstance(error.value, AccessDenied)
