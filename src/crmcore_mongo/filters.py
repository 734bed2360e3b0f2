"""Bound conditions as filters: two-valued by nature, constants always behind an operator.

What compares two places, or looks into a text, is an expression within the filter; all else
is served by indexes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from crmcore.kinds.unicode import SORT_KEY_LENGTH
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
from crmcore.storage.unique import value_digest
from crmcore_mongo.codec import Document
from crmcore_mongo.conditions import EVERY, NONE, all_of, any_of, none_of
from crmcore_mongo.expressions import truth
from crmcore_mongo.forms import CURRENCY, KEY, VALUE, WHOLE, is_choice, is_sorted_text
from crmcore_mongo.frames import Frame
from crmcore_mongo.names import key_name
from crmcore_mongo.operands import COMPARE, MIRROR, Constant, order_suffixes, unique_key

_LAST_POINT: Final = chr(0x10FFFF)


def condition(frame: Frame, node: BoundNode) -> Document:
    """`node` over the records of `frame`, which gets the stages that it needs."""
    write = _LEAVES.get(type(node))
    if write is not None:
        return write(frame, node)
    if isinstance(node, AllOf):
        return all_of([condition(frame, term) for term in node.terms])
    if isinstance(node, AnyOf):
        return any_of([condition(frame, term) for term in node.terms])
    if isinstance(node, Negation):
        return none_of(condition(frame, node.term))
    raise TypeError(f"no condition: {type(node).__name__}")


def _always(frame: Frame, node: Always) -> Document:
    return EVERY if node.holds else NONE


def _comparison(frame: Frame, node: Comparison) -> Document:
    left, comparator, right = node.left, node.comparator, node.right
    if isinstance(left, Const):
        left, comparator, right = right, MIRROR[comparator], left
    if not isinstance(left, Ref) or not isinstance(right, (Ref, Const)):
        raise TypeError("stores compare places, not formulas")
    if isinstance(right, Ref):
        return {"$expr": truth(frame, node)}
    constant = Constant(right.value, left.kind)
    if comparator in ("==", "!="):
        found = all_of([*_served(frame, left, constant), _equal(frame, left, constant)])
        return found if comparator == "==" else none_of(_equal(frame, left, constant))
    if is_choice(left.kind):
        return {"$expr": truth(frame, node)}
    if left.kind.shape == "money":
        same = {frame.path(left, CURRENCY): {"$eq": constant.part(CURRENCY)}}
        amount = {frame.path(left): {COMPARE[comparator]: constant.part(VALUE)}}
        return all_of([same, amount])
    paths = [frame.path(left, suffix) for suffix in order_suffixes(left.kind)]
    return lexical(paths, comparator, constant.order())


def _equal(frame: Frame, ref: Ref, constant: Constant) -> Document:
    return all_of({frame.path(ref, suffix): {"$eq": part}} for suffix, part in constant.identity())


def _served(frame: Frame, ref: Ref, constant: Constant) -> list[Document]:
    """What follows from equality with a constant and is served by an index."""
    key = unique_key(frame, ref)
    if key is not None:
        return [{key_name(key.number): {"$eq": value_digest(ref.kind)(constant.value)}}]
    if is_sorted_text(ref.kind) and ref.field.indexed:
        return [{frame.path(ref, KEY): {"$eq": constant.part(KEY)}}]
    return []


def lexical(paths: list[str], comparator: BoundComparator, parts: list[Any]) -> Document:
    """`paths comparator parts`, the first ones deciding first, as a range of an index."""
    if len(paths) == 1:
        return {paths[0]: {COMPARE[comparator]: parts[0]}}
    strict, loose = COMPARE[comparator[0]], COMPARE[comparator[0] + "="]
    rest = lexical(paths[1:], comparator, parts[1:])
    return {paths[0]: {loose: parts[0]}, "$or": [{paths[0]: {strict: parts[0]}}, rest]}


def _is_empty(frame: Frame, node: IsEmpty) -> Document:
    if not isinstance(node.operand, Ref):
        return NONE
    return {frame.path(node.operand): {"$eq": None}}


def _within(frame: Frame, node: Within) -> Document:
    ref, kind = node.operand, node.operand.kind
    found = [Constant(value, kind) for value in node.values]
    if kind.shape == "money":
        return any_of(_equal(frame, ref, constant) for constant in found)
    values = {frame.path(ref): {"$in": [constant.part(VALUE) for constant in found]}}
    key = unique_key(frame, ref)
    if key is not None:
        digest = value_digest(kind)
        digests = [digest(constant.value) for constant in found]
        return all_of([{key_name(key.number): {"$in": digests}}, values])
    if is_sorted_text(kind) and ref.field.indexed:
        keys = sorted({constant.part(KEY) for constant in found})
        return all_of([{frame.path(ref, KEY): {"$in": keys}}, values])
    return values


def _match(frame: Frame, node: Match) -> Document:
    ref, sought = node.operand, node.key
    key, whole = frame.path(ref, KEY), frame.path(ref, WHOLE)
    is_long = len(sought) > SORT_KEY_LENGTH
    if node.how == "like":
        cut = {key: {"$eq": sought[:SORT_KEY_LENGTH]}, whole: {"$eq": sought if is_long else None}}
        unique = unique_key(frame, ref, folded=True)
        if unique is not None:
            digest = value_digest(ref.kind)(sought)
            return all_of([{key_name(unique.number): {"$eq": digest}}, cut])
        return cut
    found = {"$expr": truth(frame, node)}
    if node.how == "starts_with" and sought and not sought.endswith(_LAST_POINT):
        start = sought[:SORT_KEY_LENGTH]
        if start.endswith(_LAST_POINT):
            return found
        prefix = {key: {"$gte": start, "$lt": _behind(start)}}
        return all_of([prefix, found]) if is_long else prefix
    return found


def _behind(prefix: str) -> str:
    """The smallest text that sorts behind all texts that begin with `prefix`."""
    following = ord(prefix[-1]) + 1
    # Surrogates are no characters: what follows U+D7FF is U+E000.
    return prefix[:-1] + chr(0xE000 if following == 0xD800 else following)


def _has_codes(frame: Frame, node: HasCodes) -> Document:
    path, codes = frame.path(node.operand), list(node.codes)
    if node.how == "any":
        return {path: {"$in": codes}}
    return {path: {"$all": codes}} if codes else {path: {"$ne": None}}


def _related(frame: Frame, node: Related) -> Document:
    return {frame.related(node): {COMPARE[node.comparator]: node.count}}


_LEAVES: Final[dict[type, Callable[[Frame, Any], Document]]] = {
    Always: _always,
    Comparison: _comparison,
    IsEmpty: _is_empty,
    Within: _within,
    Match: _match,
    HasCodes: _has_codes,
    Related: _related,
}
