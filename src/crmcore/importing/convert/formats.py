"""What a person may declare about the way the cells of a column are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from attrs import field, frozen

DateOrder = Literal["ymd", "dmy", "mdy"]
Serials = Literal[1900, 1904]

EMPTY_WORDS: Final = ("-", "--", "---", "/", "n/a", "null", "none", "nil", "nan", "nat")
"""Words that mean an empty cell in columns that are not text, unless a format says otherwise."""


def _words(items: Iterable[str]) -> tuple[str, ...]:
    if isinstance(items, str):
        raise TypeError("empty words are a list of texts, not one text")
    return tuple(items)


@frozen
class CellFormat:
    """How the cells of one column are written; what is not declared is `None`.

    `date_order` settles dates such as 05/04/2024. `years_from` allows years of two digits and
    is the first of the hundred years they lie in (1970: 24 is 2024). `serials` reads plain
    numbers as days of the 1900 or 1904 calendar of spreadsheets. `zone` is the IANA zone of
    moments without one. `cut_time` drops the time of day in columns of dates.
    `decimal_mark` settles 1.234 and 1,234. `fractions` says whether a bare 0.12 in a column
    of percentages means 12 %. `unit` is the unit of bare numbers, as a header says it
    (`元`, `万元`, `USD`, `小时`). `empty_words` mean an empty cell, except in text columns.
    """

    date_order: DateOrder | None = None
    years_from: int | None = None
    serials: Serials | None = None
    zone: str | None = None
    cut_time: bool = False
    decimal_mark: Literal[".", ","] | None = None
    fractions: bool | None = None
    unit: str | None = None
    empty_words: tuple[str, ...] = field(default=EMPTY_WORDS, converter=_words)


PLAIN: Final = CellFormat()
"""Nothing is declared."""
