"""Computed fields come into force over records that are there, or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest

from crmcore import Field, Formula, RollUp, Schema
from crmcore.errors import SchemaError, Stale
from crmcore.kinds import DecimalKind, Integer, Text
from crmcore.rules import ComputedRule
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
