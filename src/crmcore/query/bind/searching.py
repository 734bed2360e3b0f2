"""Finding as people type: contains, starts_with, ends_with, like, on search keys."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Link, LongText, MultiLink, Text, search_key
from crmcore.query import ast
from crmcore.query.bind.comparisons import title
from crmcore.query.bind.constants import constant
from crmcore.query.bind.folding import sort_of
from crmcore.query.bind.paths import Scope
from crmcore.query.bind.refusal import refusal, refuse_encrypted
from crmcore.query.bind.sets import has
from crmcore.query.bind.values import operand
from crmcore.query.bound import FALSE, BoundNode, Match, Ref
from crmcore.query.limits import node_position

MATCHES: Final = ("contains", "starts_with", "ends_with", "like")


def match(scope: Scope, node: ast.Call) -> BoundNode:
    """A call of one of `MATCHES` as a bound condition; raises `QueryError`."""
    ref = field_argument(scope, node)
    sought = operand(scope, node.arguments[1])
    if not sought.constant_only:
        raise refusal("in_needs_constant", node)
    if ref.kind.shape == "codes":
        if node.function != "contains":
            raise refusal("not_searchable", node, kind=ref.kind.name, name=ref.field.name)
        return has(ref, "all", [sought.value], [node.arguments[1]])
    if isinstance(ref.kind, Link) and not isinstance(ref.kind, MultiLink):
        if ref.field.name == "id":
            raise refusal("not_searchable", node, kind=ref.kind.name, name=ref.field.name)
        ref = title(scope, ref, node)
    refuse_encrypted(ref, node)
    if not isinstance(ref.kind, (Text, LongText)) or not ref.kind.sorted:
        raise refusal("not_searchable", node, kind=ref.kind.name, name=ref.field.name)
    if sought.value is None:
        return FALSE
    if not isinstance(sought.value, str):
        raise refusal("not_comparable", node, left=ref.kind.name, right=sort_of(sought.value))
    text = constant(ref, sought.value, node_position(node.arguments[1]))
    if text is None:
        return FALSE
    return Match(node.function, ref, search_key(str(text)))  # type: ignore[arg-type]


def field_argument(scope: Scope, node: ast.Call) -> Ref:
    """The field that is the first of two arguments; raises `QueryError`."""
    if len(node.arguments) != 2:
        raise refusal("argument_count", node, function=node.function, count=2)
    found = operand(scope, node.arguments[0])
    if not isinstance(found.node, Ref):
        raise refusal("needs_field", node, function=node.function)
    return found.node
