"""Bound questions with some of their parts exchanged: wrong compilation, made visible."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from crmcore.query.bound import (
    TRUE,
    AllOf,
    AnyOf,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
)

Change = Callable[[BoundNode], BoundNode]
"""From a node whose parts were changed already to what stands in its place."""


def same(node: BoundNode) -> BoundNode:
    """The change that changes nothing."""
    return node


def rewritten(node: BoundNode, change: Change) -> BoundNode:
    """`node` with `change` made to every condition in it, from the leaves up."""
    if isinstance(node, (AllOf, AnyOf)):
        node = evolve(node, terms=tuple(rewritten(term, change) for term in node.terms))
    elif isinstance(node, Negation):
        node = Negation(rewritten(node.term, change))
    elif isinstance(node, Related):
        visible, where = rewritten(node.visible, change), rewritten(node.where, change)
        node = evolve(node, visible=visible, where=where)
    elif isinstance(node, (Ref, Const)):
        return node
    return change(node)


def query_with(query: BoundQuery, change: Change) -> BoundQuery:
    """`query` with `change` made to its conditions."""
    where, scope = rewritten(query.where, change), rewritten(query.scope, change)
    return evolve(query, where=where, scope=scope)


def summary_with(query: BoundSummary, change: Change) -> BoundSummary:
    """`query` with `change` made to its conditions."""
    measures = tuple(evolve(one, where=rewritten(one.where, change)) for one in query.measures)
    where, scope = rewritten(query.where, change), rewritten(query.scope, change)
    return evolve(query, where=where, scope=scope, measures=measures)


def unguarded(node: BoundNode) -> BoundNode:
    """`node` with every hop along a link open to everyone."""
    if isinstance(node, Comparison):
        return evolve(node, left=_open_operand(node.left), right=_open_operand(node.right))
    if isinstance(node, IsEmpty):
        return IsEmpty(_open_operand(node.operand))
    if isinstance(node, Within):
        return evolve(node, operand=open_ref(node.operand))
    if isinstance(node, Match):
        return evolve(node, operand=open_ref(node.operand))
    if isinstance(node, HasCodes):
        return evolve(node, operand=open_ref(node.operand))
    if isinstance(node, Related):
        return evolve(node, steps=_open(node.steps))
    return node


def _open_operand(node: BoundNode) -> BoundNode:
    return open_ref(node) if isinstance(node, Ref) else node


def open_ref(ref: Ref) -> Ref:
    """A place with every hop on the way open to everyone."""
    return Ref(_open(ref.steps), ref.field)


def _open(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(Step(step.link, step.target, TRUE) for step in steps)


def operands(node: BoundNode) -> list[Ref]:
    """The places that a condition compares, outside of relations."""
    if isinstance(node, (AllOf, AnyOf)):
        return [ref for term in node.terms for ref in operands(term)]
    if isinstance(node, Negation):
        return operands(node.term)
    if isinstance(node, Comparison):
        return [one for one in (node.left, node.right) if isinstance(one, Ref)]
    if isinstance(node, (Within, Match, HasCodes)):
        return [node.operand]
    return []
