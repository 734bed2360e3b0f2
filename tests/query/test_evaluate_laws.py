"""Algebraic laws of the evaluator, of orders and of summaries, over generated worlds."""

from __future__ import annotations

from collections import Counter

from attrs import evolve
from hypothesis import given
from tests.query.worlds import Asked, asked

from crmcore.errors import CrmError
from crmcore.kinds import Json, Link, MultiLink
from crmcore.query import ast
from crmcore.query.bound import (
    ID_REF,
    BoundGroup,
    BoundMeasure,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Ref,
)
from crmcore.testing.asking import exact_row
from crmcore.testing.generate.conditions import Conditions, constant, sortable


def _two(world: Asked) -> tuple[ast.Node, ast.Node]:
    return world.condition(1), world.condition(1)


@given(asked())
def test_a_condition_and_its_complement_part_the_records(world: Asked) -> None:
    node = world.condition()
    holds, fails = world.ids(node), world.ids(ast.Not(node))
    assert holds | fails == world.everything()
    assert not holds & fails


@given(asked())
def test_twice_negated_is_not_negated(world: Asked) -> None:
    node = world.condition()
    assert world.ids(ast.Not(ast.Not(node))) == world.ids(node)


@given(asked())
def test_and_or_not_are_those_of_sets(world: Asked) -> None:
    first, second = _two(world)
    both, either = ast.Logic("and", (first, second)), ast.Logic("or", (first, second))
    assert world.ids(both) == world.ids(first) & world.ids(second)
    assert world.ids(either) == world.ids(first) | world.ids(second)


@given(asked())
def test_de_morgan(world: Asked) -> None:
    first, second = _two(world)
    parts = ast.Not(first), ast.Not(second)
    assert world.ids(ast.Not(ast.Logic("and", (first, second)))) == world.ids(
        ast.Logic("or", parts)
    )
    assert world.ids(ast.Not(ast.Logic("or", (first, second)))) == world.ids(
        ast.Logic("and", parts)
    )


@given(asked())
def test_to_be_in_a_list_is_to_equal_one_of_it(world: Asked) -> None:
    able = [one for one in world.module.stored if _is_comparable(one.kind)]
    one = world.choices.pick(able)
    maker = Conditions(world.choices, world.setting)
    values = [constant(maker.value(world.module, one)) for _ in range(3)]
    name = ast.Name((one.name,))
    equal = [ast.Compare("==", name, value) for value in values]
    among = ast.Compare("in", name, ast.Items(values))
    try:
        found = world.ids(among)
    except CrmError:
        # Ids and titles of one link in one list are refused.
        assert isinstance(one.kind, Link)
        return
    assert found == world.ids(ast.Logic("or", equal))
    assert world.ids(ast.Not(among)) == world.ids(ast.Logic("and", [ast.Not(x) for x in equal]))


def _is_comparable(kind: object) -> bool:
    return not isinstance(kind, (Json, MultiLink)) and getattr(kind, "shape", "") != "codes"


@given(asked())
def test_comparisons_part_what_is_there(world: Asked) -> None:
    able = [one for one in world.module.stored if _has_order(world, one.name)]
    if not able:
        return
    one = world.choices.pick(able)
    value = constant(Conditions(world.choices, world.setting).value(world.module, one))
    name = ast.Name((one.name,))
    less, same, more = (
        world.ids(ast.Compare(sign, name, value))  # type: ignore[arg-type]
        for sign in ("<", "==", ">")
    )
    empty = world.ids(ast.Compare("==", name, ast.Value(None)))
    if one.kind.shape == "money":
        other = world.everything() - less - same - more - empty
        assert not other & (less | same | more)
    else:
        assert less | same | more | empty == world.everything()
    assert len(less) + len(same) + len(more) + len(empty) <= len(world.everything())
    assert world.ids(ast.Compare("<=", name, value)) == less | same
    assert world.ids(ast.Compare(">=", name, value)) == more | same


def _has_order(world: Asked, name: str) -> bool:
    kind = world.module.by_name[name].kind
    unordered = isinstance(kind, Link) or kind.name in ("choice", "boolean")
    return sortable(kind) and not unordered


@given(asked())
def test_all_is_that_none_is_otherwise(world: Asked) -> None:
    maker = Conditions(world.choices, world.setting)
    schema = world.setting.world.schema
    pairs = [pair for pair in schema.children(world.module.name) if type(pair[1].kind) is Link]
    if not pairs:
        return
    child, link = world.choices.pick(pairs)
    name = ast.Name((child.name, link.name))
    node = maker.make(child, 1, 0)
    exists = world.ids(ast.Call("exists", (name, ast.Not(node))))
    assert world.ids(ast.Call("all", (name, node))) == world.everything() - exists
    counted = ast.Compare(">=", ast.Call("count", (name, node)), ast.Value(1))
    assert world.ids(counted) == world.ids(ast.Call("exists", (name, node)))


def _ordered(world: Asked) -> BoundQuery:
    fields = [one for one in world.module.stored if sortable(one.kind)]
    chosen = world.choices.several([one for one in fields if not isinstance(one.kind, Link)], 0, 2)
    order = tuple(BoundOrder(Ref((), one), world.choices.chance(50)) for one in chosen)
    return BoundQuery(world.module, (ID_REF, *(term.ref for term in order)), order=order)


@given(asked(12))
def test_order_is_total_and_loses_nobody(world: Asked) -> None:
    query = _ordered(world)
    rows = world.rows(query)
    assert Counter(row[0] for row in rows) == Counter(world.everything())
    falling = evolve(
        query, order=tuple(evolve(term, descending=not term.descending) for term in query.order)
    )
    if query.order:
        assert world.rows(falling) == rows[::-1]


@given(asked(12))
def test_pages_of_any_size_join_to_the_whole(world: Asked) -> None:
    query = _ordered(world)
    whole = world.rows(query)
    size = world.choices.between(1, 5)
    joined: list[tuple[object, ...]] = []
    page = evolve(query, limit=size)
    while rows := world.rows(page):
        assert len(rows) <= size
        joined.extend(rows)
        page = evolve(page, after=(*rows[-1][1:], rows[-1][0]))
    assert joined == whole


@given(asked(12))
def test_groups_part_the_records(world: Asked) -> None:
    able = [one for one in world.module.stored if not isinstance(one.kind, (Json, MultiLink))]
    groups = tuple(BoundGroup(Ref((), one)) for one in world.choices.several(able, 1, 2))
    where = world.bound(world.condition(1))
    numbers = [one for one in world.module.stored if one.kind.family == "number"]
    figures = [BoundMeasure("count"), *(BoundMeasure("sum", Ref((), one)) for one in numbers[:2])]
    summary = BoundSummary(world.module, groups, tuple(figures), where)
    parts = [row for batch in world.transaction.summarize(summary) for row in batch]
    whole = next(
        row for batch in world.transaction.summarize(evolve(summary, groups=())) for row in batch
    )
    assert len({exact_row(row[: len(groups)]) for row in parts}) == len(parts)
    for place, total in enumerate(whole, len(groups)):
        known = [row[place] for row in parts if row[place] is not None]
        assert (sum(known) if known else (0 if place == len(groups) else None)) == total
