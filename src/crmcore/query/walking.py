"""Walking through expressions that are not bound yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from crmcore.query import ast

RELATIONS: Final = ("exists", "all", "count")
"""Functions whose first argument is a relation; a second one speaks of its records."""

_PARAMETERS: Final = ("me", "now", "today")


def names_parameter(parts: Sequence[str]) -> bool:
    """Whether a dotted path is a parameter (`me.department`, `now`), not a field."""
    return bool(parts) and parts[0] in _PARAMETERS


def parts_of(node: ast.Node) -> Sequence[ast.Node]:
    """The nodes directly within `node`."""
    if isinstance(node, (ast.Compare, ast.Arithmetic)):
        return (node.left, node.right)
    if isinstance(node, ast.Logic):
        return node.terms
    if isinstance(node, ast.Not):
        return (node.term,)
    if isinstance(node, ast.Items):
        return node.items
    return node.arguments if isinstance(node, ast.Call) else ()


def within(node: ast.Node) -> Iterator[ast.Node]:
    """`node`, and every node anywhere within it."""
    yield node
    for part in parts_of(node):
        yield from within(part)
