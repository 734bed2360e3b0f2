"""A table is a sequence of mappings that never changes, held or streamed."""

from __future__ import annotations

import functools
import gc
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tables.samples import ALL_COLUMNS, Rows, contents, flat, table_of

from crmcore.errors import Invalid
from crmcore.kinds import Integer, Labels, Text
from crmcore.tables import Table, TableColumn, UnknownColumn

Contents = tuple[list[TableColumn], list[Rows]]

NAME = TableColumn("name", Labels("客户姓名", "Name", ["姓名"]), Text())
COUNT = TableColumn("count", Labels("数量", "Count"), Integer())


def _two() -> Table:
    return Table.from_batches([NAME, COUNT], [[("甲", 1)], [], [("乙", None)]])


@given(contents(), st.slices(20))
def test_a_table_is_the_sequence_of_its_rows(given_: Contents, wanted: slice) -> None:
    columns, batches = given_
    table, rows = table_of(columns, batches), flat(batches)
    assert table.columns == tuple(columns)
    assert len(table) == len(rows)
    assert list(table.rows()) == rows
    assert [tuple(row.values()) for row in table] == rows
    assert [tuple(table[place].values()) for place in range(-len(rows), len(rows))] == rows * 2
    assert list(table[wanted].rows()) == rows[wanted]
    assert table[wanted].columns == table.columns
    for place, column in enumerate(columns):
        assert table.column(column.name) == tuple(row[place] for row in rows)
    for beyond in (len(rows), -len(rows) - 1):
        with pytest.raises(IndexError):
            table[beyond]


@given(contents(), st.integers(0, 9))
def test_a_streamed_table_is_equal_to_a_held_one(given_: Contents, count: int) -> None:
    columns, batches = given_
    held = table_of(columns, batches)
    streamed = Table.stream(columns, lambda: iter(batches))
    assert list(streamed.rows()) == list(held.rows())
    assert streamed.head(count) == held[:count] == held.head(count)
    if len(held) <= 10:
        assert repr(streamed) == repr(Table.from_batches(columns, batches))
    assert streamed == held
    assert len(streamed) == len(held)
    assert streamed[1:] == held[1:]


@given(contents(), st.data())
def test_equality_is_that_of_columns_and_rows(given_: Contents, data: st.DataObject) -> None:
    columns, batches = given_
    rows = flat(batches)
    table = table_of(columns, batches)
    assert table == table_of(columns, [rows], language="en", zone="Asia/Tokyo")
    assert table == table_of(columns, [rows])
    if rows and columns:
        place = data.draw(st.integers(0, len(rows) - 1))
        changed = [*rows]
        changed[place] = (object(), *rows[place][1:])
        assert table != table_of(columns, [changed])
        assert table != table_of(columns, [rows[:-1]])
        assert table != table_of([*columns[:-1], TableColumn("other", None, Text())], [rows])
    assert table != rows


def test_rows_are_found_by_name_and_by_label() -> None:
    row = _two()[0]
    assert row["name"] == row["客户姓名"] == row["NAME"] == row["姓名"] == "甲"
    assert isinstance(row, Mapping)
    assert dict(row) == {"name": "甲", "count": 1}
    assert row == {"name": "甲", "count": 1}
    assert "数量" in row
    assert row.get("missing") is None
    assert repr(row) == "{'name': '甲', 'count': 1}"
    assert _two().column("数量") == (1, None)


@pytest.mark.parametrize("name", ["nmae", "", 0, None, ("name",)])
def test_an_unknown_column_is_refused_with_what_there_is(name: Any) -> None:
    with pytest.raises(UnknownColumn) as refused:
        _two()[0][name]
    assert isinstance(refused.value, KeyError)
    assert refused.value.code == "table_column_unknown"
    assert "name" in str(refused.value)
    assert "count" in str(refused.value)


def test_a_label_of_two_columns_is_refused() -> None:
    columns = [NAME, TableColumn("alias", "姓名", Text())]
    table = Table.from_batches(columns, [[("甲", "乙")]])
    assert table[0]["alias"] == "乙"
    with pytest.raises(UnknownColumn) as refused:
        table.column("姓名")
    assert refused.value.code == "table_column_ambiguous"


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        Table.from_batches([NAME, NAME], [])
    assert refused.value.code == "table_column_repeated"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_row_of_another_width_is_refused_where_it_stands(streamed: bool) -> None:
    batches: list[Rows] = [[("甲", 1)], [("乙", 2), ("丙",)]]
    read = Table.stream([NAME, COUNT], lambda: batches).to_dicts
    held = functools.partial(Table.from_batches, [NAME, COUNT], batches)
    with pytest.raises(Invalid) as refused:
        (read if streamed else held)()
    assert refused.value.code == "table_row_width"
    assert dict(refused.value.problems[0].params) == {"row": 3, "found": 1, "expected": 2}


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        Table.from_batches([NAME], [], zone="Mars/Olympus")
    assert refused.value.code == "unknown_zone"


def test_a_table_never_changes() -> None:
    batch: list[tuple[object, ...]] = [("甲", 1)]
    table = Table.from_batches([NAME, COUNT], [batch])
    batch.append(("乙", 2))
    batch[0] = ("丙", 3)
    assert list(table.rows()) == [("甲", 1)]
    for name in ("columns", "language", "zone", "_source", "more"):
        with pytest.raises(AttributeError):
            setattr(table, name, ())
    with pytest.raises(TypeError):
        table[0]["name"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        hash(table)


def test_rows_that_are_no_tuples_become_tuples() -> None:
    table = Table.from_batches([NAME, COUNT], [[["甲", 1]]])  # type: ignore[list-item]
    assert list(table.rows()) == [("甲", 1)]


class _Watched(str):
    """A text whose life can be watched."""


def test_a_stream_lets_go_of_what_it_passed_on() -> None:
    living: weakref.WeakSet[_Watched] = weakref.WeakSet()
    most = 0

    def batches() -> Iterator[Rows]:
        nonlocal most
        for number in range(40):
            most = max(most, len(living))
            rows: Rows = []
            for each in range(1_000):
                text = _Watched(f"{number}-{each}")
                living.add(text)
                rows.append((text, each))
            yield rows

    table = Table.stream([NAME, COUNT], batches)
    for pass_on in (table.to_arrow, table.to_pandas, table.to_polars, table.to_csv):
        most = 0
        gc.collect()
        assert len(living) == 0
        result = pass_on()
        assert len(result) >= 40_000
        assert 0 < most <= 10_000, pass_on.__name__
    assert len(table) == 40_000
    assert len(living) == 40_000


def test_a_stream_is_read_no_further_than_needed() -> None:
    read = 0

    def batches() -> Iterator[Rows]:
        nonlocal read
        for number in range(100):
            read += 1
            yield [("甲", number)] * 5

    table = Table.stream([NAME, COUNT], batches)
    assert len(table.head(7)) == 7
    assert read == 2
    read = 0
    assert "> 10" in repr(table)
    assert read <= 3


def test_every_kind_is_among_the_samples() -> None:
    shapes = {column.kind.shape for column in ALL_COLUMNS}
    assert len(shapes) == 13
