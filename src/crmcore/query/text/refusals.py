"""What is said when a text is no expression: where, what was found, what was meant."""

from __future__ import annotations

import re

from crmcore.errors import QueryError
from crmcore.query.text.lexer import Tokens, lexeme
from crmcore.query.text.words import GLUED, INSTEAD

_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[,，][0-9]{3})+(?![0-9])")


def refusal(tokens: Tokens, index: int, code: str, **params: object) -> QueryError:
    """A refusal with the position of a token and with what was written there."""
    position = tokens.positions[index]
    return QueryError(code, position=position, found=lexeme(tokens.text, position), **params)


def no_operator(tokens: Tokens, index: int) -> QueryError:
    """An operand is over and something follows that continues nothing."""
    kind = tokens.kinds[index]
    found = lexeme(tokens.text, tokens.positions[index])
    if kind == "word" and found in INSTEAD:
        return refusal(tokens, index, "wrong_operator", suggestion=INSTEAD[found])
    if kind in {")", "]"}:
        return refusal(tokens, index, "closing_unopened")
    if kind == "," and tokens.kinds[index - 1] == "value":
        number = _THOUSANDS.match(tokens.text, tokens.positions[index - 1])
        if number:
            plain = number[0].replace(",", "").replace("，", "")
            return refusal(tokens, index, "thousands_separator", suggestion=plain)
    glued = _glued(tokens, index - 1)
    if glued:
        return refusal(tokens, index - 1, "blank_missing", suggestion=glued)
    return refusal(tokens, index, "operator_expected")


def _glued(tokens: Tokens, index: int) -> str:
    """A name that ends in an operator word, as in `等级属于['A']`, taken apart."""
    name = tokens.values[index]
    if tokens.kinds[index] == "word" and isinstance(name, str):
        for word in GLUED:
            if name.endswith(word):
                return f"{name.removesuffix(word)} {word}"
    return ""


def no_operand(tokens: Tokens, index: int) -> QueryError:
    """A value, a name or a bracket must stand here."""
    if tokens.kinds[index] == "end":
        return QueryError("expression_unfinished", position=tokens.positions[index])
    return refusal(tokens, index, "operand_expected")


def no_name(tokens: Tokens, index: int) -> QueryError:
    """After a point a name must follow."""
    if tokens.kinds[index] == "end":
        return QueryError("expression_unfinished", position=tokens.positions[index])
    found = lexeme(tokens.text, tokens.positions[index])
    if found[:1].isalpha():
        return refusal(tokens, index, "keyword_as_name", suggestion=f"`{found}`")
    return refusal(tokens, index, "name_expected")


def not_closed(tokens: Tokens, index: int, closer: str) -> QueryError:
    """A bracket is open and something else than its end was found."""
    kind = tokens.kinds[index]
    if kind == "end":
        return QueryError("closing_missing", position=tokens.positions[index], expected=closer)
    if kind in {")", "]"}:
        return refusal(tokens, index, "closing_wrong", expected=closer)
    error = no_operator(tokens, index)
    if kind == "," and error.code == "operator_expected":
        return refusal(tokens, index, "list_in_parentheses")
    return error
