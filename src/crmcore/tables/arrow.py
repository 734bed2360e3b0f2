"""Rows as Arrow: every column by its declared kind, never by what its first rows hold.

Decimals are decimal128 with the field's scale (18 digits; 38 for measures, which are sums),
instants timestamp[ms, UTC], choices a dictionary of codes in the order of the options, sets
list<utf8>, money of any currency a struct of amount and currency (a list of them for measures),
times of day time32[s], durations duration[ms], JSON and ids utf8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from crmcore.errors import Invalid, MissingExtra
from crmcore.kinds import Choice, Json, Money, MultiChoice
from crmcore.kinds.reference import canonical_json
from crmcore.tables.columns import TableColumn
from crmcore.tables.rows import Values, columnwise, in_even_batches

if TYPE_CHECKING:
    import pyarrow

Column = Sequence[object]
"""The values of one column in one batch."""

ROWS_AT_ONCE: Final = 4_096
"""Rows that are converted together; no more than these are Python objects at a time."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RECORD_DIGITS: Final = 18
_SUM_DIGITS: Final = 38
_MONEY_SCALE: Final = 4


def load_arrow() -> Any:
    """The module pyarrow; raises `MissingExtra`."""
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtra("missing_extra", package="pyarrow", extra="notebook") from error
    return pyarrow


class ArrowColumn:
    """Builds the arrays of one column; raises `Invalid` for what its type cannot hold."""

    __slots__ = ("_make", "column", "type")

    def __init__(self, column: TableColumn) -> None:
        self.column = column
        self.type, self._make = _maker(column)

    def build(self, values: Column) -> Any:
        """The array of `values`."""
        arrow = load_arrow()
        try:
            return self._make(values)
        except (arrow.ArrowException, TypeError, OverflowError, AttributeError):
            # Not `from` the error of Arrow, which shows the value.
            raise Invalid("table_value_type", name=self.column.name, type=str(self.type)) from None


def arrow_reader(
    columns: Sequence[TableColumn], batches: Iterable[tuple[Values, ...]]
) -> pyarrow.RecordBatchReader:
    """A stream that converts each batch when it is asked for; no row outlives its batch.

    The schema carries names, with labels and kinds as metadata. Raises `MissingExtra`, and
    while reading `Invalid` (`table_value_type`).
    """
    arrow = load_arrow()
    builders = [ArrowColumn(column) for column in columns]
    schema = arrow.schema(
        [arrow.field(one.column.name, one.type, metadata=_metadata(one.column)) for one in builders]
    )
    return arrow.RecordBatchReader.from_batches(schema, _record_batches(builders, schema, batches))


def _metadata(column: TableColumn) -> dict[str, str]:
    found = {"kind": column.kind.name, "role": column.role}
    if column.label.zh:
        found["label.zh"] = column.label.zh
    if column.label.en:
        found["label.en"] = column.label.en
    return found


def _record_batches(
    builders: Sequence[ArrowColumn], schema: Any, batches: Iterable[tuple[Values, ...]]
) -> Iterator[pyarrow.RecordBatch]:
    arrow = load_arrow()
    for rows in in_even_batches(batches, ROWS_AT_ONCE):
        if builders:
            columns = columnwise(rows, len(builders))
            arrays = [one.build(values) for one, values in zip(builders, columns, strict=True)]
            yield arrow.RecordBatch.from_arrays(arrays, schema=schema)
        else:
            nothing = arrow.array([{}] * len(rows), arrow.struct([]))
            yield arrow.RecordBatch.from_struct_array(nothing)


def _maker(column: TableColumn) -> tuple[Any, Callable[[Column], Any]]:
    arrow = load_arrow()
    kind = column.kind
    if isinstance(kind, Choice) and not isinstance(kind, MultiChoice):
        return _choice_maker(kind)
    if isinstance(kind, Json):
        return arrow.utf8(), lambda values: arrow.array(
            [None if value is None else canonical_json(kind, value) for value in values],
            arrow.utf8(),
        )
    if kind.shape == "instant":
        return _instant_maker()
    digits = _SUM_DIGITS if column.role == "measure" else _RECORD_DIGITS
    if kind.shape == "money":
        return _money_maker(column.role == "measure")
    types: Mapping[str, Any] = {
        "text": arrow.utf8(),
        "typed": arrow.utf8(),
        "id": arrow.utf8(),
        "integer": arrow.int64(),
        "scaled": arrow.decimal128(digits, kind.scale),
        "boolean": arrow.bool_(),
        "date": arrow.date32(),
        "minutes": arrow.time32("s"),
        "milliseconds": arrow.duration("ms"),
        "codes": arrow.list_(arrow.utf8()),
    }
    return _plain_maker(types[kind.shape])


def _plain_maker(kind: Any) -> tuple[Any, Callable[[Column], Any]]:
    arrow = load_arrow()
    return kind, lambda values: arrow.array(values, kind)


class _Positions(dict[object, int | None]):
    """Code → position in the options; a code unknown to them is added at the end."""

    def __missing__(self, code: object) -> int:
        position = self[code] = len(self) - 1
        return position


def _choice_maker(kind: Choice) -> tuple[Any, Callable[[Column], Any]]:
    arrow = load_arrow()
    # Not the field's own dictionary: what another revision of the schema knew may turn up.
    positions = _Positions()
    positions.update(kind.positions)
    positions[None] = None
    found = arrow.dictionary(arrow.int32(), arrow.utf8(), ordered=True)

    def make(values: Column) -> Any:
        indices = arrow.array(list(map(positions.__getitem__, values)), arrow.int32())
        codes = arrow.array([code for code in positions if code is not None], arrow.utf8())
        return arrow.DictionaryArray.from_arrays(indices, codes, ordered=True)

    return found, make


def _instant_maker() -> tuple[Any, Callable[[Column], Any]]:
    arrow = load_arrow()
    instants = arrow.timestamp("ms", tz="UTC")

    def make(values: Column) -> Any:
        # Four times as fast as converting aware datetimes one by one.
        since = [None if value is None else value - _EPOCH for value in values]  # type: ignore[operator]
        return arrow.array(since, arrow.duration("ms")).view(instants)

    return instants, make


def _money_maker(many: bool) -> tuple[Any, Callable[[Column], Any]]:
    arrow = load_arrow()
    amount = arrow.decimal128(_SUM_DIGITS if many else _RECORD_DIGITS, _MONEY_SCALE)
    one = arrow.struct([("amount", amount), ("currency", arrow.utf8())])
    if not many:
        return one, lambda values: arrow.array([_parts(value) for value in values], one)

    def make(values: Column) -> Any:
        return arrow.array(
            [
                None if value is None else [_parts(each) for each in _several(value)]
                for value in values
            ],
            arrow.list_(one),
        )

    return arrow.list_(one), make


def _several(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else (value,)


def _parts(value: object) -> dict[str, object] | None:
    if value is None:
        return None
    if not isinstance(value, Money):
        raise TypeError("not money")
    return {"amount": value.amount, "currency": value.currency}
