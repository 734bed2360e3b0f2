"""Reads and writes dotted paths and orders: `金额 desc, account.name`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from crmcore.errors import QueryError
from crmcore.query.ast import OrderBy
from crmcore.query.text.lexer import Tokens, tokenize
from crmcore.query.text.printer import print_path
from crmcore.query.text.refusals import no_name, refusal

_DIRECTIONS: Final = {"asc": False, "升序": False, "desc": True, "降序": True}
_NAMES: Final = frozenset({"word", "quoted"})


def parse_path(text: str) -> tuple[str, ...]:
    """Read one dotted path of names or labels. Raises `QueryError` with `position`."""
    tokens = tokenize(text)
    path, index = _path(tokens, 0)
    if tokens.kinds[index] != "end":
        raise refusal(tokens, index, "operator_expected")
    return path


def parse_order(text: str) -> tuple[OrderBy, ...]:
    """Read an order: paths, separated by commas.

    A path may have a minus before it or `desc`/`降序` behind it (descending), `asc`/`升序`,
    and `empties last`/`空值最后`. Raises `QueryError` with `position`.
    """
    tokens = tokenize(text)
    terms, index = [], 0
    while True:
        term, index = _term(tokens, index)
        terms.append(term)
        if tokens.kinds[index] == "end":
            return tuple(terms)
        if tokens.kinds[index] != ",":
            raise refusal(tokens, index, "order_word")
        index += 1


def print_order(order: Iterable[OrderBy]) -> str:
    """The text of an order, which `parse_order` reads back."""
    return ", ".join(
        print_path(term.path)
        + (" desc" if term.descending else "")
        + (" empties last" if term.empties == "last" else "")
        for term in order
    )


def _term(tokens: Tokens, index: int) -> tuple[OrderBy, int]:
    descending = tokens.kinds[index] == "-"
    path, index = _path(tokens, index + descending)
    if not descending and _word(tokens, index) in _DIRECTIONS:
        descending = _DIRECTIONS[_word(tokens, index)]
        index += 1
    if _word(tokens, index) == "空值最后":
        return OrderBy(path, descending, "last"), index + 1
    if _word(tokens, index) == "empties":
        if _word(tokens, index + 1) != "last":
            raise refusal(tokens, index, "order_word")
        return OrderBy(path, descending, "last"), index + 2
    return OrderBy(path, descending), index


def _path(tokens: Tokens, index: int) -> tuple[tuple[str, ...], int]:
    parts = []
    while True:
        if tokens.kinds[index] not in _NAMES:
            raise _empty(tokens, index)
        parts.append(cast("str", tokens.values[index]))
        index += 1
        if tokens.kinds[index] != ".":
            return tuple(parts), index
        index += 1


def _empty(tokens: Tokens, index: int) -> QueryError:
    if len(tokens.kinds) == 1:
        return QueryError("expression_empty", position=0)
    return no_name(tokens, index)


def _word(tokens: Tokens, index: int) -> str:
    return cast("str", tokens.values[index]) if tokens.kinds[index] == "word" else ""
