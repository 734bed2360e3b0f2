"""One sheet as a stream of XML."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crmcore.errors import CapacityExceeded, Invalid
from crmcore.sheets.cells import Track, column_letters, make_track, other_cell, text_cell
from crmcore.sheets.guard import guard_in_workbook
from crmcore.sheets.markup import xml_text
from crmcore.sheets.model import Cell, Column, Marked, SheetOut
from crmcore.sheets.notes import Notes
from crmcore.sheets.styles import BANNER_LOOK, HEADER_LOOK, Look, Styles

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
_ROWS_AT_ONCE: Final = 256
_NARROWEST, _WIDEST = 8.0, 60.0

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
)


class Worksheet:
    """Writes one sheet; `ranges` gives, for each list of options, where its choices stand."""

    def __init__(
        self,
        sheet: SheetOut,
        styles: Styles,
        ranges: Mapping[tuple[str, ...], str],
        selected: bool = False,
    ) -> None:
        if len(sheet.columns) > MOST_COLUMNS:
            raise CapacityExceeded("xlsx_columns", found=len(sheet.columns), limit=MOST_COLUMNS)
        self.sheet = sheet
        self.notes = Notes()
        self.rows_written = 0
        self._ranges = ranges
        self._selected = selected
        self._header_row = 1 if sheet.banner is None else 2
        self._header_style = styles.index(HEADER_LOOK)
        self._banner_style = styles.index(BANNER_LOOK)
        self._tracks = [make_track(i, column, styles) for i, column in enumerate(sheet.columns)]
        self._below = [
            styles.index(Look(column.number_format)) if column.number_format else 0
            for column in sheet.columns
        ]

    def xml(self) -> Iterator[str]:
        """The part `xl/worksheets/sheetN.xml`, piece by piece."""
        yield _HEAD + self._view() + self._widths() + "<sheetData>" + self._top()
        number = self._header_row
        pieces: list[str] = []
        for row in self.sheet.rows:
            number += 1
            pieces.append(self._row(number, row))
            if len(pieces) == _ROWS_AT_ONCE:
                yield "".join(pieces)
                pieces.clear()
        self.rows_written = number - self._header_row
        yield "".join(pieces) + "</sheetData>"
        yield self._merged() + self._validations()
        if self.notes.count:
            yield '<legacyDrawing r:id="rId1"/>'
        yield "</worksheet>"

    def _row(self, number: int, row: Sequence[Cell]) -> str:
        tracks = self._tracks
        if len(row) != len(tracks):
            line = number - self._header_row
            raise Invalid("row_width", row=line, expected=len(tracks), found=len(row))
        if number > MOST_ROWS:
            raise CapacityExceeded("xlsx_rows", limit=MOST_ROWS)
        pieces = [f'<row r="{number}">']
        for track, value in zip(tracks, row, strict=True):
            if value is None:
                continue
            ref = f"{track.letters}{number}"
            if type(value) is str:
                pieces.append(text_cell(ref, track, value))
                continue
            pieces.append(other_cell(ref, track, value))
            if isinstance(value, Marked) and value.note:
                self.notes.add(ref, number - 1, track.index, value.note)
        pieces.append("</row>")
        return "".join(pieces)

    def _top(self) -> str:
        rows = []
        if self.sheet.banner is not None:
            cell = self._fixed("A1", self._banner_style, self.sheet.banner)
            rows.append(f'<row r="1" ht="26" customHeight="1">{cell}</row>')
        number = self._header_row
        cells = []
        for index, column in enumerate(self.sheet.columns):
            ref = f"{column_letters(index)}{number}"
            cells.append(self._fixed(ref, self._header_style, column.title))
            if column.note:
                self.notes.add(ref, number - 1, index, column.note)
        rows.append(f'<row r="{number}">{"".join(cells)}</row>')
        return "".join(rows)

    def _fixed(self, ref: str, style: int, text: str) -> str:
        shown = xml_text(guard_in_workbook(text))
        return (
            f'<c r="{ref}" s="{style}" t="inlineStr"><is><t xml:space="preserve">'
            f"{shown}</t></is></c>"
        )

    def _view(self) -> str:
        top = self._header_row
        selected = ' tabSelected="1"' if self._selected else ""
        return (
            f'<sheetViews><sheetView{selected} workbookViewId="0"><pane ySplit="{top}" '
            f'topLeftCell="A{top + 1}" activePane="bottomLeft" state="frozen"/></sheetView>'
            '</sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        )

    def _widths(self) -> str:
        columns = "".join(
            f'<col min="{i}" max="{i}" width="{width(column):g}" style="{style}" customWidth="1"/>'
            for i, (column, style) in enumerate(
                zip(self.sheet.columns, self._below, strict=True), start=1
            )
        )
        return f"<cols>{columns}</cols>" if columns else ""

    def _merged(self) -> str:
        if self.sheet.banner is None or len(self._tracks) < 2:
            return ""
        last = self._tracks[-1].letters
        return f'<mergeCells count="1"><mergeCell ref="A1:{last}1"/></mergeCells>'

    def _validations(self) -> str:
        found = [
            self._validation(track, column)
            for track, column in zip(self._tracks, self.sheet.columns, strict=True)
            if column.options
        ]
        if not found:
            return ""
        return f'<dataValidations count="{len(found)}">{"".join(found)}</dataValidations>'

    def _validation(self, track: Track, column: Column) -> str:
        strict = "" if column.allow_other else ' showErrorMessage="1"'
        cells = f"{track.letters}{self._header_row + 1}:{track.letters}{MOST_ROWS}"
        return (
            f'<dataValidation type="list" allowBlank="1"{strict} sqref="{cells}">'
            f"<formula1>{xml_text(self._ranges[column.options])}</formula1></dataValidation>"
        )


def width(column: Column) -> float:
    """The width of `column` in characters; a Chinese character is as wide as two."""
    if column.width is not None:
        return column.width
    shown = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in column.title[:100])
    return min(max(shown + 4.0, _NARROWEST), _WIDEST)
