"""What texts mean: one row a text and the tree it is read as."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from crmcore.query.ast import (
    Arithmetic,
    Call,
    Compare,
    Constant,
    Items,
    Logic,
    Name,
    Node,
    Not,
    OrderBy,
    Value,
)
from crmcore.query.text import parse, parse_order, parse_path

A, B, C, D = (Name((name,)) for name in "abcd")
X = Value("x")
CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        ("-5", -5),
        ("- 5", -5),
        ("--5", 5),
        ("１２３", 123),
        ("1.50", Decimal("1.50")),
        ("１．５", Decimal("1.5")),
        ("1.0", Decimal("1.0")),
        ("9" * 40, int("9" * 40)),
        ("0." + "1" * 39, Decimal("0." + "1" * 39)),
        ("-0." + "1" * 39, Decimal("-0." + "1" * 39)),
        ("1.50000万", 15_000),
        ("3千", 3_000),
        ("100万", 1_000_000),
        ("1.2亿", 120_000_000),
        ("1.23456万", Decimal("12345.6")),
        ("3千万", 30_000_000),
        ("2万亿", 2_000_000_000_000),
        ("9007199254740993万", 90071992547409930000),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(weeks=2)),
        ("6h", timedelta(hours=6)),
        ("15min", timedelta(minutes=15)),
        ("10s", timedelta(seconds=10)),
        ("1.5h", timedelta(minutes=90)),
        ("0.000001s", timedelta(microseconds=1)),
        ("-30d", timedelta(days=-30)),
        ("30天", timedelta(days=30)),
        ("2周", timedelta(weeks=2)),
        ("6小时", timedelta(hours=6)),
        ("15分钟", timedelta(minutes=15)),
        ("10秒", timedelta(seconds=10)),
        ("2026-01-05", date(2026, 1, 5)),
        ("２０２６－０１－０５", date(2026, 1, 5)),
        ("2026年1月5日", date(2026, 1, 5)),
        ("0001-01-01", date(1, 1, 1)),
        ("2026-01-05T10:00:00Z", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ("2026-01-05T10:00Z", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ("2026-01-05T10:00:00.25+08:00", datetime(2026, 1, 5, 10, 0, 0, 250_000, CHINA)),
        ("09:30", time(9, 30)),
        ("09：30", time(9, 30)),
        ("23:59:59.999999", time(23, 59, 59, 999_999)),
        ("true", True),
        ("false", False),
        ("null", None),
        ("真", True),
        ("假", False),
        ("空", None),
        ("'华东'", "华东"),
        ('"华东"', "华东"),
        ("‘华东’", "华东"),
        ("“华东”", "华东"),
        ("”华东”", "华东"),
        ("「华东」", "华东"),
        ("『华东』", "华东"),
        ("＇华东＇", "华东"),
        ("''", ""),
        (r"'it\'s'", "it's"),
        (r'"a\"b\\c\n\t\u4e2d"', 'a"b\\c\n\t中'),
        (r"'\ud83d\ude42'", "🙂"),
        ("'ＡＢＣ　①'", "ＡＢＣ　①"),
        ("'e\u0301'", "e\u0301"),
    ],
)
def test_constants(text: str, value: Constant) -> None:
    assert parse(text) == Value(value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("amount", ("amount",)),
        ("_x1", ("_x1",)),
        ("客户名称", ("客户名称",)),
        ("account.region", ("account", "region")),
        ("account . region", ("account", "region")),
        ("客户．区域", ("客户", "区域")),
        ("`客户 名称（旧）`", ("客户 名称（旧）",)),
        ("`a``b`", ("a`b",)),
        ("````", ("`",)),
        ("`or`.`in`", ("or", "in")),
        ("me.department", ("me", "department")),
        ("e\u0301", ("é",)),
        ("`e\u0301`", ("é",)),
        ("或有负债", ("或有负债",)),
        ("非税收入", ("非税收入",)),
        ("空调", ("空调",)),
        ("orders", ("orders",)),
    ],
)
def test_names(text: str, parts: tuple[str, ...]) -> None:
    assert parse(text) == Name(parts)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a == 'x'", Compare("==", A, X)),
        ("a＝＝'x'", Compare("==", A, X)),
        ("a！＝'x'", Compare("!=", A, X)),
        ("a≠'x'", Compare("!=", A, X)),
        ("a＜b", Compare("<", A, B)),
        ("a≤b", Compare("<=", A, B)),
        ("a＞＝b", Compare(">=", A, B)),
        ("a≥b", Compare(">=", A, B)),
        ("a in ['x', b]", Compare("in", A, Items((X, B)))),
        ("a 属于【'x'，b】", Compare("in", A, Items((X, B)))),
        ("'x'属于a", Compare("in", X, A)),
        ("a in []", Compare("in", A, Items(()))),
        ("a not in ['x']", Not(Compare("in", A, Items((X,))))),
        ("a 不属于 ['x']", Not(Compare("in", A, Items((X,))))),
        ("a 非 属于 ['x'、b]", Not(Compare("in", A, Items((X, B))))),
        ("not a == b", Not(Compare("==", A, B))),
        ("!a == b", Compare("==", Not(A), B)),
        ("!!a", Not(Not(A))),
        ("not not a", Not(Not(A))),
        ("非 a 且 b", Logic("and", (Not(A), B))),
        ("a and b and c", Logic("and", (A, B, C))),
        ("a && b ＆＆ c", Logic("and", (A, B, C))),
        ("a or b || c ｜｜ d", Logic("or", (A, B, C, D))),
        ("a or b and c", Logic("or", (A, Logic("and", (B, C))))),
        ("(a or b) and c", Logic("and", (Logic("or", (A, B)), C))),
        ("a and (b and (c and d))", Logic("and", (A, B, C, D))),
        ("a 或 b 或者 c", Logic("or", (A, B, C))),
        ("a 且 b 并且 c", Logic("and", (A, B, C))),
        ("and()", Logic("and", ())),
        ("or(a)", Logic("or", (A,))),
        ("and(and(a, b), c)", Logic("and", (Logic("and", (A, B)), C))),
        ("a + b - c", Arithmetic("-", Arithmetic("+", A, B), C)),
        ("a - (b - c)", Arithmetic("-", A, Arithmetic("-", B, C))),
        ("a + b * c", Arithmetic("+", A, Arithmetic("*", B, C))),
        ("a × b ÷ c", Arithmetic("/", Arithmetic("*", A, B), C)),
        ("a % b", Arithmetic("%", A, B)),
        ("-a", Arithmetic("-", Value(0), A)),
        ("-a * b", Arithmetic("*", Arithmetic("-", Value(0), A), B)),
        ("a - -1", Arithmetic("-", A, Value(-1))),
        ("a-1", Arithmetic("-", A, Value(1))),
        ("1-1", Arithmetic("-", Value(1), Value(1))),
        ("now - 30d > a", Compare(">", Arithmetic("-", Name("now"), Value(timedelta(30))), A)),
        ("（a＋b）＊c", Arithmetic("*", Arithmetic("+", A, B), C)),
        ("contains(a, 'x')", Call("contains", (A, X))),
        ("a.contains('x')", Call("contains", (A, X))),
        ("a.b.contains('x')", Call("contains", (Name(("a", "b")), X))),
        ("a.包含（'x'）", Call("contains", (A, X))),
        ("包含(a, 'x')", Call("contains", (A, X))),
        ("开头是(a, 'x')", Call("starts_with", (A, X))),
        ("`包含`(a)", Call("包含", (A,))),
        ("'x'.like(a)", Call("like", (X, A))),
        ("(a).f().g(b)", Call("g", (Call("f", (A,)), B))),
        ("exists(a, b == 'x')", Call("exists", (A, Compare("==", B, X)))),
        ("存在(a)", Call("exists", (A,))),
        ("count(a) > 3", Compare(">", Call("count", (A,)), Value(3))),
        ("a\u3000==\u00a0b\n", Compare("==", A, B)),
        ("a == b且c", Compare("==", A, Name(("b且c",)))),
    ],
)
def test_structure(text: str, node: Node) -> None:
    assert parse(text) == node


def test_words_after_an_operand_need_no_blanks() -> None:
    written = parse("区域=='华东'且金额>100万或（等级）属于['A']且非 停用")
    assert written == parse("区域 == '华东' and 金额 > 1000000 or 等级 in ['A'] and not 停用")
    assert parse("3且a") == Logic("and", (Value(3), A))
    assert parse("30天且a") == Logic("and", (Value(timedelta(30)), A))


def test_the_design_example() -> None:
    assert parse("区域 == '华东' and 金额 > 100万") == Logic(
        "and",
        (
            Compare("==", Name(("区域",)), Value("华东")),
            Compare(">", Name(("金额",)), Value(1_000_000)),
        ),
    )


def test_positions_count_code_points() -> None:
    node = parse("'🙂' == a and b.contains('x')")
    assert isinstance(node, Logic)
    first, second = node.terms
    assert isinstance(first, Compare)
    assert isinstance(second, Call)
    assert (node.position, first.position, first.right.position) == (9, 4, 7)  # type: ignore[attr-defined]
    assert first.left.position == 0  # type: ignore[attr-defined]
    assert second.arguments[1].position == 24  # type: ignore[attr-defined]
    assert (second.position, second.arguments[0].position) == (15, 13)  # type: ignore[attr-defined]


def test_positions_take_no_part_in_equality() -> None:
    assert parse("a == 'x'") == parse("   a   ==   'x'")


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("a", (OrderBy(("a",)),)),
        ("-a, b", (OrderBy(("a",), True), OrderBy(("b",)))),
        ("a desc, b.c asc", (OrderBy(("a",), True), OrderBy(("b", "c")))),
        ("金额 降序，名称 升序", (OrderBy(("金额",), True), OrderBy(("名称",)))),
        ("a desc empties last", (OrderBy(("a",), True, "last"),)),
        ("a 空值最后", (OrderBy(("a",), False, "last"),)),
        ("`desc` desc", (OrderBy(("desc",), True),)),
    ],
)
def test_orders(text: str, order: tuple[OrderBy, ...]) -> None:
    assert parse_order(text) == order


def test_paths() -> None:
    assert parse_path("account.`客户 名称`") == ("account", "客户 名称")
