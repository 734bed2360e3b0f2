"""Names and numbers are given once and never again; `diff` tells schemas apart."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.schema.strategies import ACCOUNT, CONTACT, SMALL, kinds, schemas

from crmcore.errors import SchemaError
from crmcore.kinds import Choice, Date, Integer, Link, LongText, MoneyKind, Text
from crmcore.schema import Field, Module, Schema, check, diff, numbered
from crmcore.schema.change import (
    add_field,
    add_key,
    change_field,
    drop_key,
    rename_field,
    restore_field,
    retire_field,
)
from crmcore.schema.reserved import RESERVED


def numbers(module: Module) -> dict[str, int]:
    return {one.name: one.number for one in module.fields}


def steps(old: Schema, new: Schema) -> list[str]:
    check(new)
    return [str(step) for step in diff(old, new)]


def changed(module: Module, previous: Schema = SMALL) -> Schema:
    return numbered(previous.with_module(module), previous)


def test_modules_of_people_are_numbered_after_the_reserved_ones() -> None:
    assert [one.number for one in SMALL.modules] == [*(one.number for one in RESERVED), 100, 101]
    assert SMALL.modules[: len(RESERVED)] == RESERVED
    assert numbers(SMALL.module("contact")) == {"name": 1, "account": 2, "born_on": 3}


def test_what_has_a_label_alone_gets_a_name_that_is_written_back() -> None:
    project = Module("", [Field("", Text(), "名称"), Field("", Date(), "日期")], label="项目")
    schema = numbered(Schema((*RESERVED, project, Module("", []))))
    assert [one.name for one in schema.modules[-2:]] == ["module_1", "module_2"]
    found = schema.module("项目")
    assert [one.name for one in found.fields] == ["field_1", "field_2"]
    later = add_field(found, Field("", Text(), "备注"))
    assert later.fields[-1].name == ""
    again = numbered(schema.with_module(later), schema)
    assert [one.name for one in again.module("项目").fields] == ["field_1", "field_2", "field_3"]
    assert numbered(again, again) == numbered(again) == again


@given(schemas())
def test_numbering_twice_changes_nothing(schema: Schema) -> None:
    assert numbered(schema) == numbered(schema, schema) == schema
    assert diff(schema, schema) == ()


def test_the_number_of_a_retired_field_is_never_given_again() -> None:
    once = changed(retire_field(SMALL.module("contact"), "born_on"))
    twice = changed(add_field(once.module("contact"), Field("city", Text())), once)
    assert numbers(twice.module("contact")) == {
        "name": 1,
        "account": 2,
        "born_on": 3,
        "city": 4,
    }


def test_the_number_of_a_dropped_key_is_never_given_again() -> None:
    made = changed(add_key(SMALL.module("contact"), ["name", "account"]))
    assert [key.number for key in made.module("contact").keys] == [10_001]
    dropped = changed(drop_key(made.module("contact"), ["name", "account"]), made)
    assert dropped.module("contact").keys == ()
    again = changed(add_key(dropped.module("contact"), ["name", "born_on"]), dropped)
    assert [key.number for key in again.module("contact").keys] == [10_002]


def test_definitions_without_numbers_are_matched_by_name() -> None:
    bare = Schema((*RESERVED, CONTACT, ACCOUNT, Module("project", [])))
    again = numbered(bare, SMALL)
    assert [one.number for one in again.modules[-3:]] == [101, 100, 102]
    assert again.module("account").fields == SMALL.module("account").fields
    assert steps(SMALL, again) == ["add_module project"]


def test_a_new_field_may_bear_the_former_name_of_a_renamed_one() -> None:
    renamed = rename_field(SMALL.module("contact"), "name", "full_name")
    both = changed(add_field(renamed, Field("name", Text())))
    assert numbers(both.module("contact")) == {
        "full_name": 1,
        "account": 2,
        "born_on": 3,
        "name": 4,
    }
    assert steps(SMALL, both) == [
        "rename_field contact.full_name (was name)",
        "relabel_field contact.full_name",
        "add_field contact.name",
    ]
    assert both.module("contact").field("name").number == 4


def test_a_kind_that_is_stored_otherwise_gets_the_next_generation() -> None:
    def with_kind(schema: Schema, kind: object) -> Schema:
        module = change_field(
            schema.module("contact"),
            "born_on",
            lambda one: evolve(one, kind=kind),  # type: ignore[arg-type]
        )
        return changed(module, schema)

    def generation(schema: Schema) -> int:
        return schema.module("contact").field("born_on").generation

    text = with_kind(SMALL, Text())
    number = with_kind(text, Integer())
    back = with_kind(number, Text())
    assert [generation(one) for one in (SMALL, text, number, back)] == [1, 2, 3, 4]
    assert generation(with_kind(back, Text(max_length=9))) == 4
    assert generation(with_kind(back, LongText())) == 4
    money = with_kind(SMALL, MoneyKind())
    assert generation(with_kind(money, MoneyKind(minimum=0))) == 2
    assert generation(with_kind(money, MoneyKind(digits=4))) == 3
    assert generation(with_kind(money, MoneyKind(currency="USD"))) == 3
    link = with_kind(SMALL, Link("account"))
    assert generation(with_kind(link, Link("account", "cascade"))) == 2
    assert generation(with_kind(link, Link("contact"))) == 3
    assert steps(SMALL, text) == [
        "change_kind contact.born_on (was date)",
        "change_field contact.born_on",
    ]


@given(kinds, kinds, kinds)
def test_a_column_never_holds_what_another_kind_wrote(a: object, b: object, c: object) -> None:
    seen: dict[int, object] = {}
    schema = numbered(Schema([Module("m", [Field("f", a)])]))  # type: ignore[arg-type]
    for kind in (a, b, c, a):
        module = evolve(schema.modules[0], fields=[Field("f", kind)])  # type: ignore[arg-type]
        schema = numbered(Schema([module]), schema)
        one = schema.modules[0].fields[0]
        stored = (one.kind.shape, one.kind.scale, getattr(one.kind, "target", None))
        assert seen.setdefault(one.generation, stored) == stored


def _with(name: str, **changes: object) -> Module:
    return change_field(
        SMALL.module("account"),
        name,
        lambda one: evolve(one, **changes),  # type: ignore[arg-type]
    )


_ACCOUNT = SMALL.module("account")
STEPS = {
    "add_field account.city": add_field(_ACCOUNT, Field("city", Text()), after="code"),
    "rename_field account.area (was region)": rename_field(_ACCOUNT, "region", "area"),
    "retire_field account.owner": retire_field(_ACCOUNT, "owner"),
    "relabel_field account.amount": _with("amount", help="预计"),
    "change_field account.amount": _with("amount", required=True),
    "change_kind account.amount (was money)": _with("amount", kind=Text(), default=None),
    "add_key account.code+region": add_key(_ACCOUNT, ["code", "region"]),
    "drop_key account.name+region": drop_key(_ACCOUNT, ["name", "region"]),
    "change_module account": evolve(_ACCOUNT, enabled=False),
    "retire_module account": evolve(_ACCOUNT, retired=True),
}


@pytest.mark.parametrize("step", STEPS)
def test_every_change_is_a_step(step: str) -> None:
    new = numbered(SMALL.with_module(STEPS[step]), SMALL)
    assert step in [str(one) for one in diff(SMALL, new)]
    assert "add_module account" in [str(one) for one in diff(Schema(), SMALL)]


def test_a_module_that_returns_is_a_step() -> None:
    gone = SMALL.with_module(STEPS["retire_module account"])
    assert [str(one) for one in diff(gone, SMALL)] == ["restore_module account"]


def test_a_rename_of_a_unique_field_touches_no_key() -> None:
    renamed = changed(rename_field(SMALL.module("account"), "code", "no"))
    assert steps(SMALL, renamed) == [
        "rename_field account.no (was code)",
        "relabel_field account.no",
    ]


def test_uniqueness_comes_and_goes_as_a_key() -> None:
    account = SMALL.module("account")
    loose = changed(change_field(account, "code", lambda one: evolve(one, unique=None)))
    assert steps(SMALL, loose) == ["change_field account.code", "drop_key account.code"]
    assert steps(loose, numbered(SMALL, loose))[-1] == "add_key account.code"
    assert [key.number for key in account.unique_keys] == [1, 10_001]


def test_restoring_a_field_brings_back_the_same_field() -> None:
    retired = changed(retire_field(SMALL.module("contact"), "born_on"))
    assert steps(SMALL, retired) == ["retire_field contact.born_on"]
    restored = changed(restore_field(retired.module("contact"), "生日"), retired)
    assert steps(retired, restored) == ["restore_field contact.born_on"]
    assert restored == SMALL


def test_nothing_vanishes() -> None:
    contact = SMALL.module("contact")
    stages = SMALL.module("account").field("stage")
    fewer = Choice(options=stages.kind.options[:1])  # type: ignore[attr-defined]
    cases = {
        "module_vanished": Schema(SMALL.modules[:-1]),
        "module_renamed": Schema((*SMALL.modules[:-1], evolve(contact, name="person"))),
        "field_vanished": SMALL.with_module(evolve(contact, fields=contact.fields[:-1])),
        "option_vanished": SMALL.with_module(
            change_field(
                SMALL.module("account"), "stage", lambda one: evolve(one, kind=fewer, default=None)
            )
        ),
    }
    for code, schema in cases.items():
        with pytest.raises(SchemaError) as caught:
            diff(SMALL, schema)
        assert caught.value.code == code
        assert caught.value.message("zh") != code


@given(st.permutations(list(range(6))))
def test_the_order_of_fields_is_a_change_of_the_module_alone(order: list[int]) -> None:
    account = SMALL.module("account")
    moved = evolve(account, fields=[account.fields[place] for place in order])
    expected = [] if order == sorted(order) else ["change_module account"]
    assert steps(SMALL, numbered(SMALL.with_module(moved), SMALL)) == expected
