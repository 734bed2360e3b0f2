"""Every way in which a schema can contradict itself is told, all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from tests.schema.strategies import ACCOUNT, CONTACT, SMALL, schemas

from crmcore.errors import SchemaError
from crmcore.kinds import (
    Choice,
    Date,
    Json,
    Labels,
    Link,
    LongText,
    MoneyKind,
    MultiChoice,
    MultiLink,
    Option,
    Text,
)
from crmcore.schema import EntryTemplate, Field, Key, Module, Preset, Schema, check, numbered
from crmcore.schema.reserved import RESERVED


def project(*fields: Field, **more: object) -> Schema:
    """The small schema with one more module."""
    named = [Field("name", Text()), *fields]
    return SMALL.with_module(Module("project", named, **more))  # type: ignore[arg-type]


def _text(number: int) -> Field:
    return Field(f"f{number}", Text(), unique="exact")


BAD: dict[str, list[Schema]] = {
    "bad_name": [
        project(Field("Name", Text())),
        project(Field("客户", Text())),
        project(Field("a" * 41, Text())),
        project(Field("1a", Text())),
        project(Field("a\n", Text())),
        project(Field('"; drop table x', Text())),
        SMALL.with_module(Module("Project", [])),
        project(templates=[EntryTemplate("Quick")]),
    ],
    "name_repeated": [
        Schema((*SMALL.modules, CONTACT)),
        project(Field("a", Text()), Field("a", Text(), retired=True)),
        project(Field("a", Choice(options=["x", "x"]))),
        project(templates=[EntryTemplate("a"), EntryTemplate("a")]),
        project(keys=[Key(("name", "name"))]),
    ],
    "number_repeated": [
        project(Field("a", Text(), number=3), Field("b", Text(), number=3)),
        SMALL.with_module(Module("project", [], number=100)),
        project(keys=[Key("name", number=10_001), Key("name", True, number=10_001)]),
    ],
    "name_reserved": [
        project(Field("version", Text())),
        project(Field("ended_by", Text())),
        project(Field("id", Text())),
        SMALL.with_module(Module("crm_project", [])),
    ],
    "too_many_fields": [project(*(Field(f"f{n}", Text()) for n in range(1_000)))],
    "too_many_indexes": [
        project(*map(_text, range(49))),
        project(*map(_text, range(48)), keys=[Key("name")]),
    ],
    "too_many_options": [project(Field("a", Choice(options=[f"o{n}" for n in range(2_001)])))],
    "unknown_title": [
        project(title="nothing"),
        project(Field("a", Text(), retired=True), title="a"),
        project(title="id"),
    ],
    "not_a_title": [
        project(Field("a", kind), title="a")
        for kind in (Json(), Link("account"), MultiChoice(), MultiLink("account"), LongText())
    ],
    "bad_label": [
        project(label="a\0"),
        project(label=Labels("x" * 201)),
        project(help="a\x1b[31m"),
        project(Field("a", Text(), Labels(synonyms=["a\nb"]))),
        project(Field("a", Text(), help="x" * 2_001)),
        project(Field("a", Choice(options=[Option("x", "\ud800")]))),
        project(templates=[EntryTemplate("a", "\x07")]),
    ],
    "unknown_target": [
        project(Field("a", Link("nothing"))),
        project(Field("a", MultiLink(""))),
        project(Field("a", Link("*"))),
        SMALL.with_module(evolve(SMALL.module("account"), retired=True)),
    ],
    "unknown_classification": [project(Field("a", Text(), classification="secret"))],  # type: ignore[arg-type]
    "detach_required": [project(Field("a", Link("account", "detach"), required=True))],
    "not_unique_kind": [
        project(Field("a", Json(), unique="exact")),
        project(Field("a", LongText()), keys=[Key(("name", "a"))]),
    ],
    "not_folded_kind": [
        project(Field("a", Text(sorted=False), unique="folded")),
        project(Field("a", MoneyKind(), unique="folded")),
    ],
    "not_stored": [
        project(Field("a", Text(), computed="linked", unique="exact")),
        project(Field("a", Text(), computed="linked", indexed=True)),
    ],
    "bad_option_code": [
        project(Field("a", Choice(options=[Option(code)])))
        for code in ("", " x", "x\n", "e\u0301", "x" * 101, "a\u3000")
    ],
    "not_an_option": [project(Field("a", Choice(options=["x"]), default="y"))],
    "option_retired": [
        project(Field("a", Choice(options=[Option("x", retired=True)]), default="x"))
    ],
    "not_a_number": [
        project(Field("a", MoneyKind(), default="a lot")),
        project(Field("a", MoneyKind()), templates=[EntryTemplate("t", presets={"a": "a lot"})]),
    ],
    "preset_kind": [
        project(Field("a", Text(), default=Preset("me"))),
        project(Field("a", Link("account"), default=Preset("me"))),
        project(Field("a", Date(), default=Preset("now"))),
        project(Field("a", Date()), templates=[EntryTemplate("t", presets={"a": Preset("me")})]),
    ],
    "key_without_fields": [project(keys=[Key(())])],
    "unknown_key_field": [
        project(keys=[Key("nothing")]),
        project(Field("a", Text(), retired=True), keys=[Key("a")]),
        project(Field("a", Text(), computed="linked"), keys=[Key("a")]),
    ],
    "adopted_field": [
        project(Field("a", Text(), unique="exact"), keeping="adopted"),
        project(Field("a", Text(), computed="local"), keeping="adopted"),
    ],
    "adopted_key": [
        project(Field("a", Text()), keys=[Key("a")], keeping="adopted"),
    ],
    "template_field": [
        project(templates=[EntryTemplate("t", fields=["nothing"])]),
        project(templates=[EntryTemplate("t", required=["nothing"])]),
        project(templates=[EntryTemplate("t", presets={"nothing": 1})]),
        project(Field("a", Text()), templates=[EntryTemplate("t", fields="a", required="name")]),
    ],
}


@pytest.mark.parametrize("code", BAD)
def test_a_contradiction_is_told(code: str) -> None:
    for number, schema in enumerate(BAD[code]):
        with pytest.raises(SchemaError) as caught:
            check(schema)
        assert {problem.code for problem in caught.value.problems} == {code}, number
        assert len(caught.value.problems) == 1, number
        for language in ("en", "zh"):
            assert caught.value.problems[0].message(language) not in ("", code)


def test_every_code_that_check_can_tell_is_among_them() -> None:
    source = Path(check.__code__.co_filename).read_text()
    codes = set(re.findall(r'Problem\("(\w+)"', source))
    assert len(codes) > 15
    assert codes <= set(BAD)


@given(schemas())
def test_a_sound_schema_passes(schema: Schema) -> None:
    check(schema)


def test_all_problems_are_told_at_once_with_their_place() -> None:
    schema = project(
        Field("Bad", Text()),
        Field("a", Link("nothing"), default=5),
        Field("b", Choice(options=["x"]), default="y"),
        title="gone",
        keys=[Key("gone")],
    )
    with pytest.raises(SchemaError) as caught:
        check(schema)
    told = {(problem.code, problem.field) for problem in caught.value.problems}
    assert told == {
        ("bad_name", "Bad"),
        ("unknown_target", "a"),
        ("not_a_link", "a"),
        ("not_an_option", "b"),
        ("unknown_title", None),
        ("unknown_key_field", None),
    }
    assert {problem.module for problem in caught.value.problems} == {"project"}


def test_what_is_retired_contradicts_nothing() -> None:
    account = evolve(SMALL.module("account"), retired=True)
    contact = SMALL.module("contact")
    unlinked = [evolve(one, retired=one.name == "account") for one in contact.fields]
    check(SMALL.with_module(account).with_module(evolve(contact, fields=unlinked)))


def test_the_greatest_module_is_taken() -> None:
    fields = [Field(f"f{n}", Text(), unique="exact" if n < 48 else None) for n in range(1_000)]
    check(numbered(Schema((*RESERVED, Module("wide", fields)))))


def test_a_default_is_kept_in_normal_form() -> None:
    assert ACCOUNT.field("amount").default == MoneyKind().normalize("100")
    assert str(ACCOUNT.field("amount").default) == "100.00"
    assert Field("a", Text(), default=" x ") == Field("a", Text(), default="x")
    assert str(ACCOUNT.templates[0].presets["amount"]) == "5.00"
    assert hash(ACCOUNT) == hash(evolve(ACCOUNT))
