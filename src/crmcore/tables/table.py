"""Table: the rows of an answer, shown to people and handed to programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn, overload
from zoneinfo import ZoneInfo

from crmcore.errors import Language
from crmcore.kinds.temporal import zone_of
from crmcore.tables.columns import ColumnIndex, TableColumn
from crmcore.tables.rows import (
    Batch,
    HeldRows,
    OpenBatches,
    Row,
    StreamedRows,
    Values,
    checked,
    first_rows,
)
from crmcore.tables.shown import Presentation, named

# What shows, draws and writes is imported where it is used: importing crmcore stays light.
if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from crmcore.sheets import CsvEncoding, Target
    from crmcore.tables.plots import Chart, ChartKind

_ROWS_IN_TEXT: Final = 10
_ROWS_IN_HTML: Final = 50
_NO_TITLES: Final[Mapping[str, str]] = MappingProxyType({})


class Table:
    """Rows and columns of an answer: a sequence of mappings that never changes.

    `columns` says what each column is, `language` in which language labels are shown, `zone`
    in which IANA zone instants are. Tables are equal if their columns and rows are.

    A streamed table reads its rows anew for everything that passes them on (`rows`, iteration,
    Arrow, frames, files) and holds no more than a batch; what needs rows at hand (`len`,
    an index, `==`) reads and keeps them.
    """

    # No `Sequence` by inheritance: Polars would then read rows, and not see the Arrow stream.

    __slots__ = ("_index", "_source", "_titles", "columns", "language", "zone")
    columns: tuple[TableColumn, ...]
    language: Language
    zone: str
    _index: ColumnIndex
    _source: HeldRows | StreamedRows
    _titles: Mapping[str, str]

    def __init__(
        self,
        columns: Iterable[TableColumn],
        source: HeldRows | OpenBatches,
        titles: Mapping[str, str] | None,
        language: Language,
        zone: str,
    ) -> None:
        found = tuple(columns)
        zone_of(zone)
        held = source if isinstance(source, HeldRows) else StreamedRows(source, len(found))
        put = object.__setattr__
        put(self, "columns", found)
        put(self, "language", language)
        put(self, "zone", zone)
        put(self, "_index", ColumnIndex(found))
        put(self, "_source", held)
        put(self, "_titles", _NO_TITLES if titles is None else titles)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("tables are immutable")

    @classmethod
    def from_batches(
        cls,
        columns: Iterable[TableColumn],
        batches: Iterable[Batch],
        *,
        titles: Mapping[str, str] | None = None,
        language: Language = "zh",
        zone: str = "UTC",
    ) -> Table:
        """A table that holds the rows of `batches`: value tuples in the order of `columns`.

        Values are normal forms of the columns' kinds. `titles` maps ids of linked records to
        what people call them. Raises `Invalid`: `table_column_repeated`, `table_row_width`,
        `unknown_zone`.
        """
        found = tuple(columns)
        return cls(found, HeldRows(checked(batches, len(found))), titles, language, zone)

    @classmethod
    def stream(
        cls,
        columns: Iterable[TableColumn],
        open_batches: OpenBatches,
        *,
        titles: Mapping[str, str] | None = None,
        language: Language = "zh",
        zone: str = "UTC",
    ) -> Table:
        """A table that reads its rows when they are needed; each call of `open_batches` must
        begin a reading of the same rows.

        The other arguments, and what is raised, are those of `from_batches`; rows are checked
        as they are read.
        """
        return cls(columns, open_batches, titles, language, zone)

    def __len__(self) -> int:
        return len(self._held())

    @overload
    def __getitem__(self, position: int) -> Row: ...
    @overload
    def __getitem__(self, position: slice) -> Table: ...
    def __getitem__(self, position: int | slice) -> Row | Table:
        held = self._held()
        if isinstance(position, slice):
            return self._like(held.part(position))
        return Row(self._index, held.row(position))

    def __iter__(self) -> Iterator[Row]:
        index = self._index
        return (Row(index, values) for values in self.rows())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return (
            self.columns == other.columns
            and len(self) == len(other)
            and all(map(tuple.__eq__, self.rows(), other.rows()))
        )

    __hash__ = None  # type: ignore[assignment]

    def column(self, name: str) -> tuple[object, ...]:
        """The values of the column with that name or label; raises `UnknownColumn`."""
        position = self._index[name]
        return tuple(row[position] for row in self.rows())

    def rows(self) -> Iterator[Values]:
        """The rows as tuples, in the order of `columns`."""
        return (row for batch in self._source.batches() for row in batch)

    def head(self, n: int = 5) -> Table:
        """The first `n` rows, held; of a streamed table no more is read."""
        return self._like(HeldRows([tuple(first_rows(self._source.batches(), max(n, 0)))]))

    def plot(
        self, kind: ChartKind | None = None, *, measure: str | None = None, title: str = ""
    ) -> Chart:
        """A chart of a summary: `kind`, or a line over dates, else bars.

        Draws `measure` (the first unless named) over the first dimension; further dimensions
        make series. A funnel shows choices in the order of their options. Raises `Invalid`
        (`plot_no_measure`, `plot_funnel_dimensions`), `UnknownColumn`, and
        `CapacityExceeded` (`plot_too_large`).
        """
        from crmcore.tables.plots import draw

        position = None if measure is None else self._index[measure]
        return draw(self.columns, self.rows(), self._presentation(), kind, position, title)

    def to_arrow(self) -> pyarrow.Table:
        """An exact `pyarrow.Table`, typed by the columns' kinds; see `crmcore.tables.arrow`.

        Raises `MissingExtra` (notebook), `Invalid` (`table_value_type`).
        """
        from crmcore.tables import arrow

        return arrow.arrow_reader(self.columns, self._source.batches()).read_all()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        from crmcore.tables import arrow

        reader = arrow.arrow_reader(self.columns, self._source.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def to_pandas(self, exact: bool = False, *, codes: bool = False) -> pandas.DataFrame:
        """A pandas frame of what people compute with.

        Choices are ordered categoricals of labels in the order of the options, decimals and
        money of one currency `float64` (with `exact` `Decimal` objects), integers `Int64`,
        booleans `boolean`, dates `datetime64`, instants in the table's zone, durations
        `timedelta64`, sets tuples, links titles where they are known. With `codes` choices
        are codes and links ids, which are safe to join and group by.
        Raises `MissingExtra` (notebook), `Invalid` (`table_value_type`).
        """
        from crmcore.tables import frames

        return frames.pandas_frame(
            self.columns, self._source.batches(), self._presentation(), exact=exact, codes=codes
        )

    def to_polars(self) -> polars.DataFrame:
        """A Polars frame with the types of `to_arrow`, instants in the table's zone.

        Choices are an `Enum` of codes in the order of the options.
        Raises `MissingExtra` (polars, notebook), `Invalid` (`table_value_type`).
        """
        from crmcore.tables import frames

        return frames.polars_frame(self.columns, self._source.batches(), self.zone)

    def to_dicts(self, labels: bool = False) -> list[dict[str, object]]:
        """The rows as dicts of values by name.

        With `labels`, keys are labels as in the header of a file, choices are shown by label
        and links by title.
        """
        if not labels:
            names = self._index.names
            return [dict(zip(names, row, strict=True)) for row in self.rows()]
        from crmcore.tables import files

        heads = files.headers(self.columns, self.language)
        makers = [named(column, self._presentation()) for column in self.columns]
        return [
            {
                head: value if value is None or make is None else make(value)
                for head, value, make in zip(heads, row, makers, strict=True)
            }
            for row in self.rows()
        ]

    @overload
    def to_csv(self, target: None = None, *, encoding: CsvEncoding = ...) -> str: ...
    @overload
    def to_csv(self, target: Target, *, encoding: CsvEncoding = ...) -> None: ...
    def to_csv(
        self, target: Target | None = None, *, encoding: CsvEncoding = "utf-8-sig"
    ) -> str | None:
        """Writes a CSV file for people and for import; without a target, returns its text.

        Headers are labels, choices are shown by label, links by title, instants with their
        offset; text that looks like a formula is guarded. Raises `Invalid` (`text_encoding`).
        """
        from crmcore.tables import files

        batches, present = self._source.batches(), self._presentation()
        if target is None:
            return files.csv_text(self.columns, batches, present)
        files.csv_file(target, self.columns, batches, present, encoding)
        return None

    def to_xlsx(self, target: Target, *, sheet: str | None = None) -> None:
        """Writes a workbook for people and for import: like `to_csv`, but typed.

        Instants are the wall times of the table's zone, without offset. Raises
        `CapacityExceeded` for more than a sheet holds.
        """
        from crmcore.tables import files

        batches, present = self._source.batches(), self._presentation()
        files.xlsx_file(target, self.columns, batches, present, sheet)

    def __repr__(self) -> str:
        from crmcore.tables.plaintext import extent, text_table

        rows = first_rows(self._source.batches(), _ROWS_IN_TEXT + 1)
        lines = text_table(self.columns, rows[:_ROWS_IN_TEXT], self._presentation())
        held = isinstance(self._source, HeldRows)
        count = len(self) if held or len(rows) <= _ROWS_IN_TEXT else None
        size = extent(min(len(rows), _ROWS_IN_TEXT), count, len(self.columns), self.language)
        return "\n".join([*lines, size])

    def _repr_html_(self) -> str:
        from crmcore.tables.html import html_table

        shown: list[Values] = []
        count = 0
        for batch in self._source.batches():
            shown.extend(batch[: _ROWS_IN_HTML - len(shown)])
            count += len(batch)
        return html_table(self.columns, shown, count, self._presentation())

    def _held(self) -> HeldRows:
        source = self._source
        if isinstance(source, StreamedRows):
            source = HeldRows(source.batches())
            object.__setattr__(self, "_source", source)
        return source

    def _like(self, rows: HeldRows) -> Table:
        return Table(self.columns, rows, self._titles, self.language, self.zone)

    def _presentation(self) -> Presentation:
        return Presentation(self.language, self._titles, ZoneInfo(self.zone))
