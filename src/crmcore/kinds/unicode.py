"""Normal forms of text and the search key, the same under every Python.

The search key follows part 3 of the semantics: NFKC, casefold, NFKD, drop nonspacing
marks of Latin, Greek and Cyrillic, NFC, collapse white space. Normal forms and folds are
those of Unicode 14.0, whatever version this Python carries.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from crmcore.kinds.unassigned import UNICODE_VERSION, has_newer, marks, parts

__all__ = [
    "SORT_KEY_LENGTH",
    "UNICODE_VERSION",
    "WHITE_SPACE",
    "composed",
    "forbidden_character",
    "has_flood",
    "nfc",
    "order_key",
    "search_key",
]

SORT_KEY_LENGTH: Final = 200
"""Code points of a search key that take part in an order."""

WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""The white space of Unicode. (`str.strip` takes U+001C … U+001F for white space too.)"""

COMPOSITION: Final = 4
"""A text in normal form C is at most so many times shorter than an equal one."""

_FLOOD_LENGTH: Final = 32
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_LONG = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(f"[{WHITE_SPACE}]+")
_FOLDED_SCRIPTS: Final = ("LATIN", "GREEK", "CYRILLIC")


def forbidden_character(text: str, *, multiline: bool) -> str | None:
    """The first character that no text may hold (NUL, controls, lone surrogates), or `None`."""
    found = (_FORBIDDEN_LONG if multiline else _FORBIDDEN).search(text)
    return found.group() if found else None


def has_flood(text: str) -> bool:
    """Whether more than 32 combining marks stand in a row: no writing needs that.

    Sorting such runs takes quadratic time, so they are refused before they are normalized.
    """
    return _flood().search(text) is not None


@cache
def _flood() -> re.Pattern[str]:
    return re.compile(f"[{marks()}]{{{_FLOOD_LENGTH + 1}}}")


def composed(text: str, form: str = "NFC") -> str:
    """`text` in a normalization form of Unicode 14.0."""
    if not has_newer(text):
        return unicodedata.normalize(form, text)  # type: ignore[arg-type]
    pieces = parts(text)
    pieces[::2] = [unicodedata.normalize(form, piece) for piece in pieces[::2]]  # type: ignore[arg-type]
    return "".join(pieces)


def nfc(text: str) -> str:
    """Normalization form C of `text`."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return composed(text)


@lru_cache(maxsize=4096)
def _is_folded(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(_FOLDED_SCRIPTS)


def _without_marks(text: str) -> str:
    """`text` (decomposed) without the nonspacing marks of Latin, Greek and Cyrillic letters."""
    categories = [*map(unicodedata.category, text)]
    if "Mn" not in categories:
        return text
    kept: list[str] = []
    base = ""
    for character, category in zip(text, categories, strict=True):
        if category == "Mn" or unicodedata.combining(character):
            if category == "Mn" and base and character not in "\u3099\u309a" and _is_folded(base):
                continue
        else:
            base = character
        kept.append(character)
    return "".join(kept)


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _without_marks(unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The search key of `text`, not cached; see `search_key`."""
    if text.isascii():
        folded = text.lower()
    elif has_newer(text):
        pieces = parts(text)
        pieces[::2] = [_fold(piece) for piece in pieces[::2]]
        folded = "".join(pieces)
    else:
        folded = _fold(text)
    if "  " in folded or not folded.isprintable():
        folded = _SPACES.sub(" ", folded)
    return folded.strip(WHITE_SPACE) or text


_remembered = lru_cache(maxsize=4096)(fold)


def search_key(text: str) -> str:
    """What `text` is found and ordered by; the text itself where nothing is left of it."""
    return _remembered(text) if len(text) <= SORT_KEY_LENGTH else fold(text)


def order_key(text: str) -> str:
    """The part of the search key that takes part in an order."""
    return search_key(text)[:SORT_KEY_LENGTH]
