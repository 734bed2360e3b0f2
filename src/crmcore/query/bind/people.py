"""Conditions of policy on whom a record leads to, as lists of these people.

Who is in which department is known with the configuration. `owner.department in …` asks each
record for its owner; `owner in …`, of the people who are in these departments, means the same
and is served by the index of the link, on every backend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from crmcore.query.bound import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    Negation,
    Ref,
    Within,
)

People = Callable[[str, Iterable[object]], Sequence[str] | None]
"""The users whose field (a name) is one of some values; `None` where that is not known."""

PEOPLE: Final = "crm_user"


def by_people(node: BoundNode, people: People) -> BoundNode:
    """`node`, which holds of the same records, with lists of people where `people` knows them."""
    if isinstance(node, Negation):
        term = by_people(node.term, people)
        return node if term is node.term else _negated(term)
    if isinstance(node, AllOf):
        return _all_of(by_people(one, people) for one in node.terms)
    if isinstance(node, AnyOf):
        return _any_of(_in_one_list(by_people(one, people) for one in node.terms))
    if isinstance(node, Comparison) and node.comparator == "!=":
        same = Comparison("==", node.left, node.right)
        found = by_people(same, people)
        return node if found is same else _negated(found)
    return _leaf(node, people)


def _leaf(node: BoundNode, people: People) -> BoundNode:
    found = listed(node)
    if found is None or not _leads_to_people(found[0]):
        return node
    ref, values = found
    ids = people(ref.field.name, values)
    if ids is None:
        return node
    return Within(Ref(ref.steps[:-1], ref.steps[-1].link), tuple(ids)) if ids else FALSE


def listed(node: BoundNode) -> tuple[Ref, tuple[object, ...]] | None:
    """The place and the values of a condition that it is one of these; `None` for any other."""
    if isinstance(node, Within):
        return node.operand, node.values
    if isinstance(node, Comparison) and node.comparator == "==":
        left, right = node.left, node.right
        if isinstance(left, Ref) and isinstance(right, Const):
            return left, (right.value,)
    return None


def _leads_to_people(ref: Ref) -> bool:
    """Whether `ref` is of whoever a link leads to, whom the condition always sees."""
    if not ref.steps:
        return False
    last = ref.steps[-1]
    return last.target.name == PEOPLE and last.visible == TRUE


def _in_one_list(terms: Iterable[BoundNode]) -> list[BoundNode]:
    """`terms` of a disjunction: those that list values of one link are one list."""
    kept: list[BoundNode] = []
    first: dict[int, int] = {}
    for one in terms:
        found = listed(one)
        if found is None or found[0].steps or found[0].kind.shape != "id":
            kept.append(one)
            continue
        ref, values = found
        place = first.setdefault(id(ref.field), len(kept))
        if place == len(kept):
            kept.append(one)
        else:
            former = listed(kept[place])
            assert former is not None
            kept[place] = Within(ref, tuple(dict.fromkeys((*former[1], *values))))
    return kept


def _all_of(terms: Iterable[BoundNode]) -> BoundNode:
    kept = tuple(one for one in terms if one != TRUE)
    if FALSE in kept:
        return FALSE
    return AllOf(kept) if len(kept) > 1 else kept[0] if kept else TRUE


def _any_of(terms: Iterable[BoundNode]) -> BoundNode:
    kept = tuple(one for one in terms if one != FALSE)
    if TRUE in kept:
        return TRUE
    return AnyOf(kept) if len(kept) > 1 else kept[0] if kept else FALSE


def _negated(node: BoundNode) -> BoundNode:
    if node in (TRUE, FALSE):
        return FALSE if node == TRUE else TRUE
    return Negation(node)
