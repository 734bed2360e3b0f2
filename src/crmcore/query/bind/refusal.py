"""Refusals that point at the part of an expression that caused them."""

from __future__ import annotations

from crmcore.errors import QueryError
from crmcore.query.bound import BoundNode, Ref


def refusal(code: str, node: object, **params: object) -> QueryError:
    """The refusal `code` at the position of `node`."""
    return QueryError(code, position=getattr(node, "position", 0), **params)


def refuse_encrypted(place: BoundNode | None, node: object = None) -> None:
    """Raise `QueryError` (`encrypted_field`) where `place` is an encrypted field.

    Of such a field nothing but equality, `in` and whether it is empty can be told.
    """
    if isinstance(place, Ref) and place.field.encrypted:
        name = place.field.name
        raise refusal("encrypted_field", node, field=name, name=name)
