"""What an adopted module cannot do is refused, and refusing changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from attrs import evolve
from sqlalchemy import Column, Integer, MetaData, String, Table, text
from tests.adopted.erp import CUSTOMER, METADATA, Erp, schema
from tests.adopted.test_reading import refused

from crmcore import Field, Formula, Module, RollUp, Schema, Workspace, open_workspace
from crmcore.kinds import DecimalKind, Link, MultiLink, Text
from crmcore.kinds import Integer as Whole
from crmcore.merging import merge


def within(crm: Workspace, run: Callable[[Any], object]) -> Callable[[], object]:
    def done() -> object:
        with crm.work() as work:
            return run(work)

    return done


def test_nothing_is_written(erp: Erp) -> None:
    before = erp.crm.digest("full").value
    account = erp.account_of(1)
    for run in (
        lambda work: work.create("account", {"name": "x"}),
        lambda work: work.update("account", account, {"name": "x"}),
        lambda work: work.delete("account", account),
    ):
        refused("adopted_read_only", within(erp.crm, run))
    other = erp.account_of(2)
    merging = within(erp.crm, lambda work: merge(work, "account", account, [other]))
    refused("merge_of_module", merging)
    refused("not_a_key", within(erp.crm, lambda work: work.upsert("account", {"code": "A1"}, {})))
    assert erp.crm.digest("full").value == before
    assert erp.crm.get("account", account)["name"] == "甲公司"


def test_there_is_no_past(erp: Erp) -> None:
    account = erp.account_of(1)
    with erp.crm.work() as work:
        made = work.create("opportunity", {"name": "x", "account": account})
        operation = work.operation
    change_set = list(erp.crm.changes())[-1]
    assert [one.module for one in change_set.entries] == ["opportunity"]
    refused("adopted_no_past", lambda: erp.crm.history("account", account))
    refused("adopted_no_past", lambda: erp.crm.find("account", as_of=change_set))
    past = "account.region == 'east'"
    refused("adopted_no_past", lambda: erp.crm.find("opportunity", past, as_of=change_set))
    assert erp.crm.find("opportunity", as_of=change_set)[0].id == made.id
    erp.crm.undo(operation)
    assert len(erp.crm.find("opportunity")) == 0
    assert len(erp.crm.find("account")) == 4


def test_digests_are_of_what_is_ours(erp: Erp) -> None:
    with erp.crm.work() as work:
        work.create("opportunity", {"name": "x", "account": erp.account_of(1)})
    kinds: tuple[Literal["content", "full", "shape"], ...] = ("content", "full", "shape")
    before = [erp.crm.digest(kind).value for kind in kinds]
    erp.run(CUSTOMER.update().values(label="z"))
    assert [erp.crm.digest(kind).value for kind in kinds] == before


def test_a_program_that_did_not_adopt_is_told_so(erp: Erp) -> None:
    with erp.crm.work() as work:
        work.create("opportunity", {"name": "x", "account": erp.account_of(1)})
    other = open_workspace(erp.engine)
    refused("not_adopted", lambda: other.find("account"))
    refused("not_adopted", lambda: other.find("opportunity", "account.region == 'east'"))
    assert "甲公司" not in str(other.find("opportunity"))
    assert other.find("opportunity")[0]["account"] == erp.account_of(1)
    erp.adopt(other)
    assert "甲公司" in str(other.find("opportunity"))


def test_a_program_that_was_open_before_is_told_so(database: Callable[[], Any]) -> None:
    engine = database()
    METADATA.create_all(engine)
    crm = open_workspace(engine, create=True, schema=schema())
    other = open_workspace(database())
    assert len(other.find("account")) == 0
    crm.adopt("account", CUSTOMER, fields={"name": "label", "parent": "parent_id"}, zone="UTC")
    refused("not_adopted", lambda: other.find("account"))


def test_a_table_may_be_named(erp: Erp) -> None:
    other = open_workspace(erp.engine)
    fields = {"name": "label", "parent": "parent_id"}
    other.adopt("account", "customer", fields=fields, zone="UTC")
    assert len(other.find("account")) == 4
    refused("adopted_table", lambda: other.adopt("account", "nowhere"))
    refused("adopted_table", lambda: other.adopt("account", 7))


def test_only_an_empty_module_is_adopted(erp: Erp) -> None:
    with erp.crm.work() as work:
        record = work.create("opportunity", {"name": "x"})
    table = Table("deal", MetaData(), Column("id", Integer, primary_key=True), Column("n", String))
    fields = {"name": "n", "amount": None, "account": None, "owner": None}

    def adopt() -> None:
        erp.crm.adopt("opportunity", table, fields=fields)

    refused("has_records", adopt)
    with erp.crm.work() as work:
        work.delete("opportunity", record)
    refused("has_records", adopt)
    assert erp.crm.schema.module("opportunity").keeping == "history"


def test_an_adopted_module_stays_the_host_s(erp: Erp) -> None:
    refused("stays_adopted", lambda: erp.crm.configure(schema()))
    assert erp.crm.configure(erp.crm.schema) == ()


def test_only_who_may_configure_adopts_for_the_first_time(database: Callable[[], Any]) -> None:
    engine = database()
    METADATA.create_all(engine)
    crm = open_workspace(engine, create=True, schema=schema())
    with crm.work() as work:
        role = work.find("crm_role", "name == 'sales_rep'")[0]
        work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
    terms: dict[str, Any] = {"fields": {"name": "label", "parent": "parent_id"}, "zone": "UTC"}
    refused("needs_configure", lambda: crm.as_("li").adopt("account", CUSTOMER, **terms))
    assert len(crm.find("account")) == 0
    crm.adopt("account", CUSTOMER, **terms)
    crm.as_("li").adopt("account", CUSTOMER, **terms)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (Field("code", Text(), unique="exact"), "adopted_field"),
        (Field("code", MultiLink("account")), "adopted_field"),
    ],
)
def test_what_a_host_cannot_promise(erp: Erp, one: Field, code: str) -> None:
    module = erp.crm.schema.module("account")
    fields = [one if old.name == "code" else old for old in module.fields]
    changed = erp.crm.schema.with_module(evolve(module, fields=fields))
    refused(code, lambda: erp.crm.configure(changed))


def with_field(crm: Workspace, module: str, one: Field) -> Schema:
    found = crm.schema.module(module)
    return crm.schema.with_module(evolve(found, fields=[*found.fields, one]))


def test_stored_values_do_not_follow_from_a_host(erp: Erp) -> None:
    number = Field("number", Whole())
    total = with_field(erp.crm, "account", number)
    rule = RollUp("account", "number", "opportunity", "account", "count")
    refused("adopted_field", lambda: erp.crm.configure(total, [rule]))
    firm = Module("firm", [Field("name", Text()), number], title="name")
    linked = with_field(erp.crm, "account", Field("firm", Link("firm"))).with_module(firm)
    rule = RollUp("firm", "number", "account", "firm", "count")
    refused("adopted_source", lambda: erp.crm.configure(linked, [rule]))
    wide = with_field(erp.crm, "opportunity", Field("credit", DecimalKind(2)))
    formula = Formula("opportunity", "credit", "account.credit")
    error = refused("bad_rule", lambda: erp.crm.configure(wide, [formula]))
    assert error.problems[0].field == "credit"


def test_columns_must_be_there_and_tell_their_zone(erp: Erp) -> None:
    def adopt(**terms: Any) -> Callable[[], object]:
        given = {"fields": {"name": "label", "parent": "parent_id"}, "zone": "UTC", **terms}
        return lambda: erp.crm.adopt("account", CUSTOMER, **given)

    assert refused("adopted_column", adopt(fields={"name": "label"})).problems[0].field == "parent"
    refused("adopted_column", adopt(key="nothing"))
    refused("adopted_zone", adopt(zone=None))
    refused("adopted_table", adopt(key="credit"))
    refused("adopted_table", adopt(fields={"name": 3, "parent": None}))
    writer = SimpleNamespace(create=print, update=print, delete=print)
    refused("adopted_table", adopt(writer=writer))
    refused("unknown_field", adopt(fields={"nothing": "label"}))
    with erp.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM customer")).scalar() == 4


def test_a_store_without_a_host_adopts_nothing() -> None:
    crm = open_workspace(schema=schema())
    refused("cannot_adopt", lambda: crm.adopt("account", CUSTOMER))
