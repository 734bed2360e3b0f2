"""Lengths of time in text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from crmcore.importing.convert.currencies import TIME_UNITS

_UNITS: Final = "|".join(sorted(map(re.escape, TIME_UNITS), key=len, reverse=True))
_PIECE: Final = re.compile(rf"([0-9]{{1,9}}(?:\.[0-9]{{1,6}})?) ?({_UNITS}|$) ?")
_COLONS: Final = re.compile(r"([0-9]{1,9}):([0-5]?[0-9])(?::([0-5]?[0-9](?:\.[0-9]{1,3}0*)?))?")
_LONGEST: Final = 60


def read_duration(text: str, unit: Decimal | None = None) -> Decimal | None:
    """The milliseconds that `text` (half-width) means; `None` where it is no length of time.

    `1:30` is an hour and a half, `-0:00:01.5` less than nothing. A bare number is counted in
    `unit` (milliseconds), and is no length of time without it. Units follow each other from
    the largest to the smallest.
    """
    text = text.upper().replace("个小时", "小时")
    if len(text) > _LONGEST:
        return None
    if text[:1] in ("-", "−"):
        found = None if text[1:2] in ("-", "−") else read_duration(text[1:], unit)
        return None if found is None else -found
    colons = _COLONS.fullmatch(text)
    if colons is not None:
        hours, minutes, seconds = (Decimal(part or 0) for part in colons.groups())
        return (hours * 3_600 + minutes * 60 + seconds) * 1_000
    total, position, before = Decimal(0), 0, None
    while position < len(text):
        piece = _PIECE.match(text, position)
        size = None if piece is None else TIME_UNITS.get(piece[2], unit)
        if piece is None or size is None:
            return None
        if before is not None and (size >= before or not piece[2]):
            return None
        total, before, position = total + Decimal(piece[1]) * size, size, piece.end()
    return total if before is not None else None
