"""Exact numbers and money."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import Invalid
from crmcore.kinds import (
    AnyMoney,
    Boolean,
    DecimalKind,
    Integer,
    Kind,
    Money,
    MoneyKind,
    Percent,
    Rating,
    Score,
)


def code(kind: Kind, value: object) -> str:
    with pytest.raises(Invalid) as caught:
        kind.normalize(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        (0, 0),
        (-(2**63), -(2**63)),
        (2**63 - 1, 2**63 - 1),
        ("42", 42),
        (" -7 ", -7),
        ("+1,234,567", 1234567),
        (13800138000.0, 13800138000),
        (Decimal("1E+3"), 1000),
        (Decimal("5.000"), 5),
        (Decimal("-0"), 0),
        (Decimal("0E+999999999"), 0),
    ],
)
def test_integers(value: object, normal: int) -> None:
    found = Integer().normalize(value)
    assert found == normal
    assert type(found) is int


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**63, "out_of_range"),
        (-(2**63) - 1, "out_of_range"),
        ("9" * 19, "out_of_range"),
        (10**400, "out_of_range"),
        (1.5, "not_whole"),
        ("1.5", "not_whole"),
        (Decimal("1E-40"), "number_too_large"),
        (1e300, "number_too_large"),
        (float("nan"), "not_a_number"),
        (Decimal("sNaN"), "not_a_number"),
        ("1e5", "not_a_number"),
        ("1,23", "not_a_number"),
        ("12abc", "not_a_number"),
        ("٣", "not_a_number"),
        ("１", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1_000", "not_a_number"),
        (True, "not_a_number"),
        (b"1", "not_a_number"),
    ],
)
def test_what_is_no_integer(value: object, reason: str) -> None:
    assert code(Integer(), value) == reason


def test_an_integer_keeps_its_range() -> None:
    kind = Integer(minimum=1, maximum=10)
    assert [kind.normalize(number) for number in (1, 10)] == [1, 10]
    assert code(kind, 0) == code(kind, "11") == "out_of_range"


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("1,234.5", "1234.50"),
        (0.1, "0.10"),
        (1, "1.00"),
        (Decimal("1.5"), "1.50"),
        (Decimal("1E+2"), "100.00"),
        ("-0.00", "0.00"),
        (-0.0, "0.00"),
        (Decimal("-0.00"), "0.00"),
        ("9999999999999999.99", "9999999999999999.99"),
        (123456789012345.67, "123456789012345.67"),
    ],
)
def test_decimals_have_a_fixed_scale(value: object, normal: str) -> None:
    found = DecimalKind().normalize(value)
    assert found is not None
    assert str(found) == normal


def test_excess_digits_are_refused_or_rounded_half_to_even() -> None:
    assert code(DecimalKind(), "0.125") == "too_many_digits"
    assert code(DecimalKind(), 0.1 + 0.2) == "too_many_digits"
    rounded = DecimalKind(rounded=True)
    found = [rounded.normalize(text) for text in ("0.125", "0.135", "-0.125", "0.1250001")]
    assert [str(number) for number in found] == ["0.12", "0.14", "-0.12", "0.13"]
    assert str(rounded.normalize("-0.001")) == "0.00"


def test_eighteen_digits_and_no_more() -> None:
    assert DecimalKind().normalize("9" * 16) == Decimal("9" * 16)
    assert code(DecimalKind(), "1" + "0" * 16) == "number_too_large"
    assert code(DecimalKind(), Decimal("1" + "0" * 16 + ".00")) == "number_too_large"
    assert code(DecimalKind(rounded=True), "9999999999999999.995") == "number_too_large"
    assert DecimalKind(digits=18).normalize("0." + "9" * 18) is not None
    assert code(DecimalKind(digits=18), 1) == "number_too_large"
    assert DecimalKind(digits=0).normalize("9" * 18) == 10**18 - 1


def test_ranges_are_kept_after_rounding() -> None:
    kind = DecimalKind(minimum=0, maximum=Decimal(10), rounded=True)
    assert kind.normalize("10.001") == 10
    assert code(kind, "10.01") == code(kind, "-0.01") == "out_of_range"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**15))
def test_the_fast_way_and_the_long_way_agree(number: Decimal) -> None:
    kind = DecimalKind()
    found = kind.normalize(number)
    assert found == kind.normalize(str(number)) == number
    assert str(found) == str(kind.normalize(str(number)))


def test_percent_rating_and_score_have_ranges() -> None:
    assert str(Percent().normalize("12.5 %")) == "12.50"
    assert str(Percent().normalize("12％")) == "12.00"
    assert code(Percent(), "%") == "not_a_number"
    assert code(Percent(), 101) == code(Percent(), -1) == "out_of_range"
    assert Percent(minimum=None, maximum=None).normalize("-250%") == -250
    assert Rating().normalize("5") == 5
    assert code(Rating(), 0) == code(Rating(), 6) == "out_of_range"
    assert code(Rating(), 4.5) == "too_many_digits"
    assert Rating(digits=1, maximum=10).normalize(9.5) == Decimal("9.5")
    assert Score().normalize(0) == 0
    assert code(Score(), 101) == "out_of_range"


@pytest.mark.parametrize("bad", [0, 1, "true", "false", "是", "yes", 1.0, [], "0"])
def test_only_true_and_false_are_boolean(bad: object) -> None:
    assert Boolean().normalize(True) is True
    assert Boolean().normalize(False) is False
    assert code(Boolean(), bad) == "not_boolean"


def test_money_of_one_currency_is_a_decimal() -> None:
    assert MoneyKind().normalize("1,200") == Decimal("1200.00")
    assert MoneyKind(currency="JPY", digits=0).normalize(1200) == 1200
    assert code(MoneyKind(), Money(Decimal(1), "CNY")) == "not_a_number"


def test_amounts_of_two_currencies_do_not_compare() -> None:
    assert MoneyKind().comparable(MoneyKind(digits=4))
    assert MoneyKind().comparable(Integer())
    assert Integer().comparable(MoneyKind())
    assert not MoneyKind().comparable(MoneyKind(currency="USD"))
    assert not MoneyKind().comparable(AnyMoney())


@pytest.mark.parametrize(
    "value",
    [
        "12.50 USD",
        "USD 12.5",
        {"amount": "12.50", "currency": "USD"},
        {"currency": "USD", "amount": 12.5},
        Money(Decimal("12.5"), "USD"),
    ],
)
def test_money_of_any_currency(value: object) -> None:
    found = AnyMoney().normalize(value)
    assert found == Money(Decimal("12.5"), "USD")
    assert found is not None
    assert str(found.amount) == "12.5000"
    assert str(found) == "12.5 USD"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (12.5, "not_money"),
        ("12.5", "not_money"),
        ("12.5 USD EUR", "not_money"),
        ({"amount": 1}, "not_money"),
        ({"amount": 1, "currency": "CNY", "x": 1}, "not_money"),
        ("12.5 usd", "not_a_currency"),
        ("12.5 ABC", "not_a_currency"),
        ({"amount": 1, "currency": None}, "not_a_currency"),
        ("x USD", "not_a_number"),
        ("1.00001 USD", "too_many_digits"),
        ("1" + "0" * 14 + " USD", "number_too_large"),
    ],
)
def test_what_is_no_money(value: object, reason: str) -> None:
    assert code(AnyMoney(), value) == reason


def test_money_of_any_currency_is_ordered_by_code_then_amount() -> None:
    kind = AnyMoney()
    amounts = [kind.normalize(text) for text in ("USD 1", "CNY 9", "CNY 10", "CNY -1")]
    assert [str(one) for one in sorted(amounts, key=kind.sort_key)] == [
        "-1 CNY",
        "9 CNY",
        "10 CNY",
        "1 USD",
    ]
    assert kind.normalize({"amount": " ", "currency": "CNY"}) is None
    assert str(kind.normalize("CNY 1000")) == "1000 CNY"
