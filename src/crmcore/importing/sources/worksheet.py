"""The rows of a worksheet, made from the events of its XML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NoReturn

from crmcore.errors import SourceError
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.markup import Attributes, Depth
from crmcore.importing.sources.numbers import number
from crmcore.importing.sources.pieces import PLAIN_TEXT
from crmcore.importing.sources.serials import iso_value
from crmcore.importing.sources.strings import SharedStrings, text_value
from crmcore.importing.sources.values import Cell, Row, cell_error, column_name

Convert = Callable[[str], Cell]

_OUTSIDE: Final[Attributes] = {}
_BOOLEANS: Mapping[str, bool] = {"1": True, "0": False, "true": True, "false": False}
_DIGITS = "0123456789"
# So many empty cells in front of one with a value cost no more than the cell itself.
FREE_GAP: Final = 256

# How programs write rows and cells: attributes in this order, an optional formula with a value.
_ROW = re.compile(r'\s*<row r="([0-9]{1,7})"[^<>]*?(/?)>')
_CELL = re.compile(
    rf"""<c\ r="([A-Z]{{1,3}})[0-9]{{1,7}}"(?:\ s="([0-9]{{1,6}})")?(?:\ t="([a-zA-Z]{{1,9}})")?
    (?:/>
    |>(?:<f[^<>]*(?:/>|>{PLAIN_TEXT}</f>))?<v>({PLAIN_TEXT})</v></c>
    |><is><t(?:\ xml:space="preserve")?>({PLAIN_TEXT})</t></is></c>)
    |(.+)""",
    re.DOTALL | re.VERBOSE,
)


class _Columns(dict[str, int]):
    """Column letters to positions from 0, filled as letters are met."""

    def __missing__(self, letters: str) -> int:
        if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
            raise ValueError(f"no column: {letters[:8]!r}")
        position = 0
        for letter in letters.upper():
            position = position * 26 + ord(letter) - 64
        self[letters] = position - 1
        return position - 1


class WorksheetReader:
    """Takes the events of a worksheet and makes rows of them; `take` hands these over.

    This is the innermost loop of reading. It therefore keeps its state in slots, converts in
    place, and leaves whatever is rare to other methods. A row may come as a piece, in the
    spelling of programs, or as events; both make the same row.
    Raises `ValueError` for what contradicts the format, `SourceError` for exceeded limits.
    """

    __slots__ = (
        "_cell", "_cells", "_characters", "_columns", "_depth", "_file", "_formats",
        "_formula", "_held", "_held_count", "_in_data", "_inline", "_last", "_limits", "_padding",
        "_phonetic", "_raw", "_rows", "_sheet", "_strings", "_text", "_widest", "row_number",
    )  # fmt: skip

    opening = re.compile("<sheetData>")
    closing = "</row>"

    def __init__(
        self,
        file: str,
        sheet: str,
        limits: Limits,
        strings: SharedStrings,
        formats: Mapping[str | None, Convert],
    ) -> None:
        self._file, self._sheet, self._limits = file, sheet, limits
        self._strings, self._held, self._held_count = strings, strings.held, len(strings.held)
        self._formats = formats
        self._widest = limits.columns
        self._columns = _Columns()
        self._depth = Depth()
        self._rows: list[Row] = []
        self._in_data = self._phonetic = False
        self.row_number = self._padding = 0
        # Attributes of the cell being read; None between cells; _OUTSIDE between rows.
        self._cell: Attributes | None = _OUTSIDE
        self._cells: list[Cell] = []
        self._characters = 0
        self._last = -1
        self._text = ""
        self._raw: str | None = None
        self._formula: str | None = None
        self._inline: str | None = None

    def take(self) -> list[Row]:
        """The rows completed since the last call."""
        rows = self._rows
        self._rows = []
        return rows

    def start(self, name: str, attributes: Attributes, /) -> None:
        """An element begins."""
        if name == "c":
            if self._cell is not None:
                raise ValueError("a cell outside a row or inside a cell")
            self._cell = attributes
            self._raw = self._formula = self._inline = None
            self._text = ""
        elif name == "v":
            if self._raw is not None:
                raise ValueError("two values in a cell")
            self._raw = self._text = ""
        elif name == "row":
            self._start_row(attributes.get("r"))
        else:
            self._text = ""
            self._depth.enter()
            if name == "is":
                self._inline = ""
            elif name == "rPh":
                self._phonetic = True
            elif name == "sheetData":
                self._in_data = True

    def text(self, data: str, /) -> None:
        """A piece of text; longer ones are kept to just beyond the limit for a cell."""
        if self._text:
            self._text = (self._text + data)[: self._limits.cell_characters + 1]
        else:
            self._text = data

    def end(self, name: str, /) -> None:
        """An element ends."""
        if name == "v":
            self._raw = self._text
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        else:
            self._depth.leave()
            self._end_other(name)

    @property
    def between(self) -> bool:
        """Whether the events so far lead to a place between two rows."""
        return self._in_data and self._cell is _OUTSIDE and self._depth.inside == 2

    def piece(self, text: str, start: int, end: int, /) -> bool:
        """Take a row in its usual spelling; false where it is spelled otherwise."""
        row = _ROW.match(text, start)
        while row is not None and row[2]:
            # An empty row in front of the one that ends here.
            row = _ROW.match(text, row.end())
        if row is None:
            return False
        cells = _CELL.findall(text, row.end(), end - len(self.closing))
        if cells and cells[-1][-1]:
            return False
        self._start_row(row[1])
        self._usual_cells(cells)
        self._end_row()
        return True

    def _usual_cells(self, cells: Iterable[Sequence[str]]) -> None:
        """Cells as the pattern finds them: column, style, kind, value, text."""
        values, held, held_count = self._cells, self._held, self._held_count
        columns, formats, last = self._columns, self._formats, -1
        self._formula = self._inline = None
        value: Cell
        for letters, style, kind, raw, text, _ in cells:
            position = columns[letters]
            if position <= last:
                raise ValueError("cells out of order")
            last = position
            if raw and kind == "s":
                index = int(raw)
                value = held[index] if 0 <= index < held_count else self._far(index)
            elif raw and (not kind or kind == "n"):
                value = formats.get(style, number)(raw)
            elif raw or text:
                value = self._unusual(kind, raw or (text if kind == "inlineStr" else None))
            else:
                continue
            if value is not None:
                if position != len(values) or position >= self._widest:
                    self._pad(position)
                values.append(value)

    def _start_row(self, shown: str | None) -> None:
        if not self._in_data or self._cell is not _OUTSIDE:
            raise ValueError("a row outside the data or inside a row")
        found = self.row_number + 1 if shown is None else int(shown)
        if found <= self.row_number:
            raise ValueError("rows out of order")
        if found > self._limits.rows:
            self._refuse("sheet_rows", limit=self._limits.rows)
        self.row_number = found
        self._cell = None
        self._cells = []
        self._characters = 0
        self._last = -1

    def _end_row(self) -> None:
        if self._cells:
            self._rows.append(Row(self.row_number, tuple(self._cells)))
        self._cell = _OUTSIDE

    def _end_cell(self) -> None:
        attributes = self._cell
        if attributes is None:
            raise ValueError("the end of no cell")
        self._cell = None
        reference = attributes.get("r")
        position = self._columns[reference.rstrip(_DIGITS)] if reference else self._last + 1
        if position <= self._last:
            raise ValueError("cells out of order")
        self._last = position
        raw = self._raw
        kind = attributes.get("t")
        value: Cell
        if raw and kind == "s":
            index = int(raw)
            value = self._held[index] if 0 <= index < self._held_count else self._far(index)
        elif raw and (kind is None or kind == "n"):
            value = self._formats.get(attributes.get("s"), number)(raw)
        else:
            value = self._unusual(kind, raw)
        if value is not None:
            if position != len(self._cells) or position >= self._widest:
                self._pad(position)
            self._cells.append(value)

    def _far(self, index: int) -> Cell:
        """A shared text that is not held in memory."""
        try:
            return self._strings.value(index)
        except IndexError:
            return cell_error(str(index), "cell_unreadable")

    def _unusual(self, kind: str | None, raw: str | None) -> Cell:
        """A cell that is neither a shared text nor a number with a value."""
        if kind == "inlineStr" and raw is None:
            raw = self._inline
        if not raw and not (raw == "" and kind == "str"):
            formula = self._formula
            if formula is None:
                return None
            return cell_error(f"={formula}", "cell_formula_uncached")
        if kind in ("str", "inlineStr"):
            self._characters += len(raw)
            if self._characters > self._limits.row_characters:
                self._refuse("row_too_long", limit=self._limits.row_characters)
            return text_value(raw, self._limits.cell_characters)
        if kind == "e":
            return cell_error(raw)
        if kind == "d":
            return iso_value(raw)
        if kind == "b" and raw in _BOOLEANS:
            return _BOOLEANS[raw]
        return cell_error(raw, "cell_unreadable")

    def _pad(self, position: int) -> None:
        """Make up the empty cells before `position`."""
        if position >= self._widest:
            self._refuse("sheet_columns", column=column_name(position), limit=self._widest)
        gap = position - len(self._cells)
        self._padding += max(0, gap - FREE_GAP)
        if self._padding > self._limits.padding:
            self._refuse("sheet_too_sparse", limit=self._limits.padding)
        self._cells.extend([None] * gap)

    def _end_other(self, name: str) -> None:
        if name == "t":
            if self._inline is not None and not self._phonetic:
                self._inline = (self._inline + self._text)[: self._limits.cell_characters + 1]
        elif name == "f":
            self._formula = self._text
        elif name == "rPh":
            self._phonetic = False
        elif name == "sheetData":
            self._in_data = False
        self._text = ""

    def _refuse(self, code: str, **params: object) -> NoReturn:
        raise SourceError(code, file=self._file, sheet=self._sheet, row=self.row_number, **params)
