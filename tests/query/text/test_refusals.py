"""Texts that are no expressions: code, position, what was found, what was meant."""

from __future__ import annotations

import pytest

from crmcore.errors import QueryError
from crmcore.query.ast import MAX_DEPTH, MAX_TERMS, Logic, Node, Not
from crmcore.query.text import parse, parse_order, parse_path


def _refused(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "position", "found", "suggestion"),
    [
        ("", "expression_empty", 0, None, None),
        (" \u3000\n", "expression_empty", 0, None, None),
        ("a = 1", "wrong_operator", 2, "=", "=="),
        ("a ＝ 1", "wrong_operator", 2, "＝", "=="),
        ("a === 1", "wrong_operator", 2, "===", "=="),
        ("a <> 1", "wrong_operator", 2, "<>", "!="),
        ("a =＜ 1", "wrong_operator", 2, "=＜", "<="),
        ("a => 1", "wrong_operator", 2, "=>", ">="),
        ("a !== 1", "wrong_operator", 2, "!==", "!="),
        ("a & b", "wrong_operator", 2, "&", "and"),
        ("a | b", "wrong_operator", 2, "|", "or"),
        ("a AND b", "wrong_operator", 2, "AND", "and"),
        ("a 大于 1", "wrong_operator", 2, "大于", ">"),
        ("a 和 b", "wrong_operator", 2, "和", "且"),
        ("a is null", "wrong_operator", 2, "is", "=="),
        ("a == b == c", "chained_comparison", 7, "==", None),
        ("1 < a <= 2", "chained_comparison", 6, "<=", None),
        ("a in [1] in b", "chained_comparison", 9, "in", None),
        ("a == b not in [1]", "chained_comparison", 7, "not", None),
        ("a b", "operator_expected", 2, "b", None),
        ("a not b", "operator_expected", 2, "not", None),
        ("a 'x'", "operator_expected", 2, "'x'", None),
        ("a ! b", "operator_expected", 2, "!", None),
        ("等级属于['A']", "blank_missing", 0, "等级属于", "等级 属于"),
        ("a > 1,200", "thousands_separator", 5, ",", "1200"),
        ("(1，234，567)", "thousands_separator", 2, "，", "1234567"),
        ("a in ('x', 'y')", "list_in_parentheses", 9, ",", None),
        ("a ==", "expression_unfinished", 4, None, None),
        ("a and", "expression_unfinished", 5, None, None),
        ("a.", "expression_unfinished", 2, None, None),
        ("-", "expression_unfinished", 1, None, None),
        ("== a", "operand_expected", 0, "==", None),
        ("a == not b", "operand_expected", 5, "not", None),
        ("a and or b", "operand_expected", 6, "or", None),
        ("f(a,)", "operand_expected", 4, ")", None),
        ("f(,)", "operand_expected", 2, ",", None),
        ("[1,]", "operand_expected", 3, "]", None),
        ("()", "operand_expected", 1, ")", None),
        ("+1", "operand_expected", 0, "+", None),
        ("in", "operand_expected", 0, "in", None),
        ("a.in", "keyword_as_name", 2, "in", "`in`"),
        ("a.空", "keyword_as_name", 2, "空", "`空`"),
        ("a.1", "name_expected", 2, "1", None),
        ("a.'x'", "name_expected", 2, "'x'", None),
        ("'x'.a", "part_of_value", 4, "a", None),
        ("f(a).b == 1", "part_of_value", 5, "b", None),
        ("(a", "closing_missing", 2, None, None),
        ("[1, 2", "closing_missing", 5, None, None),
        ("f(a", "closing_missing", 3, None, None),
        ("(a]", "closing_wrong", 2, "]", None),
        ("[1)", "closing_wrong", 2, ")", None),
        ("a)", "closing_unopened", 1, ")", None),
        ("a】", "closing_unopened", 1, "】", None),
        ("a # b", "bad_character", 2, "#", None),
        ("a; b", "bad_character", 1, ";", None),
        ("a\u200b == 1", "bad_character", 1, "\u200b", None),
        ("a ? b : c", "bad_character", 2, "?", None),
        ("a == '\ud800'", "bad_character", 6, "\ud800", None),
        ("a == 'x", "string_unterminated", 5, "'x", None),
        ("a == “x", "string_unterminated", 5, "“x", None),
        ("a == 'x\\'", "string_unterminated", 5, "'x\\'", None),
        ("a == 'x\"", "string_unterminated", 5, "'x\"", None),
        (r"a == 'x\y'", "string_escape", 7, r"\y", None),
        (r"a == 'x\u12'", "string_escape", 7, r"\u", None),
        (r"a == '\ud800'", "string_escape", 6, r"\ud800", None),
        ("`a == 1", "name_unterminated", 0, "`a == 1", None),
        ("`a``", "name_unterminated", 0, "`a``", None),
        ("a == ``", "name_empty", 5, None, None),
        ("9" * 41, "number_too_long", 0, None, None),
        ("1." + "0" * 40, "number_too_long", 0, None, None),
        ("9" * 37 + "万", "number_too_long", 0, None, None),
        ("a > 1e5", "number_exponent", 4, "1e5", None),
        ("1e300000", "number_exponent", 0, "1e3", None),
        ("1E-3", "number_exponent", 0, "1E-", None),
        ("a > 100万元", "number_unit", 4, "100万元", "100万"),
        ("3months", "number_unit", 0, "3months", "3"),
        ("30days", "number_unit", 0, "30days", "30d"),
        ("5个月", "number_unit", 0, "5个月", "5"),
        ("99999999999d", "duration_range", 0, None, None),
        ("0.0000001s", "duration_range", 0, None, None),
        ("2026-1-5", "date_form", 0, "2026-1-5", "2026-01-05"),
        ("2026/01/05", "date_form", 0, "2026/01/05", "2026-01-05"),
        ("2026-02-30", "date_invalid", 0, "2026-02-30", None),
        ("0000-01-01", "date_invalid", 0, "0000-01-01", None),
        ("2026年13月1日", "date_invalid", 0, "2026年13月1日", None),
        ("25:00", "time_invalid", 0, "25:00", None),
        ("2026-01-05T24:00Z", "time_invalid", 11, "24:00", None),
        (
            "a > 2026-01-05T10:00",
            "instant_without_zone",
            4,
            "2026-01-05T10:00",
            "2026-01-05T10:00+08:00",
        ),
        ("2026-01-05T10:00+25:00", "date_invalid", 0, "2026-01-05T10:00+25:00", None),
    ],
)
def test_refusals(
    text: str, code: str, position: int, found: str | None, suggestion: str | None
) -> None:
    error = _refused(text)
    assert (error.code, error.position, error.suggestion) == (code, position, suggestion)
    assert error.problems[0].params.get("found") == found
    assert error.message("en") != code
    assert error.message("zh") != error.message("en")


def test_a_suggestion_is_accepted() -> None:
    for text in ("a > 100万元", "30days", "2026-1-5"):
        suggestion = _refused(text).suggestion
        assert suggestion is not None
        parse(suggestion)


def test_length_is_capped() -> None:
    parse("'" + "a" * 19_998 + "'")
    assert _refused("a" * 20_001).code == "expression_too_long"


def test_terms_are_capped() -> None:
    node = parse(" and ".join(f"a == {n}" for n in range(MAX_TERMS)))
    assert isinstance(node, Logic)
    assert len(node.terms) == MAX_TERMS
    assert (
        _refused(" and ".join(f"a == {n}" for n in range(MAX_TERMS + 1))).code == "too_many_terms"
    )


def test_list_items_are_no_terms() -> None:
    parse(f"a in [{', '.join(map(str, range(3_000)))}]")
    assert _refused(f"a in [{', '.join(['b == 1'] * 600)}]").code == "too_many_terms"


def test_depth_is_capped_after_flattening() -> None:
    def nots(count: int) -> str:
        return "not " * count + "a"

    node: Node = parse(nots(MAX_DEPTH - 1))
    depth = 1
    while isinstance(node, Not):
        node, depth = node.term, depth + 1
    assert depth == MAX_DEPTH
    assert _refused(nots(MAX_DEPTH)).code == "too_deep"
    flat = "a"
    for name in "bcdefghijklmnopqrstuvwxyz" * 2:
        flat = f"({flat} and {name})"
    assert isinstance(parse(flat), Logic)
    assert _refused(flat.replace("and", "-")).code == "too_deep"
    assert _refused(" + ".join(["a"] * (MAX_DEPTH + 1))).code == "too_deep"


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 9_999 + "a" + ")" * 9_999,
        "[" * 19_999,
        "f(" * 9_999,
        "a.f(" * 4_000,
        "-" * 19_999 + "1",
        "!" * 19_999 + "a",
        "not " * 4_999 + "a",
        "and(" * 4_999,
        "1" + "+1" * 9_999,
        "a" + ".f()" * 4_900,
        "a" + " == (a" * 2_000,
        "a and (a or (" * 1_500,
    ],
)
def test_deep_texts_are_refused_without_deep_recursion(bomb: str) -> None:
    assert _refused(bomb).code == "too_deep"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "expression_empty"),
        ("a b", "order_word"),
        ("a,", "expression_unfinished"),
        ("a desc desc", "order_word"),
        ("a empties first", "order_word"),
        ("-a desc", "order_word"),
        ("a == 1", "order_word"),
        ("-", "expression_unfinished"),
    ],
)
def test_refused_orders(text: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_order(text)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["a.b.", "a b", "1", ""])
def test_refused_paths(text: str) -> None:
    with pytest.raises(QueryError):
        parse_path(text)
