"""Cells of columns of choices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.importing.convert.reading import read, refusal

from crmcore.importing.sources import Cell, CellError
from crmcore.kinds import Boolean, Choice, Labels, MultiChoice, Option

STAGES = (
    Option("new", Labels("新建", "New", ("初步接触",))),
    Option("won", Labels("赢单", "Closed won")),
    Option("a_b", Labels("甲/乙", "A, B")),
    Option("old", Labels("旧", "Old"), retired=True),
    Option("none", Labels("N/A", "N/A")),
    Option("7", Labels("七", "Seven")),
)


@pytest.mark.parametrize(
    "cell", ["是", "有", "对", "√", "✓", "yes", "Y", "TRUE", "true", "Ｙ", "1", 1, True, " 是 "]
)
def test_yes_is_read(cell: Cell) -> None:
    assert read(Boolean(), cell) is True


@pytest.mark.parametrize("cell", ["否", "无", "错", "×", "no", "N", "false", "０", 0, False])
def test_no_is_read(cell: Cell) -> None:
    assert read(Boolean(), cell) is False


@pytest.mark.parametrize("cell", ["也许", "x", "2", 2, Decimal("0.5"), "是否", "男"])
def test_what_is_neither_is_refused(cell: Cell) -> None:
    assert refusal(Boolean(), cell) == "boolean_unreadable"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("new", "new"),
        ("新建", "new"),
        ("New", "new"),
        ("初步接触", "new"),
        (" 新 建 ", "new"),
        ("ＮＥＷ", "new"),
        ("closed  WON", "won"),
        ("甲／乙", "a_b"),
        ("n/a", "none"),
        (7, "7"),
        (Decimal("7.0"), "7"),
        ("-", None),
        ("", None),
    ],
)
def test_an_option_is_read(cell: Cell, code: str | None) -> None:
    assert read(Choice(options=STAGES), cell) == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("丢单", "not_an_option"),
        ("新建,赢单", "not_an_option"),
        ("旧", "option_retired"),
        ("old", "option_retired"),
        (CellError("#N/A"), "cell_error"),
    ],
)
def test_what_is_no_option_is_refused(cell: Cell, code: str) -> None:
    assert refusal(Choice(options=STAGES), cell) == code


def test_a_spelling_of_two_options_is_ambiguous() -> None:
    twins = (Option("a", Labels(en="Ab")), Option("b", Labels(en="a b")))
    assert read(Choice(options=twins), "Ab") == "a"
    assert read(Choice(options=twins), "a\u3000b") == "b"
    assert refusal(Choice(options=twins), "AB") == "option_ambiguous"


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("新建", ("new",)),
        ("新建,赢单", ("new", "won")),
        ("赢单，新建", ("new", "won")),
        ("新建;赢单；新建", ("new", "won")),
        ("新建、赢单", ("new", "won")),
        ("新建|赢单", ("new", "won")),
        ("新建/赢单", ("new", "won")),
        ("新建\n赢单", ("new", "won")),
        ("甲/乙", ("a_b",)),
        ("甲/乙/新建", ("a_b", "new")),
        ("新建、甲/乙、赢单", ("a_b", "new", "won")),
        ("New, A, B, Closed won", ("a_b", "new", "won")),
        ("新建,,", ("new",)),
        (7, ("7",)),
        ("、", None),
        (None, None),
    ],
)
def test_several_options_are_read(cell: Cell, codes: tuple[str, ...] | None) -> None:
    assert read(MultiChoice(options=STAGES), cell) == codes


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("新建,丢单", "not_an_option"),
        ("甲,乙", "not_an_option"),
        ("新建、旧", "option_retired"),
        ("新建," * 300, "too_many_values"),
    ],
)
def test_one_unknown_option_refuses_the_cell(cell: Cell, code: str) -> None:
    assert refusal(MultiChoice(options=STAGES), cell) == code
