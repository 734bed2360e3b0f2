"""What a plan says: steps, consequences in numbers, refusals; and that it can be stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.evolving.conftest import applied, edited, fields

from crmcore import Workspace, evolving
from crmcore.errors import AccessDenied, Invalid, SchemaError, Stale
from crmcore.evolving import Consequence, Plan, plan_from_json, plan_text


def planned(crm: Workspace, edit: Any) -> Plan:
    return evolving.plan(crm, edited(crm, edit))


def one(plan: Plan, effect: str) -> Consequence:
    (found,) = [one for one in plan.consequences if one.effect == effect]
    return found


def steps(plan: Plan) -> list[str]:
    return [str(step) for step in plan.steps]


def names(crm: Workspace, consequence: Consequence) -> set[object]:
    ids = [record for example in consequence.examples for record in example.records]
    return {crm.get("account", record)["name"] for record in ids}


def test_a_pulled_document_asks_for_nothing(crm: Workspace) -> None:
    plan = planned(crm, lambda data: None)
    assert plan.is_empty
    assert plan_text(plan) == "nothing to do"
    assert plan_text(plan, "zh") == "无需更改"
    assert evolving.apply(crm, plan).operation is None


def test_fields_are_added_renamed_relabeled_retired(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        found = fields(data)
        found["since"] = {"kind": "date", "label": "合作日期"}
        found["town"] = {**found.pop("city"), "renamed_from": "city"}
        found["size"]["retire"] = True
        found["name"]["label"] = "公司名称"
        found["amount"]["maximum"] = "100"

    plan = planned(crm, edit)
    assert set(steps(plan)) == {
        "add_field account.since (date)",
        "rename_field account.town (city)",
        "relabel_field account.town",
        "retire_field account.size",
        "relabel_field account.name",
        "change_field account.amount (maximum: – → 100)",
        "change_module account",
    }
    assert one(plan, "hidden").count == 3
    done = applied(crm, edit)
    assert done.operation is not None
    assert len(crm.find("account", "town == '上海' and city == '上海' and 城市 == '上海'")) == 2
    assert len(crm.find("account", "公司名称 == '甲' and 客户名称 == '甲'")) == 1
    assert planned(crm, lambda data: None).is_empty
    with pytest.raises(SchemaError, match="size"):
        crm.schema.module("account").field("size")


def test_numbers_of_what_records_would_notice(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        found = fields(data)
        found["city"]["required"] = True
        found["name"]["max_length"] = 1
        found["code"]["max_length"] = 1
        found["region"]["options"][1]["retire"] = True

    plan = planned(crm, edit)
    assert one(plan, "left_empty").count == 1
    assert names(crm, one(plan, "left_empty")) == {"丙"}
    assert one(plan, "outside").count == 4
    assert {found.value for found in one(plan, "outside").examples} == {"A1", "A2", "A3", "A4"}
    found = one(plan, "retired_in_use")
    assert (found.count, found.detail, names(crm, found)) == (1, "south", {"丁"})
    assert not plan.blocking


@pytest.mark.parametrize("default", [{}, {"default": "x"}])
def test_a_new_field_that_is_required_is_empty_in_every_record(
    crm: Workspace, default: dict[str, str]
) -> None:
    """A default is for records to come: those that are there do not get it."""

    def edit(data: dict[str, Any]) -> None:
        fields(data)["grade"] = {"kind": "text", "required": True, **default}
        fields(data)["note"] = {"kind": "text"}
        fields(data, "deal")["twice"] = {"kind": "integer", "formula": "amount * 2"}

    plan = planned(crm, edit)
    found = one(plan, "left_empty")
    assert (found.module, found.field, found.count) == ("account", "grade", 4)
    assert names(crm, found) == {"甲", "乙", "丙", "丁"}
    assert "account.grade" in plan_text(plan)
    evolving.apply(crm, plan)
    assert len(crm.find("account", "grade == null")) == found.count


def test_a_field_restored_as_required_tells_where_it_is_empty(crm: Workspace) -> None:
    applied(crm, lambda data: fields(data)["city"].update(retire=True))

    def back(data: dict[str, Any]) -> None:
        fields(data)["city"].pop("retire")
        fields(data)["city"]["required"] = True

    found = one(planned(crm, back), "left_empty")
    assert (found.field, found.count, names(crm, found)) == ("city", 1, {"丙"})


def test_a_key_on_a_full_module_tells_what_collides_before_anything_is_written(
    crm: Workspace,
) -> None:
    before = crm.digest("full")

    def edit(data: dict[str, Any]) -> None:
        fields(data)["city"]["unique"] = "exact"
        data["modules"]["account"]["keys"] = [["city", "name"]]

    plan = planned(crm, edit)
    (found,) = plan.blocking
    assert (found.effect, found.field, found.count) == ("colliding", "city", 2)
    assert [len(example.records) for example in found.examples] == [2]
    assert names(crm, found) == {"甲", "乙"}
    with pytest.raises(Invalid) as refused:
        evolving.apply(crm, plan)
    assert refused.value.code == "plan_blocked"
    assert crm.digest("full") == before
    assert [len(one.examples) for one in plan.consequences] == [1]


def test_values_that_do_not_convert_are_named_and_refused(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        fields(data)["size"]["kind"] = "integer"
        del fields(data)["size"]["label"]

    def kinds(data: dict[str, Any]) -> None:
        fields(data)["size"] = {"kind": "integer"}

    plan = planned(crm, kinds)
    assert "change_kind account.size (text → integer)" in steps(plan)
    assert one(plan, "converted").count == 2
    (found,) = plan.blocking
    assert (found.effect, found.count) == ("unconverted", 1)
    assert (found.examples[0].value, found.examples[0].reason) == ("约 50", "not_a_number")
    with pytest.raises(Invalid):
        evolving.apply(crm, plan)
    assert crm.schema.module("account").field("size").kind.name == "text"


def test_rights_are_counted_for_each_user(crm: Workspace) -> None:
    with crm.work() as work:
        role = work.create("crm_role", {"name": "clerk", "grants": []})
        person = work.create("crm_user", {"name": "小王", "login": "wang", "roles": [role.id]})
        work.update("account", crm.find("account", "code == 'A1'")[0].id, {"owner": person.id})

    def edit(data: dict[str, Any]) -> None:
        data["roles"]["clerk"]["grants"] = [
            {"module": "account", "operations": ["read", "update"], "where": "owner == me"},
            {"module": "deal", "operations": "read"},
        ]

    plan = planned(crm, edit)
    told = {
        (one.effect, one.user, one.operation, one.module): one.count for one in plan.consequences
    }
    assert told == {
        ("gained", "小王", "read", "account"): 1,
        ("gained", "小王", "update", "account"): 1,
        ("gained", "小王", "read", "deal"): 2,
    }
    applied(crm, edit)
    assert [one["name"] for one in crm.as_("wang").find("account")] == ["甲"]
    back = planned(crm, lambda data: data["roles"]["clerk"].update(grants=[]))
    assert {(one.effect, one.count) for one in back.consequences} == {("lost", 1), ("lost", 2)}


@pytest.mark.parametrize(
    ("section", "entry", "code", "told"),
    [
        ("grants", {"module": "acount", "operations": ["read"]}, "role_without_module", "account"),
        ("grants", {"module": "客户", "operations": ["read"]}, "role_without_module", "account"),
        (
            "grants",
            {"module": "account", "operations": ["read"], "where": "regin == 'east'"},
            "role_condition",
            "region",
        ),
        (
            "grants",
            {"module": "deal", "operations": ["read"], "scopes": ["via:acount"]},
            "role_without_field",
            "account",
        ),
        (
            "grants",
            {"module": "deal", "operations": ["read"], "scopes": ["via:amount"]},
            "role_without_field",
            "account",
        ),
        ("denials", {"name": "d", "module": "contract"}, "role_without_module", "deal"),
        (
            "denials",
            {"name": "d", "module": "account", "fields": ["cty"]},
            "role_without_field",
            "city",
        ),
        (
            "fields",
            {"module": "account", "fields": ["amounts"], "level": "hidden"},
            "role_without_field",
            "amount",
        ),
        (
            "fields",
            {"module": "*", "fields": ["phone"], "level": "hidden"},
            "role_without_field",
            "city",
        ),
    ],
)
def test_a_role_that_names_what_is_not_there_is_refused(
    crm: Workspace, section: str, entry: dict[str, Any], code: str, told: str
) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["roles"]["clerk"] = {"grants": [], section: [entry]}

    with pytest.raises(SchemaError) as refused:
        planned(crm, edit)
    (problem,) = refused.value.problems
    assert problem.code == code
    assert "clerk" in problem.message()
    assert told in problem.message("zh")


def test_a_role_may_name_what_the_same_document_brings(crm: Workspace) -> None:
    """And a role goes on naming what went: of ready roles, too, which name what may be missing."""

    def edit(data: dict[str, Any]) -> None:
        data["modules"]["visit"] = {"fields": {"day": {"kind": "date"}}}
        grant = {"module": "visit", "operations": "read", "where": "day > today"}
        field = {"module": "*", "fields": "day", "level": "read"}
        data["roles"]["clerk"] = {"grants": [grant], "fields": [field]}
        data["roles"]["service_agent"]["limits"] = {"export": 3}

    applied(crm, edit)
    applied(crm, lambda data: data["modules"]["visit"].update(retire=True))
    applied(crm, lambda data: data["roles"]["clerk"].update(limits={"export": 3}))


def test_roles_and_settings_are_added_changed_and_removed(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        data["roles"]["auditor"] = {
            "label": {"zh": "审计", "en": "Auditor"},
            "grants": [{"module": "*", "operations": ["read"]}],
        }
        data["settings"]["zone"] = "Europe/Berlin"
        data["settings"]["fiscal"] = {"first_month": 4}
        data["roles"]["service_agent"] = {"retire": True}

    assert steps(planned(crm, edit)) == [
        "remove_role service_agent",
        "add_role auditor",
        "change_setting zone",
        "add_setting fiscal",
    ]
    done = applied(crm, edit)
    assert crm.configuration.settings["zone"] in ("Europe/Berlin", "Asia/Shanghai")
    assert planned(crm, lambda data: None).is_empty
    roles = {one["name"] for one in crm.find("crm_role")}
    assert "auditor" in roles
    assert "service_agent" not in roles
    assert done.operation is not None
    crm.undo(done.operation)
    roles = {one["name"] for one in crm.find("crm_role")}
    assert "auditor" not in roles
    assert "service_agent" in roles
    assert crm.configuration.settings["zone"] == "Asia/Shanghai"
    assert "fiscal" not in crm.configuration.settings


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda data: data["modules"].pop("deal"), "module_left_out"),
        (lambda data: fields(data).pop("city"), "vanished"),
        (lambda data: fields(data)["region"]["options"].pop(), "vanished"),
        (lambda data: data["roles"].pop("sales_rep"), "left_out"),
        (lambda data: data["settings"].pop("zone"), "left_out"),
    ],
)
def test_what_vanished_is_refused_unless_the_document_is_partial(
    crm: Workspace, edit: Any, code: str
) -> None:
    with pytest.raises(SchemaError) as refused:
        planned(crm, edit)
    assert [one.code for one in refused.value.problems] == [code]

    def partial(data: dict[str, Any]) -> None:
        edit(data)
        data["partial"] = True

    assert planned(crm, partial).is_empty


def test_formulas_in_a_circle_are_refused_with_its_name(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        found = fields(data)
        found["half"] = {"kind": "decimal", "digits": 2, "formula": "quarter * 2"}
        found["quarter"] = {"kind": "decimal", "digits": 2, "formula": "half / 2"}

    with pytest.raises(SchemaError) as refused:
        planned(crm, edit)
    (problem,) = refused.value.problems
    assert problem.code == "computed_in_circle"
    assert "account.half → account.quarter → account.half" in problem.message("zh")


def test_a_stale_plan_is_refused(crm: Workspace) -> None:
    plan = planned(crm, lambda data: fields(data).update(new={"kind": "text"}))
    applied(crm, lambda data: fields(data).update(other={"kind": "text"}))
    before = crm.digest("full")
    with pytest.raises(Stale) as refused:
        evolving.apply(crm, plan)
    assert refused.value.code == "plan_stale"
    assert crm.digest("full") == before


def test_a_plan_is_stored_and_applied_later(crm: Workspace) -> None:
    plan = planned(crm, lambda data: fields(data)["size"].update(kind="integer"))
    again = plan_from_json(json.loads(json.dumps(plan.to_json())))
    assert again == plan
    assert plan_text(again, "zh") == plan_text(plan, "zh")
    assert "约 50" in plan_text(plan, "zh")
    good = planned(crm, lambda data: fields(data).update(new={"kind": "text"}))
    assert evolving.apply(crm, plan_from_json(good.to_json())).steps == 1
    for bad in ({}, [], {**good.to_json(), "version": 2}, {**good.to_json(), "steps": [{}]}):
        with pytest.raises(SchemaError):
            plan_from_json(bad)


def test_who_may_not_configure_sees_and_changes_nothing(crm: Workspace) -> None:
    with crm.work() as work:
        grant = evolving.pull(crm).to_json()["roles"]
        assert grant
        role = work.create("crm_role", {"name": "none", "grants": []})
        work.create("crm_user", {"name": "外人", "login": "out", "roles": [role.id]})
    plan = planned(crm, lambda data: fields(data).update(new={"kind": "text"}))
    outsider = crm.as_("out")
    for call in (
        lambda: evolving.pull(outsider),
        lambda: evolving.plan(outsider, plan.document),
        lambda: evolving.apply(outsider, plan),
    ):
        with pytest.raises(AccessDenied):
            call()


def test_a_role_that_somebody_holds_is_not_removed(crm: Workspace) -> None:
    before = crm.digest("full")
    with pytest.raises(Invalid, match="in use"):
        applied(crm, lambda data: data["roles"].update(administrator={"retire": True}))
    assert crm.digest("full") == before
