"""Rows of a table, held or streamed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from operator import itemgetter

from crmcore.errors import Invalid
from crmcore.tables.columns import ColumnIndex

Values = tuple[object, ...]
"""The values of one row, in the order of the columns."""

Batch = Sequence[Values]

OpenBatches = Callable[[], Iterable[Batch]]
"""Starts a new reading of all rows."""


class Row(Mapping[str, object]):
    """One row as a mapping: by name or label; iterating gives the names."""

    __slots__ = ("_index", "_values")

    def __init__(self, index: ColumnIndex, values: Values) -> None:
        self._index = index
        self._values = values

    def __getitem__(self, name: str) -> object:
        return self._values[self._index[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.names)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(dict(self))


def checked(batches: Iterable[Batch], width: int) -> Iterator[tuple[Values, ...]]:
    """The batches that hold something, as tuples of tuples; raises `Invalid` for a wrong width."""
    before = 0
    for batch in batches:
        rows = tuple(batch)
        if not rows:
            continue
        if set(map(type, rows)) != {tuple}:
            rows = tuple(tuple(row) for row in rows)
        if set(map(len, rows)) != {width}:
            number, row = next((n, row) for n, row in enumerate(rows, 1) if len(row) != width)
            raise Invalid("table_row_width", row=before + number, found=len(row), expected=width)
        before += len(rows)
        yield rows


class HeldRows:
    """Rows that are at hand, in the batches in which they came."""

    __slots__ = ("_batches", "_ends")

    def __init__(self, batches: Iterable[tuple[Values, ...]]) -> None:
        self._batches = tuple(batches)
        self._ends = list(accumulate(map(len, self._batches)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def batches(self) -> Iterator[tuple[Values, ...]]:
        """All rows, batch by batch."""
        return iter(self._batches)

    def row(self, position: int) -> Values:
        """The row at `position`, which may count from the end; raises `IndexError`."""
        count = len(self)
        if position < 0:
            position += count
        if not 0 <= position < count:
            raise IndexError("there is no such row")
        found = bisect_right(self._ends, position)
        batch = self._batches[found]
        return batch[position - self._ends[found] + len(batch)]

    def part(self, wanted: slice) -> HeldRows:
        """The rows of a slice."""
        positions = range(len(self))[wanted]
        return HeldRows([tuple(map(self.row, positions))] if positions else [])


class StreamedRows:
    """Rows that are read anew each time, and never held all at once."""

    __slots__ = ("_open", "_width")

    def __init__(self, open_batches: OpenBatches, width: int) -> None:
        self._open = open_batches
        self._width = width

    def batches(self) -> Iterator[tuple[Values, ...]]:
        """All rows, batch by batch, in a new reading."""
        return checked(self._open(), self._width)


def first_rows(batches: Iterator[tuple[Values, ...]], limit: int) -> list[Values]:
    """At most `limit` rows; the reading is closed."""
    found: list[Values] = []
    try:
        while len(found) < limit and (batch := next(batches, None)) is not None:
            found.extend(islice(batch, limit - len(found)))
    finally:
        close = getattr(batches, "close", None)
        if close is not None:
            close()
    return found


def in_even_batches(batches: Iterable[tuple[Values, ...]], size: int) -> Iterator[Sequence[Values]]:
    """The same rows in batches of about `size`: small ones joined, large ones cut."""
    waiting: list[Values] = []
    for batch in batches:
        if waiting or len(batch) < size:
            waiting.extend(batch)
            if len(waiting) >= size:
                yield waiting
                waiting = []
        elif len(batch) < 2 * size:
            yield batch
        else:
            yield from (batch[start : start + size] for start in range(0, len(batch), size))
    if waiting:
        yield waiting


def columnwise(rows: Sequence[Values], width: int) -> Iterator[list[object]]:
    """The values of each column."""
    # Not zip(*rows): an iterator for each row sets off full garbage collections.
    return (list(map(itemgetter(place), rows)) for place in range(width))
