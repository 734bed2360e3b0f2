"""Schemas as JSON: there and back, strictly, and the same digest everywhere."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from tests.kinds.strategies import HOSTILE
from tests.schema.strategies import SMALL, schemas

from crmcore.errors import SchemaError
from crmcore.kinds import Choice, Kind, Labels, MoneyKind, MultiChoice, Option
from crmcore.schema import Field, Module, Preset, Schema, check
from crmcore.schema.codec import (
    KINDS,
    digest,
    module_from_json,
    module_to_json,
    schema_from_json,
    schema_to_json,
)
from crmcore.schema.standard import standard_schema


@given(schemas())
def test_a_schema_comes_back_from_json(schema: Schema) -> None:
    check(schema)
    text = json.dumps(schema_to_json(schema))
    back = schema_from_json(json.loads(text))
    assert back == schema
    assert digest(back) == digest(schema)
    for module, other in zip(schema.modules, back.modules, strict=True):
        for one, found in zip(module.fields, other.fields, strict=True):
            assert type(one.kind) is type(found.kind)
            assert repr(one.default) == repr(found.default)
        assert module_from_json(module_to_json(module)) == module


def test_what_equals_its_default_is_left_out() -> None:
    contact = module_to_json(SMALL.module("contact"))
    assert contact == {
        "name": "contact",
        "fields": [
            {
                "name": "name",
                "kind": {"kind": "text"},
                "label": {"zh": "姓名"},
                "required": True,
                "number": 1,
            },
            {
                "name": "account",
                "kind": {"kind": "link", "target": "account"},
                "label": {"zh": "客户"},
                "number": 2,
            },
            {"name": "born_on", "kind": {"kind": "date"}, "label": {"zh": "生日"}, "number": 3},
        ],
        "title": "name",
        "label": {"zh": "联系人"},
        "number": 101,
    }


def test_defaults_and_presets_are_written_by_the_kind_of_their_field() -> None:
    account = module_to_json(SMALL.module("account"))
    defaults = {one["name"]: one.get("default") for one in account["fields"]}
    assert defaults["stage"] == {"value": "first"}
    assert defaults["amount"] == {"value": "100.00"}
    assert defaults["owner"] == {"preset": "me"}
    assert account["templates"][0]["presets"] == {
        "stage": {"value": "won"},
        "amount": {"value": "5.00"},
        "owner": {"preset": "me"},
    }
    assert module_from_json(account).templates[0].presets["owner"] == Preset("me")


def test_the_digest_is_pinned_and_tells_schemas_apart() -> None:
    # Made once: a release that changes it makes every stored digest wrong.
    assert (
        digest(Schema(SMALL.modules[-2:]))
        == "af139d2612236933c32cf849296599b2b1faa98206a5804354b744d1fd7a39f6"
    )
    assert digest(SMALL) == digest(schema_from_json(schema_to_json(SMALL)))
    assert len(digest(SMALL)) == 64
    assert digest(SMALL) != digest(standard_schema())


def test_labels_and_options_may_be_written_as_one_text() -> None:
    data = {
        "name": "project",
        "label": "项目",
        "fields": [
            {"name": "name", "kind": {"kind": "text"}, "label": "Name"},
            {"name": "state", "kind": {"kind": "choice", "options": ["进行中", {"code": "done"}]}},
        ],
    }
    found = module_from_json(data)
    assert found.label == Labels("项目")
    assert found.field("Name").label == Labels(en="Name")
    assert found.field("state").kind == Choice(options=["进行中", Option("done")])


def test_every_kind_has_a_tag_of_its_own() -> None:
    assert all(kind.name == tag for tag, kind in KINDS.items())
    assert KINDS["multi_choice"] is MultiChoice
    known = {kind for kind in _below(Kind) if kind.__module__.startswith("crmcore.")}
    assert known - set(KINDS.values()) == {kind for kind in known if kind.__name__ == "TypedKind"}


def _below(kind: type[Kind]) -> set[type[Kind]]:
    return {found for below in kind.__subclasses__() for found in {below, *_below(below)}}


Change = Callable[[dict[str, Any]], object]


def _account(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in data["modules"] if one["name"] == "account")
    return found


def _field(data: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in _account(data)["fields"] if one["name"] == name)
    return found


BAD: dict[str, tuple[Change, str]] = {
    "no version": (lambda d: d.pop("version"), "version"),
    "another version": (lambda d: d.update(version=2), "version"),
    "a version of text": (lambda d: d.update(version="1"), "version"),
    "a true version": (lambda d: d.update(version=True), "version"),
    "an unknown part": (lambda d: d.update(rules=[]), "version"),
    "modules are a set": (lambda d: d.update(modules=set()), "not a list"),
    "modules are no list": (lambda d: d.update(modules={"a": 1}), "not a list"),
    "a module is no mapping": (lambda d: d["modules"].append([]), "mapping"),
    "a module has no name": (lambda d: _account(d).pop("name"), "name"),
    "a module knows more": (lambda d: _account(d).update(save=True), "save"),
    "fields are a text": (lambda d: _account(d).update(fields="ab"), "not a list"),
    "fields are a mapping": (lambda d: _account(d).update(fields={}), "not a list"),
    "an unknown keeping": (lambda d: _account(d).update(keeping="none"), "literal"),
    "a field knows more": (lambda d: _field(d, "name").update(visible=True), "visible"),
    "a false of text": (lambda d: _field(d, "name").update(required="false"), "bool"),
    "a number of text": (lambda d: _field(d, "name").update(number="1"), "int"),
    "a true number": (lambda d: _field(d, "name").update(number=True), "int"),
    "a name of a number": (lambda d: _field(d, "name").update(name=5), "str"),
    "no kind": (lambda d: _field(d, "name").pop("kind"), "kind"),
    "an unknown kind": (
        lambda d: _field(d, "name").update(kind={"kind": "object"}),
        "unknown kind",
    ),
    "a class as kind": (
        lambda d: _field(d, "name")["kind"].update(kind="os.system"),
        "unknown kind",
    ),
    "a kind knows more": (lambda d: _field(d, "name")["kind"].update(__class__="x"), "__class__"),
    "a kind of nonsense": (lambda d: _field(d, "name")["kind"].update(max_length=0), "max_length"),
    "an unknown uniqueness": (lambda d: _field(d, "code").update(unique=True), "literal"),
    "synonyms of one text": (lambda d: _field(d, "name")["label"].update(synonyms="公司"), "list"),
    "a default that is none": (
        lambda d: _field(d, "amount").update(default={"value": "x"}),
        "number",
    ),
    "a default without a tag": (lambda d: _field(d, "amount").update(default=5), "mapping"),
    "a default of two": (
        lambda d: _field(d, "amount").update(default={"value": 1, "preset": "me"}),
        "neither",
    ),
    "an unknown preset": (
        lambda d: _field(d, "owner").update(default={"preset": "you"}),
        "neither",
    ),
    "a preset for nothing": (
        lambda d: _account(d)["templates"][0]["presets"].update(x={"value": 1}),
        "x",
    ),
    "a decimal of a float": (
        lambda d: _field(d, "amount")["kind"].update(minimum=0.5),
        "str",
    ),
    "a decimal of nonsense": (lambda d: _field(d, "amount")["kind"].update(minimum="x"), "decimal"),
    "a bomb": (lambda d: _field(d, "amount")["kind"].update(maximum="1E+300000"), "maximum"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_schema_is_refused_with_its_place(name: str) -> None:
    change, told = BAD[name]
    data = json.loads(json.dumps(schema_to_json(SMALL)))
    assert schema_from_json(copy.deepcopy(data)) == SMALL
    change(data)
    with pytest.raises(SchemaError) as caught:
        schema_from_json(data)
    assert caught.value.code == "not_a_schema"
    assert told in str(caught.value.problems[0].params["reason"])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_data_is_refused(name: str) -> None:
    value = HOSTILE[name]
    for data in (
        value,
        {"version": 1, "modules": value},
        {"version": value, "modules": []},
        {"version": 1, "modules": [value]},
        {"version": 1, "modules": [{"name": "a", "fields": [value]}]},
        {"version": 1, "modules": [{"name": "a", "fields": [{"name": "b", "kind": value}]}]},
    ):
        with pytest.raises(SchemaError):
            schema_from_json(data)


def test_a_schema_with_a_default_that_fits_no_value_is_not_written() -> None:
    module = Module("project", [Field("budget", MoneyKind(), default="a lot")])
    with pytest.raises(SchemaError) as caught:
        module_to_json(module)
    assert caught.value.code == "not_a_number"
