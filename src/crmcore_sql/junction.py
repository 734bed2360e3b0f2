"""Conjunctions and disjunctions of any size, as balanced trees.

Engines bound how deep an expression nests (SQLite: 1,000 levels, and a parser stack of
100), and `and_`/`or_` would write long lists flat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Boolean, ColumnElement, false, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import False_, True_

from crmcore_sql.dialect import Condition

_WIDTH: Final = 8


class Junction(ColumnElement[bool]):
    """A few terms joined by AND or OR, in parentheses.

    The parser holds three symbols for whatever stands to the left of a term that it
    reads, and one where that stands first: the most demanding terms come first.
    """

    inherit_cache = False
    type = Boolean()

    def __init__(self, word: str, terms: Sequence[Condition]) -> None:
        self.word = word
        self.terms = sorted(terms, key=_demand, reverse=True)
        demands = [_demand(term) for term in self.terms]
        self.demand = 1 + max([demands[0], *(3 + demand for demand in demands[1:])])

    def self_group(self, against: object = None) -> Junction:
        """This: it has parentheses, and is a truth value where an engine has none (`= 1`)."""
        return self


def _demand(term: Condition) -> int:
    return term.demand if isinstance(term, Junction) else 0


@compiles(Junction)
def _write(element: Junction, compiler: SQLCompiler, **words: Any) -> str:
    terms = [compiler.process(term, **words) for term in element.terms]
    return f"({f' {element.word} '.join(terms)})"


def _joined(word: str, terms: list[Condition]) -> Condition:
    flat: list[Condition] = []
    for term in terms:
        same = isinstance(term, Junction) and term.word == word
        flat.extend(term.terms if same and isinstance(term, Junction) else [term])
    if len(flat) == 1:
        return flat[0]
    while len(flat) > _WIDTH:
        groups = [flat[start : start + _WIDTH] for start in range(0, len(flat), _WIDTH)]
        flat = [Junction(word, group) if len(group) > 1 else group[0] for group in groups]
    return Junction(word, flat)


def all_of(terms: Iterable[Condition]) -> Condition:
    """Every term holds; of nothing: true."""
    found = [term for term in terms if not isinstance(term, True_)]
    if any(isinstance(term, False_) for term in found):
        return false()
    return _joined("AND", found) if found else true()


def any_of(terms: Iterable[Condition]) -> Condition:
    """Some term holds; of nothing: false."""
    found = [term for term in terms if not isinstance(term, False_)]
    if any(isinstance(term, True_) for term in found):
        return true()
    return _joined("OR", found) if found else false()
