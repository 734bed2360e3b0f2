"""What the cells of a column tell together."""

from __future__ import annotations

import tracemalloc
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.importing.convert import ColumnProfiler, needs_profile, profile_column
from crmcore.importing.convert.evidence import trait_of
from crmcore.importing.sources import Cell, CellError, Percent
from crmcore.kinds import Date, DecimalKind, Phone, Text
from crmcore.kinds import Percent as PercentKind
from crmcore.schema import Field


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        (None, "empty"),
        (" \u200b", "empty"),
        ("N/A", "empty"),
        ("—", "empty"),
        (CellError("#N/A"), "error"),
        (True, "boolean"),
        ("是", "boolean"),
        ("√", "boolean"),
        (5, "integer"),
        ("5", "integer"),
        ("1,234", "integer"),
        ("1.2万", "integer"),
        ("007", "code"),
        ("01065521234", "phone"),
        ("440524188001010014", "code"),
        ("5.5", "decimal"),
        (Decimal("5.5"), "decimal"),
        (Decimal("1e300"), "decimal"),
        ("12%", "percent"),
        (Percent(Decimal("0.1")), "percent"),
        ("￥5", "money"),
        ("壹仟元整", "money"),
        ("1.38E+10", "exponent"),
        ("2024-01-05", "date"),
        ("13/01/2024", "date"),
        ("5-Jan-2024", "date"),
        (date(2024, 1, 5), "date"),
        ("2024-01-05 10:30", "datetime"),
        (datetime.fromisoformat("2024-01-05"), "datetime"),
        ("9:30", "time"),
        (time(9, 30), "time"),
        ("1小时30分钟", "duration"),
        (timedelta(1), "duration"),
        ("a@example.com", "email"),
        ("a@b@c", "text"),
        ("13800138000", "phone"),
        (13800138000, "phone"),
        ("010-65521234", "phone"),
        ("021-6552-1234", "text"),
        ("+44 20 7946 0958", "phone"),
        ("www.example.com", "url"),
        ("https://example.com/a", "url"),
        ("上海", "text"),
        ("A001", "text"),
        ("2024年1月", "text"),
        ("a\nb", "long_text"),
        ("x" * 300, "long_text"),
    ],
)
def test_a_cell_has_a_form(cell: Cell, form: str) -> None:
    assert trait_of(cell).form == form
    assert profile_column([cell]).forms == {form: 1}


def test_a_profile_counts() -> None:
    cells: list[Cell] = ["￥5", "$6.25", None, "甲\u200b", CellError("#N/A"), "￥5", Decimal("0.5")]
    found = profile_column(cells)
    assert found.cells == 7
    assert found.filled == 5
    assert found.forms == {"money": 3, "empty": 1, "text": 1, "error": 1, "decimal": 1}
    assert found.currencies == {"CNY": 2, "USD": 1}
    assert found.sign("cleaned") == 1
    assert found.sign("fraction") == 1
    assert found.scale == 2
    assert found.width == 5
    assert found.examples == ("￥5", "$6.25", "甲\u200b", "0.5")
    assert found.distinct == {"￥5": 2, "$6.25": 1, "甲\u200b": 1, "0.5": 1}


def test_the_order_of_dates_needs_agreement() -> None:
    field = Field("x", Date())
    assert profile_column(["05/04/2024", "13/01/2024"], field).date_order == "dmy"
    assert profile_column(["05/04/2024", "01/13/2024"], field).date_order == "mdy"
    assert profile_column(["05/04/2024", "2024-01-13"], field).date_order is None
    mixed = profile_column(["01/13/2024", "13/01/2024"], field)
    assert mixed.date_order is None
    assert mixed.mixed_dates


def test_which_fields_need_a_profile() -> None:
    assert needs_profile(Field("x", Date()))
    assert needs_profile(Field("x", PercentKind()))
    assert needs_profile(Field("x", DecimalKind()))
    assert not needs_profile(Field("x", Text()))
    assert not needs_profile(Field("x", Phone()))


COLUMN_CELLS: tuple[Cell, ...] = (
    "2024-01-05", "05/04/2024", "13/01/2024", "01/13/2024", 45296, "45296", None, "x", "1.5",
    "12,5", "1.234", "0.5", "7", "12%", "￥5", "24/1/5", "2024-01-05 10:30:00", "1,234",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(COLUMN_CELLS)),
    st.sampled_from([Date(), DecimalKind(), PercentKind()]),
)
def test_the_quick_profile_of_a_field_knows_what_readers_ask(
    cells: list[Cell], kind: Date | DecimalKind
) -> None:
    whole, quick = profile_column(cells), profile_column(cells, Field("x", kind))
    assert quick.cells == whole.cells
    if isinstance(kind, Date):
        assert quick.date_order == whole.date_order
        assert quick.mixed_dates == whole.mixed_dates
        assert quick.counts_days == whole.counts_days
    else:
        assert quick.sign("comma") == whole.sign("comma")
        assert quick.currencies == whole.currencies
    if isinstance(kind, PercentKind):
        assert (quick.sign("points"), quick.sign("fraction")) == (
            whole.sign("points"),
            whole.sign("fraction"),
        )


def test_memory_does_not_grow_with_the_column() -> None:
    profiler = ColumnProfiler()
    for number in range(10_000):
        profiler.add(f"text {number}")
    tracemalloc.start()
    for number in range(10_000, 30_000):
        profiler.add(f"short {number}")
        profiler.add(f"text {number} " + "x" * 500)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 200_000
    found = profiler.profile()
    assert found.cells == 50_000
    assert found.distinct is None
    assert all(len(example) <= 61 for example in found.examples)
