"""Relations that are asked first: which records have such children, where few have.

A `$lookup` counts the children of every record that passes, before any page is full. Where
the children that matter are found through an index, it costs less to ask for them once and to
go on with the ids of their parents. What was shared with a reader, which is part of most
scopes, is of this sort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from attrs import evolve

from crmcore.kinds import Link, MultiLink
from crmcore.query.bound import (
    ID_REF,
    AllOf,
    Always,
    AnyOf,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Negation,
    Ref,
    Related,
    Within,
    both,
)
from crmcore.storage import Batch

MOST: Final = 200
"""So many children are asked for; where there are more, each record counts its own."""

Asked = TypeVar("Asked", BoundQuery, BoundSummary)
Ask = Callable[[BoundQuery], Iterator[Batch]]


def foreseen(question: Asked, ask: Ask) -> Asked:
    """`question` with the ids of records in the place of relations that `ask` could tell."""
    if question.as_of is not None or getattr(question, "versions", False):
        return question
    where, scope = _foreseen(question.where, ask), _foreseen(question.scope, ask)
    if where is question.where and scope is question.scope:
        return question
    return evolve(question, where=where, scope=scope)


def _foreseen(node: BoundNode, ask: Ask) -> BoundNode:
    if isinstance(node, (AllOf, AnyOf)):
        terms = tuple(_foreseen(term, ask) for term in node.terms)
        return evolve(node, terms=terms) if terms != node.terms else node
    if isinstance(node, Negation):
        term = _foreseen(node.term, ask)
        return node if term is node.term else Negation(term)
    return _parents(node, ask) if isinstance(node, Related) and _is_able(node) else node


def _is_able(node: Related) -> bool:
    is_exists = (node.comparator, node.count) in ((">=", 1), (">", 0), ("!=", 0))
    if not is_exists or node.steps or isinstance(node.link.kind, MultiLink):
        return False
    return _is_served(both(node.where, node.visible))


def _parents(node: Related, ask: Ask) -> BoundNode:
    link = Ref((), node.link)
    where = both(node.where, Negation(IsEmpty(link)))
    query = BoundQuery(node.child, (link,), where, node.visible, limit=MOST + 1)
    found: list[Any] = [row[0] for batch in ask(query) for row in batch]
    if len(found) > MOST:
        return node
    ids = tuple(sorted(set(found)))
    return Within(ID_REF, ids) if ids else Always(False)


def _is_served(node: BoundNode) -> bool:
    """Whether an index tells the few records that fulfil `node`."""
    if isinstance(node, AllOf):
        return any(_is_served(term) for term in node.terms)
    if isinstance(node, AnyOf):
        return bool(node.terms) and all(_is_served(term) for term in node.terms)
    if isinstance(node, Comparison):
        sides = (node.left, node.right)
        is_constant = any(isinstance(one, Const) for one in sides)
        places = [one for one in sides if isinstance(one, Ref)]
        return node.comparator == "==" and is_constant and all(map(_is_indexed, places))
    return isinstance(node, (Within, HasCodes)) and _is_indexed(node.operand)


def _is_indexed(place: Ref) -> bool:
    return not place.steps and (isinstance(place.kind, Link) or place.field.indexed)
