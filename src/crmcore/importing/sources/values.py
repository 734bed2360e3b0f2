"""What reading yields: rows of typed cells, the sheets they stand in, and cells that are broken."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from attrs import frozen

_SHOWN_CHARACTERS = 80


@frozen
class CellError:
    """A cell whose value cannot be taken, with the reason as a code.

    `text` is what the cell shows or holds (`#N/A`, the serial of an impossible date), at most
    80 characters of it. `code` is a code of the error catalogue, so that
    `Problem(error.code, {"text": error.text})` is its sentence:

    - `cell_error`: the program that wrote the file stored an error value;
    - `cell_formula_uncached`: a formula that was never calculated; `text` is the formula;
    - `cell_date_out_of_range`: a date before the calendar of the workbook or after 9999;
    - `cell_date_unreal`: the day 1900-02-29, which spreadsheets know and calendars do not;
    - `cell_not_a_number`: a number cell that holds no finite number;
    - `cell_too_long`: more characters than the limit for a cell;
    - `cell_undecodable`: bytes that are no text in the encoding of the file;
    - `cell_unreadable`: anything else that contradicts the file format.
    """

    text: str
    code: str = "cell_error"


def cell_error(text: str, code: str = "cell_error") -> CellError:
    """A `CellError` that keeps at most 80 characters of `text`."""
    return CellError(text[:_SHOWN_CHARACTERS], code)


@frozen
class Percent:
    """A number shown as a percentage: a cell that shows 12 % is `Percent(Decimal("0.12"))`."""

    value: Decimal


Cell: TypeAlias = (
    str | int | Decimal | bool | date | datetime | time | timedelta | Percent | CellError | None
)
"""What a cell can hold. Empty text is `None`; numbers are `int` where integral, else `Decimal`."""

Fill: TypeAlias = Literal["none", "down", "all"]
"""How merged ranges are read; see `RowSource.rows`."""


@frozen
class Row:
    """One row that holds at least one value.

    `number` is the row number that a spreadsheet shows, counted from 1. `cells` reaches from
    column A to the last cell that holds something in a worksheet, and as far as the record does
    in other sources; columns beyond it are empty.
    """

    number: int
    cells: tuple[Cell, ...]


@frozen
class Sheet:
    """One table of a source.

    `index` is its position from 0. `visible` is false for hidden worksheets. `has_rows` is
    false for charts and other sheets that hold no cells. `header` is given where the names of
    the columns are known for certain (mappings); then row 1 repeats them.
    """

    name: str
    index: int = 0
    visible: bool = True
    has_rows: bool = True
    header: tuple[str, ...] | None = None


@frozen
class MergedRange:
    """A block of merged cells, whose value is that of its top left cell.

    Rows are numbered as a spreadsheet shows them; columns count from 0, as in `Row.cells`;
    first and last belong to the block.
    """

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@frozen
class SourceInfo:
    """How a source was understood; shown to people before anything is written.

    `encoding` and `delimiter` are set for delimited text. `encoding_from` says why that
    encoding: asked for by the `caller`, a byte order `mark`, proved by the `content`, or a
    `guess` that people should look at. `dates_from` is the first day of the calendar of a
    workbook, 1900 or 1904.
    """

    name: str
    format: Literal["xlsx", "csv", "records"]
    encoding: str | None = None
    encoding_from: Literal["caller", "mark", "content", "guess"] | None = None
    delimiter: str | None = None
    dates_from: Literal[1900, 1904] | None = None


def column_name(index: int) -> str:
    """The letters of the column at `index` (counted from 0): `A` … `Z`, `AA` … `XFD` …"""
    letters = ""
    index += 1
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
