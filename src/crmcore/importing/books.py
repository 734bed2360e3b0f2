"""A source as an import reads it: again and again, with guards against formulas taken away."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from crmcore.importing.sources import (
    Cell,
    MergedRange,
    Openable,
    Row,
    RowSource,
    Sheet,
    SourceInfo,
    open_source,
)
from crmcore.importing.sources.plain import from_json, to_json
from crmcore.sheets import OPTIONS_SHEET, unguard

_GUARD = "'"


class Book:
    """The sheets of a source, closed with this object.

    The rows of a workbook are put aside when they are read for the first time, because
    reading its markup costs more than all that follows.
    """

    def __init__(
        self,
        source: Openable,
        *,
        name: str | None = None,
        encoding: str | None = None,
        delimiter: str | None = None,
    ) -> None:
        self.path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
        self._source = open_source(source, name=name, encoding=encoding, delimiter=delimiter)
        self._aside: dict[str, BinaryIO] = {}
        self._digest: str | None = None
        weakref.finalize(self, _close, self._source, self._aside)

    @property
    def info(self) -> SourceInfo:
        """How the source was understood."""
        return self._source.info

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets that people see and that can hold records."""
        found = [one for one in self._source.sheets if one.has_rows and one.name != OPTIONS_SHEET]
        return tuple(one for one in found if one.visible)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the sheets that are passed over because nobody sees them."""
        return tuple(
            one.name
            for one in self._source.sheets
            if one.has_rows and not one.visible and one.name != OPTIONS_SHEET
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        if self._digest is None:
            self._digest = self._source.digest()
        return self._digest

    def merged(self, sheet: str, last_row: int) -> tuple[MergedRange, ...]:
        """The merged ranges that begin at `last_row` or above."""
        return self._source.merged(sheet, last_row=last_row)

    def top(self, sheet: str) -> Iterator[Row]:
        """The rows from the top, for finding the header; nothing is put aside."""
        return map(_unguarded, self._source.rows(sheet))

    def rows(self, sheet: str, below: int = 0) -> Iterator[Row]:
        """The rows below row `below`; merged cells carry their value down."""
        if self.info.format != "xlsx":
            rows: Iterable[Row] = map(_unguarded_text, self._source.rows(sheet, fill="down"))
        elif sheet in self._aside:
            rows = _read(self._aside[sheet])
        else:
            rows = self._putting_aside(sheet)
        for row in rows:
            if row.number > below:
                yield row

    def _putting_aside(self, sheet: str) -> Iterator[Row]:
        file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - closed with this book
        for row in map(_unguarded, self._source.rows(sheet, fill="down")):
            file.write(b"%d " % row.number + to_json(row.cells).encode() + b"\n")
            yield row
        # Only a sheet that was read to its end is complete.
        self._aside[sheet] = file

    def close(self) -> None:
        """Let go of files."""
        _close(self._source, self._aside)


def _close(source: RowSource, aside: dict[str, BinaryIO]) -> None:
    source.close()
    for file in aside.values():
        file.close()
    aside.clear()


def _read(file: BinaryIO) -> Iterator[Row]:
    position = 0
    while True:
        # Others may read the same file: every reader keeps its own place.
        file.seek(position)
        lines = file.readlines(1_000_000)
        position = file.tell()
        if not lines:
            return
        for line in lines:
            number, _, cells = line.partition(b" ")
            yield Row(int(number), from_json(cells))


def _unguarded_text(row: Row) -> Row:
    # Rows of text files are many and rarely guarded: one look at all of their cells.
    try:
        is_plain = ",'" not in "," + ",".join(filter(None, row.cells))  # type: ignore[arg-type]
    except TypeError:
        is_plain = False
    return row if is_plain else _unguarded(row)


def _unguarded(row: Row) -> Row:
    for cell in row.cells:
        if type(cell) is str and cell[:1] == _GUARD:
            return Row(row.number, tuple(map(_plain, row.cells)))
    return row


def _plain(cell: Cell) -> Cell:
    return unguard(cell) if isinstance(cell, str) else cell
