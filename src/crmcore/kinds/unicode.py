"""Normal forms of text: NFC with the trimming of the semantics page, and the search key.

The search key follows part 3 of the semantics: NFKC, casefold, NFKD, drop nonspacing
marks of Latin, Greek and Cyrillic, NFC, collapse white space.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

UNICODE_VERSION: Final = "14.0"
"""Characters assigned after this version are left as they are by the search key."""

SORT_KEY_LENGTH: Final = 200
"""Code points of a search key that take part in an order."""

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_FORBIDDEN_LONG = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
# Letters and marks added by Unicode 15.0 and 15.1 that case mapping or compatibility
# decomposition would touch: left alone, so that every Python gives the same key.
_NEWER = re.compile("[\U0001e030-\U0001e06d\U00011f00-\U00011f59\U0001e4d0-\U0001e4f9]")


def forbidden_character(text: str, *, multiline: bool) -> str | None:
    """The first character that no text may hold (NUL, controls, lone surrogates), or `None`."""
    found = (_FORBIDDEN_LONG if multiline else _FORBIDDEN).search(text)
    return found.group() if found else None


def nfc(text: str) -> str:
    """Normalization form C of `text`."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def _is_folded_mark(character: str, base: str) -> bool:
    return (
        unicodedata.category(character) == "Mn"
        and character not in "\u3099\u309a"
        and unicodedata.name(base, "").startswith(("LATIN", "GREEK", "CYRILLIC"))
    )


def _without_marks(text: str) -> str:
    kept: list[str] = []
    base = ""
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) == "Mn":
            if base and _is_folded_mark(character, base):
                continue
        else:
            base = character
        kept.append(character)
    return "".join(kept)


def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
        text = _without_marks(unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFC", text)
    else:
        text = text.lower()
    return text


@lru_cache(maxsize=4096)
def search_key(text: str) -> str:
    """What `text` is found and ordered by; the text itself where nothing is left of it."""
    if text.isascii():
        folded = text.lower()
    elif _NEWER.search(text):
        folded = "".join(
            part if _NEWER.fullmatch(part) else _fold(part)
            for part in re.split(f"({_NEWER.pattern})", text)
        )
    else:
        folded = _fold(text)
    if "  " in folded or not folded.isprintable():
        folded = _SPACES.sub(" ", folded)
    return folded.strip() or text


def order_key(text: str) -> str:
    """The part of the search key that takes part in an order."""
    return search_key(text)[:SORT_KEY_LENGTH]
