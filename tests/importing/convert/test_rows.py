"""Whole rows: the same values as cell by cell, and all problems of a row at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.convert.reading import outcome

from crmcore.importing.convert import (
    CellFormat,
    Column,
    LinkText,
    converter,
    profile_column,
    row_converter,
)
from crmcore.importing.sources import Cell, CellError, Percent
from crmcore.kinds import (
    Boolean,
    Choice,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Email,
    Integer,
    Kind,
    Labels,
    Link,
    LongText,
    MoneyKind,
    MultiChoice,
    Option,
    Phone,
    Rating,
    Text,
    Url,
    WallTime,
)
from crmcore.kinds import Percent as PercentKind
from crmcore.schema import Field

OPTIONS = (Option("won", Labels("赢单", "Won")), Option("lost", Labels("丢单", "Lost")))
KINDS: tuple[Kind, ...] = (
    Text(max_length=10),
    LongText(),
    Integer(),
    DecimalKind(),
    MoneyKind(),
    PercentKind(),
    Rating(),
    Boolean(),
    Date(),
    DateTime(),
    WallTime(),
    Duration(),
    Choice(options=OPTIONS),
    MultiChoice(options=OPTIONS),
    Email(),
    Phone(),
    Phone(region="GB"),
    Url(),
    Link("account"),
)
FORMAT = CellFormat(zone="Asia/Shanghai")
WORDS: tuple[str, ...] = (
    "赢单", "Won,丢单", "WON", "是", "Y", "1", "0", "007", "1.5", "￥1,234.50", "1.2万", "12%",
    "(3)", "1.38E+10", "-5", "2024-01-05", "2024/1/5", "01/13/2024", "13/01/2024", "45296", "9:30",
    "1小时", "★★★", "13800138000", "010-65521234", "a@example.com", "a＠example.com",
    "www.example.com", "N/A", "-", "x,y", "1.234,56", "+44 20 7946 0958", "12.0", "9" * 20,
    "2024-01-05T10:30:00Z", "a@b@c", ".5", "5.", "e+", "²", " a  b ", "2024-01-05 10:30:00",
    "2024/01/05 10:30:00", "2024-13-05 10:30:00",
)  # fmt: skip
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.integers(0, 60_000),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.builds(Percent, st.decimals(0, 2, places=3)),
    st.just(CellError("#N/A")),
    st.text(max_size=15),
    st.sampled_from(WORDS),
)


def columns(cells: Sequence[Cell]) -> list[Column]:
    """A column of every kind, each with `cells`."""
    fields = [Field(f"f{number}", kind) for number, kind in enumerate(KINDS)]
    return [
        Column(number, field, profile_column(cells, field), FORMAT, header=f"H{number}")
        for number, field in enumerate(fields)
    ]


def agree(cells: Sequence[Cell]) -> None:
    """Rows of `cells` are converted as their cells are, one by one."""
    made = columns(cells)
    convert = row_converter(made)
    for cell in cells * 2:  # the second time from memory
        values, problems = convert([cell] * len(made))
        refused = {problem.index: problem.problem.code for problem in problems or ()}
        for column in made:
            error, expected = outcome(converter(column.field, column.profile, FORMAT), cell)
            value, kind = values[column.field.name], column.field.kind
            if isinstance(kind, Link):
                left_over, normal = None, value
            else:
                left_over, normal = outcome(kind.normalize, value)
            if column.index in refused:
                assert error is not None
                assert error.code == refused[column.index]
                assert value is None
            elif error is not None:  # left to the unit of work
                assert left_over is not None
            else:
                assert normal == expected


@given(st.lists(CELLS, min_size=1, max_size=6))
def test_rows_agree_with_single_cells(cells: list[Cell]) -> None:
    agree(cells)


@pytest.mark.parametrize("text", WORDS)
def test_rows_agree_with_single_cells_on_every_word(text: str) -> None:
    agree([text])
    agree([f" {text}\u3000"])


@given(CELLS)
def test_every_refusal_is_a_sentence(cell: Cell) -> None:
    for column in columns([cell]):
        error, _ = outcome(converter(column.field, column.profile, FORMAT), cell)
        if error is not None:
            assert error.message("en") != error.code != error.message("zh")


def test_all_problems_of_a_row_are_reported() -> None:
    fields = [
        Field("name", Text(max_length=5)),
        Field("amount", MoneyKind()),
        Field("phone", Phone()),
        Field("stage", Choice(options=OPTIONS)),
    ]
    convert = row_converter(
        Column(2 * number, field, header=f"H{number}") for number, field in enumerate(fields)
    )
    row: tuple[Cell, ...] = ("123456", None, "$5", None, "13800138000", None, "new")
    values, problems = convert(row)
    assert problems is not None
    found = [(one.index, one.header, one.cell, one.problem.code) for one in problems]
    assert found == [
        (0, "H0", "123456", "text_too_long"),
        (2, "H1", "$5", "currency_other"),
        (6, "H3", "new", "not_an_option"),
    ]
    assert [one.problem.field for one in problems] == ["name", "amount", "stage"]
    assert values == {"name": None, "amount": None, "phone": "13800138000", "stage": None}


def test_a_clean_row_has_no_problems() -> None:
    convert = row_converter(
        [
            Column(0, Field("name", Text())),
            Column(1, Field("account", Link("account")), lookup="code"),
            Column(2, Field("signed", Date())),
            Column(3, Field("seen", DateTime()), format=FORMAT),
        ]
    )
    assert convert(("  张三 ", "A001", date(2024, 1, 5), "2024-01-05 10:30:00", "more")) == (
        {
            "name": "张三",
            "account": LinkText("A001", "code"),
            "signed": date(2024, 1, 5),
            "seen": datetime(2024, 1, 5, 2, 30, tzinfo=UTC),
        },
        None,
    )


def test_short_rows_are_empty_behind_their_end() -> None:
    convert = row_converter([Column(0, Field("a", Text())), Column(9, Field("b", Integer()))])
    assert convert(["x"]) == ({"a": "x", "b": None}, None)
    assert convert([]) == ({"a": None, "b": None}, None)
    assert row_converter([])(["x"]) == ({}, None)


def test_two_columns_of_one_field_are_refused() -> None:
    field = Field("a", Text())
    with pytest.raises(ValueError, match="one field"):
        row_converter([Column(0, field), Column(1, field)])


def test_types_do_not_meet_in_memory() -> None:
    convert = row_converter([Column(0, Field("a", Rating())), Column(1, Field("b", Boolean()))])
    assert convert(["1", "1"]) == ({"a": Decimal(1), "b": True}, None)
    assert convert([1, 1]) == ({"a": 1, "b": True}, None)
    _, problems = convert([True, time(1)])
    assert problems is not None
    assert [one.problem.code for one in problems] == ["number_unreadable", "boolean_unreadable"]


def test_hostile_names_reach_no_code() -> None:
    name = "x'] = 1; import os #\n\x00\u202e键"
    convert = row_converter([Column(0, Field(name, Text()), header=name)])
    assert convert(["a"]) == ({name: "a"}, None)
