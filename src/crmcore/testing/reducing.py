"""The smallest case that still fails, found by leaving things out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from attrs import evolve

from crmcore.errors import CrmError
from crmcore.kinds import Link
from crmcore.query import ast
from crmcore.testing.asking import SYSTEM, Ask, Asker, Figures, Listing
from crmcore.testing.case import Case
from crmcore.testing.play import Play
from crmcore.testing.script import Act, Assign, Change, Commit, Create, World

_T = TypeVar("_T")


def reduced(case: Case, fails: Callable[[Case], bool], attempts: int = 400) -> Case:
    """A case, not larger than `case`, that still `fails`; after so many attempts the best yet."""
    left = attempts
    shrinking = True
    while shrinking and left:
        shrinking = False
        for smaller in _smaller(case):
            left -= 1
            if _is_sound(smaller.world) and _still(fails, smaller):
                case, shrinking = smaller, True
                break
            if not left:
                break
    return case


def _still(fails: Callable[[Case], bool], case: Case) -> bool:
    try:
        return fails(case)
    except (CrmError, KeyError, AttributeError, TypeError):
        # What was left out was needed to make sense.
        return False


def _is_sound(world: World) -> bool:
    """Whether every link leads to a record that is there, as the door makes sure."""
    try:
        play = Play(world)
        for _ in world.commits:
            play.step([])
        return not any(_dangling(play, world))
    except (CrmError, KeyError, AttributeError, TypeError):
        return False


def _dangling(play: Play, world: World) -> Iterator[bool]:
    rows = {module.name: play.rows(module) for module in world.modules}
    for module in world.modules:
        for place, one in enumerate(module.stored, 8):
            if isinstance(one.kind, Link) and one.kind.target in rows:
                for row in rows[module.name].values():
                    value = row[place]
                    ids = value if isinstance(value, tuple) else (value,)
                    yield any(x is not None and x not in rows[one.kind.target] for x in ids)


def _smaller(case: Case) -> Iterator[Case]:
    for commits in _shorter(case.world.commits):
        yield evolve(case, world=evolve(case.world, commits=commits))
    for place, commit in enumerate(case.world.commits):
        for smaller in _smaller_commits(commit):
            commits = _with(case.world.commits, place, smaller)
            yield evolve(case, world=evolve(case.world, commits=commits))
    for asks in _shorter(case.asks):
        yield evolve(case, asks=asks)
    for place, ask in enumerate(case.asks):
        for simpler in _simpler_asks(ask):
            yield evolve(case, asks=_with(case.asks, place, simpler))
    for modules in _smaller_schemas(case.world):
        yield evolve(case, world=evolve(case.world, modules=modules))


def _shorter(items: Sequence[_T]) -> Iterator[tuple[_T, ...]]:
    """`items` without the second half, then without each one, the last first."""
    if len(items) > 3:
        yield tuple(items[: len(items) // 2])
        yield tuple(items[len(items) // 2 :])
    for place in reversed(range(len(items))):
        yield (*items[:place], *items[place + 1 :])


def _with(items: Sequence[_T], place: int, item: _T) -> tuple[_T, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _smaller_commits(commit: Commit) -> Iterator[Commit]:
    for acts in _shorter(commit.acts):
        yield evolve(commit, acts=acts)
    for place, act in enumerate(commit.acts):
        for smaller in _fewer_values(act):
            yield evolve(commit, acts=_with(commit.acts, place, smaller))


def _fewer_values(act: Act) -> Iterator[Act]:
    if isinstance(act, (Create, Change, Assign)):
        for names in _shorter(tuple(act.values)):
            yield evolve(act, values={name: act.values[name] for name in names})


def _smaller_schemas(world: World) -> Iterator[tuple[Any, ...]]:
    yield from _shorter(world.modules)
    for place, module in enumerate(world.modules):
        for keys in _shorter(module.keys):
            yield _with(world.modules, place, evolve(module, keys=keys))
        for fields in _shorter(module.fields):
            title = module.title if module.title in {one.name for one in fields} else None
            yield _with(world.modules, place, evolve(module, fields=fields, title=title))
        for number, one in enumerate(module.fields):
            if one.unique or one.indexed:
                plain = _with(module.fields, number, evolve(one, unique=None, indexed=False))
                yield _with(world.modules, place, evolve(module, fields=plain))


def _simpler_asks(ask: Ask) -> Iterator[Ask]:
    for asker in _simpler_askers(ask.asker):
        yield evolve(ask, asker=asker)
    if isinstance(ask, Listing):
        yield from _simpler_lists(ask)
    elif isinstance(ask, Figures):
        yield from _simpler_figures(ask)
    else:
        for where in _simpler(ask.where):
            yield evolve(ask, where=where)


def _simpler_askers(asker: Asker) -> Iterator[Asker]:
    if asker != SYSTEM:
        yield SYSTEM
    for name, scope in (asker.scopes or {}).items():
        for simpler in (ast.Value(True), *_simpler(scope)):
            if simpler is not None and simpler != scope:
                yield evolve(asker, scopes={**(asker.scopes or {}), name: simpler})


def _simpler_lists(ask: Listing) -> Iterator[Ask]:
    query = ask.query
    if ask.as_of is not None:
        yield evolve(ask, as_of=None)
    if ask.page is not None:
        yield evolve(ask, page=None)
    if query.limit is not None:
        yield evolve(ask, query=evolve(query, limit=None))
    for where in _simpler(query.where):
        yield evolve(ask, query=evolve(query, where=where))
    for order in _shorter(query.order):
        yield evolve(ask, query=evolve(query, order=order))
    for columns in _shorter(query.columns):
        yield evolve(ask, query=evolve(query, columns=columns))


def _simpler_figures(ask: Figures) -> Iterator[Ask]:
    summary = ask.summary
    if ask.as_of is not None:
        yield evolve(ask, as_of=None)
    for where in _simpler(summary.where):
        yield evolve(ask, summary=evolve(summary, where=where))
    for by in _shorter(summary.by):
        yield evolve(ask, summary=evolve(summary, by=by))
    for measures in _shorter(summary.measures):
        yield evolve(ask, summary=evolve(summary, measures=measures))
    for place, measure in enumerate(summary.measures):
        if isinstance(measure, ast.Measure):
            for where in _simpler(measure.where):
                changed = _with(summary.measures, place, evolve(measure, where=where))
                yield evolve(ask, summary=evolve(summary, measures=changed))


def _simpler(node: ast.Node | None) -> Iterator[ast.Node | None]:
    """Simpler conditions in the place of `node`: none, a part of it, or itself with less."""
    if node is None:
        return
    yield None
    yield from _within(node)


def _within(node: ast.Node) -> Iterator[ast.Node]:
    if isinstance(node, ast.Not):
        yield node.term
        for term in _within(node.term):
            yield ast.Not(term)
    elif isinstance(node, ast.Logic):
        yield from node.terms
        for place, term in enumerate(node.terms):
            for smaller in _within(term):
                yield ast.Logic(node.connective, _with(node.terms, place, smaller))
    elif isinstance(node, ast.Call) and len(node.arguments) == 2:
        if node.function in ("exists", "count"):
            yield ast.Call(node.function, node.arguments[:1])
        if node.function in ("exists", "all", "count"):
            for smaller in _within(node.arguments[1]):
                yield ast.Call(node.function, (node.arguments[0], smaller))
    elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Call):
        for smaller in _within(node.left):
            yield ast.Compare(node.comparator, smaller, node.right)
