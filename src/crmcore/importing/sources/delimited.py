"""Delimited text (CSV and its kin) in whatever encoding and with whatever separator it comes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from os.path import splitext
from types import TracebackType
from typing import NoReturn, TextIO

from crmcore.errors import SourceError
from crmcore.importing.sources.content import Content
from crmcore.importing.sources.delimiters import (
    NO_DELIMITER,
    choose_delimiter,
    declared_delimiter,
)
from crmcore.importing.sources.encodings import Encoding, detect_encoding
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.lines import END, Lines, split_line
from crmcore.importing.sources.refusals import reading
from crmcore.importing.sources.source import Progress, pick_sheet
from crmcore.importing.sources.values import (
    Cell,
    Fill,
    MergedRange,
    Row,
    Sheet,
    SourceInfo,
    cell_error,
    column_name,
)

_SAMPLE_CHARACTERS = 65_536
_LOST = "\N{REPLACEMENT CHARACTER}"
# Texts hold hardly any control characters but these; pictures and programs are full of others.
_ORDINARY_CONTROLS = frozenset("\t\r\n\v\f\0\x1a\x1e\x1f")
_CONTROL_SHARE = 0.02
_ROWS_PER_PROGRESS = 1_000


class DelimitedSource:
    """The one sheet of a delimited text; all its cells are texts or empty.

    Rows are numbered as a spreadsheet program would show the file: a record that spans several
    lines is one row, an empty line is a row without values, a line `sep=;` is none.
    """

    def __init__(
        self, content: Content, limits: Limits, encoding: str | None, delimiter: str | None
    ) -> None:
        self._content = content
        self._limits = limits
        self._closed = False
        with reading(content.name):
            self._encoding = _encoding(content, encoding)
            with self._text() as text:
                sample = text.read(_SAMPLE_CHARACTERS)
            self._refuse_binary(sample)
            first = sample.lstrip("\ufeff").splitlines()[:1]
            declared = declared_delimiter(first[0]) if first else None
            self._skip = declared is not None
            self._delimiter = delimiter or declared or choose_delimiter(_whole_lines(sample))
        if len(self._delimiter) != 1 or self._delimiter in f'"\r\n{END}':
            raise SourceError("csv_delimiter", file=content.name, delimiter=self._delimiter)
        self._sheet = Sheet(splitext(content.name)[0])

    @property
    def info(self) -> SourceInfo:
        """Name, encoding and separator, and why that encoding."""
        return SourceInfo(
            self._content.name,
            "csv",
            encoding=self._encoding.name,
            encoding_from=self._encoding.reason,
            delimiter=None if self._delimiter == NO_DELIMITER else self._delimiter,
        )

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """One sheet, named after the file."""
        return (self._sheet,)

    def rows(
        self, sheet: str | None = None, *, fill: Fill = "none", progress: Progress | None = None
    ) -> Iterator[Row]:
        """The rows that hold a value; see `RowSource.rows`. There is nothing to fill."""
        self._check(sheet)
        return self._guarded(progress)

    def merged(
        self, sheet: str | None = None, *, last_row: int | None = None
    ) -> tuple[MergedRange, ...]:
        """Text has no merged cells."""
        self._check(sheet)
        return ()

    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        with reading(self._content.name):
            return self._content.digest()

    def close(self) -> None:
        """Let go of the content."""
        self._closed = True
        self._content.close()

    def _check(self, sheet: str | None) -> None:
        if self._closed:
            raise SourceError("source_closed", file=self._content.name)
        pick_sheet(self.sheets, sheet, self._content.name)

    def _text(self) -> TextIO:
        # What cannot be decoded is marked here and found again cell by cell.
        file = self._content.open()
        return io.TextIOWrapper(file, self._encoding.name, errors="replace", newline="")

    def _refuse_binary(self, sample: str) -> None:
        controls = sum(
            character < " " and character not in _ORDINARY_CONTROLS for character in sample
        )
        if controls > _CONTROL_SHARE * len(sample):
            raise SourceError("source_no_table", file=self._content.name)

    def _guarded(self, progress: Progress | None) -> Iterator[Row]:
        size = self._content.size or 1
        with reading(self._content.name), self._content.open() as file:
            text = io.TextIOWrapper(file, self._encoding.name, errors="replace", newline="")
            lines = Lines(text, self._content.name, self._limits.row_characters, self._skip)
            for row in self._rows(lines):
                yield row
                if progress is not None and row.number % _ROWS_PER_PROGRESS == 0:
                    progress(min(file.tell() / size, 1.0))
            if progress is not None:
                progress(1.0)

    def _rows(self, lines: Lines) -> Iterator[Row]:
        records = csv.reader(lines, delimiter=self._delimiter)
        number = 0
        while True:
            number += 1
            try:
                record: Sequence[str] = next(records)
            except csv.Error:
                if not lines.is_one_line():
                    self._refuse_quote(lines, number)
                record = split_line(lines.pending[0], self._delimiter)
            if lines.ended:
                if record == [END]:
                    return
                self._refuse_quote(lines, number)
            if len(lines.pending) > 1 and not lines.closes_quotes(self._delimiter):
                self._refuse_quote(lines, number)
            if any(record):
                yield Row(number, self._cells(record, lines, number))
            lines.forget()

    def _cells(self, record: Sequence[str], lines: Lines, number: int) -> tuple[Cell, ...]:
        if len(record) > self._limits.columns:
            raise SourceError(
                "sheet_columns",
                file=self._content.name,
                sheet=self._sheet.name,
                row=number,
                column=column_name(len(record) - 1),
                limit=self._limits.columns,
            )
        most = self._limits.cell_characters
        if lines.size > most or (not self._encoding.sound and lines.holds(_LOST)):
            return tuple(_checked(text, most) for text in record)
        return tuple([text or None for text in record])

    def _refuse_quote(self, lines: Lines, number: int) -> NoReturn:
        raise SourceError(
            "csv_unclosed_quote", file=self._content.name, row=number, line=lines.first_line
        )

    def __enter__(self) -> DelimitedSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _encoding(content: Content, asked: str | None) -> Encoding:
    if asked is None:
        return detect_encoding(content.chunks())
    try:
        io.TextIOWrapper(io.BytesIO(), asked)
    except (LookupError, ValueError) as error:
        raise SourceError("csv_encoding", file=content.name, encoding=asked) from error
    return Encoding(asked, "caller")


def _whole_lines(sample: str) -> str:
    """`sample` without a last line that may be cut."""
    if len(sample) < _SAMPLE_CHARACTERS:
        return sample
    end = max(sample.rfind("\n"), sample.rfind("\r"))
    return sample[: end + 1] or sample


def _checked(text: str, most: int) -> Cell:
    if len(text) > most:
        return cell_error(text, "cell_too_long")
    if _LOST in text:
        return cell_error(text, "cell_undecodable")
    return text or None
