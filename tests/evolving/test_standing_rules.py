"""Rules of duties and of retention in a document: planned, applied, pulled, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.evolving.conftest import applied, edited, plain

from crmcore import Workspace, evolving, reviewing
from crmcore.access import Duty, DutyRule
from crmcore.errors import AccessDenied, CrmError, SchemaError, Stale
from crmcore.kinds import Labels
from crmcore.privacy import retention
from crmcore.privacy.retention import Rule

FOUR_EYES_LABEL = {"zh": "四眼", "en": "Four eyes"}
DUTIES: dict[str, Any] = {
    "four_eyes": {
        "label": FOUR_EYES_LABEL,
        "duties": [
            {"operation": "create", "module": "deal"},
            {"operation": "approve", "module": "deal"},
        ],
    }
}
RETENTION = {
    "leavers": {
        "module": "account",
        "where": "城市 == '上海'",
        "action": "anonymise",
        "reason": "policy 7",
    }
}
FOUR_EYES = DutyRule(
    "four_eyes",
    [Duty("create", "deal"), Duty("approve", "deal")],
    label=Labels("四眼", "Four eyes"),
)
LEAVERS = Rule("leavers", "account", "城市 == '上海'", "anonymise", "policy 7")


def give(data: dict[str, Any]) -> None:
    data["duties"] = dict(DUTIES)
    data["retention"] = dict(RETENTION)


def steps(crm: Workspace, **sections: Any) -> list[str]:
    """What a partial document would do."""
    document = evolving.document_of({"partial": True, **sections})
    return [str(one) for one in evolving.plan(crm, document).steps]


def code(crm: Workspace, **sections: Any) -> list[str]:
    """Why a partial document is refused."""
    with pytest.raises(SchemaError) as error:
        evolving.plan(crm, evolving.document_of({"partial": True, **sections}))
    return [one.code for one in error.value.problems]


def test_rules_are_planned_applied_pulled_and_taken_back(crm: Workspace, tmp_path: Path) -> None:
    before = evolving.pull(crm)
    assert (before.section("duties"), before.section("retention")) == ({}, {})
    plan = evolving.plan(crm, edited(crm, give))
    assert [str(one) for one in plan.steps] == [
        "add_duty_rule four_eyes",
        "add_retention_rule leavers",
    ]
    (due,) = [one for one in plan.consequences if one.effect == "due"]
    assert (due.module, due.count, len(due.examples)) == ("account", 2, 2)
    for language, told in (
        ("en", ["+ duties kept apart: four_eyes", "2 records are due by the retention rule"]),
        ("zh", ["新增职责分离规则 four_eyes", "现有 2 条记录到期"]),
    ):
        text = evolving.plan_text(plan, language)  # type: ignore[arg-type]
        assert all(one in text for one in told)
    assert evolving.plan_from_json(plan.to_json()) == plan
    done = evolving.apply(crm, plan)
    assert done.operation is not None
    assert retention.rules(crm) == (LEAVERS,)
    after = evolving.pull(crm)
    assert after.section("retention") == RETENTION
    written = after.section("duties")
    assert written is not None
    assert written["four_eyes"] == {**DUTIES["four_eyes"], "block": True}
    for name in ("config", "crm.toml", "crm.json", "crm.yaml"):
        evolving.write_files(after, tmp_path / name)
        assert evolving.read_files(tmp_path / name) == after
        assert evolving.plan(crm, evolving.read_files(tmp_path / name)).is_empty
    crm.undo(done.operation)
    undone = evolving.pull(crm)
    assert (undone.section("duties"), undone.section("retention")) == ({}, {})


def test_what_is_set_elsewhere_is_what_is_pulled(crm: Workspace) -> None:
    reviewing.separate(crm, evolve(FOUR_EYES, duties=[Duty("create", "商机"), Duty("approve")]))
    retention.keep(crm, evolve(LEAVERS, module="客户", reason=None))
    document = evolving.pull(crm)
    assert evolving.plan(crm, document).is_empty
    # Any other spelling of what is there changes nothing.
    data: Any = plain(document.to_json())
    duties = [{"operation": "create", "module": "deal"}, {"operation": "approve"}]
    data["duties"]["four_eyes"] = {"label": FOUR_EYES_LABEL, "duties": duties}
    assert evolving.plan(crm, evolving.document_of(data)).is_empty


def test_a_rule_set_meanwhile_makes_a_plan_stale(crm: Workspace) -> None:
    plan = evolving.plan(crm, edited(crm, give))
    retention.keep(crm, evolve(LEAVERS, name="other"))
    with pytest.raises(Stale) as error:
        evolving.apply(crm, plan)
    assert error.value.code == "plan_stale"
    assert [one.name for one in retention.rules(crm)] == ["other"]


def test_rules_named_in_part_keep_the_rest(crm: Workspace) -> None:
    applied(crm, give)
    assert steps(crm, duties={}, retention={}) == []
    assert steps(crm, duties={"four_eyes": {}}, retention={"leavers": {}}) == []
    assert steps(crm, retention={"leavers": {"action": "delete"}}) == [
        "change_retention_rule leavers"
    ]
    change = {"four_eyes": {"block": False}}
    assert steps(crm, duties=change) == ["change_duty_rule four_eyes"]
    evolving.apply(
        crm, evolving.plan(crm, evolving.document_of({"partial": True, "duties": change}))
    )
    assert evolving.pull(crm).to_json()["duties"] == {
        "four_eyes": {**DUTIES["four_eyes"], "block": False}
    }
    assert retention.rules(crm) == (LEAVERS,)


def test_a_rule_ends_when_a_file_says_so_and_not_when_it_is_left_out(crm: Workspace) -> None:
    applied(crm, give)

    def left_out(data: dict[str, Any]) -> None:
        data["duties"], data["retention"] = {}, {}

    with pytest.raises(SchemaError) as error:
        evolving.plan(crm, edited(crm, left_out))
    assert error.value.code == "left_out"
    ended = {"four_eyes": {"retire": True}}, {"leavers": {"retire": True}, "gone": {"retire": True}}
    assert steps(crm, duties=ended[0], retention=ended[1]) == [
        "remove_duty_rule four_eyes",
        "remove_retention_rule leavers",
    ]

    def end(data: dict[str, Any]) -> None:
        data["duties"], data["retention"] = ended

    done = applied(crm, end)
    assert retention.rules(crm) == ()
    assert done.operation is not None
    crm.undo(done.operation)
    assert retention.rules(crm) == (LEAVERS,)


def test_what_a_rule_says_wrong_is_told_by_its_place(crm: Workspace) -> None:
    duties = DUTIES["four_eyes"]["duties"]
    for data, found in (
        ({"duties": duties, "blocks": True}, "bad_duty_rule"),
        ({"duties": duties, "block": "yes"}, "bad_duty_rule"),
        ({"duties": duties, "label": {"fr": "x"}}, "bad_duty_rule"),
        ({"duties": duties[:1]}, "bad_duties"),
        ({}, "bad_duties"),
        ({"duties": [{"operation": "dance"}, duties[0]]}, "unknown_operation"),
    ):
        assert code(crm, duties={"four_eyes": data}) == [found]
    for change, found in (
        ({"where": None}, "bad_retention"),
        ({"when": "x"}, "bad_retention"),
        ({"module": "crm_user"}, "retention_refused"),
        ({"action": "burn"}, "retention_refused"),
        ({"where": "nothing == 1"}, "retention_refused"),
        ({"where": "(("}, "retention_refused"),
    ):
        rule = {**RETENTION["leavers"], **change}
        assert code(crm, retention={"leavers": rule}) == [found]
    assert code(crm, retention={"leavers": {"module": "account"}}) == ["bad_retention"]
    # All at once, each with the name of its rule and what would be there.
    wrong = {"a": {**RETENTION["leavers"], "module": "客户"}, "b": RETENTION["leavers"]}
    apart = {"c": {"duties": [{"operation": "create", "module": "dael"}, duties[0]]}}
    with pytest.raises(SchemaError) as error:
        evolving.plan(
            crm, evolving.document_of({"partial": True, "retention": wrong, "duties": apart})
        )
    told = [
        (one.code, one.params["rule"], one.params["suggestion"]) for one in error.value.problems
    ]
    assert told == [
        ("rule_without_module", "c", "deal"),
        ("rule_without_module", "a", "account"),
    ]


def test_a_rule_may_speak_of_what_the_same_document_makes(crm: Workspace) -> None:
    def more(data: dict[str, Any]) -> None:
        data["modules"]["visit"] = {"fields": {"day": {"kind": "date"}}}
        data["modules"]["account"]["fields"]["left"] = {"kind": "date"}
        data["retention"] = {
            "visits": {"module": "visit", "where": "day < today - 30d", "action": "delete"},
            "left": {"module": "account", "where": "left != null", "action": "delete"},
        }

    applied(crm, more)
    assert [(one.rule.name, one.count) for one in retention.preview(crm)] == [
        ("left", 0),
        ("visits", 0),
    ]


def test_who_comes_to_have_duties_together_and_who_has_them_already(crm: Workspace) -> None:
    grants = [{"module": "deal", "operations": ["create"], "scopes": ["all"]}]
    both = [{"module": "deal", "operations": ["create", "approve"], "scopes": ["all"]}]

    def roles(data: dict[str, Any]) -> None:
        data["roles"]["maker"] = {"grants": grants}
        data["roles"]["both"] = {"grants": both}

    applied(crm, roles)
    named = {one["name"]: one.id for one in crm.find("crm_role")}
    with crm.work() as work:
        work.create("crm_user", {"name": "小王", "login": "xw", "roles": [named["maker"]]})
        work.create("crm_user", {"name": "老李", "login": "ll", "roles": [named["both"]]})

    def apart(data: dict[str, Any]) -> None:
        data["duties"] = dict(DUTIES)

    plan = evolving.plan(crm, edited(crm, apart))
    told = {one.effect: (one.blocks, one.detail) for one in plan.consequences}
    assert told == {"together_already": (False, "four_eyes")}
    assert "老李" in evolving.plan_text(plan)

    def more(data: dict[str, Any]) -> None:
        apart(data)
        data["roles"]["maker"] = {"grants": both}

    plan = evolving.plan(crm, edited(crm, more))
    (found,) = [one for one in plan.consequences if one.effect == "together"]
    assert (found.blocks, found.user, found.count) == (True, "小王", 1)
    with pytest.raises(CrmError) as error:
        evolving.apply(crm, plan)
    assert error.value.code == "plan_blocked"
    applied(crm, apart)
    assert "老李" in {one.name for one in reviewing.conflicts(crm)}
    with pytest.raises(CrmError) as error:
        applied(crm, lambda data: data["roles"].update(maker={"grants": both}))
    assert error.value.code == "plan_blocked"


def test_who_may_not_configure_sees_no_rules(crm: Workspace) -> None:
    applied(crm, give)
    with crm.work() as work:
        work.create("crm_user", {"name": "小王", "login": "xw"})
    for call in (
        lambda: evolving.pull(crm.as_("xw")),
        lambda: evolving.plan(crm.as_("xw"), evolving.document_of({"retention": RETENTION})),
    ):
        with pytest.raises(AccessDenied):
            call()


def test_a_rule_written_as_a_record_is_looked_at(crm: Workspace) -> None:
    sound = {"name": "x", "module": "account", "where": "city == null", "action": "delete"}
    for change, found in (
        ({"action": "burn"}, "unknown_action"),
        ({"where": "(("}, "expression_unfinished"),
    ):  # fmt: skip
        with pytest.raises(CrmError) as error, crm.work() as work:
            work.create("crm_retention", {**sound, **change})
        assert error.value.code == found
    with crm.work() as work:
        work.create("crm_retention", sound)
    assert [one.name for one in retention.rules(crm)] == ["x"]
