"""Conditions: every node of the language checked against schema and reader."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Boolean
from crmcore.query import ast
from crmcore.query.bind.comparisons import comparison, negated, null_test
from crmcore.query.bind.listing import CONSENTED, LISTS, consented, listed
from crmcore.query.bind.paths import Scope
from crmcore.query.bind.refusal import refusal
from crmcore.query.bind.relations import counted, quantified
from crmcore.query.bind.searching import MATCHES, field_argument, match
from crmcore.query.bind.sets import constants, has, membership, places
from crmcore.query.bind.values import Operand, operand
from crmcore.query.bound import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
)
from crmcore.query.limits import check_size

_BOOLEAN: Final = Boolean()


def predicate(scope: Scope, node: ast.Node) -> BoundNode:
    """`node` as a bound condition over the module of `scope`; raises `QueryError`.

    Depth and number of terms are checked first, so that no tree is too deep to walk.
    """
    check_size(node)
    return _condition(scope, node)


def _condition(scope: Scope, node: ast.Node) -> BoundNode:
    if isinstance(node, ast.Logic):
        return _logic(scope, node)
    if isinstance(node, ast.Not):
        return negated(_condition(scope, node.term))
    if isinstance(node, ast.Value) and isinstance(node.value, bool):
        return TRUE if node.value else FALSE
    if isinstance(node, ast.Name):
        return _truth(operand(scope, node), node)
    if isinstance(node, ast.Compare):
        if node.comparator == "in":
            return membership(scope, node)
        found = counted(scope, node)
        return comparison(scope, node) if found is None else found
    if isinstance(node, ast.Call):
        return _call(scope, node)
    raise refusal("not_a_condition", node)


def _logic(scope: Scope, node: ast.Logic) -> BoundNode:
    is_and = node.connective == "and"
    absorbing, neutral = (FALSE, TRUE) if is_and else (TRUE, FALSE)
    # Every term is checked: an error must not hide behind a constant.
    terms = [_condition(scope, term) for term in node.terms]
    if absorbing in terms:
        return absorbing
    kept = tuple(term for term in terms if term != neutral)
    if len(kept) < 2:
        return kept[0] if kept else neutral
    return AllOf(kept) if is_and else AnyOf(kept)


def _truth(found: Operand, node: ast.Node) -> BoundNode:
    """A boolean field or parameter as a condition; empty is false."""
    if found.node is None:
        if found.value is None:
            return FALSE
        if isinstance(found.value, bool):
            return TRUE if found.value else FALSE
    elif found.kind is not None and found.kind.name == "boolean":
        return Comparison("==", found.node, Const(True, _BOOLEAN))
    raise refusal("not_a_condition", node)


def _call(scope: Scope, node: ast.Call) -> BoundNode:
    name = node.function
    if name in MATCHES:
        return match(scope, node)
    if name in ("contains_all", "contains_any"):
        ref = field_argument(scope, node)
        if ref.kind.shape != "codes":
            raise refusal("in_needs_list", node)
        values = constants(scope, node.arguments[1])
        if values is None:
            return FALSE
        at = places(node.arguments[1], len(values))
        return has(ref, "all" if name == "contains_all" else "any", values, at)
    if name in LISTS and scope.policy:
        return listed(scope, node)
    if name == CONSENTED and scope.policy:
        return consented(scope, node)
    if name in ("exists", "all"):
        return quantified(scope, node)
    if name == "is_empty":
        if len(node.arguments) != 1:
            raise refusal("argument_count", node, function=name, count=1)
        return null_test(scope, "==", node.arguments[0], node)
    return _truth(operand(scope, node), node)
