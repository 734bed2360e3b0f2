"""Which modules a bound question names, in the revision that it was bound against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmcore.query.bound import (
    AllOf,
    AnyOf,
    Apply,
    Arith,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Step,
    Within,
)
from crmcore.schema import Module


def modules_in(question: BoundQuery | BoundSummary) -> dict[str, Module]:
    """The modules that `question` reads, by name: its own, and those at ends of links."""
    found = {question.module.name: question.module}
    waiting: list[BoundNode | Step] = [*_parts(question)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Step):
            found[part.target.name] = part.target
            waiting.append(part.visible)
        else:
            if isinstance(part, Related):
                found[part.child.name] = part.child
            waiting.extend(parts_of(part))
    return found


def _parts(question: BoundQuery | BoundSummary) -> Iterator[BoundNode]:
    yield question.where
    yield question.scope
    if isinstance(question, BoundQuery):
        yield from question.columns
        yield from (term.ref for term in question.order)
        return
    yield from (group.ref for group in question.groups)
    for measure in question.measures:
        yield measure.where
        if measure.ref is not None:
            yield measure.ref


def parts_of(node: BoundNode) -> Iterable[BoundNode | Step]:
    """The nodes and hops directly within `node`."""
    if isinstance(node, (AllOf, AnyOf)):
        return node.terms
    if isinstance(node, Negation):
        return (node.term,)
    if isinstance(node, (Comparison, Arith)):
        return (node.left, node.right)
    if isinstance(node, (IsEmpty, Within, Match, HasCodes)):
        return (node.operand,)
    if isinstance(node, Apply):
        return node.arguments
    if isinstance(node, Related):
        return (*node.steps, node.visible, node.where)
    return node.steps if isinstance(node, Ref) else ()
