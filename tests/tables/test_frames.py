"""Tables as pandas and Polars frames: what people compute with."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tables.samples import (
    ALL_COLUMNS,
    IDS,
    STAGE,
    TAGS,
    TITLES,
    Rows,
    contents,
    flat,
    table_of,
)

from crmcore.clock import to_milliseconds
from crmcore.kinds import Choice, DateTime, DecimalKind, Integer, Kind, Link, Option
from crmcore.tables import Table, TableColumn
from crmcore.tables.frames import nearest_floats

Contents = tuple[list[TableColumn], list[Rows]]


# `str`, or `object` in older versions.
TEXT = str(pd.Series([], dtype=str).dtype)
DTYPES = {
    "text": TEXT, "typed": TEXT, "id": TEXT, "integer": "Int64", "scaled": "float64",
    "boolean": "boolean", "date": "datetime64[ms]", "instant": "datetime64[ms, Asia/Shanghai]",
    "minutes": "object", "milliseconds": "timedelta64[ms]", "codes": "object",
    "money": "object", "json": "object",
}  # fmt: skip


def _dtype(kind: Kind) -> str:
    return "category" if type(kind) is Choice else DTYPES[kind.shape]


def _plain(kind: Kind, value: object, labels: dict[str, str]) -> object:
    """What a person expects to read in a pandas frame."""
    if value is None:
        return None
    if kind == STAGE:
        return labels[str(value)]
    if kind == TAGS:
        assert isinstance(value, tuple)
        return tuple(labels[code] for code in TAGS.in_option_order(value))
    if kind.name == "link":
        return TITLES.get(str(value), value)
    if kind.name == "multi_link":
        assert isinstance(value, tuple)
        return tuple(TITLES.get(one, one) for one in value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone
    return value


# Where a label belongs to two options, the code stands.
LABELS = {"new": "new", "won": "赢单", "lost": "输单", "same": "same", "odd": "<b>奇怪; 的</b>"}


def _python(value: object) -> object:
    if isinstance(value, list | tuple | dict):
        return value
    return None if pd.isna(value) else value  # type: ignore[call-overload]


@given(contents())
def test_pandas_holds_what_people_compute_with(given_: Contents) -> None:
    columns, batches = given_
    frame = table_of(columns, batches, zone="Asia/Shanghai").to_pandas()
    rows = flat(batches)
    assert frame.shape == (len(rows), len(columns))
    assert list(frame.columns) == [column.name for column in columns]
    for place, column in enumerate(columns):
        if column.kind.shape == "instant":
            # Not one by one: older versions of pandas break at moments far from today.
            moments = frame[column.name].dt.tz_convert("UTC").dt.tz_localize(None)
            numbers = moments.to_numpy("datetime64[ms]").astype("int64").tolist()
            empty = moments.isna().tolist()
            found = [None if gone else one for one, gone in zip(numbers, empty, strict=True)]
            expected = [row[place] and to_milliseconds(row[place]) for row in rows]  # type: ignore[arg-type]
        else:
            found = [_python(value) for value in frame[column.name]]
            expected = [_plain(column.kind, row[place], LABELS) for row in rows]
        assert found == expected
        assert str(frame[column.name].dtype) == _dtype(column.kind)


@given(contents())
def test_exact_frames_keep_decimals_codes_and_ids(given_: Contents) -> None:
    columns, batches = given_
    frame = table_of(columns, batches).to_pandas(exact=True, codes=True)
    for place, column in enumerate(columns):
        if column.kind.shape == "scaled" or isinstance(column.kind, Choice | Link):
            expected = [row[place] for row in flat(batches)]
            if column.kind == TAGS:
                expected = [v and TAGS.in_option_order(v) for v in expected]  # type: ignore[arg-type]
            found = [_python(value) for value in frame[column.name]]
            assert found == expected
            assert list(map(type, found)) == list(map(type, expected))


@given(contents())
def test_types_of_frames_follow_from_the_columns_alone(given_: Contents) -> None:
    columns, batches = given_
    table, empty = table_of(columns, batches), table_of(columns, [])
    for options in ({}, {"exact": True}, {"codes": True}):
        assert table.to_pandas(**options).dtypes.equals(empty.to_pandas(**options).dtypes)
    assert table.to_polars().schema == empty.to_polars().schema


@given(contents())
def test_polars_is_exact(given_: Contents) -> None:
    columns, batches = given_
    frame = table_of(columns, batches, zone="Asia/Shanghai").to_polars()
    exact = table_of(columns, batches).to_arrow()
    # Older versions of Polars know no rows without columns.
    assert frame.shape in [(exact.num_rows, exact.num_columns), (0, 0)]
    for column in columns:
        assert frame[column.name].to_list() == exact.column(column.name).to_pylist()
        if column.kind.shape == "instant":
            assert frame.schema[column.name] == pl.Datetime("ms", "Asia/Shanghai")
        if column.kind == STAGE:
            assert frame.schema[column.name] == pl.Enum(list(STAGE.positions))


def test_frames_of_the_streams_themselves() -> None:
    table = table_of(ALL_COLUMNS, [[(None,) * len(ALL_COLUMNS)] * 2])
    assert pl.DataFrame(table).shape == (2, len(ALL_COLUMNS))
    assert pa.table(table).num_rows == 2


def test_choices_compare_and_group_in_the_order_of_the_options() -> None:
    rows: Rows = [("won", 1), ("new", 2), (None, 3), ("won", 4)]
    columns = [TableColumn("stage", None, STAGE), TableColumn("n", None, Integer())]
    frame = table_of(columns, [rows], language="en").to_pandas()
    assert list(frame["stage"].cat.categories) == ["New", "Won", "Lost", "Same", "=odd"]
    assert frame["stage"].max() == "Won"
    assert frame.groupby("stage", observed=True)["n"].sum().to_dict() == {"New": 2, "Won": 5}
    assert table_of(columns, [rows]).to_polars()["stage"].max() == "won"


def test_an_unknown_code_that_looks_like_a_label_stays_distinct() -> None:
    kind = Choice(options=[Option("a", "former")])  # type: ignore[arg-type]
    table = Table.from_batches([TableColumn("s", None, kind)], [[("former",), ("a",)]])
    assert table.to_pandas()["s"].tolist() == ["former (?)", "former"]


def test_links_are_ids_where_no_title_is_known() -> None:
    rows: Rows = [(IDS[0],), (IDS[5],), (None,)]
    column = TableColumn("account", None, Link("account"))
    titled = table_of([column], [rows]).to_pandas()["account"]
    bare = Table.from_batches([column], [rows]).to_pandas()["account"]
    assert [_python(value) for value in titled] == ["华东精密", IDS[5], None]
    assert [_python(value) for value in bare] == [IDS[0], IDS[5], None]


def test_instants_are_shown_in_the_zone_of_the_table() -> None:
    summer = datetime(2024, 7, 1, 12, tzinfo=UTC)
    table = Table.from_batches(
        [TableColumn("at", None, DateTime())], [[(summer,)]], zone="Europe/Berlin"
    )
    assert table.to_pandas()["at"][0].isoformat() == "2024-07-01T14:00:00+02:00"
    assert table.to_polars()["at"][0].isoformat() == "2024-07-01T14:00:00+02:00"
    assert table.to_pandas()["at"][0] - summer == timedelta(0)


@given(
    st.integers(0, 30),
    st.lists(st.none() | st.integers(-(10**37), 10**37) | st.integers(-(2**63), 2**63)),
)
def test_floats_are_the_nearest_ones(scale: int, numbers: list[int | None]) -> None:
    decimals = [None if n is None else Decimal(n).scaleb(-scale) for n in numbers]
    array = pa.array([None, *decimals], pa.decimal128(38, scale)).slice(1)
    found = [_python(value) for value in nearest_floats(array, scale).tolist()]
    assert found == [None if value is None else float(value) for value in decimals]


def test_many_floats_are_the_nearest_ones() -> None:
    draw = random.Random(5)
    column = TableColumn("n", None, DecimalKind(digits=2))
    rows: Rows = [
        (Decimal(draw.randrange(10 ** draw.randrange(1, 18))).scaleb(-2),) for _ in range(9_999)
    ]
    frame = Table.from_batches([column], [rows]).to_pandas()
    assert frame["n"].tolist() == [float(row[0]) for row in rows]  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 3])
def test_a_table_without_columns_keeps_its_rows(count: int) -> None:
    table = Table.from_batches([], [[()] * count])
    assert len(table) == count
    assert table.to_pandas().shape == (count, 0)
    assert table.to_polars().width == 0
    assert table.to_arrow().num_rows == count
    assert table.to_dicts() == [{}] * count
    assert "0" in repr(table)
