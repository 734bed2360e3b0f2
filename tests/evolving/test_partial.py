"""Partial documents: what they do not mention stays, of things they name, too."""

from __future__ import annotations

from typing import Any

import pytest
from tests.evolving.conftest import applied, edited, fields

from crmcore import Workspace, evolving
from crmcore.kinds import Labels


def steps(crm: Workspace, modules: dict[str, Any], **more: Any) -> list[str]:
    """What a partial document would do."""
    data = {"partial": True, "modules": modules, **more}
    return [str(one) for one in evolving.plan(crm, evolving.document_of(data)).steps]


@pytest.mark.parametrize("name", ["deal", "商机"])
def test_a_module_named_in_part_keeps_what_it_does_not_mention(crm: Workspace, name: str) -> None:
    deal = crm.schema.module("deal")
    assert deal.keys
    assert steps(crm, {name: {}}) == []
    assert steps(crm, {name: {"fields": {"stage": {"kind": "text"}}}}) == [
        "add_field deal.stage (text)"
    ]
    assert steps(crm, {name: {"help": "h"}}) == ["change_module deal"]
    assert steps(crm, {name: {"keys": []}}) == ["drop_key deal.title+account"]


def test_a_field_and_an_option_named_in_part_keep_what_they_do_not_mention(crm: Workspace) -> None:
    def found(name: str, **data: Any) -> list[str]:
        return steps(crm, {"account": {"fields": {name: data}}})

    assert found("code") == []
    assert found("double") == []
    assert found("deals") == []
    assert found("客户编号") == []
    assert found("code", required=True) == ["change_field account.code (required: False → True)"]
    assert found("region", options=["south", "east"]) == ["order_options account.region"]
    assert found("region", options=[{"code": "east", "retire": True}]) == [
        "retire_option account.region (east)"
    ]
    assert found("region", kind="multi_choice") == [
        "change_kind account.region (choice → multi_choice)"
    ]
    assert found("double", formula="amount * 3") == ["compute_field account.double"]
    assert found("town", renamed_from="city") == [
        "rename_field account.town (city)",
        "relabel_field account.town",
    ]


def test_a_field_renamed_in_part_keeps_its_place_in_title_keys_and_templates(
    crm: Workspace,
) -> None:
    def more(data: dict[str, Any]) -> None:
        data["modules"]["deal"]["templates"] = [
            {
                "name": "quick",
                "fields": ["title", "amount"],
                "required": ["title"],
                "presets": {"amount": {"value": 1}},
            }
        ]

    applied(crm, more)
    renamed = {"subject": {"renamed_from": "title"}, "sum": {"renamed_from": "amount"}}
    data = {"partial": True, "modules": {"deal": {"fields": renamed}}}
    evolving.apply(crm, evolving.plan(crm, evolving.document_of(data)))
    deal = crm.schema.module("deal")
    (template,) = deal.templates
    assert (deal.title, [one.fields for one in deal.keys]) == ("subject", [("subject", "account")])
    assert (template.fields, template.required) == (("subject", "sum"), ("subject",))
    assert dict(template.presets) == {"sum": 1}


def test_what_is_retired_stays_so_until_a_partial_document_says_otherwise(crm: Workspace) -> None:
    def retire(data: dict[str, Any]) -> None:
        fields(data)["city"]["retire"] = True
        data["modules"]["visit"] = {"retire": True, "fields": {"day": {"kind": "date"}}}

    applied(crm, retire)
    assert steps(crm, {"visit": {}, "account": {"fields": {"city": {}}}}) == []
    back = {"visit": {"retire": False}, "account": {"fields": {"city": {"retire": False}}}}
    assert steps(crm, back) == ["restore_field account.city", "restore_module visit"]


def test_labels_in_two_languages_survive_a_partial_document(crm: Workspace) -> None:
    def label(data: dict[str, Any]) -> None:
        data["modules"]["account"]["label"] = {"zh": "客户", "en": "Account"}
        fields(data)["city"]["label"] = {"zh": "城市", "en": "City"}

    applied(crm, label)
    assert steps(crm, {"客户": {"fields": {"城市": {"indexed": True}}}}) == [
        "change_field account.city (indexed: False → True)"
    ]
    assert crm.schema.module("account").label == Labels("客户", "Account")


def test_a_role_named_in_part_keeps_its_grants(crm: Workspace) -> None:
    before = evolving.pull(crm).to_json()["roles"]
    assert isinstance(before, dict)
    data = {"roles": {"sales_rep": {"limits": {"export": 5}}}}
    assert steps(crm, {}, **data) == ["change_role sales_rep"]
    evolving.apply(crm, evolving.plan(crm, evolving.document_of({"partial": True, **data})))
    after = evolving.pull(crm).to_json()["roles"]
    assert isinstance(after, dict)
    assert after["sales_rep"] == {**before["sales_rep"], "limits": {"export": 5}}


def test_every_module_named_in_part_is_as_it_was(crm: Workspace) -> None:
    """A partial document that says of everything only that it is there."""
    modules: Any = edited(crm, lambda data: None).section("modules")
    named = {
        module: {"fields": {name: {} for name in definition["fields"]}}
        for module, definition in modules.items()
    }
    assert steps(crm, named) == []
