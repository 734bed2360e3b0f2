"""Which character separates the cells of a delimited text."""

from __future__ import annotations

import re
from collections import Counter

CANDIDATES = (",", ";", "\t", "|", "，")

_LINES = 20
# Of the lines of the sample, so many must have equally many separators.
_AGREEMENT = 0.6
# Never in a text: makes every line one cell.
NO_DELIMITER = "\x1f"
_DECLARED = re.compile(r'"?sep=(.)"?[ \t]*', re.IGNORECASE)


def declared_delimiter(line: str) -> str | None:
    """The separator that a first line like `sep=;` declares."""
    match = _DECLARED.fullmatch(line.rstrip("\r\n"))
    return match[1] if match else None


def choose_delimiter(sample: str) -> str:
    """The separator that occurs equally often in most of the first 20 lines of `sample`.

    What stands in quotes is left out. Where there is no such separator, `NO_DELIMITER`: every
    line is one cell.
    """
    lines = _plain_lines(sample)
    best, rank = NO_DELIMITER, (0.0, 0)
    for candidate in CANDIDATES:
        counts = Counter(count for line in lines if (count := line.count(candidate)))
        if counts:
            count, times = max(counts.items(), key=lambda item: (item[1], item[0]))
            share = times / len(lines)
            if share >= _AGREEMENT and (share, count) > rank:
                best, rank = candidate, (share, count)
    return best


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
