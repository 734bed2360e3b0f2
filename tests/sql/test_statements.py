"""The text of a statement depends on the shape of a question alone, never on what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sql.questions import Asking
from tests.sql.stores import ACCOUNT, DEAL, account, everything, filled, one, read, traced

from crmcore.kinds import Choice, Text, search_key
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    AnyOf,
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    HasCodes,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
)
from crmcore.schema import Field, Module, Schema, numbered
from crmcore.schema.reserved import RESERVED
from crmcore_sql import SqlBackend
from crmcore_sql.signature import query_signature, summary_signature

HOSTILE = [
    "x", "'", '"', "\\", "'; DROP TABLE crmd_account; --", "%", "_", "?", ":name", "$1", "{}", "%s",
    "NULL--", "1 OR 1=1", "字段", "\u202e", "😀", "a\u0301", "`", "[0]", "*", "#-1", "\ud7ff",
]  # fmt: skip
NAME, TAGS = Ref((), ACCOUNT.by_name["name"]), Ref((), ACCOUNT.by_name["tags"])
CODE, STAGE = Ref((), ACCOUNT.by_name["code"]), Ref((), ACCOUNT.by_name["stage"])


def text(value: str) -> Const:
    return Const(value, NAME.kind)


def visible(value: str) -> Step:
    return Step(ACCOUNT.by_name["parent"], ACCOUNT, Comparison("==", NAME, text(value)))


def same_name(value: str) -> BoundNode:
    return Comparison("!=", NAME, text(value))


BUILDERS: list[Callable[[str], BoundNode]] = [
    lambda value: Comparison("==", NAME, text(value)),
    lambda value: Negation(Comparison("==", CODE, text(value))),
    lambda value: Comparison("<=", NAME, text(value)),
    lambda value: Within(NAME, (value, "x", value * 3)),
    lambda value: Negation(Within(CODE, (value,))),
    lambda value: Match("contains", NAME, search_key(value)),
    lambda value: Match("starts_with", NAME, search_key(value)),
    lambda value: Negation(Match("ends_with", NAME, search_key(value))),
    lambda value: Match("like", NAME, search_key(value)),
    lambda value: HasCodes(TAGS, "any", (value,)),
    lambda value: Negation(HasCodes(TAGS, "all", (value, "a"))),
    lambda value: Comparison("==", Ref((visible(value),), NAME.field), text(value)),
    lambda value: Related(
        (), DEAL, DEAL.by_name["account"], TRUE,
        Comparison("==", Ref((), DEAL.by_name["title"]), text(value)), ">", len(value) + 3,
    ),
    lambda value: AllOf((AnyOf((Comparison("==", STAGE, text(value)), TRUE)), same_name(value))),
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlBackend]:
    rows = [account(number, name=name) for number, name in enumerate(HOSTILE, 1)]
    backend = filled(tmp_path_factory.mktemp("statements") / "store.db", rows)
    yield backend
    backend.close()


@pytest.mark.parametrize("build", BUILDERS)
def test_hostile_texts_leave_the_statement_as_it_is(
    store: SqlBackend, build: Callable[[str], BoundNode]
) -> None:
    texts = set()
    for value in HOSTILE:
        query = BoundQuery(
            ACCOUNT, (ID_REF,), build(value), build(value), (BoundOrder(NAME),),
            after=(value, value), limit=3,
        )  # fmt: skip
        summary = BoundSummary(
            ACCOUNT, (BoundGroup(NAME),), (BoundMeasure("count", None, build(value)),), build(value)
        )
        texts.add((*traced(store, query), *traced(store, summary)))
    assert len(texts) == 1
    for statement in texts.pop():
        assert not any(value in statement for value in HOSTILE if value not in "x_*?%")


@given(st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=20))
def test_what_is_written_is_found_again(value: str) -> None:
    name = Text().normalize("".join(c for c in value if c.isprintable()) + "x")
    assert name is not None
    same = BoundQuery(ACCOUNT, (NAME,), Comparison("==", NAME, Const(name, NAME.kind)))
    assert len({tuple(query_signature(same).key), tuple(query_signature(same).key)}) == 1
    assert query_signature(same).constants == [name]


def test_every_hostile_name_is_found_and_nothing_is_harmed(store: SqlBackend) -> None:
    for value in HOSTILE:
        name = Text().normalize(value)
        query = BoundQuery(ACCOUNT, (NAME,), Comparison("==", NAME, text(str(name))))
        assert read(store, query) == [(name,)]
    assert len(read(store, everything())) == len(HOSTILE)


def test_codes_and_labels_of_options_do_not_reach_the_text(tmp_path: Path) -> None:
    codes = ["'; --", '"x"', "?", "好"]
    module = Module("thing", [Field("state", Choice(options=codes), codes[0])])
    schema = numbered(Schema((*RESERVED, module)))
    module = schema.module("thing")
    store = filled(tmp_path / "store.db")
    store.prepare(schema)
    state = Ref((), module.by_name["state"])
    order = BoundQuery(module, (state,), order=(BoundOrder(state),))
    least = BoundSummary(module, (BoundGroup(state),), (BoundMeasure("min", state),))
    for statement in (*traced(store, order), *traced(store, least)):
        assert not any(code in statement for code in codes if code != "?")
        assert statement.isascii()
    store.close()


def test_questions_of_one_shape_share_a_plan(store: SqlBackend) -> None:
    read(store, one(1))
    prepared = store._store._prepared
    assert prepared is not None
    before = len(prepared._plans)
    for number in range(2, 50):
        read(store, one(number))
    assert len(prepared._plans) == before


@pytest.mark.parametrize("seed", range(3))
def test_shapes_are_told_apart(seed: int) -> None:
    """Two questions of one key are compiled to one statement; else the shape says too little."""
    asking = Asking(Random(seed))
    known: dict[tuple[object, ...], object] = {}
    kept = []
    for _ in range(300):
        query, summary = asking.listing(None), asking.summary(None)
        kept += [query, summary]
        for key, found in (
            (tuple(query_signature(query).key), query),
            (tuple(summary_signature(summary).key), summary),
        ):
            assert type(known.setdefault(key, found)) is type(found)
    assert len(known) > 400


def test_equal_steps_are_one_join(store: SqlBackend) -> None:
    paths = [Ref((visible("x"),), NAME.field), Ref((visible("x"),), CODE.field)]
    where = AllOf(tuple(Comparison("==", path, text("y")) for path in paths))
    (statement,) = traced(store, BoundQuery(ACCOUNT, (*paths, ID_REF), where))
    assert statement.count("LEFT OUTER JOIN") == 1
    other = Ref((visible("other"),), NAME.field)
    (statement,) = traced(store, BoundQuery(ACCOUNT, (*paths, other), where))
    assert statement.count("LEFT OUTER JOIN") == 2


def test_equal_conditions_of_different_links_keep_their_constants(store: SqlBackend) -> None:
    """What may be seen is one condition, met once more as an object of its own."""
    steps = [
        Step(DEAL.by_name[name], ACCOUNT, Comparison("==", NAME, text("x")))
        for name in ("account", "partner", "account")
    ]
    columns = tuple(Ref((step,), NAME.field) for step in steps)
    (statement,) = traced(store, BoundQuery(DEAL, columns))
    assert statement.count("LEFT OUTER JOIN") == 2
    shared = steps[1].visible
    where = Related((), DEAL, DEAL.by_name["partner"], TRUE, TRUE, ">", 3)
    query = BoundQuery(ACCOUNT, (ID_REF,), AllOf((shared, where)), shared)
    assert len(traced(store, query)) == 1
    mixed = Negation(Comparison("==", Ref((steps[0],), NAME.field), text("y")))
    again = AllOf((mixed, Comparison("!=", Ref((steps[1],), NAME.field), text("z"))))
    assert read(store, BoundQuery(DEAL, (ID_REF,), again)) == []
