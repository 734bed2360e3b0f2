"""Assertions about rights: proved, broken with a witness, or not proved."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.access.conftest import ACCOUNT, Company

from crmcore import Grant, Role
from crmcore.access import Denial, FieldRule
from crmcore.errors import AccessDenied, QueryError, SchemaError
from crmcore.query.bound import (
    AllOf,
    AnyOf,
    BoundComparator,
    BoundNode,
    Comparison,
    Const,
    IsEmpty,
    Negation,
    Ref,
    Within,
)
from crmcore.query.evaluate import condition
from crmcore.records import layout_of
from crmcore.reviewing import assertions_in, check
from crmcore.reviewing.satisfying import satisfiable
from crmcore.schema import STAMPS

SERVICE = Role(
    "service",
    "内勤",
    [
        Grant("account", ("read", "update"), "region == 'east'"),
        Grant("account", "read", scopes="own"),
        Grant("deal", "read", scopes="via:account"),
        Grant("crm_user", "read"),
    ],
    denials=[Denial("no giants", "account", ("update",), "amount > 1000")],
    fields=[
        FieldRule("account", "phone", "hidden", where="owner != me"),
        FieldRule("account", "amount", "read"),
        FieldRule("account", "email", "masked", "domain"),
    ],
)


def test_what_is_proved_holds_whatever_records_come(company: Company) -> None:
    company.user("小王", SERVICE)
    company.user("nobody")
    for text in (
        "内勤 !read account when region == 'south' and owner == null",
        "内勤 查看 客户 when 区域 == '华东'",
        "service read account when owner == me",
        "内勤 !编辑 客户 when 区域 == '华南'",
        "内勤 !update account when amount >= 2000",
        "内勤 update account when region == 'east' and amount < 1000",
        "内勤 !delete account",
        "内勤 !update account.amount",
        "内勤 !read account.email",
        "内勤 !read account.phone when owner != me",
        "内勤 read account.phone when owner == me",
        "内勤 不可 审批 客户",
        "小王 !delete account",
        "小王 read account when owner == me",
        "user:nobody !read account",
        "role:service not create deal",
    ):
        found = check(company.crm, [text])[0]
        assert (found.state, found.holds) == ("holds", True), text
        assert "成立" in found.message("zh")


def test_what_is_broken_has_a_witness(company: Company) -> None:
    rep = company.user("小王", SERVICE)
    east = company.account("甲", region="east", amount=5)
    south = company.account("乙", region="south")
    mine = company.account("丙", rep, region="south")
    for text, records in (
        ("内勤 !read account", {east, mine}),
        ("内勤 read account", {south}),
        ("小王 !update account", {east}),
        ("内勤 !read account.phone", {mine}),
        ("内勤 !read account.amount", {east, mine}),
        ("小王 read account.phone when region == 'east'", {east}),
        ("小王 read account.email when region == 'east'", {east}),
    ):
        found = check(company.crm, [text])[0]
        assert found.state == "broken", text
        assert found.witness is not None
        assert found.witness.user == rep.principal
        assert found.witness.record in records, text
        assert "小王" in found.message("en")
        assert found.to_json()["state"] == "broken"


def test_what_nothing_present_breaks_is_not_thereby_proved(company: Company) -> None:
    company.user("小王", SERVICE)
    for text in (
        "内勤 !read account",
        "内勤 !read account when name == 'x'",
        "内勤 read account",
        "小王 !read account.phone",
    ):
        found = check(company.crm, [text])[0]
        assert (found.state, found.holds, found.witness) == ("possible", False, None), text
    # Who is switched off may nothing, and is no proof of the contrary.
    with company.crm.work() as work:
        user = company.crm.find("crm_user", "name == '小王'")[0].id
        work.update("crm_user", user, {"active": False})
    assert [
        one.state for one in check(company.crm, [f"{user} read account", f"{user} !read account"])
    ] == [
        "possible",
        "holds",
    ]


def test_a_role_is_asked_whoever_holds_it(company: Company) -> None:
    north = Role("north", grants=[Grant("account", "read", "me.department == 'north'")])
    company.user("south", north, department="south")
    company.account("a")
    found = check(company.crm, ["role:north !read account", "south !read account"])
    assert [one.state for one in found] == ["possible", "holds"]


def test_every_scope_is_asked_of_whoever_holds_it(company: Company) -> None:
    words = ("own", "department", "department_and_below", "direct_subordinates", "subordinates")
    words = (*words, "territory", "pool", "shared", "team", "created")
    for number, word in enumerate(words):
        role = Role(f"r{number}", grants=[Grant("account", "read", "region == 'east'", word)])
        company.role(role)
        found = check(
            company.crm,
            [f"r{number} !read account when region == 'south'", f"r{number} !read account"],
        )
        assert [one.state for one in found] == ["holds", "possible"], word
    lasting = ["r0 read account when owner == me and region == 'east'", "r6 !read account.code"]
    assert [one.state for one in check(company.crm, lasting)] == ["holds", "possible"]


def test_what_is_no_assertion_is_refused(company: Company) -> None:
    company.user("小王", SERVICE)
    company.user("service")
    for text, code in (
        ("内勤", "bad_assertion"),
        ("内勤 read", "bad_assertion"),
        ("内勤 read account region == 'east'", "bad_assertion"),
        ("谁 read account", "unknown_role_or_user"),
        ("service read account", "subject_ambiguous"),
        ("role:谁 read account", "unknown_role_or_user"),
        ("内勤 fly account", "unknown_operation"),
        ("内勤 read nothing", "unknown_module"),
        ("内勤 read account.nothing", "unknown_field"),
    ):
        with pytest.raises((QueryError, SchemaError)) as refused:
            check(company.crm, [text])
        assert refused.value.code == code, text
    with pytest.raises(QueryError):
        check(company.crm, ["内勤 read account when region =="])
    with pytest.raises(AccessDenied):
        check(company.crm.as_("小王"), ["内勤 !read account"])
    assert list(assertions_in("# one\n\n 内勤 !read account \n")) == ["内勤 !read account"]


NO_LOOK = cast("Any", None)
OWNER, AMOUNT, REGION = (ACCOUNT.by_name[name] for name in ("owner", "amount", "region"))
places = st.sampled_from([OWNER, AMOUNT, REGION])
VALUES = {"owner": ("1" * 32, "2" * 32), "amount": (1, 2, 3), "region": ("east", "south")}


@st.composite
def leaves(draw: st.DrawFn) -> object:
    one = draw(places)
    ref, values = Ref((), one), VALUES[one.name]
    value = Const(draw(st.sampled_from(values)), one.kind)
    signs = ["==", "!=", "<", "<=", ">", ">="] if one is AMOUNT else ["==", "!="]
    return draw(
        st.one_of(
            st.just(IsEmpty(ref)),
            st.builds(Comparison, st.sampled_from(signs), st.just(ref), st.just(value)),  # type: ignore[arg-type]
            st.builds(Within, st.just(ref), st.lists(st.sampled_from(values)).map(tuple)),
        )
    )


nodes = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Negation, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(nodes)
def test_what_cannot_be_is_fulfilled_by_nothing(node: object) -> None:
    width, index = layout_of(ACCOUNT).stored, layout_of(ACCOUNT).index
    holds = condition(node, ACCOUNT)  # type: ignore[arg-type]
    found = False
    for owner in (None, *VALUES["owner"], "3" * 32):
        for amount in (None, 0, 1, 2, 3, 4):
            for region in (None, *VALUES["region"]):
                row: list[object] = [None] * (width + len(STAMPS))
                row[index["owner"]], row[index["amount"]] = owner, amount
                row[index["region"]] = region
                found = found or holds(tuple(row), NO_LOOK)
    # Of these places alone the search is exact but for numbers in between.
    assert satisfiable(node) or not found  # type: ignore[arg-type]


def test_two_conditions_on_one_place_are_decided_exactly() -> None:
    index, width = layout_of(ACCOUNT).index["amount"], layout_of(ACCOUNT).stored
    ref = Ref((), AMOUNT)
    rows: list[tuple[object, ...]] = []
    for amount in (None, *(Decimal(number) / 2 for number in range(9))):
        row: list[object] = [None] * width
        row[index] = amount
        rows.append(tuple(row))
    single: list[BoundNode] = [IsEmpty(ref), Within(ref, (Decimal(1), Decimal(3)))]
    signs: tuple[BoundComparator, ...] = ("==", "!=", "<", "<=", ">", ">=")
    single += [
        Comparison(sign, ref, Const(Decimal(value), AMOUNT.kind))
        for sign in signs
        for value in (1, 2)
    ]
    both = [*single, *(Negation(one) for one in single)]
    for one, other in product(both, both):
        node = AllOf((one, other))
        holds = condition(node, ACCOUNT)
        assert satisfiable(node) == any(holds(row, NO_LOOK) for row in rows), node
