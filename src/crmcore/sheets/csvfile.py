"""The one writer of CSV files: streaming, guarded, whole or not at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal

from crmcore.errors import Invalid
from crmcore.sheets.guard import guard
from crmcore.sheets.model import Cell, CellError, Formula, Marked
from crmcore.sheets.plain import plain_value
from crmcore.sheets.targets import Target, binary_target

CsvEncoding = Literal["utf-8-sig", "utf-8", "gb18030"]
"""`utf-8-sig` opens rightly in every spreadsheet, `gb18030` in old Chinese ones."""

_LINES_AT_ONCE: Final = 500

# Semicolons and tabs too: some spreadsheets split at them whatever the file meant.
_BREAKING: Final = re.compile('[",;\t\r\n]')


def write_csv(
    target: Target,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    encoding: CsvEncoding = "utf-8-sig",
) -> int:
    """Writes a CSV file and returns the number of its rows, the header not counted.

    `rows` is read once, in constant memory; a path holds the whole file or its old content.
    Formula-like text is guarded (see `guard`), reading back with `unguard` gives it again.
    Raises `Invalid`: `row_width` (a row of another length than the header), `cell_type`,
    `text_encoding` (a text that the encoding does not have).
    """
    lines = csv_lines(header, rows)
    written = 0
    with binary_target(target) as stream:
        if encoding == "utf-8-sig":
            stream.write(codecs.BOM_UTF8)
        while chunk := list(islice(lines, _LINES_AT_ONCE)):
            stream.write(_encoded(chunk, encoding, written))
            written += len(chunk)
    return written - 1


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The lines of a CSV file, each ended by CR LF, the header first; guarded like a file."""
    width = len(header)
    yield _line([_text(str(title)) for title in header])
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            raise Invalid("row_width", row=number, expected=width, found=len(row))
        yield _line(
            [
                _text(value) if type(value) is str else ("" if value is None else _other(value))
                for value in row
            ]
        )


def _line(cells: list[str]) -> str:
    # A lone empty cell is quoted, or the row would be no row.
    return (",".join(cells) or '""') + "\r\n"


def _text(text: str) -> str:
    if text[:1].isalnum() and _BREAKING.search(text) is None:
        return text
    safe = guard(text)
    if _BREAKING.search(safe) is None and safe == safe.strip():
        return safe
    return '"' + safe.replace('"', '""') + '"'


def _other(value: Cell) -> str:
    if isinstance(value, Marked | Formula):
        return _other(value.value)
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, CellError):
        return value.code
    return plain_value(value)


def _encoded(lines: list[str], encoding: CsvEncoding, before: int) -> bytes:
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    try:
        return "".join(lines).encode(codec)
    except UnicodeEncodeError:
        for number, line in enumerate(lines, start=before):
            try:
                line.encode(codec)
            except UnicodeEncodeError as error:
                raise Invalid("text_encoding", row=number, encoding=encoding) from error
        raise
