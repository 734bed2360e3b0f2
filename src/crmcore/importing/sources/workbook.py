"""XLSX workbooks, read as a stream: flat memory, bounded cost, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from time import monotonic
from types import TracebackType

from crmcore.errors import SourceError
from crmcore.importing.sources.content import Content
from crmcore.importing.sources.formats import read_styles
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.merges import Filling, read_merged
from crmcore.importing.sources.numbers import percent
from crmcore.importing.sources.outline import read_outline
from crmcore.importing.sources.package import Package
from crmcore.importing.sources.pieces import parse_pieces
from crmcore.importing.sources.refusals import reading
from crmcore.importing.sources.serials import Serials
from crmcore.importing.sources.source import Progress, pick_sheet
from crmcore.importing.sources.strings import SharedStrings, read_strings
from crmcore.importing.sources.values import Cell, Fill, MergedRange, Row, Sheet, SourceInfo
from crmcore.importing.sources.worksheet import WorksheetReader

Formats = dict[str | None, Callable[[str], Cell]]


class WorkbookSource:
    """The sheets of an XLSX workbook.

    Styles and shared texts are read when the first row is asked for, once for all sheets.
    """

    def __init__(self, content: Content, limits: Limits) -> None:
        self._content = content
        self._limits = limits
        self._package = Package(content, limits)
        try:
            with reading(content.name):
                self._outline = read_outline(self._package, limits)
        except BaseException:
            self._package.close()
            raise
        self._strings: SharedStrings | None = None
        self._formats: Formats | None = None
        self._turn = Lock()
        self._closed = False

    @property
    def info(self) -> SourceInfo:
        """Name, format and calendar of the workbook."""
        return SourceInfo(self._content.name, "xlsx", dates_from=self._outline.calendar)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets in the order of the workbook, hidden ones and charts among them."""
        return self._outline.sheets

    def rows(
        self, sheet: str | None = None, *, fill: Fill = "none", progress: Progress | None = None
    ) -> Iterator[Row]:
        """The rows of `sheet` that hold a value; see `RowSource.rows`."""
        found, part = self._find(sheet)
        if part is None:
            return iter(())
        return self._guarded(found, part, fill, progress)

    def merged(
        self, sheet: str | None = None, *, last_row: int | None = None
    ) -> tuple[MergedRange, ...]:
        """The merged ranges of `sheet`; see `RowSource.merged`."""
        found, part = self._find(sheet)
        if part is None:
            return ()
        with reading(self._content.name):
            return tuple(read_merged(self._package, part, found.name, self._limits, last_row))

    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        with reading(self._content.name):
            return self._content.digest()

    def close(self) -> None:
        """Close the file and remove temporary ones."""
        self._closed = True
        self._package.close()
        if self._strings is not None:
            self._strings.close()
        self._content.close()

    def _find(self, sheet: str | None) -> tuple[Sheet, str | None]:
        if self._closed:
            raise SourceError("source_closed", file=self._content.name)
        found = pick_sheet(self.sheets, sheet, self._content.name)
        return found, self._outline.parts[found.index]

    def _guarded(
        self, sheet: Sheet, part: str, fill: Fill, progress: Progress | None
    ) -> Iterator[Row]:
        with reading(self._content.name):
            rows = self._stream(sheet, part, progress)
            if fill != "none":
                blocks = read_merged(self._package, part, sheet.name, self._limits, None)
                filling = Filling(self._content.name, sheet.name, self._limits, fill)
                rows = filling.rows(rows, blocks)
            yield from rows

    def _stream(self, sheet: Sheet, part: str, progress: Progress | None) -> Iterator[Row]:
        strings, formats = self._prepared()
        file = self._content.name
        reader = WorksheetReader(file, sheet.name, self._limits, strings, formats)
        size = self._package.size(part) or 1
        spent, since = 0.0, monotonic()
        try:
            for fed in parse_pieces(self._package.stream(part), reader, file, part):
                spent += monotonic() - since
                if self._limits.seconds is not None and spent > self._limits.seconds:
                    raise SourceError("source_slow", file=file, limit=self._limits.seconds)
                yield from reader.take()
                if progress is not None:
                    progress(min(fed / size, 1.0))
                since = monotonic()
        except ValueError as error:
            row = reader.row_number
            raise SourceError("sheet_damaged", file=file, sheet=sheet.name, row=row) from error

    def _prepared(self) -> tuple[SharedStrings, Formats]:
        with self._turn:
            if self._closed:
                raise SourceError("source_closed", file=self._content.name)
            if self._formats is None:
                self._formats = self._read_formats()
            if self._strings is None:
                part = self._outline.strings
                self._strings = (
                    SharedStrings(self._limits)
                    if part is None
                    else read_strings(self._package, part, self._limits)
                )
            return self._strings, self._formats

    def _read_formats(self) -> Formats:
        if self._outline.styles is None:
            return {}
        serials = Serials(self._outline.calendar)
        convert: dict[str, Callable[[str], Cell]] = {
            "percent": percent,
            "day": serials.day,
            "moment": serials.moment,
            "span": serials.span,
        }
        shown = read_styles(self._package, self._outline.styles)
        return {style: convert[kind] for style, kind in shown.items()}

    def __enter__(self) -> WorkbookSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
