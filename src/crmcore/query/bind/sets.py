"""Membership: a value among constants, and what a set holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from crmcore.kinds import Json, MultiChoice, MultiLink
from crmcore.query import ast
from crmcore.query.bind.comparisons import title
from crmcore.query.bind.constants import constant, is_number, means_title, numeric_comparison
from crmcore.query.bind.folding import compared
from crmcore.query.bind.paths import Scope
from crmcore.query.bind.refusal import refusal, refuse_encrypted
from crmcore.query.bind.values import operand
from crmcore.query.bound import (
    FALSE,
    TRUE,
    BoundNode,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Negation,
    Ref,
    Within,
)
from crmcore.query.limits import node_position


def membership(scope: Scope, node: ast.Compare) -> BoundNode:
    """`left in right` as a bound condition; raises `QueryError`."""
    right = operand(scope, node.right)
    if not right.constant_only:
        if not isinstance(right.node, Ref) or right.node.kind.shape != "codes":
            raise refusal("in_needs_list", node)
        item = operand(scope, node.left)
        if not item.constant_only:
            raise refusal("in_needs_constant", node)
        return has(right.node, "all", [item.value], [node.left])
    values = constants(scope, node.right)
    left = operand(scope, node.left)
    if values is None:
        return FALSE
    if left.constant_only:
        terms = [compared("==", left.value, value, node) for value in values]
        return TRUE if TRUE in terms else FALSE
    if not isinstance(left.node, Ref):
        raise refusal("not_comparable", node, left="formula", right="list")
    return _within(scope, left.node, values, node)


def places(node: ast.Node, count: int) -> Sequence[ast.Node]:
    """Where each of `count` constants stands that `constants` found at `node`."""
    return node.items if isinstance(node, ast.Items) else [node] * count


def constants(scope: Scope, node: ast.Node) -> Sequence[object] | None:
    """The items of a written list or of a list parameter, whose empty items are dropped.

    `None` for a parameter without a value, with which every comparison is false.
    """
    found = operand(scope, node)
    if found.constant_only and found.value is None and isinstance(node, ast.Name):
        return None
    if not found.constant_only or not isinstance(found.value, tuple):
        raise refusal("in_needs_list", node)
    if isinstance(node, ast.Items):
        return found.value
    if len(found.value) > ast.MAX_LIST and not scope.policy:
        raise refusal("list_too_long", node, limit=ast.MAX_LIST)
    return [value for value in found.value if value is not None]


def _within(scope: Scope, ref: Ref, values: Sequence[object], node: ast.Compare) -> BoundNode:
    if isinstance(ref.kind, (MultiChoice, MultiLink, Json)):
        raise refusal("in_needs_list", node)
    at = places(node.right, len(values))
    if not any(means_title(ref, value) for value in values):
        return _one_of(ref, values, at)
    if all(value is None or means_title(ref, value) for value in values):
        return _one_of(title(scope, ref, node), values, at)
    raise refusal("not_comparable", node, left="id", right="title")


def _one_of(ref: Ref, values: Iterable[object], at: Iterable[ast.Node]) -> BoundNode:
    found: dict[object, None] = {}
    for value, node in zip(values, at, strict=True):
        normal: object | None
        if ref.kind.family == "number" and is_number(value):
            exact = numeric_comparison(ref, "==", value)  # type: ignore[arg-type]
            is_value = isinstance(exact, Comparison) and isinstance(exact.right, Const)
            normal = exact.right.value if is_value else None  # type: ignore[attr-defined]
        else:
            normal = constant(ref, value, node_position(node))
        if normal is not None:
            found[normal] = None
    return Within(ref, tuple(found)) if found else FALSE


def has(
    ref: Ref, how: Literal["all", "any"], values: Iterable[object], at: Iterable[ast.Node]
) -> BoundNode:
    """Whether the set `ref` holds all (or any) of `values`, which stand at `at`.

    An empty set holds all of nothing no more than it holds anything: it is no operand.
    """
    places = list(at)
    refuse_encrypted(ref, places[0] if places else None)
    codes: set[str] = set()
    for value, node in zip(values, places, strict=True):
        found = None if value is None else constant(ref, [value], node_position(node))
        if found is not None:
            codes.update(found)  # type: ignore[arg-type]
        elif how == "all":
            return FALSE
    if not codes:
        return FALSE if how == "any" else Negation(IsEmpty(ref))
    return HasCodes(ref, how, tuple(sorted(codes)))
