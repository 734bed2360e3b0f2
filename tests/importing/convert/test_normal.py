"""The lane of good rows: the same values as the careful one, and never a row with a problem."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.importing.convert.reading import outcome
from tests.importing.convert.test_rows import CELLS, KINDS, OPTIONS, WORDS, columns

from crmcore.importing.convert import Column, normal_converter, row_converter
from crmcore.importing.sources import Cell
from crmcore.kinds import Choice, Integer, Link, MultiLink, Option, Postcode, Text
from crmcore.schema import Field

MORE: tuple[Cell, ...] = (
    "https://E.example.com:443/", "http://a b.example.com", "310000", "NULL", "e\u0301",
    "\u1100\u1161",
    "x\u0301" * 40, "a" * 11, "\u3000a\u3000", "￥5", "=1", "http://N/A",
)  # fmt: skip


def same(column: Column, cells: Sequence[Cell]) -> None:
    """Cells of `column` are taken by both lanes with the same result."""
    name, kind = column.field.name, column.field.kind
    fast = normal_converter([column], {name: 1}, 3)
    careful = row_converter([column])
    row: list[Cell] = [None] * (column.index + 1)
    for cell in [*cells, *cells]:  # the second time from memory
        row[column.index] = cell
        values, problems = careful(row)
        value, error = values[name], problems
        if not isinstance(kind, Link) and problems is None:
            error, value = outcome(kind.normalize, value)  # type: ignore[assignment]
        taken = fast(row)
        if error is not None:
            assert taken is None
            continue
        assert taken is not None
        given_, made, texts = taken
        if isinstance(kind, Link):
            assert (given_, made) == ({}, [None] * 3)
            assert texts == ({} if value in (None, ()) else {name: value})
            continue
        assert made == [None, value, None]
        assert given_ == ({} if value is None else {name: value})
        assert type(made[1]) is type(value)
        assert getattr(made[1], "typed", None) == getattr(value, "typed", None)


@given(st.lists(st.one_of(CELLS, st.sampled_from(MORE)), min_size=1, max_size=4))
def test_both_lanes_agree(cells: list[Cell]) -> None:
    for column in columns(cells):
        same(column, cells)


@pytest.mark.parametrize("text", [*WORDS, *MORE])
def test_both_lanes_agree_on_every_word(text: str) -> None:
    more = [Postcode(), Postcode(region="GB"), Integer(0, 9), MultiLink("account"), Text()]
    retired = Choice(options=[*OPTIONS, Option("old", "旧", retired=True)])
    for number, kind in enumerate([*more, retired]):
        same(Column(number, Field("x", kind), header="X"), [text, f" {text}\u3000", "旧"])
    for column in columns([text]):
        same(column, [text, f" {text}\u3000"])


def test_one_bad_cell_sends_the_row_the_other_way() -> None:
    fields = [Field(f"f{number}", kind) for number, kind in enumerate(KINDS[:3])]
    made = [Column(number, field) for number, field in enumerate(fields)]
    fast = normal_converter(made, {"f0": 2, "f1": 0, "f2": 1}, 4)
    assert fast(("a", "b", "3")) == ({"f0": "a", "f1": "b", "f2": 3}, ["b", 3, "a", None], {})
    assert fast(("a",)) == ({"f0": "a"}, [None, None, "a", None], {})
    assert fast(("a", "b", "x")) is None
