"""Cuts the text form into tokens: kinds, values and positions in three parallel lists."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from attrs import frozen

from crmcore.errors import QueryError
from crmcore.query.ast import MAX_LENGTH, Constant
from crmcore.query.text.literals import QUOTES, read_number, read_string
from crmcore.query.text.words import GLUED, INSTEAD, KEYWORDS, LITERALS, SIGNS

WORD: Final = re.compile(r"[^\W\d]\w*")
"""What a name may look like without back-quotes."""

_TOKEN = re.compile(
    r"\s*+(?:"
    r"([^\W\d]\w*+)"  # 1 a word
    r"|([=＝][<＜>＞]|[=＝]{1,3}|[!！][=＝]{0,2}|[<＜][=＝>＞]?|[>＞][=＝]?|[&＆]{1,2}|[|｜]{1,2}"
    r"|[-－−+＋*＊/／%％×÷()（）\[\]［］【】,，、.．≠≤≦⩽≥≧⩾])"  # 2 a sign
    r"|'([^'\\]*+)'"  # 3 a string without escapes
    r"|([0-9]++(?:\.[0-9]++)?+)(?![\w.．:：/／－-])"  # 4 a short plain number
    r'|"([^"\\]*+)"'  # 5 a string without escapes
    r"|`((?:[^`]++|``)*+)`"  # 6 a quoted name
    r"|([0-9０-９])"  # 7 any other number, day or instant
    rf"|([{re.escape(QUOTES)}])"  # 8 any other string
    r"|\Z)"
)
_WORD, _SIGN, _NUMBER, _QUOTED, _OTHER_NUMBER, _OTHER_STRING = 1, 2, 4, 6, 7, 8
_SURE_DIGITS: Final = 15
_ENDS_OPERAND: Final = frozenset({"word", "quoted", "value", ")", "]"})
_GLUED_FIRST: Final = frozenset(word[0] for word in GLUED)


@frozen
class Tokens:
    """The tokens of one text: `kinds[i]` with `values[i]`, found at `positions[i]`.

    A kind is `word`, `quoted` (names), `value` (constants), `end`, or an operator in its
    one canonical spelling, whatever was written.
    """

    text: str
    kinds: list[str]
    values: list[Constant]
    positions: list[int]


def tokenize(text: str) -> Tokens:
    """Cut the text; raises `QueryError` with `position` at the first thing that is no token."""
    _check_text(text)
    tokens = Tokens(text, [], [], [])
    position, last = 0, ""
    while last != "end":
        found = _TOKEN.match(text, position)
        if found is None:
            raise _no_token(text, position)
        group = found.lastindex
        start, position = (found.start(group), found.end()) if group else (len(text), len(text))
        if group == _WORD:
            kind, value, position = _word(found[1], start, position, last in _ENDS_OPERAND)
        elif group == _SIGN:
            kind, value = _sign(found[2], start), None
        elif group is None:
            kind, value = "end", None
        elif group == _QUOTED:
            kind, value = "quoted", _quoted(found[6], start)
        else:
            kind = "value"
            value, position = _literal(text, found, group, start)
        tokens.kinds.append(kind)
        tokens.values.append(value)
        tokens.positions.append(start)
        last = kind
    return tokens


def lexeme(text: str, position: int) -> str:
    """What stands at `position`, as it was written; empty at the end."""
    found = _TOKEN.match(text, position)
    if found is None or found.lastindex is None:
        return text[position : position + 1]
    return text[position : found.end()]


def _word(word: str, start: int, end: int, after_operand: bool) -> tuple[str, Constant, int]:
    kind = KEYWORDS.get(word)
    if kind is not None:
        return kind, None, end
    if word in LITERALS:
        return "value", LITERALS[word], end
    if after_operand and word[0] in _GLUED_FIRST:
        # After an operand no name can follow, so this cuts no label in two.
        for glued in GLUED:
            if word.startswith(glued):
                return KEYWORDS[glued], None, start + len(glued)
    return "word", word if word.isascii() else normalize("NFC", word), end


def _sign(sign: str, start: int) -> str:
    kind = SIGNS.get(sign)
    if kind is None:
        narrow = normalize("NFKC", sign)
        raise QueryError(
            "wrong_operator", position=start, found=sign, suggestion=INSTEAD.get(narrow, "")
        )
    return kind


def _quoted(body: str, start: int) -> str:
    if not body:
        raise QueryError("name_empty", position=start)
    return normalize("NFC", body.replace("``", "`"))


def _literal(text: str, found: re.Match[str], group: int, start: int) -> tuple[Constant, int]:
    if group == _NUMBER and len(found[4]) <= _SURE_DIGITS and "." not in found[4]:
        return int(found[4]), found.end()
    if group in {_NUMBER, _OTHER_NUMBER}:
        return read_number(text, start)
    if group == _OTHER_STRING:
        return read_string(text, start)
    return found[group], found.end()


def _check_text(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise QueryError("expression_too_long", length=len(text), limit=MAX_LENGTH)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise QueryError(
                "bad_character", position=error.start, found=text[error.start]
            ) from None


def _no_token(text: str, position: int) -> QueryError:
    while text[position].isspace():
        position += 1
    if text[position] == "`":
        return QueryError("name_unterminated", position=position, found=text[position:])
    return QueryError("bad_character", position=position, found=text[position])
