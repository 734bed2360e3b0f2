"""Rows as pandas and Polars frames, built column by column from Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from crmcore.errors import MissingExtra
from crmcore.kinds import Choice, MultiChoice, Text
from crmcore.tables.arrow import ROWS_AT_ONCE, ArrowColumn, Column, arrow_reader, load_arrow
from crmcore.tables.columns import TableColumn
from crmcore.tables.rows import Values, columnwise, in_even_batches
from crmcore.tables.shown import Presentation, named, option_texts

if TYPE_CHECKING:
    import pandas
    import polars

_EXACT_IN_FLOATS: Final = 2**53
_LARGEST_EXACT_POWER: Final = 22
_OBJECT_SHAPES: Final = frozenset({"codes", "json", "money"})


def pandas_frame(
    columns: Sequence[TableColumn],
    batches: Iterable[tuple[Values, ...]],
    present: Presentation,
    *,
    exact: bool,
    codes: bool,
) -> pandas.DataFrame:
    """The frame of `Table.to_pandas`; raises `MissingExtra`, and `Invalid` for a wrong value."""
    load_arrow()
    try:
        import pandas
    except ImportError as error:
        raise MissingExtra("missing_extra", package="pandas", extra="notebook") from error
    parts = [_part(column, present, exact=exact, codes=codes) for column in columns]
    count = 0
    for rows in in_even_batches(batches, ROWS_AT_ONCE):
        count += len(rows)
        for part, values in zip(parts, columnwise(rows, len(parts)), strict=True):
            part.add(values)
    # Each part lets go of its chunks as it becomes a series.
    series = {part.builder.column.name: part.series() for part in parts}
    return pandas.DataFrame(series, index=pandas.RangeIndex(count), copy=False)


def polars_frame(
    columns: Sequence[TableColumn], batches: Iterable[tuple[Values, ...]], zone: str
) -> polars.DataFrame:
    """The frame of `Table.to_polars`; raises `MissingExtra`, and `Invalid` for a wrong value."""
    load_arrow()
    try:
        import polars
    except ImportError as error:
        raise MissingExtra("missing_extra", package="polars", extra="polars") from error
    choices = {
        one.name: one.kind
        for one in columns
        if isinstance(one.kind, Choice) and not isinstance(one.kind, MultiChoice)
    }
    # Choices travel as text: not every version reads dictionaries that grow on the way.
    plain = [evolve(one, kind=Text()) if one.name in choices else one for one in columns]
    stream = _Stream(arrow_reader(plain, batches))
    try:
        frame = polars.DataFrame(stream)
    except BaseException:
        if stream.failure is not None:
            raise stream.failure from None
        raise
    changed = [
        polars.col(one.name).dt.convert_time_zone(zone)
        for one in columns
        if one.kind.shape == "instant"
    ]
    for name, kind in choices.items():
        found = frame[name].unique().drop_nulls().sort()
        codes = list(dict.fromkeys((*kind.positions, *found)))
        changed.append(polars.col(name).cast(polars.Enum(codes)))
    return frame.with_columns(changed)


class _Stream:
    """An Arrow stream that remembers why it failed: Polars tells but the text of an error."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self.failure: Exception | None = None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        kind = type(self._reader)
        reader = kind.from_batches(self._reader.schema, self._batches())
        return reader.__arrow_c_stream__(requested_schema)

    def _batches(self) -> Iterator[Any]:
        try:
            yield from self._reader
        except Exception as error:
            self.failure = error
            raise


class _Part:
    """Gathers one column chunk by chunk and becomes a series in the end."""

    def __init__(self, column: TableColumn) -> None:
        self.builder = ArrowColumn(column)
        self._chunks: list[Any] = []

    def add(self, values: Column) -> None:
        self._chunks.append(self.builder.build(values))

    def series(self) -> Any:
        import pandas

        arrow = load_arrow()
        chunks, self._chunks = self._chunks, []
        whole = arrow.chunked_array(chunks, type=self._type())
        del chunks
        types = {arrow.int64(): pandas.Int64Dtype(), arrow.bool_(): pandas.BooleanDtype()}
        text = pandas.Series([], dtype=str).dtype
        if isinstance(text, pandas.StringDtype):
            # Unasked, a column without any text would not become one of texts.
            types[arrow.utf8()] = text
        return whole.to_pandas(types_mapper=types.get, date_as_object=False)

    def _type(self) -> Any:
        return self.builder.type


class _Instants(_Part):
    """Instants in the zone of the table."""

    def __init__(self, column: TableColumn, zone: str) -> None:
        super().__init__(column)
        self._zoned = load_arrow().timestamp("ms", tz=zone)

    def add(self, values: Column) -> None:
        self._chunks.append(self.builder.build(values).view(self._zoned))

    def _type(self) -> Any:
        return self._zoned


class _Named(_Part):
    """Titles of linked records, as text."""

    def __init__(self, column: TableColumn, name: Callable[[object], object]) -> None:
        super().__init__(column)
        self._name = name

    def add(self, values: Column) -> None:
        name = self._name
        super().add([None if value is None else name(value) for value in values])


class _Floats(_Part):
    """Decimals as the nearest floats."""

    def add(self, values: Column) -> None:
        self._chunks.append(nearest_floats(self.builder.build(values), self.builder.type.scale))

    def series(self) -> Any:
        import numpy
        import pandas

        chunks, self._chunks = self._chunks, []
        return pandas.Series(numpy.concatenate([numpy.empty(0), *chunks]), copy=False)


class _Categories(_Part):
    """Choices as an ordered categorical; its categories are labels, or codes if asked."""

    def __init__(self, column: TableColumn, texts: dict[str, str]) -> None:
        super().__init__(column)
        self._texts = texts
        self._known: Any = None

    def add(self, values: Column) -> None:
        array = self.builder.build(values)
        self._known = array.dictionary
        self._chunks.append(array.indices.fill_null(-1).to_numpy())

    def series(self) -> Any:
        import numpy
        import pandas

        known = self.builder.build([]).dictionary if self._known is None else self._known
        # A code that the options do not know may look like the label of one that they do.
        taken = set(self._texts.values())
        categories = [
            self._texts.get(code, f"{code} (?)" if code in taken else code)
            for code in known.to_pylist()
        ]
        chunks, self._chunks = self._chunks, []
        positions = numpy.concatenate([numpy.empty(0, "int32"), *chunks])
        return pandas.Series(pandas.Categorical.from_codes(positions, categories, ordered=True))


class _Objects(_Part):
    """Python objects, for what neither numpy nor Arrow computes with."""

    def __init__(self, column: TableColumn, change: Callable[[object], object] | None) -> None:
        super().__init__(column)
        self._change = change

    def add(self, values: Column) -> None:
        change = self._change
        if change is not None:
            values = [None if value is None else change(value) for value in values]
        self._chunks.extend(values)

    def series(self) -> Any:
        import numpy
        import pandas

        chunks, self._chunks = self._chunks, []
        found = numpy.empty(len(chunks), dtype=object)
        found[:] = chunks
        return pandas.Series(found, dtype=object, copy=False)


def _part(column: TableColumn, present: Presentation, *, exact: bool, codes: bool) -> _Part:
    kind = column.kind
    name = named(column, present, codes=codes)
    if kind.shape in _OBJECT_SHAPES:
        return _Objects(column, name)
    if isinstance(kind, Choice):
        return _Categories(column, {} if codes else option_texts(kind, present.language))
    if name is not None:
        return _Named(column, name)
    if kind.shape == "instant":
        return _Instants(column, str(present.zone))
    if kind.shape == "scaled":
        return _Objects(column, None) if exact else _Floats(column)
    return _Part(column)


def nearest_floats(decimals: Any, scale: int) -> Any:
    """The floats nearest to an array of decimal128, as numpy; empty becomes NaN.

    Arrow's own cast is off by a last digit in a third of all cases.
    """
    import numpy

    words = numpy.frombuffer(decimals.buffers()[1], dtype="<i8")
    words = words.reshape(-1, 2)[decimals.offset : decimals.offset + len(decimals)]
    low, high = words[:, 0], words[:, 1]
    known = decimals.is_valid().to_numpy(zero_copy_only=False)
    # Both a whole number below 2**53 and a power of ten up to 22 are floats, so that
    # one division rounds once.
    small = (high == low >> 63) & (numpy.abs(low) < _EXACT_IN_FLOATS)
    small &= scale <= _LARGEST_EXACT_POWER
    found = low / 10.0**scale
    found[~known] = numpy.nan
    for position in numpy.flatnonzero(known & ~small):
        value: Decimal = decimals[int(position)].as_py()
        found[position] = float(value)
    return found
