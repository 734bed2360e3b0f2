"""Questions as large as they may be: deep, wide, lopsided, nested in each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.sql.engines import ENGINES, url_of
from tests.sql.stores import ACCOUNT, DEAL, SCHEMA, account, read, write

from crmcore.query.ast import MAX_DEPTH, MAX_LIST, MAX_TERMS
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    AnyOf,
    BoundNode,
    BoundQuery,
    Comparison,
    Const,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
)
from crmcore.storage import Insert
from crmcore_sql import SqlBackend, open_sql

SIZE, NAME = Ref((), ACCOUNT.by_name["size"]), Ref((), ACCOUNT.by_name["name"])


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[SqlBackend]:
    backend = open_sql(url_of(request), create=True)
    backend.prepare(SCHEMA)
    write(backend, Insert(ACCOUNT, [account(n, size=n, name=f"n{n}") for n in range(1, 9)]))
    yield backend
    backend.close()


def is_size(number: int) -> BoundNode:
    return Comparison("==", SIZE, Const(number, SIZE.kind))


def sizes(store: SqlBackend, where: BoundNode, scope: BoundNode = TRUE) -> list[object]:
    return [row[0] for row in read(store, BoundQuery(ACCOUNT, (SIZE,), where, scope))]


@pytest.mark.parametrize("joined", [AllOf, AnyOf])
@pytest.mark.parametrize("negated", [False, True])
def test_wide(store: SqlBackend, joined: type[AllOf | AnyOf], negated: bool) -> None:
    terms = tuple(Negation(is_size(number)) for number in range(MAX_TERMS))
    node: BoundNode = joined(terms)
    expected = [] if joined is AllOf else list(range(1, 9))
    if negated:
        node, expected = Negation(node), [n for n in range(1, 9) if n not in expected]
    assert sizes(store, node, node) == expected


@pytest.mark.parametrize("side", ["first", "last", "both"])
def test_deep_combs(store: SqlBackend, side: str) -> None:
    """AND and OR in turn, as deep as may be, with the depth on one side or the other."""
    node: BoundNode = is_size(3)
    for depth in range(MAX_DEPTH - 1):
        joined = AnyOf if depth % 2 else AllOf
        other: BoundNode = is_size(3) if depth % 2 else Negation(is_size(100 + depth))
        if side == "both":
            node = joined((other, node, other))
        else:
            node = joined((node, other) if side == "first" else (other, node))
        if depth % 3 == 0:
            node = Negation(Negation(node))
    assert sizes(store, node, node) == [3]


def bushy(depth: int, width: int) -> BoundNode:
    """A tree in which every level branches."""
    if depth == 0:
        return Match("contains", NAME, "n")
    joined = AllOf if depth % 2 else AnyOf
    return joined(tuple(bushy(depth - 1, width) for _ in range(width)))


def test_bushy_trees(store: SqlBackend) -> None:
    """512 leaves under nine levels that each branch, in both conditions at once."""
    assert len(sizes(store, bushy(9, 2), Negation(Negation(bushy(9, 2))))) == 8


def test_nested_relations_with_deep_conditions(store: SqlBackend) -> None:
    node: BoundNode = TRUE
    for _ in range(3):
        inner = Related((), DEAL, DEAL.by_name["account"], TRUE, TRUE, ">=", 1)
        deep: BoundNode = AnyOf((inner, is_size(1)))
        for depth in range(8):
            deep = AllOf((deep, Negation(is_size(50 + depth))))
        parent = ACCOUNT.by_name["parent"]
        node = AllOf((Negation(Related((), ACCOUNT, parent, deep, node, ">=", 1)), deep))
    assert sizes(store, node) == [1]


def test_six_links_and_six_for_policy(store: SqlBackend) -> None:
    parent = ACCOUNT.by_name["parent"]
    steps = tuple(Step(parent, ACCOUNT, Negation(is_size(n))) for n in range(6))
    path = Ref(steps, SIZE.field)
    condition = Negation(Comparison("==", path, Const(1, SIZE.kind)))
    assert len(sizes(store, condition, Negation(Negation(condition)))) == 8


def test_long_lists(store: SqlBackend) -> None:
    values = tuple(range(3, MAX_LIST + 3))
    assert sizes(store, Within(SIZE, values)) == list(range(3, 9))
    assert sizes(store, Negation(Within(SIZE, values))) == [1, 2]
    names = tuple(f"n{n}" for n in range(5, MAX_LIST + 5))
    assert sizes(store, Within(NAME, names)) == [5, 6, 7, 8]
    assert read(store, BoundQuery(ACCOUNT, (ID_REF,), Within(ID_REF, ()))) == []
