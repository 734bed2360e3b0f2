"""Tables as Arrow: exact, typed by kind, a fresh stream each time."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from tests.tables.samples import ALL_COLUMNS, STAGE, Rows, contents, flat, table_of

from crmcore.errors import Invalid, MissingExtra, Stale
from crmcore.kinds import (
    AnyMoney,
    Choice,
    Date,
    DecimalKind,
    Duration,
    Integer,
    Json,
    Kind,
    Labels,
    Money,
    Text,
)
from crmcore.kinds.reference import canonical_json
from crmcore.tables import Table, TableColumn

Contents = tuple[list[TableColumn], list[Rows]]

TYPES = {
    "text": pa.utf8(),
    "long_text": pa.utf8(),
    "email": pa.utf8(),
    "phone": pa.utf8(),
    "integer": pa.int64(),
    "money": pa.decimal128(18, 2),
    "percent": pa.decimal128(18, 1),
    "rating": pa.decimal128(18, 0),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("ms", tz="UTC"),
    "wall_time": pa.time32("s"),
    "duration": pa.duration("ms"),
    "choice": pa.dictionary(pa.int32(), pa.utf8(), ordered=True),
    "multi_choice": pa.list_(pa.utf8()),
    "link": pa.utf8(),
    "multi_link": pa.list_(pa.utf8()),
    "any_money": pa.struct([("amount", pa.decimal128(18, 4)), ("currency", pa.utf8())]),
    "json": pa.utf8(),
}


def _expected(kind: Kind, value: object) -> object:
    """What Arrow gives back for a value."""
    if value is None:
        return None
    if isinstance(kind, Json):
        return canonical_json(kind, value)
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    return list(value) if isinstance(value, tuple) else value


def _read(table: Any) -> list[dict[str, object]]:
    return pa.RecordBatchReader.from_stream(table).read_all().to_pylist()  # type: ignore[no-any-return]


@given(contents())
@example((list(ALL_COLUMNS), [[(None,) * len(ALL_COLUMNS)] * 3]))
def test_arrow_holds_exactly_the_values(given_: Contents) -> None:
    columns, batches = given_
    table = table_of(columns, batches)
    expected = [
        {
            column.name: _expected(column.kind, value)
            for column, value in zip(columns, row, strict=True)
        }
        for row in flat(batches)
    ]
    assert table.to_arrow().num_rows == len(expected)
    if columns:
        assert table.to_arrow().to_pylist() == expected
        assert _read(table) == _read(table) == expected
        assert _read(Table.stream(columns, lambda: iter(batches))) == expected


@given(contents())
def test_types_follow_from_the_columns_alone(given_: Contents) -> None:
    columns, batches = given_
    schema = table_of(columns, batches).to_arrow().schema
    assert schema == table_of(columns, []).to_arrow().schema
    for column in columns:
        if column.kind.name != "decimal":
            assert schema.field(column.name).type == TYPES[column.kind.name]
        else:
            assert schema.field(column.name).type == pa.decimal128(18, column.kind.scale)


@pytest.mark.parametrize("size", [1, 700, 4_096, 5_000, 20_000])
def test_batches_of_any_size_become_chunks_of_a_few_thousand(size: int) -> None:
    rows: Rows = [(n,) for n in range(20_000)]
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    found = Table.from_batches([TableColumn("n", None, Integer())], batches).to_arrow()["n"]
    assert found.to_pylist() == list(range(20_000))
    assert all(1_000 <= len(chunk) < 10_000 for chunk in found.chunks[:-1])
    assert 2 <= found.num_chunks <= 20


def test_labels_and_kinds_travel_along() -> None:
    table = Table.from_batches([TableColumn("stage", Labels("阶段", "Stage"), STAGE)], [])
    found = table.to_arrow().schema.field("stage").metadata
    assert found == {
        b"kind": b"choice", b"role": b"value", b"label.zh": "阶段".encode(), b"label.en": b"Stage",
    }  # fmt: skip


def test_a_column_that_begins_empty_keeps_its_type() -> None:
    rows: Rows = [(None,) * len(ALL_COLUMNS)] * 9_000
    filled = tuple(_some(column.kind) for column in ALL_COLUMNS)
    sparse = table_of(ALL_COLUMNS, [rows, [filled]])
    found = sparse.to_arrow()
    assert found.schema == table_of(ALL_COLUMNS, [[filled]]).to_arrow().schema
    assert [column.null_count for column in found.columns] == [9_000] * len(ALL_COLUMNS)
    last = table_of(ALL_COLUMNS, [[filled]]).to_arrow().to_pylist()[0]
    assert found.slice(9_000).to_pylist() == [last]


def _some(kind: Kind) -> object:
    from tests.tables.samples import VALUES

    from crmcore.kinds import LongText

    if isinstance(kind, LongText | Text):
        return "键"
    if isinstance(kind, Json):
        return {"键": [1, None]}
    known: dict[str, object] = {
        "email": "a@b.cn", "phone": "+8613800138000", "integer": -(2**63),
        "decimal": Decimal(7).scaleb(-kind.scale), "money": Decimal("0.01"),
        "percent": Decimal("12.5"), "rating": Decimal(5), "boolean": False,
        "date": date.min, "datetime": datetime(1, 1, 2, tzinfo=UTC),
        "wall_time": time.min, "duration": timedelta(milliseconds=-1),
        "choice": "won", "multi_choice": ("lost", "won"), "link": "0" * 32,
        "multi_link": ("0" * 32,), "any_money": Money(Decimal("1.0000"), "CNY"),
    }  # fmt: skip
    assert kind in VALUES
    return known[kind.name]


def test_choices_are_a_dictionary_in_the_order_of_the_options() -> None:
    table = Table.from_batches([TableColumn("s", None, STAGE)], [[("won",), (None,), ("new",)]])
    [chunk] = table.to_arrow().column("s").chunks
    assert chunk.dictionary.to_pylist() == list(STAGE.positions)
    assert chunk.indices.to_pylist() == [1, None, 0]


def test_a_code_that_the_options_do_not_know_survives() -> None:
    rows: list[Rows] = [[("won",)] * 5_000, [("former",), ("won",)] * 3_000, [("older",)] * 5_000]
    table = Table.from_batches([TableColumn("s", None, STAGE)], rows)
    expected = [row[0] for row in flat(rows)]
    assert table.to_arrow().column("s").num_chunks > 1
    assert table.to_arrow().column("s").to_pylist() == expected
    assert table.to_pandas(codes=True)["s"].tolist() == expected
    assert table.to_polars()["s"].to_list() == expected
    assert STAGE.positions == Choice(options=STAGE.options).positions


def test_sums_have_room_for_38_digits() -> None:
    largest, smallest = Decimal("9" * 36 + ".99"), Decimal("-" + "9" * 36 + ".99")
    columns = [
        TableColumn("sum", None, DecimalKind(digits=2), "measure"),
        TableColumn("money", None, AnyMoney(), "measure"),
        TableColumn("time", None, Duration(), "measure"),
    ]
    sums = (Money(Decimal("9" * 34 + ".9999"), "CNY"), Money(Decimal("-0.0001"), "USD"))
    rows: Rows = [(largest, sums, timedelta(days=10**6)), (smallest, (), None), (None, None, None)]
    found = Table.from_batches(columns, [rows]).to_arrow()
    parts = [{"amount": one.amount, "currency": one.currency} for one in sums]
    assert found.column("sum").to_pylist() == [largest, smallest, None]
    assert found.column("money").to_pylist() == [parts, [], None]
    assert found.column("time").to_pylist() == [timedelta(days=10**6), None, None]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Integer(), 2**63),
        (Integer(), "secret"),
        (Text(), 5),
        (DecimalKind(digits=2), Decimal("0.001")),
        (DecimalKind(digits=2), Decimal(10**17)),
        (Date(), "2024-01-05"),
    ],
)
@pytest.mark.parametrize("way", ["to_arrow", "to_polars", "to_pandas"])
def test_a_value_that_does_not_fit_is_refused_not_changed(
    kind: Kind, value: object, way: str
) -> None:
    table = Table.from_batches([TableColumn("field", None, kind)], [[(None,), (value,)]])
    with pytest.raises(Invalid) as refused:
        getattr(table, way)()
    assert refused.value.code == "table_value_type"
    assert "field" in str(refused.value)
    assert "secret" not in "".join(traceback.format_exception(refused.value))


def test_what_is_no_money_is_refused() -> None:
    table = Table.from_batches([TableColumn("field", None, AnyMoney())], [[(Decimal(1),)]])
    with pytest.raises(Invalid):
        table.to_arrow()


@pytest.mark.parametrize("way", ["to_arrow", "to_polars", "to_pandas", "to_csv", "to_dicts"])
def test_a_refusal_of_the_source_arrives_as_it_is(way: str) -> None:
    def batches() -> Iterator[Rows]:
        yield [(n,) for n in range(10_000)]
        raise Stale("record_changed")

    table = Table.stream([TableColumn("n", None, Integer())], batches)
    with pytest.raises(Stale):
        getattr(table, way)()


def test_a_requested_schema_is_followed() -> None:
    table = Table.from_batches([TableColumn("n", None, Integer())], [[(1,), (None,)]])
    wanted = pa.schema([("n", pa.int32())])
    found = pa.RecordBatchReader.from_stream(table, schema=wanted).read_all()
    assert found.schema.field("n").type == pa.int32()
    assert found.column("n").to_pylist() == [1, None]


@pytest.mark.parametrize(
    ("missing", "way", "extra"),
    [
        ("pyarrow", "to_arrow", "notebook"),
        ("pyarrow", "__arrow_c_stream__", "notebook"),
        ("pyarrow", "to_pandas", "notebook"),
        ("pyarrow", "to_polars", "notebook"),
        ("pandas", "to_pandas", "notebook"),
        ("polars", "to_polars", "polars"),
    ],
)
def test_a_missing_library_names_its_extra(
    monkeypatch: pytest.MonkeyPatch, missing: str, way: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    table = table_of(ALL_COLUMNS, [])
    with pytest.raises(MissingExtra) as refused:
        getattr(table, way)()
    assert refused.value.problems[0].params == {"package": missing, "extra": extra}
    assert isinstance(refused.value, ImportError)
    assert table.to_csv()
