"""Cleaning of text from files: invisible characters go, every blank becomes a blank.

What is seen stays as it is: full-width letters, circled numbers and emoji are not rewritten.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Zero-width and soft characters, marks and overrides of direction, controls. Joiners stay
# inside scripts that write with them and inside emoji; tags stay inside flags.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|(?<![\u0600-\u0dff])\u200c"
    "|(?<![\u0600-\u0dff\u203c-\u2bff\u3030-\u3299\ufe0f\U0001f000-\U0001faff])\u200d"
    "|(?<![\u0600-\u0dff])\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff\u0600-\u0dff])"
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]"
)
_BREAKS: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANK: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BLANKS: Final = re.compile(r"\s+")


def clean_line(text: str) -> str:
    """`text` as one line: without invisible characters, blanks collapsed, trimmed."""
    if text.isprintable():
        return _BLANKS.sub(" ", text).strip() if "  " in text else text.strip()
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def clean_lines(text: str) -> str:
    """`text` of several lines: without invisible characters; every line break is `\\n`."""
    if text.isprintable():
        return text.rstrip()
    text = _BREAKS.sub("\n", _INVISIBLE.sub("", text))
    return _BLANK.sub(" ", text).strip("\n").rstrip()


def plain(text: str) -> str:
    """`text` for reading numbers, dates, phones and the like: one line, half-width (NFKC).

    The result is compared and converted, never stored.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    text = clean_line(unicodedata.normalize("NFKC", clean_line(text)))
    # Minus signs and dashes that people paste out of documents.
    return text.replace("\u2212", "-").replace("\u2013", "-").replace("\u2014", "-")
