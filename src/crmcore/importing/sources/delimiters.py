"""Which character separates the cells of a delimited text."""

from __future__ import annotations

import re
from collections import Counter

CANDIDATES = (",", ";", "\t", "|", "，")

_LINES = 20
# Of the lines of the sample, so many must have equally many separators.
_AGREEMENT = 0.6
# Lines that differ speak for a separator too, but less than any that agree.
_RAGGED = 0.1
# Never in a text: makes every line one cell.
NO_DELIMITER = "\x1f"
_DECLARED = re.compile(r'"?sep=(.)"?[ \t]*', re.IGNORECASE)


def declared_delimiter(line: str) -> str | None:
    """The separator that a first line like `sep=;` declares."""
    match = _DECLARED.fullmatch(line.rstrip("\r\n"))
    return match[1] if match else None


def choose_delimiter(sample: str) -> str:
    """The separator that occurs equally often in most of the first 20 lines of `sample`.

    What stands in quotes is left out. Where lines differ much, the one that the first line and
    most others have; where there is none, `NO_DELIMITER`: every line is one cell.
    """
    lines = _plain_lines(sample)
    best, rank = NO_DELIMITER, (0.0, 0)
    for candidate in CANDIDATES:
        found = _agreement(candidate, lines)
        if found > rank:
            best, rank = candidate, found
    return best


def _agreement(candidate: str, lines: list[str]) -> tuple[float, int]:
    """How well the lines agree on `candidate`: the share of them, and how often it occurs."""
    counts = Counter(count for line in lines if (count := line.count(candidate)))
    if not counts:
        return 0.0, 0
    count, times = max(counts.items(), key=lambda item: (item[1], item[0]))
    share = times / len(lines)
    if share >= _AGREEMENT:
        return share, count
    everywhere = candidate in lines[0] and counts.total() >= _AGREEMENT * len(lines)
    return (share * _RAGGED, count) if everywhere else (0.0, 0)


def _plain_lines(sample: str) -> list[str]:
    """The first lines that are not empty, without what stands in quotes."""
    outside: list[str] = []
    quoted = False
    for part in re.split('(")', sample):
        if part == '"':
            quoted = not quoted
        elif not quoted:
            outside.append(part)
    return _filled_lines("".join(outside)) or _filled_lines(sample)


def _filled_lines(text: str) -> list[str]:
    return [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()][:_LINES]
