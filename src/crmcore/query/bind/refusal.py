"""Refusals that point at the part of an expression that caused them."""

from __future__ import annotations

from crmcore.errors import QueryError


def refusal(code: str, node: object, **params: object) -> QueryError:
    """The refusal `code` at the position of `node`."""
    return QueryError(code, position=getattr(node, "position", 0), **params)
