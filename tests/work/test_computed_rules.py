"""Computed fields come into force over records that are there, or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest

from crmcore import Field, Formula, RollUp, Schema
from crmcore.errors import SchemaError, Stale
from crmcore.kinds import DecimalKind, Integer, Link, Text
from crmcore.rules import ComputedRule, LinkedField
from crmcore.schema.change import add_field
from crmcore.work import Workspace


def _with_fields(crm: Workspace) -> Schema:
    schema = crm.schema
    account = add_field(schema.module("account"), Field("notes", Integer()))
    deal = add_field(schema.module("deal"), Field("triple", DecimalKind(2)))
    return schema.with_module(account).with_module(deal)


def test_records_that_are_there_get_their_computed_values(crm: Workspace) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": "甲"})
        work.create("note", {"text": "第一", "account": account})
        work.create("deal", {"title": "项目", "account": account, "amount": 10})
    rules: list[ComputedRule] = [
        *crm.configuration.computed,
        RollUp("account", "notes", "note", "account", "count"),
        Formula("deal", "triple", "amount * 3"),
    ]
    crm.configure(_with_fields(crm), rules)
    assert crm.get("account", account.id)["notes"] == 1
    assert len(crm.find("deal", "triple == 30")) == 1
    assert crm.history("account", account.id)[-1].version == 1


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Formula("deal", "triple", "account.amount + 0"), "reads other records"),
        (RollUp("account", "notes", "note", "text", "count"), "no single link"),
        (RollUp("account", "notes", "note", "about", "count"), "no single link"),
        (RollUp("account", "notes", "deal", "account", "sum", "title"), "sum"),
        (RollUp("account", "notes", "deal", "account", "bogus"), "bogus"),  # type: ignore[arg-type]
        (RollUp("account", "notes", "deal", "account", "max", "title"), "cannot hold"),
        (
            RollUp(
                "account", "notes", "deal", "account", "count", None, "account.region == 'east'"
            ),
            "reads other records",
        ),
        (RollUp("account", "name", "deal", "account", "count"), "cannot hold"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(crm: Workspace, rule: ComputedRule, code: str) -> None:
    before = crm.digest("full")
    with pytest.raises(SchemaError, match=code):
        crm.configure(_with_fields(crm), [*crm.configuration.computed, rule])
    assert crm.digest("full") == before


def test_a_rule_never_replaces_what_people_entered(crm: Workspace) -> None:
    schema = crm.schema.with_module(
        add_field(crm.schema.module("account"), Field("employees", Integer()))
    )
    crm.configure(schema)
    rule = RollUp("account", "employees", "deal", "account", "count")
    with crm.work() as work:
        account = work.create("account", {"name": "甲", "employees": 7})
    with pytest.raises(SchemaError, match="values of its own"):
        crm.configure(computed=[*crm.configuration.computed, rule])
    assert crm.get("account", account.id)["employees"] == 7
    with crm.work() as work:
        work.update("account", account, {"employees": None})
    crm.configure(computed=[*crm.configuration.computed, rule])
    assert crm.get("account", account.id)["employees"] == 0


def test_two_changes_of_configuration_at_once_lose_nothing(crm: Workspace) -> None:
    first = crm.schema.with_module(add_field(crm.schema.module("note"), Field("xx", Text())))
    prepare = crm._store.backend.prepare
    raced = False

    def racing(schema: Schema) -> None:
        nonlocal raced
        if not raced:
            raced = True
            module = crm.schema.module("note")
            crm.configure(crm.schema.with_module(add_field(module, Field("yy", Text()))))
        prepare(schema)

    object.__setattr__(crm._store.backend, "prepare", racing)
    with suppress(Stale, SchemaError):
        crm.configure(first)
    object.__delattr__(crm._store.backend, "prepare")
    assert "yy" in crm.schema.module("note").by_name


def _numbers(crm: Workspace, *rules: ComputedRule) -> None:
    """Three numbers more for deals, computed by `rules`."""
    deal = crm.schema.module("deal")
    for name in ("first", "second", "third"):
        deal = add_field(deal, Field(name, DecimalKind(2)))
    crm.configure(crm.schema.with_module(deal), [*crm.configuration.computed, *rules])


@pytest.mark.parametrize(
    ("rules", "circle"),
    [
        ([Formula("deal", "first", "first + 1")], "deal.first → deal.first"),
        (
            [
                Formula("deal", "third", "first + 1"),
                Formula("deal", "first", "second + 1"),
                Formula("deal", "second", "third + amount"),
            ],
            "deal.first → deal.second → deal.third → deal.first",
        ),
        (
            [
                LinkedField("deal", "first", "account.total"),
                RollUp("account", "total", "deal", "account", "sum", "first"),
            ],
            "account.total → deal.first → account.total",
        ),
    ],
)
def test_fields_computed_of_each_other_are_refused_with_the_circle(
    crm: Workspace, rules: list[ComputedRule], circle: str
) -> None:
    account = add_field(crm.schema.module("account"), Field("total", DecimalKind(2)))
    crm.configure(crm.schema.with_module(account))
    before = crm.digest("full")
    with pytest.raises(SchemaError) as refused:
        _numbers(crm, *rules)
    (problem,) = refused.value.problems
    assert problem.code == "computed_in_circle"
    assert problem.message().endswith(f": {circle}")
    assert crm.digest("full") == before


def test_formulas_are_computed_in_the_order_in_which_they_read_each_other(crm: Workspace) -> None:
    _numbers(
        crm,
        Formula("deal", "first", "second + 1"),
        Formula("deal", "second", "third + 1"),
        Formula("deal", "third", "amount + 1"),
    )
    with crm.work() as work:
        deal = work.create("deal", {"title": "d", "amount": 10})
    found = crm.get("deal", deal.id)
    assert [found[name] for name in ("first", "second", "third")] == [13, 12, 11]
    rules = [
        Formula("deal", "third", "amount + 2") if one.field == "third" else one
        for one in crm.configuration.computed
    ]
    crm.configure(computed=rules)
    found = crm.get("deal", deal.id)
    assert [found[name] for name in ("first", "second", "third")] == [14, 13, 12]


@pytest.mark.parametrize(
    "rule",
    [
        Formula("account", "employees", "notes * 2"),
        RollUp("account", "employees", "account", "parent", "sum", "notes"),
        RollUp("account", "employees", "account", "parent", "count", None, "notes > 1"),
    ],
)
def test_nothing_is_computed_of_a_roll_up(crm: Workspace, rule: ComputedRule) -> None:
    """It changes with other records, and who may not see all of them has a figure of his own."""
    account = crm.schema.module("account")
    if "parent" not in account.by_name:
        account = add_field(account, Field("parent", Link("account")))
    account = add_field(
        add_field(account, Field("notes", Integer())), Field("employees", Integer())
    )
    counting = RollUp("account", "notes", "deal", "account", "count")
    crm.configure(crm.schema.with_module(account), [*crm.configuration.computed, counting])
    before = crm.digest("full")
    with pytest.raises(SchemaError, match="is a roll-up"):
        crm.configure(computed=[*crm.configuration.computed, rule])
    assert crm.digest("full") == before
