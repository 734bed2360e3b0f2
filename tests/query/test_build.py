"""The builder `f` makes the same trees as the text form, and refuses what Python would bend."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest

from crmcore.errors import QueryError
from crmcore.query.ast import Compare, Logic, Name, Value
from crmcore.query.build import Expression, Path, all_of, any_of, f, to_node
from crmcore.query.text import parse


class Stage(StrEnum):
    WON = "won"


class Level(IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (f.amount > 100, "amount > 100"),
        (f.amount == Decimal("1.50"), "amount == 1.50"),
        (f.amount != 1, "amount != 1"),
        (f.amount <= 1, "amount <= 1"),
        (f.amount < 1, "amount < 1"),
        (f.amount >= 1, "amount >= 1"),
        (f["客户名称"].contains("华"), "客户名称.contains('华')"),
        (f.account.region == "华东", "account.region == '华东'"),
        (f["客户"]["区域 名称"] == f.region, "客户.`区域 名称` == region"),
        (f.a & f.b & f.c, "a and b and c"),
        (f.a & (f.b & f.c), "a and b and c"),
        (f.a | f.b & f.c, "a or b and c"),
        ((f.a | f.b) & ~f.c, "(a or b) and not c"),
        (True & f.a, "true and a"),
        (False | f.a, "false or a"),
        (f.stage.in_(["won", "lost"]), "stage in ['won', 'lost']"),
        (f.stage.in_(x for x in ("won",)), "stage in ['won']"),
        (f.stage.in_(set("edcba")), "stage in ['a', 'b', 'c', 'd', 'e']"),
        (~f.stage.in_([]), "stage not in []"),
        (f.value("vip").in_(f.tags), "'vip' in tags"),
        (f.tags.has("vip"), "'vip' in tags"),
        (f.tags.contains_any(["a", "b"]), "contains_any(tags, ['a', 'b'])"),
        (f.tags.contains_all(("a",)), "contains_all(tags, ['a'])"),
        (f.tags == ["a"], "tags == ['a']"),
        (f.name.starts_with("华"), "starts_with(name, '华')"),
        (f.name.ends_with("华"), "ends_with(name, '华')"),
        (f.name.like("华"), "like(name, '华')"),
        (f.name.is_empty(), "name == null"),
        (f.exists("opportunities"), "exists(opportunities)"),
        (f.exists("opportunities", f.stage == "won"), "exists(opportunities, stage == 'won')"),
        (f.exists(f.opportunity.partner), "exists(opportunity.partner)"),
        (f.all("tasks", f.done), "all(tasks, done)"),
        (f.count("contacts") > 3, "count(contacts) > 3"),
        (f.call("round", f.amount, 2), "round(amount, 2)"),
        (f["count"] > 1, "count > 1"),
        (f["exists"].a["contains"] == 1, "exists.a.contains == 1"),
        (f.amount * 2 + 1, "amount * 2 + 1"),
        (2 * f.amount - f.cost, "2 * amount - cost"),
        (1 + f.a, "1 + a"),
        (1 - f.a, "1 - a"),
        (f.a / 2, "a / 2"),
        (1 / f.a, "1 / a"),
        (f.a % 2, "a % 2"),
        (5 % f.a, "5 % a"),
        (-f.a, "-a"),
        (f.closed < f.now - timedelta(days=30), "closed < now - 30d"),
        (f.closed == date(2026, 1, 5), "closed == 2026-01-05"),
        (f.stage == Stage.WON, "stage == 'won'"),
        (f.level == Level.HIGH, "level == 3"),
        (f.active == True, "active == true"),  # noqa: E712
        (all_of(f.a, f.b), "a and b"),
        (all_of(f.a), "a"),
        (all_of(), "and()"),
        (any_of(), "or()"),
        (any_of(f.a, parse("b or c")), "a or b or c"),
    ],
)
def test_the_builder_makes_the_tree_of_the_text(built: Expression, text: str) -> None:
    assert built.node == parse(text)


def test_operands_may_stand_the_other_way_round() -> None:
    hundred = 100
    assert (hundred < f.amount).node == parse("amount > 100")
    assert (hundred == f.amount).node == parse("amount == 100")


def test_constants_become_plain_and_exact() -> None:
    assert type(_right(f.a == Stage.WON)) is str
    assert type(_right(f.a == Level.HIGH)) is int
    moment = datetime(2026, 1, 5, 18, tzinfo=timezone(timedelta(hours=8)))
    assert _right(f.a == moment) == moment
    assert _right(f.a == moment).tzinfo is UTC  # type: ignore[attr-defined]


def _right(expression: Expression) -> object:
    assert isinstance(expression.node, Compare)
    assert isinstance(expression.node.right, Value)
    return expression.node.right.value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "float_constant"),
        (float("nan"), "float_constant"),
        (Decimal("NaN"), "constant_type"),
        (Decimal("Infinity"), "constant_type"),
        (Decimal("1E+999999"), "number_too_long"),
        (10**40, "number_too_long"),
        ("x" * 20_001, "expression_too_long"),
        ("\ud800", "constant_type"),
        (datetime(2026, 1, 5), "naive_constant"),  # noqa: DTZ001
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=8))), "constant_type"),
        (b"x", "constant_type"),
        (object(), "constant_type"),
        ({"$ne": None}, "constant_type"),
        (1j, "constant_type"),
        ([1.5], "float_constant"),
    ],
)
def test_inexact_and_foreign_constants_are_refused(value: object, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        f.a == value  # noqa: B015
    assert caught.value.code == code


def test_an_expression_has_no_truth_value() -> None:
    for wrong in (
        lambda: bool(f.a),
        lambda: f.a and f.b,
        lambda: not f.a,
        lambda: 1 < f.a < 2,
        lambda: bool(f.a.node),
        lambda: "x" in f.tags,
        lambda: list(f.tags),
        lambda: {f.a},
    ):
        with pytest.raises(TypeError):
            wrong()


def test_forgotten_parentheses_are_noticed() -> None:
    for wrong in (
        lambda: f.a == 1 & f.b,
        lambda: f.a & "x",
        lambda: f.a | 0,
        lambda: all_of(f.a, None),
    ):
        with pytest.raises(QueryError) as caught:
            wrong()
        assert caught.value.code == "condition_expected"


def test_lists_must_be_lists() -> None:
    for wrong in ("won", b"won", 3, None):
        with pytest.raises(QueryError) as caught:
            f.stage.in_(wrong)
        assert caught.value.code == "list_expected"


def test_what_python_looks_for_on_any_object_is_no_field() -> None:
    for name in ("__array__", "_repr_html_", "__fspath__"):
        assert not hasattr(f, name)
        assert not hasattr(f.a, name)
    copied = copy.deepcopy(f.a.b)
    assert isinstance(copied, Path)
    assert copied.node == Name(("a", "b"))
    with pytest.raises(TypeError):
        f[0]  # type: ignore[index]
    with pytest.raises(QueryError):
        f[""]


def test_names_are_composed() -> None:
    assert f["e\u0301"].node == Name(("é",)) == parse("e\u0301")


def test_a_condition_is_taken_in_any_form() -> None:
    node = parse("a and b")
    assert to_node("a and b") == to_node(f.a & f.b) == to_node(node) == node
    assert isinstance(node, Logic)


def test_an_expression_shows_its_text() -> None:
    assert repr((f.amount > 1) & f["in"]) == "Expression(amount > 1 and `in`)"
    assert "Value" in repr(Expression(Value(1.5)))  # type: ignore[arg-type]
