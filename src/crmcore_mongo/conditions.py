"""Filters put together: every and some of them, the complement, true and false."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from crmcore_mongo.codec import Document

EVERY: Final[Document] = {}
"""The filter that every document passes."""

NONE: Final[Document] = {"$nor": [{}]}
"""The filter that no document passes."""


def all_of(terms: Iterable[Document]) -> Document:
    """Every term holds; of nothing: true."""
    found = [term for term in terms if term != EVERY]
    if NONE in found:
        return NONE
    if len(found) < 2:
        return found[0] if found else EVERY
    whole: Document = {}
    for term in found:
        for name, part in term.items():
            # Operators of one field may stand together; expressions may not.
            is_field = not name.startswith("$") and _is_operators(part)
            known = whole.setdefault(name, {}) if is_field else None
            if known is None or not _is_operators(known) or known.keys() & part.keys():
                return {"$and": found}
            # One range of an index instead of two.
            whole[name] = {**known, **part}
    return whole


def _is_operators(part: object) -> bool:
    return isinstance(part, dict) and all(name.startswith("$") for name in part)


def any_of(terms: Iterable[Document]) -> Document:
    """Some term holds; of nothing: false."""
    found = [term for term in terms if term != NONE]
    if EVERY in found:
        return EVERY
    if len(found) < 2:
        return found[0] if found else NONE
    return {"$or": found}


def none_of(term: Document) -> Document:
    """The exact complement: operators of filters are two-valued."""
    if term in (EVERY, NONE):
        return NONE if term == EVERY else EVERY
    return {"$nor": [term]}
