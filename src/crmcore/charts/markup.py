"""The one renderer of charts: names come from code, everything else is escaped."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from attrs import frozen

Tag = Literal["svg", "title", "desc", "style", "g", "rect", "line", "path", "circle", "text"]

# Not allowed in XML, or able to reorder what stands beside it.
_REPLACED: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SPACES: Final = re.compile(r"\s+")
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
)
_LONGEST: Final = 300


@frozen
class Element:
    """A tag with its attributes and what stands inside."""

    tag: Tag
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Element | str, ...]


def element(tag: Tag, /, *children: Element | str, **attributes: str | float) -> Element:
    """An element; `text_anchor="end"` stands for the attribute `text-anchor`, `class_` for `class`.

    Lengths are written with at most two decimals.
    """
    named = tuple(
        (name.rstrip("_").replace("_", "-"), value if isinstance(value, str) else length(value))
        for name, value in attributes.items()
    )
    return Element(tag, named, children)


def render(root: Element) -> str:
    """The XML of `root`; every text and attribute value is cleaned and escaped here."""
    attributes = "".join(f' {name}="{_escaped(value)}"' for name, value in root.attributes)
    inner = "".join(
        _escaped(child) if isinstance(child, str) else render(child) for child in root.children
    )
    return f"<{root.tag}{attributes}>{inner}</{root.tag}>"


def length(value: float) -> str:
    """`value` in pixels, the same text on every machine."""
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown


def clean(text: str) -> str:
    """`text` on one line, at most 300 characters, without what a picture must not contain."""
    shown = _SPACES.sub(" ", text[: _LONGEST + 1]).strip()
    shown = _REPLACED.sub("\N{REPLACEMENT CHARACTER}", shown)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"


def text_width(text: str, size: float) -> float:
    """About how many pixels `text` takes; Chinese characters are square."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.58 for c in text)


def _escaped(text: str) -> str:
    return _REPLACED.sub("\N{REPLACEMENT CHARACTER}", text).translate(_ESCAPES)
