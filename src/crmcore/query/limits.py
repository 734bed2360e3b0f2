"""The caps on one expression: how deep it nests and how many terms it has."""

from __future__ import annotations

from typing import Final

from crmcore.errors import QueryError
from crmcore.query.ast import (
    MAX_DEPTH,
    MAX_LIST,
    MAX_TERMS,
    Arithmetic,
    Call,
    Compare,
    Items,
    Logic,
    Name,
    Node,
    Not,
    Value,
)

_PLAIN: Final = (Value, Name)


def check_size(node: Node) -> None:
    """Refuse an expression that nests too deep, has too many terms or too long a list.

    A comparison or a call of plain operands is one term; list items that are plain are
    not counted. Raises `QueryError` with `too_deep`, `too_many_terms` or
    `list_too_long`. Costs no more than the tree is large, and never recurses beyond the cap.
    """
    terms = _terms(node, 1)
    if terms > MAX_TERMS:
        raise QueryError("too_many_terms", position=node_position(node), limit=MAX_TERMS)


def node_position(node: Node) -> int:
    """Where a node begins in its text, in code points; 0 if it came from none."""
    found = getattr(node, "position", 0)
    return found if isinstance(found, int) else 0


def too_deep(position: int) -> QueryError:
    """The refusal of an expression that nests deeper than `MAX_DEPTH`."""
    return QueryError("too_deep", position=position, limit=MAX_DEPTH)


def too_long(position: int) -> QueryError:
    """The refusal of a list of more than `MAX_LIST` items."""
    return QueryError("list_too_long", position=position, limit=MAX_LIST)


def _terms(node: Node, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise too_deep(node_position(node))
    below = depth + 1
    match node:
        case Not(term):
            return _terms(term, below)
        case Logic(_, terms):
            return sum(_terms(term, below) for term in terms) or 1
        case Arithmetic(_, left, right):
            return _terms(left, below) + _terms(right, below)
        case Compare(_, left, right):
            return _terms(left, below) + _terms(right, below) - 1
        case Call(_, arguments):
            return sum(_terms(one, below) - 1 for one in arguments) + 1
        case Items(items):
            return _item_terms(items, node_position(node), below)
        case _:
            return 1


def _item_terms(items: tuple[Node, ...], position: int, depth: int) -> int:
    if len(items) > MAX_LIST:
        raise too_long(position)
    if items and depth > MAX_DEPTH:
        raise too_deep(position)
    return sum(_terms(item, depth) for item in items if not isinstance(item, _PLAIN)) + 1
