"""Where the language and Google's CEL overlap, the same text has the same answer.

The overlap: integers, texts, booleans and lists of texts, nothing empty, no overflow.
Texts are lower-case, where a search key is the text itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from cel_expr_python import cel
from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

from crmcore.errors import QueryError
from crmcore.kinds import Boolean, Integer, MultiChoice, Option, Text
from crmcore.query.bind import Binder, predicate
from crmcore.query.evaluate import condition
from crmcore.query.reader import Reader
from crmcore.query.text import parse, print_expression
from crmcore.records import layout_of
from crmcore.schema import Field, Module, Schema, numbered

WORDS = ["a", "b", "ab", "ba", "华", "华东", "z华"]
MODULE = Module(
    "thing",
    (
        Field("a", Integer()),
        Field("b", Integer()),
        Field("s", Text()),
        Field("u", Text()),
        Field("t", Boolean()),
        Field("w", Boolean()),
        Field("tags", MultiChoice((Option("vip"), Option("old"), Option("new")))),
    ),
)
SCHEMA = numbered(Schema((MODULE,)))
READER = Reader(user="tester", now=datetime(2026, 1, 5, tzinfo=UTC), zone="UTC", system=True)
TYPES = {
    **dict.fromkeys(("a", "b"), cel.Type.INT),
    **dict.fromkeys(("s", "u"), cel.Type.STRING),
    **dict.fromkeys(("t", "w"), cel.Type.BOOL),
    "tags": cel.Type.List(cel.Type.STRING),
}
ENVIRONMENT = cel.NewEnv(variables=TYPES)

Rows = dict[str, Any]


def _rows() -> st.SearchStrategy[Rows]:
    small, word = st.integers(-9, 9), st.sampled_from(WORDS)
    tags = st.lists(st.sampled_from(["vip", "old", "new"]), min_size=1, unique=True)
    return st.fixed_dictionaries(
        {
            "a": small,
            "b": small,
            "s": word,
            "u": word,
            "t": st.booleans(),
            "w": st.booleans(),
            "tags": tags,
        }
    )


def _flat(items: st.SearchStrategy[str], *signs: str) -> st.SearchStrategy[str]:
    """Items with signs between them and no parentheses: precedence decides."""
    more = st.lists(st.tuples(st.sampled_from(signs), items), max_size=2)
    return st.builds(
        lambda head, rest: " ".join([head, *(f"{s} {i}" for s, i in rest)]), items, more
    )


def _bracketed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inner.map(lambda text: f"({text})")


def _numbers() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["a", "b", "-a", "--b"]) | st.integers(-9, 9).map(str)
    sums = st.recursive(leaves, lambda inner: _bracketed(_flat(inner, "+", "-", "*")), max_leaves=5)
    divided = st.builds("{} % {}".format, sums, st.sampled_from(["2", "3", "-4"]))
    return _flat(sums | divided, "+", "-", "*")


def _comparisons() -> st.SearchStrategy[str]:
    signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    word = st.sampled_from([*(f"'{word}'" for word in WORDS), "s", "u"])
    words = st.lists(word.filter(lambda one: one.startswith("'")), max_size=3).map(", ".join)
    return st.one_of(
        st.builds("{} {} {}".format, _numbers(), signs, _numbers()),
        st.builds("{} {} {}".format, word, signs, word),
        st.builds("{} in [{}]".format, st.sampled_from(["s", "u"]), words),
        st.builds("{} in [{}]".format, st.sampled_from(["a", "b", "3"]), st.just("-1, 2, 3")),
        st.builds("'{}' in tags".format, st.sampled_from(["vip", "old", "new"])),
    )


def _atoms() -> st.SearchStrategy[str]:
    calls = st.builds(
        "{}.{}('{}')".format,
        st.sampled_from(["s", "u"]),
        st.sampled_from(["contains", "startsWith", "endsWith"]),
        st.sampled_from(WORDS),
    )
    return calls | st.sampled_from(["t", "w", "true", "false"])


def _conditions() -> st.SearchStrategy[str]:
    def composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        operand = _atoms() | _bracketed(inner)
        negated = operand.map(lambda text: f"!{text}")
        either = operand | negated
        plain = st.sampled_from(["t", "w", "true", "false"])
        equal = st.builds("{} {} {}".format, plain, st.sampled_from(["==", "!="]), plain)
        return _flat(either | equal | _comparisons(), "&&", "||")

    return st.recursive(_comparisons() | _atoms(), composed, max_leaves=6)


def _ours(text: str, row: Rows, *, formula: bool) -> bool:
    text = text.replace("startsWith", "starts_with").replace("endsWith", "ends_with")
    node = parse(text)
    assert parse(print_expression(node, "zh")) == node
    module = SCHEMA.module("thing")
    scope = Binder(SCHEMA, READER).scope(module, formula=formula)
    columns = layout_of(module).columns
    values = {**row, "tags": tuple(sorted(row["tags"]))}
    holds = condition(predicate(scope, node), module)
    return holds(tuple(values.get(name) for name in columns), None)  # type: ignore[arg-type]


def _theirs(text: str, row: Rows) -> bool:
    found = ENVIRONMENT.compile(text).eval(data=row).value()
    assert isinstance(found, bool), found
    return found


@given(_conditions(), _rows())
@settings(max_examples=400)
def test_the_same_text_has_the_same_answer(text: str, row: Rows) -> None:
    expected = _theirs(text, row)
    assert _ours(text, row, formula=True) == expected


@given(_conditions(), _rows())
@settings(max_examples=400)
def test_questions_answer_as_formulas_do(text: str, row: Rows) -> None:
    """Where fields are not calculated with, the same text may also be asked of a store."""
    found = _asked(text, row)
    assume(found not in {"arithmetic_on_fields", "not_a_value"})
    assert found == _theirs(text, row)


def _asked(text: str, row: Rows) -> bool | str:
    try:
        return _ours(text, row, formula=False)
    except QueryError as error:
        return error.code


@pytest.mark.parametrize("wanted", [True, False])
def test_the_texts_are_not_trivial(wanted: bool) -> None:
    def interesting(pair: tuple[str, Rows]) -> bool:
        signs = ("&&", "||")
        return all(sign in pair[0] for sign in signs) and _theirs(*pair) is wanted

    found_quickly = settings(phases=[Phase.generate], max_examples=2_000)
    assert find(st.tuples(_conditions(), _rows()), interesting, settings=found_quickly)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t || w && false", True),
        ("a - 3 - 2 == 0", True),
        ("a + 2 * 3 == 11", True),
        ("a % 3 * 2 == 4", True),
        ("-a % 3 == -2", True),
        ("-a - -a == 0", True),
        ("!(a > 3) || s in ['华'] && 'vip' in tags", True),
    ],
)
def test_both_mean_what_is_expected(text: str, expected: bool) -> None:
    row = {"a": 5, "b": 0, "s": "华", "u": "a", "t": True, "w": False, "tags": ["vip"]}
    assert _theirs(text, row) == _ours(text, row, formula=True) == expected
