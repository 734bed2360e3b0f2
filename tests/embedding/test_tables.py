"""`table` and `select`: modules in the statements of a host."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, func, insert, select

from crmcore import Field, LinkedField, Module, Option, RollUp, Schema, Workspace, open_workspace
from crmcore.errors import CrmError
from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Json,
    Link,
    LongText,
    MultiChoice,
    Phone,
    Text,
    WallTime,
)
from crmcore.kinds import Integer as Whole

CUSTOMER = Module(
    "customer",
    [
        Field("name", Text(), "客户名称", indexed=True),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")])),
        Field("owner", Link("crm_user")),
        Field("deals", Whole()),
    ],
    title="name",
    label="客户",
)
DEAL = Module(
    "deal",
    [
        Field("title", Text(), "商机名称", indexed=True),
        Field("customer", Link("customer")),
        Field("owner", Link("crm_user")),
        Field("amount", DecimalKind(2)),
        Field("exact", DecimalKind(6)),
        Field("fee", AnyMoney()),
        Field("fee_currency", Text()),
        Field("number", Whole()),
        Field("day", Date()),
        Field("at", DateTime()),
        Field("hour", WallTime()),
        Field("took", Duration()),
        Field("won", Boolean()),
        Field("phone", Phone()),
        Field("note", LongText()),
        Field("tags", MultiChoice(options=[Option("a"), Option("b")])),
        Field("more", Json()),
        Field("gone", Text(), retired=True),
        Field("region", Choice(options=[Option("east", "华东"), Option("south", "华南")])),
    ],
    title="title",
    label="商机",
)
COMPUTED = [
    LinkedField("deal", "region", "customer.region"),
    RollUp("customer", "deals", "deal", "customer", "count"),
]
FULL = {
    "title": "设备 100%_%(x)s",
    "amount": Decimal("-12.50"),
    "exact": Decimal("0.000001"),
    "fee": "3.5 USD",
    "fee_currency": "own",
    "number": 2**53 + 1,
    "day": date(1, 1, 2),
    "at": datetime(2026, 2, 3, 4, 5, 6, 789_000, UTC),
    "hour": time(23, 59),
    "took": timedelta(days=400, milliseconds=1),
    "won": False,
    "phone": "021-5555 0199",
    "note": "a\nb",
    "tags": ["b", "a"],
    "more": {"x": [1, "y"]},
}


@pytest.fixture
def crm(engine: Engine) -> Iterator[Workspace]:
    made = open_workspace(engine, create=True, schema=Schema([CUSTOMER, DEAL]))
    made.configure(computed=COMPUTED)
    yield made
    made.close()


def refused(code: str, run: object) -> None:
    with pytest.raises(CrmError) as refusal:
        run()  # type: ignore[operator]
    assert refusal.value.code == code


def test_declared_names_and_normal_forms(crm: Workspace, engine: Engine) -> None:
    with crm.work() as work:
        made = work.create("deal", FULL)
        work.create("deal", {"title": "empty"})
    deal = crm.table("商机")
    names = [column.name for column in deal.c]
    assert names[:6] == ["id", "version", "created_at", "created_by", "updated_at", "updated_by"]
    assert "gone" not in names
    assert "region" not in names
    with engine.connect() as connection:
        rows = connection.execute(select(deal).order_by(deal.c.title)).mappings().all()
    empty, row = rows if rows[0]["title"] == "empty" else rows[::-1]
    assert {name: empty[name] for name in names[7:]} == dict.fromkeys(names[7:])
    assert row["fee"] == Decimal("3.5")
    assert row["fee_currency_"] == "USD"
    shown = {name: row[name] for name in names if name not in ("fee", "fee_currency_")}
    expected = {name: made[name] for name in made if name in shown}
    own = {name: getattr(made, name, None) for name in ("id", "version")}
    assert {name: shown[name] for name in expected} == expected
    assert {name: type(shown[name]) for name in ("amount", "day", "at", "won", "tags")} == {
        "amount": Decimal, "day": date, "at": datetime, "won": bool, "tags": tuple,
    }  # fmt: skip
    assert {name: shown[name] for name in own} == own
    assert shown["at"].tzinfo is UTC


def test_constants_are_encoded_where_they_are_compared(crm: Workspace, engine: Engine) -> None:
    with crm.work() as work:
        work.create("deal", FULL)
        work.create("deal", {"title": "other", "amount": 7, "number": 1, "won": True})
    deal = crm.table("deal").c
    conditions = [
        deal.title == FULL["title"],
        deal.title.like("%100%"),
        deal.amount == "-12.5",
        deal.amount.in_([Decimal("-12.5"), 9]),
        deal.amount.between(-13, -12),
        -100 < deal.amount,  # noqa: SIM300
        deal.exact < Decimal("0.000002"),
        deal.fee == Decimal("3.5"),
        deal.fee_currency_ == "USD",
        deal.number > 2**53,
        deal.day < date(1, 1, 3),
        deal.at == datetime(2026, 2, 3, 12, 5, 6, 789_000, timezone_of(8)),
        deal.hour >= time(23, 58),
        deal.took > timedelta(days=400),
        deal.won == False,  # noqa: E712
        deal.phone == "021 55550199",
        deal.tags == ["a", "b"],
        deal.more.is_not(None),
    ]
    with engine.connect() as connection:
        for number, condition in enumerate(conditions):
            found = connection.execute(select(deal.title).where(condition)).scalars().all()
            wanted = [FULL["title"], "other"] if number == 5 else [FULL["title"]]
            assert sorted(found) == sorted(wanted), f"condition {number}"
        figures = select(func.sum(deal.amount), func.min(deal.amount), func.max(deal.exact))
        assert connection.execute(figures).one() == (
            Decimal("-5.50"), Decimal("-12.50"), Decimal("0.000001"),
        )  # fmt: skip


def timezone_of(hours: int) -> object:
    from datetime import timezone

    return timezone(timedelta(hours=hours))


def test_what_would_compute_with_encoded_values_is_refused(crm: Workspace) -> None:
    deal = crm.table("deal").c
    refused("encoded_column", lambda: deal.amount * 2)
    refused("encoded_column", lambda: deal.amount + 1)
    refused("encoded_column", lambda: deal.took / 2)
    refused("encoded_column", lambda: deal.amount == deal.number)
    refused("encoded_column", lambda: deal.number == deal.amount)
    refused("encoded_column", lambda: deal.amount > func.now())
    refused("encoded_column", lambda: deal.amount < deal.exact)
    assert deal.number + 1 is not None
    assert (deal.amount == crm.table("deal").alias("again").c.amount) is not None


def test_a_table_is_joined_with_those_of_the_host(crm: Workspace, engine: Engine) -> None:
    host = Table(
        "invoice",
        MetaData(),
        Column("number", Integer, primary_key=True),
        Column("deal", String(32)),
    )
    host.metadata.create_all(engine)
    with crm.work() as work:
        made = work.create("deal", FULL)
    deal = crm.table("deal")
    with engine.begin() as connection:
        connection.execute(insert(host), [{"number": 1, "deal": made.id}])
        query = select(host.c.number, deal.c.amount).join(deal, deal.c.id == host.c.deal)
        assert connection.execute(query).all() == [(1, Decimal("-12.50"))]


def rights(crm: Workspace) -> Workspace:
    with crm.work() as work:
        own = [{"module": "deal", "operations": ["read"], "where": "owner == me"}]
        region = [{"module": "customer", "operations": ["read"], "where": "region == 'east'"}]
        role = work.create("crm_role", {"name": "east", "grants": own + region})
        li = work.create("crm_user", {"name": "小李", "login": "li", "roles": [role.id]})
        east = work.create("customer", {"name": "甲", "region": "east"})
        south = work.create("customer", {"name": "乙", "region": "south"})
        work.create("deal", {"title": "mine", "owner": li, "customer": east, "amount": 5})
        work.create("deal", {"title": "also", "owner": li, "customer": south, "amount": 7})
        work.create("deal", {"title": "not", "customer": east})
    return crm.as_("li")


def test_a_select_carries_the_rights_of_its_user(crm: Workspace, engine: Engine) -> None:
    li = rights(crm)
    query, customers = li.select("deal"), li.select("客户")
    with engine.connect() as connection:
        rows = connection.execute(query.order_by("title")).mappings().all()
        people = connection.execute(customers).mappings().all()
        mine, theirs = query.subquery("mine"), crm.select("deal").subquery("all")
        both = select(mine.c.title, theirs.c.amount).join(theirs, theirs.c.id == mine.c.id)
        assert sorted(connection.execute(both).all()) == [
            ("also", Decimal("7.00")), ("mine", Decimal("5.00")),
        ]  # fmt: skip
        larger = select(mine.c.title).where(mine.c.amount > 5)
        assert connection.execute(larger).scalars().all() == ["also"]
    # What hangs on a customer that he may not see is empty, as in every list.
    assert [(row["title"], row["region"]) for row in rows] == [("also", None), ("mine", "east")]
    assert [row["name"] for row in people] == ["甲"]
    # The number of deals of a customer counts what he may not see.
    assert "deals" not in people[0]
    with engine.connect() as connection:
        everyone = connection.execute(crm.select("客户").order_by("name")).mappings().all()
    assert [row["deals"] for row in everyone] == [1, 2]


def test_who_may_read_nothing_selects_nothing(crm: Workspace, engine: Engine) -> None:
    rights(crm)
    with crm.work() as work:
        work.create("crm_user", {"name": "x", "login": "x"})
    with engine.connect() as connection:
        assert connection.execute(crm.as_("x").select("deal")).all() == []


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_a_condition_of_the_host_is_that_of_the_language(
    crm: Workspace, engine: Engine, data: st.DataObject
) -> None:
    values = data.draw(st.lists(st.decimals(-999, 999, places=2), min_size=1, max_size=4))
    pivot = data.draw(st.sampled_from([*values, Decimal(0)]))
    with crm.work() as work:
        for one in crm.find("deal"):
            work.delete("deal", one)
        for value in values:
            work.create("deal", {"amount": value})
    deal = crm.table("deal").c
    with engine.connect() as connection:
        for sign, condition in (("<", deal.amount < pivot), ("==", deal.amount == pivot)):
            found = connection.execute(select(deal.id).where(condition)).scalars().all()
            wanted = [one.id for one in crm.find("deal", f"amount {sign} {pivot}")]
            assert sorted(found) == sorted(wanted)


def test_a_store_without_tables_says_so() -> None:
    crm = open_workspace("memory://", schema=Schema([CUSTOMER]))
    refused("no_tables", lambda: crm.table("customer"))
    refused("no_tables", lambda: crm.select("customer"))


def test_an_adopted_module_is_the_table_of_the_host(engine: Engine) -> None:
    host = Table(
        "party", MetaData(), Column("id", Integer, primary_key=True), Column("name", String(50))
    )
    host.metadata.create_all(engine)
    crm = open_workspace(engine, create=True, schema=Schema([CUSTOMER, DEAL]))
    crm.adopt("customer", host, key="id", fields={"region": None, "owner": None, "deals": None})
    refused("table_of_host", lambda: crm.table("customer"))
    refused("table_of_host", lambda: crm.select("customer"))
    with engine.connect() as connection:
        assert connection.execute(select(crm.table("deal"))).all() == []
