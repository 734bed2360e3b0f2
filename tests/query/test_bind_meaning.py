"""The binder: what questions become; parameters, policy, titles, formulas."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.query.test_bind import COMPANY, DEAL, NOW, PLAIN, READER, SCHEMA, binder, bound
from tests.query.test_evaluate import NOWHERE

from crmcore.errors import CrmError, QueryError
from crmcore.kinds import DecimalKind, Kind, Money, Text
from crmcore.query import ast
from crmcore.query.bind import Binder, operand
from crmcore.query.bound import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Within,
)
from crmcore.query.evaluate import condition, value
from crmcore.query.reader import Parameter, Reader
from crmcore.query.text import parse
from crmcore.schema import Field, Module
from crmcore.testing.rows import new_row, record_id

AMOUNT, COUNT, TITLE, TAGS = (
    Ref((), DEAL.by_name[name]) for name in ("amount", "count", "title", "tags")
)


def _is(sign: str, ref: Ref, constant: object) -> Comparison:
    return Comparison(sign, ref, Const(constant, ref.kind))  # type: ignore[arg-type]


SOME = Negation(IsEmpty(AMOUNT))

MEANINGS: list[tuple[str, BoundNode]] = [
    ("amount == 1", _is("==", AMOUNT, Decimal("1.00"))),
    ("1 < amount", _is(">", AMOUNT, Decimal("1.00"))),
    ("amount == 1.005", FALSE),
    ("amount != 1.005", TRUE),
    ("amount < 1.005", _is("<=", AMOUNT, Decimal("1.00"))),
    ("amount <= 1.005", _is("<=", AMOUNT, Decimal("1.00"))),
    ("amount > 1.005", _is(">=", AMOUNT, Decimal("1.01"))),
    ("amount >= 1.005", _is(">=", AMOUNT, Decimal("1.01"))),
    ("amount < -1.005", _is("<=", AMOUNT, Decimal("-1.01"))),
    ("amount > -0.001", _is(">=", AMOUNT, Decimal("0.00"))),
    ("amount < 10000000000000000", SOME),
    ("amount > 10000000000000000", FALSE),
    ("amount > -10000000000000000", SOME),
    ("amount <= -10000000000000000", FALSE),
    ("amount == 10000000000000000", FALSE),
    ("amount != 10000000000000000", TRUE),
    ("count == 1.0", _is("==", COUNT, 1)),
    ("count < 1.5", _is("<=", COUNT, 1)),
    ("count >= 2 * 3 + 1", _is(">=", COUNT, 7)),
    ("count == 7 % 4", _is("==", COUNT, 3)),
    ("amount in [1, 1.00, 1.005, null]", Within(AMOUNT, (Decimal("1.00"),))),
    ("amount in [1.005]", FALSE),
    ("count == me.level", _is("==", COUNT, 3)),
    ("title == me.department", FALSE),
    ("title != me.department", TRUE),
    ("title in me.regions", Within(TITLE, ("华东", "华北"))),
    ("title in me.department", FALSE),
    ("contains(title, me.department)", FALSE),
    ("title == '  won\\u00e9 '", _is("==", TITLE, "woné")),
    ("title == 'e\\u0301'", _is("==", TITLE, "é")),
    ("title == ''", FALSE),
    ("contains(title, 'ÄB c')", Match("contains", TITLE, "ab c")),
    ("title.contains('ÄB c')", Match("contains", TITLE, "ab c")),
    ("'a' in tags", HasCodes(TAGS, "all", ("a",))),
    ("contains(tags, 'a')", HasCodes(TAGS, "all", ("a",))),
    ("contains_any(tags, ['b', 'a', 'b'])", HasCodes(TAGS, "any", ("a", "b"))),
    ("tags == ['b', 'a']", _is("==", TAGS, ("a", "b"))),
    ("contains_all(tags, [])", Negation(IsEmpty(TAGS))),
    ("title == null", IsEmpty(TITLE)),
    ("null != title", Negation(IsEmpty(TITLE))),
    ("is_empty(title)", IsEmpty(TITLE)),
    ("null == null", TRUE),
    ("me.department == null", TRUE),
    ("me.level == null", FALSE),
    ("1 < 2", TRUE),
    ("'A' < 'a'", TRUE),
    ("'b' < 'A'", FALSE),
    ("'华' == '华'", TRUE),
    ("today == date('2024-03-01')", TRUE),
    ("now > 2024-02-29T00:00:00Z", TRUE),
    ("today - date('2024-02-28') == 2", TRUE),
    ("today + 1 == date('2024-03-02')", TRUE),
    ("now - 1h < now", TRUE),
    ("1 in [1, 2]", TRUE),
    ("3 in [1, 2]", FALSE),
    ("true and won", bound("won")),
    ("false or won", bound("won")),
    ("won and false", FALSE),
    ("won or true", TRUE),
    ("not not won", bound("won")),
    ("not true", FALSE),
    ("标题 == 'a'", _is("==", TITLE, "a")),
    ("SUBJECT == 'a'", _is("==", TITLE, "a")),
    ("not (won and count == 1)", Negation(AllOf((bound("won"), _is("==", COUNT, 1))))),
    ("won or count == 1", AnyOf((bound("won"), _is("==", COUNT, 1)))),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=lambda part: str(part)[:60])
def test_what_a_condition_becomes(text: str, meaning: BoundNode) -> None:
    assert bound(text) == meaning


def test_mistakes_do_not_hide_behind_constants() -> None:
    for text in ("false and amonut == 1", "true or amonut == 1", "amonut == 1 and false"):
        with pytest.raises(QueryError):
            bound(text)


def test_links_may_be_compared_with_titles() -> None:
    found = bound("company == 'acme'")
    assert isinstance(found, Comparison)
    assert isinstance(found.left, Ref)
    assert [step.link.name for step in found.left.steps] == ["company"]
    assert found.left.field.name == "name"
    by_id = bound(f"company == '{record_id(1)}'")
    assert isinstance(by_id, Comparison)
    assert by_id.left == Ref((), DEAL.by_name["company"])
    order = binder().order(DEAL, ast.OrderBy("company"))
    assert order.ref.field.name == "name"


@pytest.mark.parametrize("spelling", ["deal", "deals", "DEALS", "deal.company"])
def test_relations_have_many_names(spelling: str) -> None:
    only = Module("deal", [DEAL.by_name["company"]])
    schema = SCHEMA.with_module(only)
    node = ast.Call("exists", (ast.Name(tuple(spelling.split("."))),))
    found = Binder(schema, READER).condition(COMPANY, node)
    assert isinstance(found, Related)
    assert found.child == only
    assert found.link.name == "company"


def test_a_relation_of_two_links_needs_the_link() -> None:
    with pytest.raises(QueryError) as caught:
        bound("exists(deal)", COMPANY)
    assert caught.value.problems[0].params["known"] == "company, deal.company, deal.partner"
    assert caught.value.suggestion in ("deal.company", "deal.partner")


def _reader(scopes: Mapping[str, str], department: str | None = None) -> Reader:
    parameters = {**READER.parameters, "me.department": Parameter(Text(), department)}
    found = {(module, "read"): parse(text) for module, text in scopes.items()}
    return evolve(READER, system=False, scopes=found, parameters=parameters)


def test_no_grant_no_access() -> None:
    reader = _reader({"company": "true"})
    assert Binder(SCHEMA, reader).visible(DEAL) == FALSE
    assert Binder(SCHEMA, reader).visible(COMPANY) == TRUE
    assert Binder(SCHEMA, reader).visible(COMPANY, "update") == FALSE
    assert Binder(SCHEMA, READER).visible(DEAL, "delete") == TRUE


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("region == me.department", FALSE),
        ("not (region == me.department)", FALSE),
        ("region != me.department", FALSE),
        ("region == null or region == me.department", bound("region == null", COMPANY)),
        ("region == null and region == me.department", FALSE),
        ("exists(company, region == me.department)", FALSE),
        ("region in me.nothing", None),
        ("true or region == me.department", TRUE),
    ],
)
def test_policy_that_mentions_an_empty_parameter_fails_closed(
    scope: str, expected: BoundNode | None
) -> None:
    made = Binder(SCHEMA, _reader({"company": scope}))
    if expected is None:
        with pytest.raises(QueryError):
            made.visible(COMPANY)
    else:
        assert made.visible(COMPANY) == expected


def test_policy_with_its_parameter_lets_through() -> None:
    made = Binder(SCHEMA, _reader({"company": "region == me.department"}, "华东"))
    region = Ref((), COMPANY.by_name["region"])
    assert made.visible(COMPANY) == _is("==", region, "华东")


def test_policy_sees_through_what_its_reader_does_not() -> None:
    made = Binder(SCHEMA, _reader({"deal": "company.region == '华东'"}))
    found = made.visible(DEAL)
    assert isinstance(found, Comparison)
    assert isinstance(found.left, Ref)
    assert found.left.steps[0].visible == TRUE
    asked = made.condition(DEAL, parse("company.region == '华东'"))
    assert isinstance(asked, Comparison)
    assert isinstance(asked.left, Ref)
    assert asked.left.steps[0].visible == FALSE


def test_every_hop_and_every_child_carries_what_may_be_seen() -> None:
    made = Binder(SCHEMA, _reader({"company": "region == 'x'", "deal": "won", "plain": "true"}))
    seen = made.visible(COMPANY)
    found = made.condition(DEAL, parse("company.parent.name == 'a'"))
    assert isinstance(found, Comparison)
    assert isinstance(found.left, Ref)
    assert [step.visible for step in found.left.steps] == [seen, seen]
    related = made.condition(COMPANY, parse("exists(deal.company)"))
    assert isinstance(related, Related)
    assert related.visible == made.visible(DEAL)
    column = made.column(DEAL, ("company", "name"))
    assert column.steps[0].visible == seen
    assert made.order(DEAL, ast.OrderBy("company")).ref.steps[0].visible == seen


ROW = new_row(
    DEAL,
    record_id(1),
    0,
    {
        "title": "Ägypten",
        "amount": Decimal("10.00"),
        "count": 3,
        "closed": date(2024, 2, 29),
        "due": datetime(2024, 2, 29, tzinfo=UTC),
        "span": timedelta(hours=36),
        "won": True,
        "price": Money(Decimal("1.0000"), "CNY"),
    },
)

FORMULAS: list[tuple[str, object]] = [
    ("amount * count", Decimal("30.00")),
    ("amount / 3", Decimal("3.333333333333333333333333333")),
    ("amount / 0", None),
    ("amount % count", Decimal("1.00")),
    ("0 - amount", Decimal("-10.00")),
    ("amount + euro", None),
    ("title + '!'", "Ägypten!"),
    ("concat(title, ' ', count, code)", "Ägypten 3"),
    ("round(amount / 3, 2)", Decimal("3.33")),
    ("abs(0 - count)", Decimal(3)),
    ("min(count, amount)", 3),
    ("max(count, amount, euro)", Decimal("10.00")),
    ("if(won, 1, 2)", 1),
    ("if(amount > 10, 1, 2)", 2),
    ("if(contains(title, 'agy'), 1, 2)", 1),
    ("if(not won or amount in [10], 'x', 'y')", "x"),
    ("coalesce(euro, dollar, amount)", Decimal("10.00")),
    ("coalesce(euro, dollar)", None),
    ("length(title)", 7),
    ("length(code)", None),
    ("year(closed) * 100 + month(closed)", Decimal(202402)),
    ("day(closed)", 29),
    ("closed + 1", date(2024, 3, 1)),
    ("closed - 60", date(2023, 12, 31)),
    ("closed - closed", 0),
    ("due + span", datetime(2024, 3, 1, 12, tzinfo=UTC)),
    ("due - due", timedelta(0)),
    ("span + 30min", timedelta(hours=36, minutes=30)),
    ("min(closed, date('2024-01-01'))", date(2024, 1, 1)),
    ("amount > 5 and won", True),
]


@pytest.mark.parametrize(("text", "expected"), FORMULAS)
def test_what_a_formula_gives(text: str, expected: object) -> None:
    found = operand(binder().scope(DEAL, formula=True), parse(text))
    assert found.node is not None
    result = value(found.node, DEAL)(ROW, NOWHERE)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("title * 2", "not_comparable"),
        ("title - 'a'", "not_comparable"),
        ("closed + closed", "not_comparable"),
        ("due + 1", "not_comparable"),
        ("round(title)", "not_comparable"),
        ("abs(span)", "not_comparable"),
        ("length(amount)", "not_comparable"),
        ("year(title)", "not_comparable"),
        ("year(due)", "not_comparable"),
        ("min(title, code)", "not_comparable"),
        ("max(price, price)", "not_comparable"),
        ("min(amount, closed)", "not_comparable"),
        ("if(won, 1, 'a')", "not_comparable"),
        ("coalesce(amount, title)", "not_comparable"),
        ("if(amount, 1, 2)", "not_a_condition"),
        ("if(null, 1, 2)", "not_a_condition"),
        ("round()", "argument_count"),
        ("round(1, 2, amount)", "argument_count"),
        ("if(won, 1)", "argument_count"),
        ("sqrt(amount)", "unknown_function"),
    ],
)
def test_formulas_are_typed_before_they_run(text: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        operand(binder().scope(DEAL, formula=True), parse(text))
    assert caught.value.code == code


def test_formulas_never_fail_on_a_row_but_by_overflow() -> None:
    """A function that was accepted works on every row, the empty one too."""
    empty = new_row(DEAL, record_id(2), 0, {})
    for text, _ in FORMULAS:
        found = operand(binder().scope(DEAL, formula=True), parse(text))
        assert found.node is not None
        value(found.node, DEAL)(empty, NOWHERE)
    huge = operand(binder().scope(DEAL, formula=True), parse("closed + 99999999"))
    assert huge.node is not None
    with pytest.raises(CrmError) as caught:
        value(huge.node, DEAL)(ROW, NOWHERE)
    assert caught.value.code == "number_too_large"


KINDS: list[tuple[Kind, list[Decimal]]] = [
    (DecimalKind(scale), [Decimal(n).scaleb(-scale) for n in (-101, -100, -1, 0, 1, 99, 100)])
    for scale in (0, 1, 2, 4)
]


@given(
    st.sampled_from(KINDS),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.decimals(-120, 120, allow_nan=False, places=6) | st.integers(-(10**30), 10**30),
)
def test_numbers_between_two_values_change_no_answer(
    given_: tuple[Kind, list[Decimal]], sign: str, number: Decimal | int
) -> None:
    kind, values = given_
    module = Module("probe", [Field("x", kind, number=1)])
    node = ast.Compare(sign, ast.Name(("x",)), ast.Value(number))  # type: ignore[arg-type]
    holds = condition(Binder(SCHEMA.with_module(module), READER).condition(module, node), module)
    compare = {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }[sign]
    for x in values:
        row = new_row(module, record_id(1), 0, {"x": x})
        assert holds(row, NOWHERE) == compare(x, Decimal(number))
    assert holds(new_row(module, record_id(1), 0, {}), NOWHERE) == (sign == "!=")


def test_now_is_one_constant() -> None:
    assert bound("due < now") == _is("<", Ref((), DEAL.by_name["due"]), NOW)
    assert bound("other == null", PLAIN) == IsEmpty(Ref((), PLAIN.by_name["other"]))
