"""The one writer of workbooks: streaming, exact, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from crmcore.errors import CapacityExceeded, Invalid
from crmcore.sheets import parts
from crmcore.sheets.cells import column_letters
from crmcore.sheets.model import Cell, Column, SheetOut
from crmcore.sheets.names import sheet_names
from crmcore.sheets.styles import Styles
from crmcore.sheets.targets import Target, binary_target
from crmcore.sheets.worksheet import Worksheet

OPTIONS_SHEET: Final = "crmcore_options"
"""The hidden sheet in which the choices of drop-downs stand; an importer passes over it."""

_COMPRESSION: Final = 3
_LARGEST_PART: Final = (1 << 31) - 1


def write_xlsx(target: Target, sheets: Iterable[SheetOut]) -> int:
    """Writes a workbook and returns the number of rows in it, headers not counted.

    Rows are read once, sheet by sheet, in constant memory; a path holds the whole file or
    its old content; the same content gives the same bytes. Names of sheets are made
    acceptable (see `sheet_names`). Text is written as text, never as a formula. Numbers of
    more than 15 digits and days before 1900-03-01, which spreadsheets would change, are
    written as text; an aware datetime as the wall time of its own zone.

    Raises `Invalid`: `no_sheets`, `row_width`, `cell_type`; `CapacityExceeded`:
    `xlsx_rows`, `xlsx_columns`, `xlsx_text_too_long`, `xlsx_too_large`.
    """
    pages = tuple(sheets)
    if all(page.hidden for page in pages):
        raise Invalid("no_sheets")
    lists = _option_lists(pages)
    if lists:
        pages += (_options_sheet(lists),)
    names = sheet_names(page.name for page in pages)
    ranges = _ranges(lists, names[-1])
    with (
        binary_target(target) as stream,
        # Opened by name, a part gets no moment: the same content gives the same bytes.
        ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive,
    ):
        rows = _Package(archive, names, ranges).write(pages)
    return sum(rows[: len(rows) - bool(lists)])


def _option_lists(pages: Sequence[SheetOut]) -> dict[tuple[str, ...], str]:
    """The different lists of options, each with the title of the first column that has it."""
    found: dict[tuple[str, ...], str] = {}
    for page in pages:
        for column in page.columns:
            if column.options:
                found.setdefault(column.options, column.title)
    return found


def _options_sheet(lists: Mapping[tuple[str, ...], str]) -> SheetOut:
    rows: Iterable[Sequence[Cell]] = zip_longest(*lists)
    columns = [Column(title) for title in lists.values()]
    return SheetOut(OPTIONS_SHEET, columns, rows, hidden=True)


def _ranges(lists: Mapping[tuple[str, ...], str], sheet: str) -> dict[tuple[str, ...], str]:
    # Always a range, never a list inside the formula: that one ends at 255 characters,
    # and would put what people typed into a formula.
    return {
        options: f"'{sheet}'!${column_letters(i)}$2:${column_letters(i)}${len(options) + 1}"
        for i, options in enumerate(lists)
    }


class _Package:
    """The parts of one file, in the order in which they can be known."""

    def __init__(
        self, archive: ZipFile, names: Sequence[str], ranges: Mapping[tuple[str, ...], str]
    ) -> None:
        self._archive = archive
        self._names = names
        self._ranges = ranges
        self._styles = Styles()

    def write(self, pages: Sequence[SheetOut]) -> list[int]:
        first = next(i for i, page in enumerate(pages) if not page.hidden)
        self._text("_rels/.rels", parts.root_relations())
        written: list[parts.Written] = []
        rows: list[int] = []
        for index, page in enumerate(pages):
            sheet = Worksheet(page, self._styles, self._ranges, selected=index == first)
            noted = self._sheet(index + 1, sheet)
            written.append(parts.Written(self._names[index], page.hidden, noted))
            rows.append(sheet.rows_written)
        self._text("xl/workbook.xml", parts.workbook_xml(written))
        self._text("xl/_rels/workbook.xml.rels", parts.workbook_relations(written))
        self._text("xl/styles.xml", self._styles.xml())
        self._text("[Content_Types].xml", parts.content_types(written))
        return rows

    def _sheet(self, number: int, sheet: Worksheet) -> bool:
        try:
            size = 0
            with self._archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
                for piece in sheet.xml():
                    encoded = piece.encode()
                    size += len(encoded)
                    if size > _LARGEST_PART:
                        raise CapacityExceeded("xlsx_too_large", limit=_LARGEST_PART)
                    part.write(encoded)
            if not sheet.notes.count:
                return False
            with self._archive.open(f"xl/comments{number}.xml", "w") as part:
                sheet.notes.write_comments(part)
            with self._archive.open(f"xl/drawings/vmlDrawing{number}.vml", "w") as part:
                sheet.notes.write_drawing(part)
            self._text(f"xl/worksheets/_rels/sheet{number}.xml.rels", parts.sheet_relations(number))
            return True
        finally:
            sheet.notes.close()

    def _text(self, name: str, content: str) -> None:
        with self._archive.open(name, "w") as part:
            part.write(content.encode())
