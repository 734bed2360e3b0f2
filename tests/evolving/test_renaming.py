"""Names that are exchanged, given twice, given on: what a document may say in one step."""

from __future__ import annotations

from typing import Any

import pytest
from tests.evolving.conftest import applied, edited, fields

from crmcore import Workspace, evolving
from crmcore.errors import CrmError, SchemaError


def codes(crm: Workspace, edit: Any) -> list[tuple[str, str | None]]:
    """What is told of a document that is refused."""
    with pytest.raises(SchemaError) as refused:
        evolving.plan(crm, edited(crm, edit))
    assert all(one.message("zh") != one.code for one in refused.value.problems)
    return [(one.code, one.field) for one in refused.value.problems]


def test_fields_that_exchange_their_names_are_told_to_take_two_steps(crm: Workspace) -> None:
    def swap(data: dict[str, Any]) -> None:
        found = fields(data)
        found["city"]["renamed_from"], found["size"]["renamed_from"] = "size", "city"

    def circle(data: dict[str, Any]) -> None:
        swap(data)
        fields(data)["city"]["renamed_from"] = "name"
        fields(data)["name"]["renamed_from"] = "size"

    assert codes(crm, swap) == [("renamed_in_circle", "city")]
    assert codes(crm, circle) == [("renamed_in_circle", "name")]

    def first(data: dict[str, Any]) -> None:
        found = fields(data)
        found["town"] = {**found.pop("city"), "renamed_from": "city"}

    def second(data: dict[str, Any]) -> None:
        found = fields(data)
        found["city"] = {**found.pop("size"), "renamed_from": "size"}

    def third(data: dict[str, Any]) -> None:
        found = fields(data)
        found["size"] = {**found.pop("town"), "renamed_from": "town"}

    for step in (first, second, third):
        applied(crm, step)
    (one,) = crm.find("account", "code == 'A1'")
    assert (one["size"], one["city"]) == ("上海", "12")


def test_a_field_does_not_take_the_name_of_one_that_is_there(crm: Workspace) -> None:
    def onto(data: dict[str, Any]) -> None:
        fields(data)["city"]["renamed_from"] = "size"
        fields(data).pop("size")

    def chain(data: dict[str, Any]) -> None:
        found = fields(data)
        found["town"] = {**found["city"], "renamed_from": "city"}
        found["city"] = {**found.pop("size"), "renamed_from": "size"}

    assert ("renamed_onto", "city") in codes(crm, onto)
    assert ("renamed_onto", "city") in codes(crm, chain)


def test_what_was_renamed_may_go_on_saying_so(crm: Workspace) -> None:
    def rename(data: dict[str, Any]) -> None:
        found = fields(data)
        found["town"] = {**found.pop("city"), "renamed_from": "city"}

    def again(data: dict[str, Any]) -> None:
        fields(data)["town"]["renamed_from"] = "city"
        fields(data)["city"] = {"kind": "integer", "label": "另一个"}

    applied(crm, rename)
    applied(crm, again)
    assert evolving.plan(crm, edited(crm, lambda data: again(data))).is_empty
    assert [one["town"] for one in crm.find("account", "code == 'A1'")] == ["上海"]


def test_two_fields_are_not_made_of_one(crm: Workspace) -> None:
    def twice(data: dict[str, Any]) -> None:
        found = fields(data)
        one = found.pop("city")
        found["town"], found["place"] = ({**one, "renamed_from": "city"} for _ in range(2))

    assert codes(crm, twice) == [("renamed_twice", "town")]


def test_two_options_are_not_made_of_one_nor_exchanged(crm: Workspace) -> None:
    def options(*wanted: dict[str, Any]) -> Any:
        return lambda data: fields(data)["region"].update(options=list(wanted))

    former = [{"code": "a", "renamed_from": "east"}, {"code": "b", "renamed_from": "east"}]
    assert ("renamed_twice", "region") in codes(crm, options(*former, {"code": "south"}))
    swap = [
        {"code": "east", "renamed_from": "south"},
        {"code": "south", "renamed_from": "east"},
    ]
    assert codes(crm, options(*swap)) == [("renamed_in_circle", "region")]
    kept = [{"code": "a", "renamed_from": "east"}, {"code": "east"}, {"code": "south"}]
    assert codes(crm, options(*kept)) == [("renamed_and_kept", "region")]
    merged = [
        {"code": "a", "renamed_from": "south"},
        {"code": "south", "merge_into": "east"},
        {"code": "east"},
    ]
    assert ("renamed_twice", "region") in codes(crm, options(*merged))
    both = [{"code": "a", "renamed_from": "east"}, {"code": "b", "renamed_from": "south"}]
    applied(crm, options(*both))
    assert [one["region"] for one in crm.find("account", order="code")] == ["a", None, None, "b"]


def test_what_a_role_says_of_a_field_holds_under_its_new_name(crm: Workspace) -> None:
    read = {"module": "account", "operations": ["read", "update"]}
    through = {"module": "deal", "operations": ["read"], "scopes": ["via:account"]}
    roles = {
        "hider": {"fields": [{"module": "account", "fields": ["city"], "level": "hidden"}]},
        "masker": {"fields": [{"module": "*", "fields": ["city"], "level": "masked"}]},
        "denier": {
            "denials": [
                {"name": "d", "module": "account", "operations": ["read"], "fields": ["city"]}
            ]
        },
    }
    with crm.work() as work:
        for name, rules in roles.items():
            role = work.create("crm_role", {"name": name, "grants": [read, through], **rules})
            work.create("crm_user", {"name": name, "login": name, "roles": [role.id]})
        work.create("crm_setting", {"name": "approvals", "value": {"account": ["city"]}})

    def rename(data: dict[str, Any]) -> None:
        found = fields(data)
        found["town"] = {**found.pop("city"), "renamed_from": "city"}
        found = fields(data, "deal")
        found["customer"] = {**found.pop("account"), "renamed_from": "account"}
        data["modules"]["deal"]["keys"] = [["title", "customer"]]

    applied(crm, rename)
    for login in ("hider", "denier"):
        with pytest.raises(CrmError):
            crm.as_(login).find("account", "town == '上海'")
        assert "town" not in crm.as_(login).find("account")[0]
    assert {one["town"] for one in crm.as_("masker").find("account")} == {"****"}
    assert len(crm.as_("hider").find("deal")) == 2
    (first,) = crm.find("account", "code == 'A1'")
    with crm.work() as work:
        work.update("account", first.id, {"town": "苏州"})
    assert crm.get("account", first.id)["town"] == "上海"


@pytest.mark.parametrize("name", ["customer", "顾客"])
def test_a_module_is_not_renamed_and_the_refusal_says_what_to_do(crm: Workspace, name: str) -> None:
    def rename(data: dict[str, Any]) -> None:
        modules = data["modules"]
        modules[name] = {**modules.pop("account"), "renamed_from": "account"}

    with pytest.raises(SchemaError) as refused:
        evolving.plan(crm, edited(crm, rename))
    (problem,) = refused.value.problems
    assert (problem.code, problem.module) == ("module_renamed", "account")
    assert name in problem.message()
    assert "label" in problem.message()
    assert codes(crm, lambda data: data["modules"]["deal"].update(renamed_from="account")) == [
        ("module_renamed", None)
    ]
    own = edited(crm, lambda data: data["modules"]["deal"].update(renamed_from="deal"))
    assert evolving.plan(crm, own).is_empty


def test_a_module_with_another_label_is_the_same_in_everything(crm: Workspace) -> None:
    with crm.work() as work:
        grant = {"module": "account", "operations": ["read"]}
        role = work.create("crm_role", {"name": "clerk", "grants": [grant]})
        work.create("crm_user", {"name": "clerk", "login": "clerk", "roles": [role.id]})
    (first, *_) = crm.find("account", order="code")
    before = crm.digest().value
    done = applied(crm, lambda data: data["modules"]["account"].update(label="公司"))
    assert crm.digest().value == before
    assert len(crm.find("公司")) == len(crm.find("客户")) == len(crm.as_("clerk").find("公司")) == 4
    assert len(crm.find("deal", "客户.客户名称 == '甲'")) == 1
    assert crm.get("公司", first.id)["deals"] == 1
    assert len(crm.history("公司", first.id)) == 1
    assert crm.schema.module("account").label.synonyms == ("客户",)
    assert done.operation is not None
    crm.undo(done.operation)
    assert crm.schema.module("account").label.zh == "客户"
