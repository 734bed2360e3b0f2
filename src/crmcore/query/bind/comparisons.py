"""Comparisons: operands of one kind, constants at the scale of the field, links by title."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from crmcore.kinds import Choice, Json, Kind, Link, LongText, Text
from crmcore.query import ast
from crmcore.query.bind.constants import (
    comparable,
    constant,
    is_number,
    means_title,
    numeric_comparison,
)
from crmcore.query.bind.folding import compared
from crmcore.query.bind.paths import Scope
from crmcore.query.bind.refusal import refusal, refuse_encrypted
from crmcore.query.bind.values import Operand, operand
from crmcore.query.bound import (
    FALSE,
    TRUE,
    Always,
    BoundComparator,
    BoundNode,
    Comparison,
    Const,
    IsEmpty,
    Negation,
    Ref,
    Step,
)
from crmcore.query.limits import node_position
from crmcore.schema import Field

MIRROR: Final[dict[str, BoundComparator]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
"""The comparator that says the same with its sides exchanged."""


def negated(node: BoundNode) -> BoundNode:
    """The exact complement of `node`."""
    if isinstance(node, Always):
        return FALSE if node.holds else TRUE
    return node.term if isinstance(node, Negation) else Negation(node)


def comparison(scope: Scope, node: ast.Compare) -> BoundNode:
    """`node` (not `in`, not a count) as a bound condition; raises `QueryError`."""
    comparator: BoundComparator = node.comparator  # type: ignore[assignment]
    if isinstance(node.right, ast.Value) and node.right.value is None:
        return null_test(scope, comparator, node.left, node)
    if isinstance(node.left, ast.Value) and node.left.value is None:
        return null_test(scope, comparator, node.right, node)
    left, right, at = operand(scope, node.left), operand(scope, node.right), node.right
    if left.constant_only and right.constant_only:
        return compared(comparator, left.value, right.value, node)
    if left.constant_only:
        left, right, comparator, at = right, left, MIRROR[comparator], node.left
    if right.constant_only:
        return _with_constant(scope, _Side(comparator, left, node), right.value, at)
    return _of_two(scope, comparator, left, right, node)


def null_test(scope: Scope, comparator: BoundComparator, node: ast.Node, at: ast.Node) -> BoundNode:
    """Whether `node` is empty (or with `!=` is not); raises `QueryError`."""
    if comparator not in ("==", "!="):
        raise refusal("null_order", at)
    found = operand(scope, node)
    if found.node is None:
        is_empty: BoundNode = TRUE if found.value is None else FALSE
    else:
        is_empty = IsEmpty(found.node)
    return is_empty if comparator == "==" else negated(is_empty)


def title(scope: Scope, ref: Ref, node: ast.Node | None) -> Ref:
    """The title of the record that the link `ref` leads to; raises `QueryError` (`no_title`)."""
    kind = ref.kind
    target = scope.schema.by_name.get(kind.target) if isinstance(kind, Link) else None
    found = None if target is None else scope.shown(target).title_field
    if target is None or found is None:
        raise refusal(
            "no_title", node, name=kind.target if isinstance(kind, Link) else ref.field.name
        )
    path = (*(step.link.name for step in ref.steps), ref.field.name)
    position = 0 if node is None else node_position(node)
    scope.follow(path, position)
    found = scope.field(target, found.name, position)
    return Ref((*ref.steps, Step(ref.field, target, scope.visible(target))), found)


def _of_two(
    scope: Scope, comparator: BoundComparator, left: Operand, right: Operand, node: ast.Node
) -> BoundNode:
    assert left.node is not None
    assert left.kind is not None
    assert right.node is not None
    assert right.kind is not None
    refuse_encrypted(left.node, node)
    refuse_encrypted(right.node, node)
    same_family = scope.formula and left.kind.family == right.kind.family
    if not same_family and not comparable(left.kind, right.kind):
        raise refusal("not_comparable", node, left=left.kind.name, right=right.kind.name)
    _check_order(left.kind, comparator, node)
    _check_order(right.kind, comparator, node)
    return Comparison(comparator, left.node, right.node)


@frozen
class _Side:
    """The side of a comparison that is no constant, and where the comparison stands."""

    comparator: BoundComparator
    operand: Operand
    node: ast.Node


def _with_constant(scope: Scope, side: _Side, value: object, at: ast.Node) -> BoundNode:
    """`side` compared with `value`, which stands at `at`."""
    comparator, bound, kind = side.comparator, side.operand.node, side.operand.kind
    assert bound is not None
    assert kind is not None
    ref = bound if isinstance(bound, Ref) else None
    if ref is not None and means_title(ref, value):
        ref = bound = title(scope, ref, side.node)
        kind = ref.kind
    _check_order(kind, comparator, side.node)
    if comparator not in ("==", "!="):
        refuse_encrypted(ref, side.node)
    if value is None:
        return TRUE if comparator == "!=" else FALSE
    if kind.family == "number" and is_number(value):
        if ref is not None:
            return numeric_comparison(ref, comparator, value)  # type: ignore[arg-type]
        return Comparison(comparator, bound, Const(value, kind))
    place = ref if ref is not None else Ref((), Field("value", kind))
    normal = constant(place, value, node_position(at))
    if normal is None:
        return TRUE if comparator == "!=" else FALSE
    return Comparison(comparator, bound, Const(normal, kind))


def _check_order(kind: Kind, comparator: BoundComparator, node: ast.Node) -> None:
    if isinstance(kind, Json):
        raise refusal("opaque", node, kind=kind.name)
    if comparator in ("==", "!="):
        return
    unsorted = isinstance(kind, (Text, LongText)) and not kind.sorted
    if unsorted or isinstance(kind, Choice) or not kind.ordered or kind.shape in ("boolean", "id"):
        raise refusal("not_ordered", node, kind=kind.name)
