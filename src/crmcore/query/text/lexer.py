"""Cuts the text form into tokens: kinds, values and positions in three parallel lists."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from attrs import frozen

from crmcore.errors import QueryError
from crmcore.query.ast import MAX_LENGTH, Constant
from crmcore.query.constants import name
from crmcore.query.text.literals import QUOTES, read_number, read_string
from crmcore.query.text.words import GLUED, INSTEAD, KEYWORDS, LITERALS, SIGNS

_NAME: Final = r"[^\W\d][\w\u0300-\u036f]*+"
WORD: Final = re.compile(_NAME)
"""What a name may look like without back-quotes: letters, digits, underscores, accents."""

_TOKEN = re.compile(
    r"\s*+(?:"
    rf"({_NAME})"  # 1 a word
    r"|([=＝][<＜>＞]|[=＝]{1,3}|[!！][=＝]{0,2}|[<＜][=＝>＞]?|[>＞][=＝]?|[&＆]{1,2}|[|｜]{1,2}"
    r"|[-－−+＋*＊/／%％×÷()（）\[\]［］【】,，、.．≠≤≦⩽≥≧⩾])"  # 2 a sign
    r"|('[^'\\]*+')"  # 3 a string without escapes
    r"|([0-9]++(?:\.[0-9]++)?+)(?![\w.．:：/／－-])"  # 4 a short plain number
    r'|("[^"\\]*+")'  # 5 a string without escapes
    r"|(`(?:[^`]++|``)*+`)"  # 6 a quoted name
    r"|([0-9０-９])"  # 7 any other number, day or instant
    rf"|([{re.escape(QUOTES)}])"  # 8 any other string
    r"|\Z)"
)
_WORD, _SIGN, _NUMBER, _QUOTED, _OTHER_STRING = 1, 2, 4, 6, 8
_STRINGS: Final = (3, 5)
_SURE_DIGITS: Final = 15
_ENDS_OPERAND: Final = frozenset({"word", "quoted", "value", ")", "]"})
_GLUED = re.compile(rf"\s*+({'|'.join(GLUED)})")


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
        # After an operand no name can follow: this cuts no label in two.
        glued = _GLUED.match(text, position) if last in _ENDS_OPERAND else None
        if glued:
            start, position = glued.span(1)
            last, value = KEYWORDS[glued[1]], None
        else:
            last, value, start, position = _token(text, position)
        tokens.kinds.append(last)
        tokens.values.append(value)
        tokens.positions.append(start)
    return tokens


def _token(text: str, position: int) -> tuple[str, Constant, int, int]:
    """Kind, value, beginning and end of the token at `position`."""
    found = _TOKEN.match(text, position)
    if found is None:
        raise _no_token(text, position)
    group = found.lastindex
    if group is None:
        return "end", None, len(text), len(text)
    start, end = found.span(group)
    if group == _SIGN:
        return _sign(found[2], start), None, start, end
    if group == _WORD:
        return *_word(found[1], start), start, end
    if group == _QUOTED:
        return "quoted", _quoted(found[6][1:-1], start), start, end
    if group in _STRINGS:
        return "value", text[start + 1 : end - 1], start, end
    if group == _NUMBER and end - start <= _SURE_DIGITS and "." not in found[4]:
        return "value", int(found[4]), start, end
    value, end = read_string(text, start) if group == _OTHER_STRING else read_number(text, start)
    return "value", value, start, end


def lexeme(text: str, position: int) -> str:
    """What stands at `position`, as it was written; empty at the end."""
    found = _TOKEN.match(text, position)
    if found is None or found.lastindex is None:
        return text[position : position + 1]
    return text[position : found.end()]


def _word(word: str, start: int) -> tuple[str, Constant]:
    kind = KEYWORDS.get(word)
    if kind is not None:
        return kind, None
    if word in LITERALS:
        return "value", LITERALS[word]
    return "word", name(word, start)


def _sign(sign: str, start: int) -> str:
    kind = SIGNS.get(sign)
    if kind is None:
        narrow = normalize("NFKC", sign)
        raise QueryError(
            "wrong_operator", position=start, found=sign, suggestion=INSTEAD.get(narrow, "")
        )
    return kind


def _quoted(body: str, start: int) -> str:
    return name(body.replace("``", "`"), start)


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
