"""Cells of number columns: what is read, what is refused and why."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.importing.convert.reading import read, refusal

from crmcore.importing.convert import CellFormat
from crmcore.importing.sources import Cell, CellError, Percent
from crmcore.kinds import AnyMoney, DecimalKind, Integer, Kind, Money, MoneyKind, Rating, Score
from crmcore.kinds import Percent as PercentKind


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("１，２３４．５０", "1234.50"),
        ("1 234.50", "1234.50"),
        ("1\u00a0234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("-1,234", "-1234.00"),
        ("\u22121234", "-1234.00"),
        ("(1,234.50)", "-1234.50"),
        ("（1,234.50）", "-1234.50"),
        ("+5", "5.00"),
        (".5", "0.50"),
        ("5.", "5.00"),
        ("007", "7.00"),
        ("1.2万", "12000.00"),
        ("3亿", "300000000.00"),
        ("1.5千", "1500.00"),
        ("十万", "100000.00"),
        ("5k", "5000.00"),
        ("12w", "120000.00"),
        ("壹仟贰佰", "1200.00"),
        ("一万零五", "10005.00"),
        ("负三", "-3.00"),
        ("1e-1", "0.10"),
        ("\u200b42\u200b", "42.00"),
        (42, "42.00"),
        (Decimal("42.5"), "42.50"),
        ("100人", "100.00"),
    ],
)
def test_a_decimal_column_reads(cell: Cell, value: str) -> None:
    found = read(DecimalKind(digits=2), cell)
    assert (type(found), str(found)) == (Decimal, value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("abc", "number_unreadable"),
        ("12 34", "number_unreadable"),
        ("1,23,456", "number_unreadable"),
        ("1,2345,6789", "number_unreadable"),
        ("约100万", "number_unreadable"),
        ("10-20万", "number_unreadable"),
        ("5M", "number_unreadable"),
        ("Infinity", "number_unreadable"),
        ("1_000", "number_unreadable"),
        ("0x10", "number_unreadable"),
        ("(5", "number_unreadable"),
        ("--5", "number_unreadable"),
        ("一百五", "number_unreadable"),
        ("三万五", "number_unreadable"),
        ("9" * 61, "number_unreadable"),
        (True, "number_unreadable"),
        ("1.234,56", "decimal_mark_open"),
        ("1.234.567", "decimal_mark_open"),
        ("12,5", "decimal_mark_open"),
        ("1.38E+10", "digits_lost"),
        ("1.38e+10", "digits_lost"),
        ("1e300000", "number_unreadable"),
        ("12%", "percent_in_number"),
        (Percent(Decimal("0.12")), "percent_in_number"),
        ("1.234", "too_many_digits"),
        ("9" * 30, "number_too_large"),
        (Decimal("1e300"), "number_too_large"),
        (CellError("#N/A"), "cell_error"),
        (CellError("SUM(A1)", "cell_formula_uncached"), "cell_formula_uncached"),
    ],
)
def test_a_decimal_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(DecimalKind(digits=2), cell) == code


@pytest.mark.parametrize("cell", [None, "", "  ", "\u3000", "\u200b", "-", "—", "/", "N/A", "NaN"])
@pytest.mark.parametrize("kind", [DecimalKind(), Integer(), PercentKind(), MoneyKind()])
def test_blanks_and_words_for_nothing_are_empty(kind: Kind, cell: Cell) -> None:
    assert read(kind, cell) is None


def test_which_words_are_empty_can_be_declared() -> None:
    assert read(Integer(), "暂无", CellFormat(empty_words=("暂无",))) is None
    assert refusal(Integer(), "-", CellFormat(empty_words=("暂无",))) == "number_unreadable"


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1,234", 1234), ("12.0", 12), ("1.2万", 12000), ("５", 5), ("500人", 500), (7, 7)],
)
def test_an_integer_column_reads(cell: Cell, value: int) -> None:
    found = read(Integer(), cell)
    assert (type(found), found) == (int, value)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.5", "not_whole"),
        ("1.23456万", "not_whole"),
        ("5箱", "number_unreadable"),
        ("9223372036854775808", "out_of_range"),
        (10**30, "number_too_large"),
    ],
)
def test_an_integer_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(Integer(), cell) == code


def test_a_comma_in_one_cell_makes_its_neighbors_doubtful() -> None:
    column: list[Cell] = ["1.234", "12,5", "7"]
    kind = DecimalKind(digits=3)
    assert read(kind, "1.234") == Decimal("1.234")
    assert refusal(kind, "1.234", column=column) == "decimal_mark_open"
    assert refusal(kind, "12,5", column=column) == "decimal_mark_open"
    assert read(kind, "7", column=column) == 7
    declared = CellFormat(decimal_mark=",")
    assert read(kind, "1.234", declared, column) == 1234
    assert read(kind, "12,5", declared, column) == Decimal("12.5")
    assert read(kind, "1.234,56", declared, column) == Decimal("1234.56")
    assert read(kind, "1.234", CellFormat(decimal_mark="."), column) == Decimal("1.234")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("￥1,234.50", "1234.50"),
        ("¥1234.5", "1234.50"),
        ("-￥5", "-5.00"),
        ("(￥5)", "-5.00"),
        ("RMB 1,234.50", "1234.50"),
        ("1,234.50 CNY", "1234.50"),
        ("人民币1234.5元", "1234.50"),
        ("￥100元", "100.00"),
        ("1.2万元", "12000.00"),
        ("３亿元", "300000000.00"),
        ("1234元整", "1234.00"),
        ("壹仟贰佰元整", "1200.00"),
        ("人民币：壹万贰仟叁佰肆拾伍元陆角柒分", "12345.67"),
        ("叁佰圆正", "300.00"),
        ("88", "88.00"),
    ],
)
def test_a_money_column_reads(cell: Cell, value: str) -> None:
    assert str(read(MoneyKind(), cell)) == value


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("$5", "currency_other"),
        ("5 USD", "currency_other"),
        ("5美元", "currency_other"),
        ("$5元", "number_unreadable"),
        ("5人", "number_unreadable"),
        ("5%", "number_unreadable"),
    ],
)
def test_a_money_column_refuses(cell: Cell, code: str) -> None:
    assert refusal(MoneyKind(), cell) == code


def test_a_unit_of_the_header_is_the_unit_of_bare_numbers() -> None:
    ten_thousand = CellFormat(unit="万元")
    assert read(MoneyKind(), "120", ten_thousand) == 1_200_000
    assert read(MoneyKind(), "￥120", ten_thousand) == 1_200_000
    assert read(MoneyKind(), Decimal("0.5"), ten_thousand) == 5_000
    assert refusal(MoneyKind(), "120万", ten_thousand) == "unit_twice"
    assert refusal(MoneyKind(), "120", CellFormat(unit="USD")) == "currency_other"
    assert read(Integer(), "120", CellFormat(unit="个")) == 120


def test_money_of_any_currency_needs_one() -> None:
    assert read(AnyMoney(), "￥5") == Money(Decimal(5), "CNY")
    assert read(AnyMoney(), "$1,234.50") == Money(Decimal("1234.5"), "USD")
    assert read(AnyMoney(), "5 HKD") == Money(Decimal(5), "HKD")
    assert read(AnyMoney(), "5万日元") == Money(Decimal(50_000), "JPY")
    assert read(AnyMoney(), "5", CellFormat(unit="EUR")) == Money(Decimal(5), "EUR")
    assert refusal(AnyMoney(), "5") == "currency_missing"
    assert refusal(AnyMoney(), "$5", CellFormat(unit="EUR")) == "unit_twice"


def test_a_plain_number_forgets_no_currency() -> None:
    assert read(DecimalKind(), "￥5", column=["￥5", "￥6"]) == 5
    assert refusal(DecimalKind(), "￥5", column=["￥5", "$6"]) == "currencies_mixed"
    assert read(DecimalKind(), "5", column=["￥5", "$6", "5"]) == 5


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12%", "12.00"),
        ("12％", "12.00"),
        ("１２.5 %", "12.50"),
        (Percent(Decimal("0.12")), "12.00"),
        ("0%", "0.00"),
        (0, "0.00"),
    ],
)
def test_a_percentage_reads(cell: Cell, value: str) -> None:
    assert str(read(PercentKind(), cell)) == value


def test_whether_bare_numbers_are_fractions_is_for_the_column_to_say() -> None:
    assert refusal(PercentKind(), Decimal("0.12")) == "percent_open"
    assert refusal(PercentKind(), 1, column=[Decimal("0.12"), 1]) == "percent_open"
    assert read(PercentKind(), Decimal("0.12"), column=[Decimal("0.12"), 35]) == Decimal("0.12")
    assert read(PercentKind(), 35, column=["35"]) == 35
    assert read(PercentKind(), "0.12", CellFormat(fractions=True)) == 12
    assert read(PercentKind(), "0.12", CellFormat(fractions=False)) == Decimal("0.12")
    assert refusal(PercentKind(), "120%") == "out_of_range"


def test_stars_and_points() -> None:
    assert read(Rating(), "★★★★☆") == 4
    assert read(Rating(), "4星") == 4
    assert read(Score(), "85分") == 85
    assert refusal(Rating(), "6") == "out_of_range"
