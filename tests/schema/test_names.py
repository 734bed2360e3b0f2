"""What people may write for a module or a field, and what they are told when it is not known."""

from __future__ import annotations

import time

import pytest
from attrs import evolve
from tests.schema.strategies import SMALL

from crmcore.errors import SchemaError
from crmcore.kinds import Labels, Link, Text
from crmcore.schema import Field, Module, Schema
from crmcore.schema.names import is_name

account = SMALL.module("account")


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("name", "name"),
        ("客户名称", "name"),
        ("公司名称", "name"),
        ("Name", "name"),
        ("NAME", "name"),
        ("ｎａｍｅ", "name"),
        (" 客户名称\u3000", "name"),
        ("created_at", "created_at"),
        ("创建时间", "created_at"),
        ("Created At", "created_at"),
        ("id", "id"),
        ("Record ID", "id"),
        # A label of the module goes before that of a stamp.
        ("编号", "code"),
    ],
)
def test_a_field_is_known_by_name_label_and_synonym(spelling: str, name: str) -> None:
    assert account.field(spelling).name == name


def test_a_module_is_known_by_name_label_and_synonym() -> None:
    for spelling in ("account", "客户", "ACCOUNT", "Account", "公司", " 公司 "):
        assert SMALL.module(spelling) is account
    assert SMALL.module("用户").name == "crm_user"


def test_an_unknown_name_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(SchemaError) as caught:
        account.field("客户名")
    params = caught.value.problems[0].params
    assert (caught.value.code, params["suggestion"]) == ("unknown_field", "客户名称")
    assert "region" in str(params["known"])
    with pytest.raises(SchemaError) as caught:
        SMALL.module("acount")
    params = caught.value.problems[0].params
    assert (caught.value.code, params["suggestion"]) == ("unknown_module", "account")
    assert params["known"] == "account, contact"
    assert "crm_" not in caught.value.message("en")


def test_a_label_of_two_things_is_an_error() -> None:
    twice = Module(
        "deal",
        [
            Field("a", Text(), Labels("金额", "Sum")),
            Field("b", Text(), Labels("金额", "sum", ("总额",))),
            Field("c", Text(), Labels("净额", None, ("总额",))),
            Field("d", Text(), Labels(None, None, ("净额",))),
        ],
    )
    # What a field is called now goes before what another was called once.
    assert twice.field("净额").name == "c"
    with pytest.raises(SchemaError):
        twice.field("总额")
    with pytest.raises(SchemaError) as caught:
        twice.field("金额")
    assert caught.value.code == "field_ambiguous"
    assert caught.value.problems[0].params["meant"] == "a, b"
    # As it stands a label may be told apart where it cannot be when folded.
    assert twice.field("Sum").name == "a"
    assert twice.field("sum").name == "b"
    with pytest.raises(SchemaError):
        twice.field("SUM")
    both = SMALL.with_module(Module("deal", [], label="客户"))
    with pytest.raises(SchemaError) as caught:
        both.module("客户")
    assert caught.value.code == "module_ambiguous"
    assert caught.value.problems[0].params["meant"] == "account, deal"


def test_what_is_retired_is_not_known_by_its_labels() -> None:
    contact = SMALL.module("contact")
    gone = SMALL.with_module(evolve(contact, retired=True, label="客户"))
    assert gone.module("客户").name == "account"
    fields = [evolve(one, retired=one.name == "born_on") for one in contact.fields]
    with pytest.raises(SchemaError) as caught:
        evolve(contact, fields=fields).field("生日")
    assert "born_on" not in str(caught.value.problems[0].params["known"])


@pytest.mark.parametrize("name", ["", " ", "\0", "x" * 10_000_000, "字" * 100_000, 5, None, ["a"]])
def test_nonsense_is_unknown_and_soon(name: object) -> None:
    fields = [Field(f"f{n}", Text(), Labels(f"字段{n}", f"Field {n}")) for n in range(1_000)]
    wide = Schema([Module("wide", fields)])
    begun = time.perf_counter()
    with pytest.raises(SchemaError):
        wide.module(name)  # type: ignore[arg-type]
    with pytest.raises(SchemaError) as caught:
        wide.module("wide").field(name)  # type: ignore[arg-type]
    assert len(caught.value.message("en")) < 2_000
    assert time.perf_counter() - begun < 5


def test_names_are_identifiers() -> None:
    assert all(map(is_name, ["a", "a1", "a_b", "a" * 40]))
    assert not any(map(is_name, ["", "A", "1a", "_a", "a-b", "键", "a\n", "a" * 41, None, 5]))


def test_children_are_the_links_that_lead_here() -> None:
    children = [(module.name, one.name) for module, one in SMALL.children("account")]
    assert children == [("contact", "account")]
    assert SMALL.children("contact") == ()
    assert [one.name for one in account.links()] == ["owner"]
    linked = Field("far", Link("contact"), computed="linked")
    assert linked not in evolve(account, fields=[*account.fields, linked]).links()


def test_definitions_are_compared_by_content() -> None:
    again = Schema(evolve(module) for module in SMALL.modules)
    assert again == SMALL
    assert hash(again) == hash(SMALL)
    assert SMALL.with_module(evolve(account, help="x")) != SMALL
    with pytest.raises(AttributeError):
        account.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        account.templates[0].presets["x"] = 1  # type: ignore[index]
