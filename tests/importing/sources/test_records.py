"""Mappings as a source: sequences, iterators, several sheets, and values of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, time, timedelta
from decimal import Decimal

import numpy
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.sources.reads import cells_of, moment, only_cell, refusal, rows_of

from crmcore.importing.sources import (
    Cell,
    CellError,
    Limits,
    Percent,
    Row,
    Sheet,
    open_source,
)

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.text(st.characters(exclude_categories=[]), min_size=1),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.times(),
    st.timedeltas(),
    st.builds(Percent, st.decimals(allow_nan=False, allow_infinity=False)),
    st.builds(CellError, st.text(max_size=80)),
)


def passing(*records: dict[str, object]) -> Iterator[dict[str, object]]:
    yield from records


def test_keys_are_the_header_and_row_1() -> None:
    records = [{"姓名": "张三", "电话": 1}, {"电话": 2, "邮箱": "a@x"}, {}, {"姓名": "李四"}]
    for given_records in (records, tuple(records), passing(*records)):
        with open_source(given_records, name="表") as source:
            assert source.sheets == (Sheet("表", header=("姓名", "电话", "邮箱")),)
            found = list(source.rows())
            assert found == list(source.rows())
        assert found[0] == Row(1, ("姓名", "电话", "邮箱"))
        assert [(row.number, row.cells[:3]) for row in found[2:]] == [
            (3, (None, 2, "a@x")),
            (5, found[3].cells),
        ]
        assert found[3].cells[0] == "李四"


def test_several_sheets() -> None:
    tables = {"客户": [{"name": "a"}], "联系人": passing({"mail": "x"}), "空": []}
    with open_source(tables) as source:
        assert [sheet.name for sheet in source.sheets] == ["客户", "联系人", "空"]
        assert [row.cells for row in source.rows("联系人")] == [("mail",), ("x",)]
        assert list(source.rows("空")) == []
        assert source.merged("客户") == ()


@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=5), CELLS, max_size=4), max_size=5))
def test_putting_aside_changes_nothing(records: list[dict[str, Cell]]) -> None:
    with open_source(records) as held, open_source(iter(records)) as passed:
        one, other = list(held.rows()), list(passed.rows())
        assert [row.number for row in one] == [row.number for row in other]
        for left, right in zip(one, other, strict=True):
            padded = right.cells + (None,) * (len(left.cells) - len(right.cells))
            assert padded == left.cells
            assert [type(cell) for cell in padded] == [type(cell) for cell in left.cells]
        assert held.sheets[0].header == passed.sheets[0].header


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, 1),
        (0.1, Decimal("0.1")),
        (float("inf"), CellError("inf", "cell_not_a_number")),
        (Decimal("NaN"), CellError("NaN", "cell_not_a_number")),
        (10**2_000, CellError("…", "cell_not_a_number")),
        (True, True),
        (numpy.int64(5), 5),
        (numpy.float64(2.5), Decimal("2.5")),
        (numpy.float32(0.5), Decimal("0.5")),
        (numpy.bool_(True), True),
        (numpy.str_("x"), "x"),
        (pandas.Timestamp("2024-01-05 08:00"), moment(2024, 1, 5, 8)),
        (date(2024, 1, 5), date(2024, 1, 5)),
        (time(8), time(8)),
        (timedelta(hours=30), timedelta(hours=30)),
    ],
)
def test_values_of_other_programs(value: object, expected: Cell) -> None:
    found = cells_of([{"a": value}])[1][0]
    assert found == expected
    assert isinstance(found, type(expected))


@pytest.mark.parametrize("value", [None, "", float("nan"), pandas.NaT, pandas.NA, numpy.nan])
def test_missing_values_are_empty(value: object) -> None:
    assert cells_of([{"a": value, "b": 1}])[1] == (None, 1)


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"x", object(), 1j, numpy.array([1, 2])])
def test_values_that_no_cell_holds(value: object) -> None:
    for records in ([{"a": 1}, {"a": 1, "b": value}], passing({"a": 1}, {"a": 1, "b": value})):
        error = refusal(records)
        assert error.code == "record_value"
        assert error.problems[0].params["row"] == 3
        assert error.problems[0].params["column"] == "b"


def test_what_is_no_mapping() -> None:
    assert refusal([{"a": 1}, ("a", 1)]).code == "record_not_mapping"
    assert refusal(iter("abc")).code == "record_not_mapping"
    assert refusal([{1: "a"}]).code == "record_key"
    assert refusal([{"a": 1}], "other").code == "sheet_missing"
    assert refusal({}).code == "source_without_sheets"


def test_too_many_columns() -> None:
    error = refusal(({f"c{n}": 1} for n in range(50)), limits=Limits(columns=40))
    assert error.code == "sheet_columns"
    assert error.problems[0].params["row"] == 42


def test_an_iterator_that_fails_is_a_refusal_with_its_cause() -> None:
    def broken() -> Iterator[dict[str, object]]:
        yield {"a": 1}
        raise RuntimeError("lost connection")

    error = refusal(broken())
    assert error.code == "source_damaged"
    assert isinstance(error.__cause__, RuntimeError)


def test_digest_follows_the_records() -> None:
    digests = []
    for records in ([{"a": 1}], iter([{"a": 1}]), [{"a": "1"}], [{"b": 1}]):
        with open_source(records) as source:
            digests.append(source.digest())
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_a_data_frame_through_its_records() -> None:
    frame = pandas.DataFrame({"姓名": ["张三", None], "金额": [1.5, None]})
    records = frame.to_dict("records")
    assert rows_of(records) == [Row(1, ("姓名", "金额")), Row(2, ("张三", Decimal("1.5")))]
    assert only_cell([{}, {}, {"a": None}]) == "a"
