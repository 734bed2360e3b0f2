"""The JSON form: exact in both directions, and strict towards what strangers send."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from tests.query.strategies import expressions, queries, summaries

from crmcore.errors import QueryError
from crmcore.query.ast import Constant, GroupBy, Measure, Node, Query, Summary, Value
from crmcore.query.codec import (
    from_json,
    query_from_json,
    query_to_json,
    summary_from_json,
    summary_to_json,
    to_json,
)
from crmcore.query.text import parse

Edit = Callable[[Any], object]


def _through_text(data: object) -> object:
    return json.loads(json.dumps(data))


@given(expressions())
def test_every_expression_survives(node: Node) -> None:
    assert from_json(_through_text(to_json(node))) == node


@given(queries())
def test_every_query_survives(query: Query) -> None:
    assert query_from_json(_through_text(query_to_json(query))) == query


@given(summaries())
def test_every_summary_survives(summary: Summary) -> None:
    assert summary_from_json(_through_text(summary_to_json(summary))) == summary


def test_the_form_is_stable() -> None:
    assert to_json(parse("a.b == '华' and not exists(c, d in [1, 2.50])")) == {
        "version": 1,
        "expression": {
            "type": "logic",
            "connective": "and",
            "terms": [
                {
                    "type": "compare",
                    "comparator": "==",
                    "left": {"type": "name", "parts": ["a", "b"]},
                    "right": {"type": "value", "kind": "text", "value": "华"},
                },
                {
                    "type": "not",
                    "term": {
                        "type": "call",
                        "function": "exists",
                        "arguments": [
                            {"type": "name", "parts": ["c"]},
                            {
                                "type": "compare",
                                "comparator": "in",
                                "left": {"type": "name", "parts": ["d"]},
                                "right": {
                                    "type": "items",
                                    "items": [
                                        {"type": "value", "kind": "integer", "value": "1"},
                                        {"type": "value", "kind": "decimal", "value": "2.50"},
                                    ],
                                },
                            },
                        ],
                    },
                },
            ],
        },
    }


@pytest.mark.parametrize(
    ("value", "kind", "content"),
    [
        (None, "null", None),
        (True, "boolean", True),
        (1, "integer", "1"),
        (2**63, "integer", "9223372036854775808"),
        (Decimal("1"), "decimal", "1.0"),
        ("1", "text", "1"),
        (date(2026, 1, 5), "date", "2026-01-05"),
        (
            datetime(2026, 1, 5, 18, tzinfo=timezone(timedelta(hours=8))),
            "instant",
            "2026-01-05T10:00:00Z",
        ),
        (time(9, 30), "time", "09:30:00"),
        (timedelta(days=1, microseconds=1), "duration", "86400.000001"),
        (timedelta(days=-1), "duration", "-86400"),
        (timedelta.min, "duration", "-86399999913600"),
    ],
)
def test_constants_keep_their_type(value: Constant, kind: str, content: object) -> None:
    data = to_json(Value(value))
    assert data["expression"] == {"type": "value", "kind": kind, "value": content}
    back = from_json(data)
    assert isinstance(back, Value)
    assert back == Value(value)
    assert type(back.value) is type(value)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("null", False),
        ("null", ""),
        ("boolean", 1),
        ("boolean", "true"),
        ("integer", 1),
        ("integer", True),
        ("integer", "1.0"),
        ("integer", "+1"),
        ("integer", "01"),
        ("integer", " 1"),
        ("integer", "1_000"),
        ("integer", "１"),
        ("integer", "9" * 41),
        ("integer", "9" * 100_000),
        ("decimal", 1.5),
        ("decimal", "1"),
        ("decimal", "1e3"),
        ("decimal", "1E+300000"),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("decimal", "sNaN"),
        ("decimal", ""),
        ("text", 1),
        ("text", None),
        ("text", ["x"]),
        ("text", {"$ne": None}),
        ("text", "\ud800"),
        ("text", "x" * 20_001),
        ("date", "2026-1-5"),
        ("date", "20260105"),
        ("date", "2026-W01-1"),
        ("date", "2026-02-30"),
        ("instant", "2026-01-05T10:00:00"),
        ("instant", "2026-01-05T10:00:00+08:00"),
        ("instant", "2026-01-05"),
        ("instant", "0001-01-01T00:00:00+08:00"),
        ("time", "9:30"),
        ("time", "09:30:00+08:00"),
        ("duration", "1d"),
        ("duration", "0.0000001"),
        ("duration", "1E+999999"),
        ("duration", "99999999999999999"),
        ("duration", "NaN"),
        ("float", 1.5),
        ("$where", "1"),
        ("", "x"),
        (None, "x"),
        (["text"], "x"),
    ],
)
def test_a_constant_of_another_spelling_is_refused(kind: object, content: object) -> None:
    with pytest.raises(QueryError):
        from_json({"version": 1, "expression": {"type": "value", "kind": kind, "value": content}})


GOOD = to_json(parse("a == 1 and not f(b) or c in ['x'] and d + 1 > 2"))


def _places(data: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    if isinstance(data, dict):
        for key, item in data.items():
            found += _places(item, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            found += _places(item, (*path, index))
    return found


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def _edited(data: dict[str, Any], path: tuple[Any, ...], edit: Edit) -> object:
    copied = deepcopy(data)
    if not path:
        return edit(copied)
    inside = _at(copied, path[:-1])
    inside[path[-1]] = edit(inside[path[-1]])
    return copied


WRONG: list[object] = [
    None, 0, 1, 1.0, True, "", "or", "$where", [], {}, [[]], {"type": "value"}, {"$ne": None},
    {"type": "logic", "connective": "or", "terms": [], "_connector": "OR"}, ["x"] * 3, b"x",
    {1: 2}, object(),
]  # fmt: skip


@pytest.mark.parametrize("path", _places(GOOD), ids=str)
def test_whatever_is_put_anywhere_is_refused_or_exact(path: tuple[Any, ...]) -> None:
    """Smuggling (V8): extra keys, other node types, lists for scalars, unknown operators."""
    for wrong in WRONG:
        data = _edited(GOOD, path, lambda _, wrong=wrong: wrong)  # type: ignore[misc]
        try:
            node = from_json(data)
        except QueryError:
            continue
        assert to_json(node) == data


OBJECTS = [path for path in _places(GOOD) if isinstance(_at(GOOD, path), dict)]


@pytest.mark.parametrize("path", OBJECTS, ids=str)
def test_every_object_has_exactly_its_keys(path: tuple[Any, ...]) -> None:
    for extra in ("position", "_connector", "$where", "op", ""):
        with pytest.raises(QueryError) as caught:
            from_json(_edited(GOOD, path, lambda found, extra=extra: {**found, extra: 1}))  # type: ignore[misc]
        assert caught.value.code == "json_keys"
    for key in _at(GOOD, path):
        data = deepcopy(GOOD)
        del _at(data, path)[key]
        with pytest.raises(QueryError):
            from_json(data)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("expression", "connective"), ["xor", "OR", "AND 1=1", "", "not"]),
        (("expression", "terms", 0, "terms", 0, "comparator"), ["=", "<>", "~", "like", "or"]),
        (("expression", "terms", 1, "terms", 1, "left", "operator"), ["**", "||", "", "=="]),
        (("expression", "type"), ["lambda", "Logic", "", "where", "LOGIC"]),
    ],
)
def test_unknown_operators_are_refused(path: tuple[Any, ...], words: list[str]) -> None:
    assert isinstance(_at(GOOD, path), str)
    for word in words:
        with pytest.raises(QueryError):
            from_json(_edited(GOOD, path, lambda _, word=word: word))  # type: ignore[misc]


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None, [1]])
def test_another_version_is_refused(version: object) -> None:
    with pytest.raises(QueryError) as caught:
        from_json({**GOOD, "version": version})
    assert caught.value.code == "json_version"


def _nested(depth: int) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "name", "parts": ["a"]}
    for _ in range(depth - 1):
        data = {"type": "not", "term": data}
    return {"version": 1, "expression": data}


def test_the_caps_hold() -> None:
    name = {"type": "name", "parts": ["a"]}

    def code(expression: object) -> str:
        with pytest.raises(QueryError) as caught:
            from_json({"version": 1, "expression": expression})
        return caught.value.code

    from_json(_nested(32))
    assert code(_nested(33)["expression"]) == "too_deep"
    assert code(_nested(100_000)["expression"]) == "too_deep"
    terms = {"type": "logic", "connective": "and", "terms": [name] * 501}
    assert code(terms) == "too_many_terms"
    assert code({**terms, "terms": [name] * 10_001}) == "list_too_long"
    assert code({"type": "items", "items": [name] * 10_001}) == "list_too_long"
    from_json({"version": 1, "expression": {"type": "items", "items": [name] * 10_000}})
    assert code({"type": "name", "parts": ["a"] * 1_001}) == "list_too_long"
    assert code({"type": "name", "parts": ["x" * 256]}) == "json_unexpected"


def test_errors_say_where() -> None:
    data = to_json(parse("a == 1 and b == 2"))
    data["expression"]["terms"][1]["left"] = "b"
    with pytest.raises(QueryError) as caught:
        from_json(data)
    assert "$.expression.terms[1].left" in str(caught.value)


def test_what_is_not_exact_is_not_written() -> None:
    for value in (1.5, datetime(2026, 1, 5), 10**40, "\ud800"):  # noqa: DTZ001
        with pytest.raises(QueryError):
            to_json(Value(value))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("summary", "by", 0, "bucket", "unit"), "year FROM now()); --"),
        (("summary", "by", 0, "bucket", "starts"), 13),
        (("summary", "by", 0, "bucket", "starts"), True),
        (("summary", "by", 0, "path"), []),
        (("summary", "by", 0, "path"), "a"),
        (("summary", "measures", 0, "function"), "password"),
        (("summary", "measures", 0, "type"), "value"),
        (("summary", "total"), 1),
        (("summary", "limit"), -1),
        (("summary", "limit"), 1.0),
        (("summary", "order"), {}),
        (("summary", "where"), "true"),
        (("summary", "module"), ""),
        (("version",), 3),
    ],
)
def test_hostile_summaries(path: tuple[Any, ...], wrong: object) -> None:
    unit = {"unit": "month", "zone": None, "starts": 1}
    good = summary_to_json(
        Summary("deal", (GroupBy(("closed",)),), (Measure("count"),), parse("a == 1"))
    )
    good["summary"]["by"][0]["bucket"] = unit
    summary_from_json(good)
    with pytest.raises(QueryError):
        summary_from_json(_edited(good, path, lambda _: wrong))


def test_a_question_is_not_read_as_another() -> None:
    query, summary = query_to_json(Query("deal")), summary_to_json(Summary("deal"))
    for read, data in (
        (query_from_json, summary),
        (summary_from_json, query),
        (from_json, query),
        (query_from_json, GOOD),
    ):
        with pytest.raises(QueryError) as caught:
            read(data)
        assert caught.value.code == "json_keys"


def test_instants_are_written_in_utc() -> None:
    moment = datetime(2026, 1, 5, 10, 0, 0, 250_000, UTC)
    assert to_json(Value(moment))["expression"]["value"] == "2026-01-05T10:00:00.250000Z"
