"""A table as aligned text, for a terminal: a Chinese character is as wide as two letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from crmcore.errors import Language
from crmcore.tables.columns import TableColumn
from crmcore.tables.rows import Values
from crmcore.tables.shown import Presentation, is_number, shower

_WIDEST_CELL: Final = 40
_MOST_COLUMNS: Final = 20

# What would move the cursor, turn the direction of the line, or cannot be printed.
_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufff9-\ufffb]"
)
_BLANK: Final = re.compile(r"\s+")


def safe_line(text: str) -> str:
    """`text` on one line, without what could disturb its surroundings."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", _BLANK.sub(" ", text))


def safe_text(text: str) -> str:
    """`text` with its lines, without what could disturb its surroundings."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def display_width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """As much of `text` as fits into `width` columns, with `…` where something was left out."""
    if display_width(text) <= width:
        return text
    kept, used = [], 1
    for character in text:
        used += _width(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept) + "…"


def text_table(
    columns: Sequence[TableColumn],
    rows: Sequence[Values],
    present: Presentation,
) -> list[str]:
    """The header and `rows` as aligned lines; at most 20 columns."""
    shown = columns[:_MOST_COLUMNS]
    if not shown:
        return []
    showers = [shower(column, present) for column in shown]
    lines = [[cut(safe_line(column.shown(present.language)), _WIDEST_CELL) for column in shown]]
    for row in rows:
        lines.append(
            [
                "" if value is None else cut(safe_line(show(value)), _WIDEST_CELL)
                for show, value in zip(showers, row, strict=False)
            ]
        )
    widths = [max(map(display_width, cells)) for cells in zip(*lines, strict=True)]
    right = [is_number(column.kind) for column in shown]
    aligned = [_line(cells, widths, right) for cells in lines]
    return [aligned[0], "─" * max(1, sum(widths) + 2 * (len(widths) - 1)), *aligned[1:]]


def extent(shown: int, count: int | None, width: int, language: Language) -> str:
    """How many rows and columns there are; `count` is `None` where nobody has counted."""
    rows = f"> {shown}" if count is None else f"{count:,}"
    more = "" if count == shown else "…"
    if language == "zh":
        return f"{more}[{rows} 行 × {width:,} 列]"
    return f"{more}[{rows} rows × {width:,} columns]"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (width - display_width(cell)) + cell
        if to_the_right
        else cell + " " * (width - display_width(cell))
        for cell, width, to_the_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()
