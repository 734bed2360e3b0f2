"""Hypothesis strategies of expressions and questions, with hostile names and strings."""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal
from unicodedata import normalize

from hypothesis import strategies as st

from crmcore.query.ast import (
    Arithmetic,
    Bucket,
    Call,
    Compare,
    Connective,
    GroupBy,
    Items,
    Logic,
    Measure,
    Name,
    Node,
    Not,
    OrderBy,
    Query,
    Ratio,
    Summary,
    Value,
)

HOSTILE = [
    "or", "and", "not", "in", "true", "null", "或", "且", "非", "属于", "不属于", "真", "空",
    "且金额", "或有负债", "非税收入", "空调", "contains", "包含", "存在", "desc", "T", "d", "万",
    "amount", "客户 名称（旧）", "`", "``", "a`b", "a.b", "1", "2026-01-05", "-x", "'", '"', "\\",
    "' or 1=1 --", "$where", "{0.__class__}", "%s", "\n", "\t", " ", "\u3000", "\u200b", "\u202e",
    "\ufeff", "\x00", "🙂", "\U000e0001", "ａｎｄ", "é", "e\u0301", "＝＝", "“", "”", "」", "_x",
    "²",
]  # fmt: skip

COMPARATORS = ["==", "!=", "<", "<=", ">", ">=", "in"]
FUNCTIONS = [
    "contains", "starts_with", "ends_with", "like", "contains_any", "contains_all",
    "exists", "all", "count",
]  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """Any text but lone surrogates."""
    characters = st.characters(exclude_categories=["Cs"])
    return st.sampled_from(HOSTILE) | st.text(characters, max_size=12)


def names() -> st.SearchStrategy[str]:
    """Names and labels in NFC, never empty."""
    return texts().map(lambda text: normalize("NFC", text)).filter(bool)


def paths(max_size: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    """Dotted paths."""
    return st.lists(names(), min_size=1, max_size=max_size).map(tuple)


def _decimal(sign: int, digits: int, exponent: int) -> Decimal:
    written = str(digits)[: 40 + exponent] if exponent < 0 else str(digits)
    return Decimal((sign, tuple(map(int, written)), exponent))


def constants() -> st.SearchStrategy[object]:
    """Every type of constant, up to the caps of the text form."""
    zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    return st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-100, 100),
        st.integers(-(10**40) + 1, 10**40 - 1),
        st.builds(_decimal, st.integers(0, 1), st.integers(0, 10**29), st.integers(-39, 10)),
        texts(),
        st.dates(),
        st.datetimes(timezones=zones),
        st.times(),
        st.timedeltas(),
        st.integers(-400, 400).map(lambda days: timedelta(days=days)),
    )


def _nested(connective: Connective, terms: list[Node]) -> Logic:
    return Logic(connective, (Logic(connective, terms[:-1]), terms[-1]))


def _composed(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    functions = st.sampled_from(FUNCTIONS) | names()
    return st.one_of(
        st.builds(Not, inner),
        st.builds(Logic, st.sampled_from(["and", "or"]), st.lists(inner, max_size=4)),
        st.builds(_nested, st.sampled_from(["and", "or"]), st.lists(inner, min_size=3, max_size=4)),
        st.builds(Compare, st.sampled_from(COMPARATORS), inner, inner),
        st.builds(Arithmetic, st.sampled_from("+-*/%"), inner, inner),
        st.builds(Arithmetic, st.just("-"), st.just(Value(0)), inner),
        st.builds(Call, functions, st.lists(inner, max_size=3)),
        st.builds(Items, st.lists(inner, max_size=4)),
    )


def expressions(max_leaves: int = 12) -> st.SearchStrategy[Node]:
    """Any tree of the AST, whether it makes sense or not, within depth and terms."""
    leaves = st.builds(Value, constants()) | st.builds(Name, paths())
    return st.recursive(leaves, _composed, max_leaves=max_leaves)


def orders() -> st.SearchStrategy[OrderBy]:
    """One term of an order."""
    return st.builds(OrderBy, paths(), st.booleans(), st.sampled_from(["smallest", "last"]))


def queries() -> st.SearchStrategy[Query]:
    """Any list question."""
    return st.builds(
        Query,
        module=names(),
        where=st.none() | expressions(4),
        columns=st.lists(paths(), max_size=3).map(tuple),
        order=st.lists(orders(), max_size=3).map(tuple),
        limit=st.none() | st.integers(0, 1000),
        after=st.none() | texts(),
    )


def summaries() -> st.SearchStrategy[Summary]:
    """Any summary."""
    units = ["day", "week", "month", "quarter", "year", "fiscal_year", "weekday", "hour"]
    figures = ["count", "count_distinct", "sum", "min", "max", "avg"]
    buckets = st.builds(
        Bucket, st.sampled_from(units), st.none() | st.just("Asia/Shanghai"), st.integers(1, 12)
    )
    by = st.builds(GroupBy, paths(), st.none() | buckets, st.none() | names())
    measures = st.builds(
        Measure,
        st.sampled_from(figures),
        st.just(()) | paths(),
        st.none() | expressions(3),
        st.none() | names(),
    )
    ratios = st.builds(Ratio, names(), names(), names())
    return st.builds(
        Summary,
        module=names(),
        by=st.lists(by, max_size=2).map(tuple),
        measures=st.lists(measures | ratios, max_size=3).map(tuple),
        where=st.none() | expressions(4),
        order=st.lists(orders(), max_size=2).map(tuple),
        limit=st.none() | st.integers(0, 1000),
        total=st.booleans(),
    )
