"""The guard against formula injection, and its exact inverse.

A spreadsheet takes a text that begins like a formula for one. In a CSV file such a text gets
a leading apostrophe. The guard needs no mark elsewhere: it is its own record, because a text
that already looks guarded is guarded once more, so that `unguard(guard(x)) == x` for every x.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

GUARD: Final = "'"

# What a spreadsheet, or a person cleaning up a file, may drop before looking for a formula:
# blanks, controls, quotes, separators of fields, invisible characters, variation selectors.
_SKIPPED: Final = (
    "[\\s\\x00-\\x1f\\x7f-\\x9f'\"`´‘’“”＇＂,;|\\u00ad\\u061c\\u180e\\u200b-\\u200f"
    "\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]"
)
_LEADING: Final = re.compile(_SKIPPED + "*")
_BREAKS: Final = re.compile("[\t\r\n\x00]")
_SIGNS: Final = frozenset("=+-@＝＋－＠")

# The cheap first look: only a text that begins with one of these can need the guard.
_SUSPECT: Final = re.compile("[=+\\-@＝＋－＠]|" + _SKIPPED)

# A plain number, or a phone in digits and blanks. `+86-138-0013-8000` is not among them:
# a spreadsheet would subtract.
_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?%?"
    r"|[+-]?\.[0-9]+%?"
    r"|\+[0-9]+(?: [0-9]+)*"
)
_LONGEST_NUMBER: Final = 64


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet might take `text` for something else than text.

    True when it begins with `= + - @`, their full-width forms, TAB, CR, LF or NUL, also
    behind quotes, blanks, separators and invisible characters. False for plain numbers
    (`-1,234.50`) and for phones in digits (`+86 13800138000`).
    """
    if _SUSPECT.match(text) is None:
        return False
    found = _LEADING.match(text)
    start = found.end() if found else 0
    if _BREAKS.search(text, 0, start):
        return True
    rest = text[start:]
    if rest[:1] not in _SIGNS:
        return False
    if len(rest) > _LONGEST_NUMBER:
        return True
    return _NUMBER.fullmatch(unicodedata.normalize("NFKC", rest)) is None


def guard(text: str) -> str:
    """`text` as it is safe in a CSV cell: behind an apostrophe if it is formula-like."""
    return GUARD + text if is_formula_like(text) else text


def unguard(text: str) -> str:
    """The text that was exported as `text`: takes away one apostrophe that `guard` added.

    The importer applies it to every text cell and header, of CSV and workbook files alike.
    Any other text comes back unchanged, also one that begins with an apostrophe.
    """
    return text[1:] if text.startswith(GUARD) and is_formula_like(text) else text


def guard_in_workbook(text: str) -> str:
    """`text` as it is written into a workbook cell.

    There a text cell is typed and never becomes a formula, so people see the text as it is;
    only what `unguard` would strip on the way back gets one more apostrophe.
    """
    return GUARD + text if text.startswith(GUARD) and is_formula_like(text) else text
