"""The lines of a delimited text, kept until they are known to form a record."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import TextIO

from crmcore.errors import SourceError

END = "\x04"
"""Comes after the last line. A quote that is still open swallows it, which gives it away."""


class Lines:
    """Hands physical lines to the parser and remembers those of the record being parsed.

    `pending` are these lines, `size` their characters, `first_line` the number of the first of
    them in the file; `ended` tells that `END` was handed over. Raises `SourceError`
    `csv_row_too_long` before a record can grow beyond `most` characters.
    """

    def __init__(self, text: TextIO, file: str, most: int, skip: bool) -> None:
        self.pending: list[str] = []
        self.size = 0
        self.first_line = 1
        self.ended = False
        self._text = text
        self._file = file
        self._most = most
        self._at_start = True
        if skip:
            self._read()
            self.forget()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._read()
        if line:
            return line
        if self.ended:
            raise StopIteration
        self.ended = True
        return END

    def _read(self) -> str:
        line = self._text.readline(self._most + 1)
        if self._at_start:
            self._at_start = False
            line = line.removeprefix("\ufeff")
        if line:
            self.pending.append(line)
            self.size += len(line)
            if self.size > self._most:
                raise SourceError(
                    "csv_row_too_long", file=self._file, line=self.first_line, limit=self._most
                )
        return line

    def forget(self) -> None:
        """The record is complete."""
        self.first_line += len(self.pending)
        self.pending.clear()
        self.size = 0

    def holds(self, text: str) -> bool:
        """Whether a line of the record contains `text`."""
        return any(text in line for line in self.pending)

    def is_one_line(self) -> bool:
        """Whether the record so far is one line, which opens no quote that it leaves open."""
        return len(self.pending) == 1 and self.pending[0].count('"') % 2 == 0

    def closes_quotes(self, delimiter: str) -> bool:
        """Whether every quote of the record is closed in front of a separator or line end.

        Where a quote was never closed, the next quote of a later line closes it by chance, in
        the middle of something.
        """
        try:
            list(csv.reader(self.pending, delimiter=delimiter, strict=True))
        except csv.Error:
            return False
        return True


def split_line(line: str, delimiter: str) -> list[str]:
    """The cells of one line, for lines with cells longer than the standard parser takes."""
    separator = re.escape(delimiter)
    cell = re.compile(rf'(?:"((?:[^"]|"")*)"|([^{separator}]*))({separator}|$)')
    cells: list[str] = []
    at, text = 0, line.rstrip("\r\n")
    while True:
        match = cell.match(text, at)
        if match is None:
            return [*cells, text[at:]]
        quoted = match[1]
        cells.append(match[2] if quoted is None else quoted.replace('""', '"'))
        if not match[3]:
            return cells
        at = match.end()
