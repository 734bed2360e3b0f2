"""Mappings (dictionaries, rows of a database, JSON objects) as a source."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType

from crmcore.errors import SourceError
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.plain import to_json
from crmcore.importing.sources.refusals import reading
from crmcore.importing.sources.source import Progress, pick_sheet
from crmcore.importing.sources.tables import HeldTable, PassingTable, Table
from crmcore.importing.sources.values import Fill, MergedRange, Row, Sheet, SourceInfo

Records = Iterable[Mapping[str, object]]

_ROWS_PER_PROGRESS = 1_000


class RecordSource:
    """Mappings by sheet name, as if each sheet had its keys in row 1 and its records below.

    A sequence is read where it is, so it should not change meanwhile; an iterator is copied to
    a temporary file, because importing reads more than once. Keys are texts; values are what a
    `Cell` holds, floats, and the missing values of pandas. Raises `SourceError` for others.
    """

    def __init__(self, name: str, tables: Mapping[str, Records], limits: Limits) -> None:
        self._name = name
        self._closed = False
        self._tables: list[Table] = []
        try:
            with reading(name):
                for sheet, records in tables.items():
                    kind = HeldTable if isinstance(records, Sequence) else PassingTable
                    self._tables.append(kind(records, name, sheet, limits))  # type: ignore[arg-type]
        except BaseException:
            self.close()
            raise
        self._sheets = tuple(
            Sheet(sheet, index, header=table.header)
            for index, (sheet, table) in enumerate(zip(tables, self._tables, strict=True))
        )

    @property
    def info(self) -> SourceInfo:
        """Name and format."""
        return SourceInfo(self._name, "records")

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """One sheet for every table, with its header."""
        return self._sheets

    def rows(
        self, sheet: str | None = None, *, fill: Fill = "none", progress: Progress | None = None
    ) -> Iterator[Row]:
        """The header as row 1, then the records that hold a value; see `RowSource.rows`."""
        found = self._find(sheet)
        return self._guarded(found.header or (), self._tables[found.index], progress)

    def merged(
        self, sheet: str | None = None, *, last_row: int | None = None
    ) -> tuple[MergedRange, ...]:
        """Mappings have no merged cells."""
        self._find(sheet)
        return ()

    def digest(self) -> str:
        """SHA-256 of names, headers and records, in hexadecimal."""
        sha = hashlib.sha256()
        for sheet in self._sheets:
            sha.update(to_json((sheet.name,)).encode() + b"\n")
            for row in self.rows(sheet.name):
                sha.update(to_json(row.cells).encode() + b"\n")
        return sha.hexdigest()

    def close(self) -> None:
        """Remove temporary files."""
        self._closed = True
        for table in self._tables:
            table.close()

    def _find(self, sheet: str | None) -> Sheet:
        if self._closed:
            raise SourceError("source_closed", file=self._name)
        return pick_sheet(self._sheets, sheet, self._name)

    def _guarded(
        self, header: tuple[str, ...], table: Table, progress: Progress | None
    ) -> Iterator[Row]:
        with reading(self._name):
            if header:
                yield Row(1, header)
            for number, cells in enumerate(table.records(), 2):
                if any(cell is not None for cell in cells):
                    yield Row(number, cells)
                if progress is not None and number % _ROWS_PER_PROGRESS == 0:
                    progress(min(number / (len(table) + 1), 1.0))
            if progress is not None:
                progress(1.0)

    def __enter__(self) -> RecordSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
