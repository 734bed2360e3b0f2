"""Finding the header: below titles and empty rows, in one row or in two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from crmcore.importing.convert.cleaning import clean_line
from crmcore.importing.convert.evidence import trait_of
from crmcore.importing.mapping.known import KnownWords
from crmcore.importing.sources import Cell, MergedRange, Row
from crmcore.schema import Schema

LOOKED_AT: Final = 20
"""So many rows with a value are looked at."""

_LONG: Final = 40
_DATA_FORMS: Final = frozenset(
    (
        "integer", "code", "decimal", "percent", "money", "exponent", "date", "datetime", "time",
        "duration", "email", "phone", "url", "error", "long_text",
    )
)  # fmt: skip


@frozen
class Heading:
    """The header of a sheet: its row, or its two, as a spreadsheet numbers them.

    `headers` are the texts of the columns from A on, empty where there is none; those of two
    rows are joined. Data begins below `last`. `known` is the share of headers that mean
    something in the schema.
    """

    first: int
    last: int
    headers: tuple[str, ...]
    known: float = 0.0


def find_heading(
    rows: Iterable[Row], schema: Schema, merged: Sequence[MergedRange] = ()
) -> Heading | None:
    """The header among the first 20 of `rows`; `None` where every row looks like data.

    A header is made of short, distinct texts, best of such that the schema knows, and is as
    wide as what follows. Titles and notes above it are passed over. `merged` are the merged
    ranges of the sheet, which tell a group of columns in a header of two rows.
    """
    looked = list(islice(rows, LOOKED_AT))
    if not looked:
        return None
    words = KnownWords(schema)
    width = max(_filled(row) for row in looked)
    scored = [
        (_score(row, words, width) - 0.05 * place, -place) for place, row in enumerate(looked)
    ]
    score, place = max(scored)
    if score <= 0:
        return None
    best = -place
    for top, bottom in ((best, best + 1), (best - 1, best)):
        if top >= 0 and bottom < len(looked):
            found = _double(looked[top], looked[bottom], words, merged)
            if found is not None:
                return found
    texts = [header_text(cell) for cell in looked[best].cells]
    return _heading(looked[best].number, looked[best].number, texts, words)


def header_text(cell: Cell) -> str:
    """A header cell as text."""
    return "" if cell is None else clean_line(str(cell))


def _heading(first: int, last: int, texts: Sequence[str], words: KnownWords) -> Heading:
    kept = list(texts)
    while kept and not kept[-1]:
        kept.pop()
    named = [text for text in kept if text]
    known = sum(words.knows(text) for text in named) / max(1, len(named))
    return Heading(first, last, tuple(kept), round(known, 3))


def _is_data(cell: Cell) -> bool:
    """Whether a cell looks like a value; a header may be broken over lines."""
    return trait_of(clean_line(cell) if isinstance(cell, str) else cell).form in _DATA_FORMS


def _filled(row: Row) -> int:
    return sum(cell is not None for cell in row.cells)


def _score(row: Row, words: KnownWords, width: int) -> float:
    """How much `row` looks like a header; at most 0 where it cannot be one."""
    cells = [cell for cell in row.cells if cell is not None]
    texts = [text for cell in cells if isinstance(cell, str) and (text := clean_line(cell))]
    count = len(cells)
    data = sum(map(_is_data, cells))
    if not texts or len(texts) < count / 2 or data > 0.3 * count:
        return 0.0
    known = sum(words.knows(text) for text in texts) / count
    short = sum(len(text) <= _LONG for text in texts) / count
    distinct = len(set(texts)) / count
    score = 3 * known + count / width + 0.5 * distinct + 0.5 * short - 2 * data / count
    # A lone text above a wide table is its title.
    return score - 3 if count == 1 and width >= 3 else score


def _double(
    top: Row, bottom: Row, words: KnownWords, merged: Sequence[MergedRange]
) -> Heading | None:
    """The header that `top` (groups) and `bottom` make together, if they do."""
    if bottom.number != top.number + 1 or _filled(top) < 2:
        return None
    width = max(len(top.cells), len(bottom.cells))
    upper = [header_text(cell) for cell in _padded(top.cells, width)]
    lower = [header_text(cell) for cell in _padded(bottom.cells, width)]
    named = [text for text in lower if text]
    if not named or sum(map(words.knows, named)) < len(named) / 2:
        return None
    if any(map(_is_data, bottom.cells)):
        return None
    groups = _groups(upper, lower, top.number, merged)
    if not groups or any(not up and not low for up, low in zip(groups, lower, strict=True)):
        return None
    return _heading(top.number, bottom.number, _joined(groups, lower, words), words)


def _padded(cells: Sequence[Cell], width: int) -> list[Cell]:
    return [*cells, *[None] * (width - len(cells))]


def _groups(
    upper: list[str], lower: list[str], row: int, merged: Sequence[MergedRange]
) -> list[str]:
    """The upper texts, those of groups repeated over their columns; empty if there is no group."""
    spread = list(upper)
    spans = [one for one in merged if one.first_row <= row <= one.last_row]
    if spans:
        for one in spans:
            last = min(one.last_column, len(upper) - 1)
            spread[one.first_column : last + 1] = [upper[one.first_column]] * (
                last + 1 - one.first_column
            )
    else:
        for place in range(1, len(spread)):
            if not spread[place] and lower[place] and lower[place - 1]:
                spread[place] = spread[place - 1]
    return spread if spread != upper else []


def _joined(groups: list[str], lower: list[str], words: KnownWords) -> list[str]:
    """Group and text joined where that means something or tells columns apart."""
    found: list[str] = []
    for group, text in zip(groups, lower, strict=True):
        both = f"{group} {text}".strip()
        alone = text and lower.count(text) == 1
        if not text or group == text:
            found.append(group)
        elif words.knows(both) or not alone or not words.knows(text):
            found.append(both)
        else:
            found.append(text)
    return found
