"""Tables of mappings: kept where they are, or put aside in a file when they pass only once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from crmcore.errors import SourceError
from crmcore.importing.sources.content import Content
from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.plain import from_json, plain_cell, to_json
from crmcore.importing.sources.values import Cell, column_name

_FIRST_RECORD_ROW = 2


class Table(Protocol):
    """Records as tuples of cells in the order of `header`, again and again."""

    @property
    def header(self) -> tuple[str, ...]:
        """The keys of all records, in the order in which they are first met."""
        ...

    def __len__(self) -> int: ...

    def records(self) -> Iterator[tuple[Cell, ...]]:
        """All records; those without a later key are shorter."""
        ...

    def close(self) -> None:
        """Remove what was put aside."""
        ...


class _Header:
    """Collects keys and lays records out in their order."""

    def __init__(self, file: str, sheet: str, limits: Limits) -> None:
        self.positions: dict[str, int] = {}
        self._file, self._sheet, self._limits = file, sheet, limits

    def cells(self, record: object, row: int) -> tuple[Cell, ...]:
        """`record` as cells. Raises `SourceError` for what is no mapping of names to cells."""
        if not isinstance(record, Mapping):
            raise SourceError(
                "record_not_mapping", file=self._file, row=row, type=type(record).__name__
            )
        cells: list[Cell] = [None] * len(self.positions)
        for key, value in record.items():
            position = self.positions.get(key)
            if position is None:
                position = self._add(key, row)
                cells.append(None)
            try:
                cells[position] = plain_cell(value)
            except TypeError as error:
                raise SourceError(
                    "record_value", file=self._file, row=row, column=key, type=str(error)
                ) from error
        return tuple(cells)

    def _add(self, key: object, row: int) -> int:
        if not isinstance(key, str):
            raise SourceError("record_key", file=self._file, row=row, type=type(key).__name__)
        position = len(self.positions)
        if position == self._limits.columns:
            raise SourceError(
                "sheet_columns",
                file=self._file,
                sheet=self._sheet,
                row=row,
                column=column_name(position),
                limit=self._limits.columns,
            )
        self.positions[key] = position
        return position


class HeldTable:
    """Records of a sequence, read where they are."""

    def __init__(
        self, records: Sequence[Mapping[str, object]], file: str, sheet: str, limits: Limits
    ) -> None:
        self._records = tuple(records)
        self._header = _Header(file, sheet, limits)
        for _ in self.records():
            # Meets all keys, and whatever is wrong with a record, before the first is used.
            pass
        self.header = tuple(self._header.positions)

    def __len__(self) -> int:
        return len(self._records)

    def records(self) -> Iterator[tuple[Cell, ...]]:
        """The records as cells."""
        for row, record in enumerate(self._records, _FIRST_RECORD_ROW):
            yield self._header.cells(record, row)

    def close(self) -> None:
        """Nothing was put aside."""


class PassingTable:
    """Records of an iterator, copied to a temporary file while they pass."""

    def __init__(
        self, records: Iterable[Mapping[str, object]], file: str, sheet: str, limits: Limits
    ) -> None:
        header = _Header(file, sheet, limits)
        lines = _EncodedLines(records, header)
        self._content = Content.of_stream(lines, file, limits)
        self._count = lines.count
        self.header = tuple(header.positions)

    def __len__(self) -> int:
        return self._count

    def records(self) -> Iterator[tuple[Cell, ...]]:
        """The records as cells."""
        with self._content.open() as lines:
            for line in lines:
                yield from_json(line)

    def close(self) -> None:
        """Remove the temporary file."""
        self._content.close()


class _EncodedLines:
    """Records as a stream of lines in JSON."""

    def __init__(self, records: Iterable[Mapping[str, object]], header: _Header) -> None:
        self.count = 0
        self._records = iter(records)
        self._header = header

    def read(self, size: int, /) -> bytes:
        """About `size` bytes of whole lines, none at the end."""
        batch = bytearray()
        for record in self._records:
            cells = self._header.cells(record, self.count + _FIRST_RECORD_ROW)
            self.count += 1
            batch += to_json(cells).encode() + b"\n"
            if len(batch) >= size:
                break
        return bytes(batch)
