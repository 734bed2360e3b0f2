"""Merged cells: where they are, and rows in which they carry the value of their first cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crmcore.errors import SourceError
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.markup import Attributes, parse
from crmcore.importing.sources.package import Package
from crmcore.importing.sources.values import Cell, Fill, MergedRange, Row
from crmcore.importing.sources.worksheet import FREE_GAP

_DATA = re.compile(rb"<(?:[\w.-]+:)?sheetData\b[^>]*>")
_DATA_END = re.compile(rb"</(?:[\w.-]+:)?sheetData\s*>")
_LONGEST_TAG = 4_096
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?")


def read_merged(
    package: Package, part: str, sheet: str, limits: Limits, last_row: int | None
) -> list[MergedRange]:
    """The merged ranges of a worksheet, by row and column.

    They stand behind the rows, so the part is unpacked once more; only what surrounds the rows
    is parsed, which takes a small share of the time of reading them.
    """
    collector = _Collector(package.name, sheet, limits, last_row)
    try:
        for _ in parse(_without_rows(package.stream(part)), collector, package.name, part):
            pass
    except ValueError as error:
        raise SourceError("xml_damaged", file=package.name, part=part) from error
    return sorted(collector.found, key=lambda block: (block.first_row, block.first_column))


def _without_rows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The document with an empty list of rows. Without such a list: the document itself."""
    before = b""
    for chunk in chunks:
        before += chunk
        start = _DATA.search(before)
        if start is not None:
            yield before[: start.end()]
            if not start[0].endswith(b"/>"):
                yield from _after_rows(before[start.end() :], chunks)
            else:
                yield before[start.end() :]
            break
        yield before[:-_LONGEST_TAG]
        before = before[-_LONGEST_TAG:]
    else:
        yield before
    yield from chunks


def _after_rows(rest: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What follows the rows, from the end tag of their list on."""
    while (end := _DATA_END.search(rest)) is None:
        chunk = next(chunks, None)
        if chunk is None:
            return
        rest = rest[-_LONGEST_TAG:] + chunk
    yield rest[end.start() :]


class _Collector:
    """Collects the merged ranges that start at `last_row` or above."""

    def __init__(self, file: str, sheet: str, limits: Limits, last_row: int | None) -> None:
        self.found: list[MergedRange] = []
        self._file, self._sheet, self._limits = file, sheet, limits
        self._last_row = limits.rows if last_row is None else last_row

    def start(self, name: str, attributes: Attributes, /) -> None:
        """Notes a merged range."""
        if name == "mergeCell":
            block = merged_range(attributes.get("ref", ""))
            if block.first_row > self._last_row:
                return
            if len(self.found) == self._limits.merged_ranges:
                raise SourceError(
                    "sheet_merged_ranges",
                    file=self._file,
                    sheet=self._sheet,
                    limit=self._limits.merged_ranges,
                )
            self.found.append(block)

    def text(self, data: str, /) -> None:
        """Nothing of interest."""

    def end(self, name: str, /) -> None:
        """Nothing of interest."""


def merged_range(reference: str) -> MergedRange:
    """The block that `reference` (`B2:C5`) names. Raises `ValueError` where it names none."""
    match = _RANGE.fullmatch(reference.upper())
    if match is None:
        raise ValueError("no range of cells")
    left, top, right, bottom = match[1], int(match[2]), match[3] or match[1], match[4] or match[2]
    rows = sorted((top, int(bottom)))
    columns = sorted((_position(left), _position(right)))
    return MergedRange(rows[0], rows[1], columns[0], columns[1])


def _position(letters: str) -> int:
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


class Filling:
    """Rows in which the cells of merged ranges carry the value of their first cell.

    Blocks come sorted and do not overlap, as spreadsheet programs take care of; where they do,
    the later one wins. Raises `SourceError` `sheet_too_sparse` beyond `Limits.padding`.
    """

    def __init__(self, file: str, sheet: str, limits: Limits, fill: Fill) -> None:
        self._file, self._sheet, self._limits = file, sheet, limits
        self._whole = fill == "all"
        self._made_up = 0

    def rows(self, rows: Iterable[Row], blocks: Iterable[MergedRange]) -> Iterator[Row]:
        """`rows` with the cells of `blocks` filled."""
        waiting = iter(blocks)
        following = next(waiting, None)
        # The blocks that reach the current row, by first column, with their value.
        reaching: dict[int, tuple[MergedRange, Cell]] = {}
        for row in rows:
            while following is not None and following.first_row <= row.number:
                column = following.first_column
                if following.first_row == row.number and column < len(row.cells):
                    reaching[column] = following, row.cells[column]
                following = next(waiting, None)
            reaching = {
                column: (block, value)
                for column, (block, value) in reaching.items()
                if block.last_row >= row.number and value is not None
            }
            yield self._filled(row, reaching.values()) if reaching else row

    def _filled(self, row: Row, reaching: Iterable[tuple[MergedRange, Cell]]) -> Row:
        cells = list(row.cells)
        made_up = 0
        for block, value in reaching:
            last = block.last_column if self._whole else block.first_column
            last = min(last, self._limits.columns - 1)
            made_up += last - block.first_column + 1
            if len(cells) <= last:
                cells.extend([None] * (last + 1 - len(cells)))
            for position in range(block.first_column, last + 1):
                if cells[position] is None:
                    cells[position] = value
        self._made_up += max(0, made_up - FREE_GAP)
        if self._made_up > self._limits.padding:
            raise SourceError(
                "sheet_too_sparse",
                file=self._file,
                sheet=self._sheet,
                row=row.number,
                limit=self._limits.padding,
            )
        return Row(row.number, tuple(cells))
