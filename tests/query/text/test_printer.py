"""How expressions are shown: minimal parentheses, both languages, nothing that deceives."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import reduce

import pytest

from crmcore.errors import QueryError
from crmcore.query.ast import Call, Compare, Constant, Items, Logic, Name, Node, Not, Value
from crmcore.query.text import parse, print_expression

A = Name(("a",))
CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("((a) == (1))", "a == 1", "a == 1"),
        ("(a and b) or c", "a and b or c", "a 且 b 或 c"),
        ("a and (b or c)", "a and (b or c)", "a 且 (b 或 c)"),
        ("非(a 或 b)", "not (a or b)", "非 (a 或 b)"),
        ("not (a == 1)", "not a == 1", "非 a == 1"),
        ("!(a) == b", "(not a) == b", "(非 a) == b"),
        ("a not in ['x', 2]", "a not in ['x', 2]", "a 不属于 ['x', 2]"),
        ("a 属于【】", "a in []", "a 属于 []"),
        ("(a + b) * c", "(a + b) * c", "(a + b) * c"),
        ("a + (b * c)", "a + b * c", "a + b * c"),
        ("a - (b - c)", "a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "a - b - c", "a - b - c"),
        ("0 - a", "-a", "-a"),
        ("-(a + b)", "-(a + b)", "-(a + b)"),
        ("0 - 1", "0 - 1", "0 - 1"),
        ("name.contains('华')", "contains(name, '华')", "包含(name, '华')"),
        ("exists(a, b == true)", "exists(a, b == true)", "存在(a, b == 真)"),
        ("`包含`(a)", "`包含`(a)", "`包含`(a)"),
        ("and(a)", "and(a)", "且(a)"),
        ("a == null", "a == null", "a == 空"),
        ("now - 30天", "now - 30d", "now - 30天"),
        ("2周", "14d", "14天"),
        ("90min", "90min", "90分钟"),
        ("1.5s", "1.5s", "1.5秒"),
        ("100万", "1000000", "1000000"),
        ("`客户 名称`.`in`", "`客户 名称`.`in`", "`客户 名称`.`in`"),
        ("`非`", "`非`", "`非`"),
        ("`\U0002ebf0x`", "`\U0002ebf0x`", "`\U0002ebf0x`"),
        ('"it\'s"', r"'it\'s'", r"'it\'s'"),
        ("'a\u202eb\u200b\u3000\n'", r"'a\u202eb\u200b\u3000\n'", r"'a\u202eb\u200b\u3000\n'"),
    ],
)
def test_print(text: str, english: str, chinese: str) -> None:
    node = parse(text)
    assert print_expression(node) == english
    assert print_expression(node, "zh") == chinese
    assert parse(english) == parse(chinese) == node


def test_labels_are_shown_in_place_of_names() -> None:
    labels = {("account", "region"): ("客户", "区域 名称"), ("amount",): ("金额",)}
    node = parse("account.region == '华东' and amount > 100 and other")
    shown = print_expression(node, "zh", lambda path: labels.get(path, path))
    assert shown == "客户.`区域 名称` == '华东' 且 金额 > 100 且 other"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000.0"),
        (Decimal("-0.10"), "-0.10"),
        (datetime(2026, 1, 5, 10, tzinfo=UTC), "2026-01-05T10:00:00Z"),
        (
            datetime(2026, 1, 5, 10, tzinfo=timezone(timedelta(hours=8))),
            "2026-01-05T10:00:00+08:00",
        ),
        (
            datetime(1900, 1, 1, tzinfo=timezone(timedelta(hours=8, minutes=5, seconds=43))),
            "1899-12-31T15:54:17Z",
        ),
        (timedelta(0), "0s"),
        (timedelta(days=-1, microseconds=1), "-86399.999999s"),
        ("🙂", "'🙂'"),
        ("\U000e0001", r"'\udb40\udc01'"),
    ],
)
def test_print_constants(value: Constant, text: str) -> None:
    assert print_expression(Value(value)) == text
    assert parse(text) == Value(value)


@pytest.mark.parametrize(
    ("node", "code"),
    [
        (Value(1.5), "no_text_form"),  # type: ignore[arg-type]
        (Value(b"x"), "no_text_form"),  # type: ignore[arg-type]
        (Value(Decimal("NaN")), "constant_type"),
        (Value(Decimal("1E+300000")), "number_too_long"),
        (Value(Decimal("1E-300000")), "number_too_long"),
        (Value(Decimal("1E+40")), "number_too_long"),
        (Value(Decimal("1E-40")), "number_too_long"),
        (Value(10**40), "number_too_long"),
        (Value(datetime(2026, 1, 5)), "no_text_form"),  # noqa: DTZ001
        (Value(time(1, tzinfo=UTC)), "no_text_form"),
        (Name(()), "no_text_form"),
        (Name(("",)), "name_empty"),
        (Name(("x" * 256,)), "name_too_long"),
        (Call(""), "name_empty"),
        (Node(), "no_text_form"),
        (Items([Value(0)] * 10_001), "list_too_long"),
        (Logic("or", [A] * 501), "too_many_terms"),
        (reduce(lambda node, _: Not(node), range(5_000), A), "too_deep"),
        (reduce(lambda node, _: Compare("==", A, node), range(32), A), "too_deep"),
    ],
)
def test_what_has_no_text_form_is_refused(node: Node, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        print_expression(node)
    assert caught.value.code == code
