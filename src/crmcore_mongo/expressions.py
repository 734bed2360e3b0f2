"""Bound conditions as expressions of pipelines: every constant a literal, every place guarded.

In expressions nothing is less than everything, so that a comparison says itself that its
operands are there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from crmcore.kinds import Choice, Kind
from crmcore.query.bound import (
    AllOf,
    Always,
    AnyOf,
    BoundComparator,
    BoundNode,
    Comparison,
    Const,
    HasCodes,
    IsEmpty,
    Match,
    Negation,
    Ref,
    Related,
    Within,
)
from crmcore_mongo.forms import CURRENCY, KEY, VALUE, WHOLE, is_choice
from crmcore_mongo.frames import Frame
from crmcore_mongo.operands import COMPARE, Constant, identity_suffixes, order_suffixes

Expression = Any


def literal(value: object) -> Expression:
    """A constant that is nothing but itself, whatever it looks like."""
    return {"$literal": value}


def is_there(path: str) -> Expression:
    """There is a value at `path`."""
    return {"$gt": [f"${path}", None]}


def truth(frame: Frame, node: BoundNode) -> Expression:
    """`node` over the records of `frame`, which gets the stages that it needs."""
    write = _LEAVES.get(type(node))
    if write is not None:
        return write(frame, node)
    if isinstance(node, (AllOf, AnyOf)):
        word = "$and" if isinstance(node, AllOf) else "$or"
        return {word: [truth(frame, term) for term in node.terms]}
    if isinstance(node, Negation):
        return {"$not": [truth(frame, node.term)]}
    raise TypeError(f"no condition: {type(node).__name__}")


def _always(frame: Frame, node: Always) -> Expression:
    return literal(node.holds)


def _kind(node: Comparison) -> Kind:
    for operand in (node.left, node.right):
        if isinstance(operand, Ref):
            return operand.kind
    raise TypeError("stores compare places, not formulas")


def _part(frame: Frame, operand: BoundNode, kind: Kind, suffix: str) -> Expression:
    if isinstance(operand, Ref):
        return f"${frame.path(operand, suffix)}"
    if isinstance(operand, Const):
        return literal(Constant(operand.value, kind).part(suffix))
    raise TypeError("stores compare places, not formulas")


def _there(frame: Frame, node: Comparison) -> list[Expression]:
    return [
        is_there(frame.path(operand))
        for operand in (node.left, node.right)
        if isinstance(operand, Ref)
    ]


def _comparison(frame: Frame, node: Comparison) -> Expression:
    kind = _kind(node)

    def sides(suffixes: Sequence[str]) -> list[list[Expression]]:
        return [
            [_part(frame, node.left, kind, suffix), _part(frame, node.right, kind, suffix)]
            for suffix in suffixes
        ]

    if node.comparator in ("==", "!="):
        equal = [{"$eq": pair} for pair in sides(identity_suffixes(kind))]
        same = {"$and": [*_there(frame, node), *equal]}
        return same if node.comparator == "==" else {"$not": [same]}
    if kind.shape == "money":
        currency, amount = sides((CURRENCY, VALUE))
        terms = [{"$eq": currency}, {COMPARE[node.comparator]: amount}]
        return {"$and": [*_there(frame, node), *terms]}
    if is_choice(kind):
        places = [_position_of(frame, one, kind) for one in (node.left, node.right)]
        return {"$and": [*_there(frame, node), {COMPARE[node.comparator]: places}]}
    pairs = sides(order_suffixes(kind))
    return {"$and": [*_there(frame, node), _lexical(pairs, node.comparator)]}


def _lexical(pairs: list[list[Expression]], comparator: BoundComparator) -> Expression:
    first = {COMPARE[comparator]: pairs[0]}
    if len(pairs) == 1:
        return first
    strict = {COMPARE[comparator[0]]: pairs[0]}
    return {"$or": [strict, {"$and": [{"$eq": pairs[0]}, _lexical(pairs[1:], comparator)]}]}


def _position_of(frame: Frame, operand: BoundNode, kind: Kind) -> Expression:
    if isinstance(operand, Ref):
        return position(frame.path(operand), kind)
    assert isinstance(operand, Const)
    return literal(Constant(operand.value, kind).position())


def position(path: str, kind: Kind) -> Expression:
    """The place of the option that the choice at `path` is; empty where there is none."""
    assert isinstance(kind, Choice)
    codes = list(kind.positions)
    found = {"$indexOfArray": [literal(codes), f"${path}"]}
    placed = {"$cond": [{"$lt": ["$$found", 0]}, literal(len(codes)), "$$found"]}
    ordered = {"$let": {"vars": {"found": found}, "in": placed}}
    return {"$cond": [is_there(path), ordered, None]}


def _is_empty(frame: Frame, node: IsEmpty) -> Expression:
    if not isinstance(node.operand, Ref):
        return literal(False)
    return {"$not": [is_there(frame.path(node.operand))]}


def _within(frame: Frame, node: Within) -> Expression:
    path, kind = frame.path(node.operand), node.operand.kind
    found = [Constant(value, kind) for value in node.values]
    if kind.shape == "money":
        currency = frame.path(node.operand, CURRENCY)
        pairs = [[one.part(CURRENCY), one.part(VALUE)] for one in found]
        return {"$in": [[f"${currency}", f"${path}"], literal(pairs)]}
    values = literal([constant.part(VALUE) for constant in found])
    return {"$and": [is_there(path), {"$in": [f"${path}", values]}]}


def whole_key(frame: Frame, ref: Ref) -> Expression:
    """The whole search key of a sorted text; nothing where there is no text."""
    key, whole = frame.path(ref, KEY), frame.path(ref, WHOLE)
    return {"$ifNull": [f"${whole}", f"${key}", literal("")]}


def _match(frame: Frame, node: Match) -> Expression:
    key, sought = whole_key(frame, node.operand), literal(node.key)
    if node.how == "like":
        test: Expression = {"$eq": [key, sought]}
    elif node.how == "contains":
        test = {"$gte": [{"$indexOfBytes": [key, sought]}, 0]}
    elif node.how == "starts_with":
        test = {"$eq": [{"$indexOfBytes": [key, sought]}, 0]}
    else:
        length = len(node.key)
        start = {"$max": [0, {"$subtract": [{"$strLenCP": key}, length]}]}
        test = {"$eq": [{"$substrCP": [key, start, length]}, sought]} if length else True
    return {"$and": [is_there(frame.path(node.operand)), test]}


def _has_codes(frame: Frame, node: HasCodes) -> Expression:
    path, codes = frame.path(node.operand), literal(list(node.codes))
    held = {"$ifNull": [f"${path}", literal([])]}
    if node.how == "all":
        return {"$and": [is_there(path), {"$setIsSubset": [codes, held]}]}
    return {"$gt": [{"$size": {"$setIntersection": [held, codes]}}, 0]}


def _related(frame: Frame, node: Related) -> Expression:
    return {COMPARE[node.comparator]: [f"${frame.related(node)}", node.count]}


_LEAVES: Final[dict[type, Callable[[Frame, Any], Expression]]] = {
    Always: _always,
    Comparison: _comparison,
    IsEmpty: _is_empty,
    Within: _within,
    Match: _match,
    HasCodes: _has_codes,
    Related: _related,
}
