"""Conditions over a child relation: exists, all, count."""

from __future__ import annotations

from typing import Final

from crmcore.query import ast
from crmcore.query.bind.comparisons import MIRROR, negated
from crmcore.query.bind.paths import Scope, child_relation
from crmcore.query.bind.refusal import refusal
from crmcore.query.bind.values import operand
from crmcore.query.bound import TRUE, BoundComparator, BoundNode, Related

_FAR: Final = 2**62
"""No relation has so many records: greater numbers decide alike."""


def quantified(scope: Scope, node: ast.Call) -> BoundNode:
    """`exists(relation, condition)` or `all(relation, condition)`; raises `QueryError`."""
    name, condition = _arguments(node)
    if node.function == "exists":
        return _relation(scope, name, condition, ">=", 1)
    if condition is None:
        raise refusal("argument_count", node, function="all", count=2)
    outside = ast.Not(condition, node.position)
    return negated(_relation(scope, name, outside, ">=", 1))


def counted(scope: Scope, node: ast.Compare) -> BoundNode | None:
    """`count(relation, condition) < 3` as a bound condition; `None` if nothing is counted."""
    call, number = node.left, node.right
    comparator: BoundComparator = node.comparator  # type: ignore[assignment]
    if not _is_count(call) and _is_count(number):
        call, number, comparator = number, call, MIRROR[comparator]
    if not isinstance(call, ast.Call) or not _is_count(call):
        return None
    name, condition = _arguments(call)
    found = None if _is_count(number) else operand(scope, number)
    if found is None or not found.constant_only or type(found.value) is not int:
        raise refusal("needs_relation", node, function="count")
    limited = max(-1, min(found.value, _FAR))
    return _relation(scope, name, condition, comparator, limited)


def _is_count(node: ast.Node) -> bool:
    return isinstance(node, ast.Call) and node.function == "count"


def _arguments(node: ast.Call) -> tuple[ast.Name, ast.Node | None]:
    name = node.arguments[0] if node.arguments else None
    if not isinstance(name, ast.Name):
        raise refusal("needs_relation", node, function=node.function)
    if len(node.arguments) > 2:
        raise refusal("argument_count", node, function=node.function, count=2)
    return name, node.arguments[1] if len(node.arguments) == 2 else None


def _relation(
    scope: Scope,
    name: ast.Name,
    condition: ast.Node | None,
    comparator: BoundComparator,
    count: int,
) -> BoundNode:
    steps, child, link = child_relation(scope, name)
    path = (*(step.link.name for step in steps), f"{child.name}.{link.name}")
    scope.follow(path, name.position)
    inner = scope.inside(child, path)
    where = TRUE if condition is None else scope.condition(inner, condition)
    return Related(steps, child, link, scope.visible(child), where, comparator, count)
