"""Figures are exact whatever their size, and refused where they are too large to tell."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.query.test_evaluate import NOWHERE

from crmcore.errors import CapacityExceeded
from crmcore.kinds import AnyMoney, DecimalKind, Duration, Integer, Money, Text
from crmcore.query.answer import (
    checked_total,
    scaled_decimal,
    sum_of_units,
    summarize,
    unscaled,
    whole_units,
)
from crmcore.query.bound import BoundMeasure, BoundSummary, Ref
from crmcore.schema import Field, Module
from crmcore.testing.rows import new_row, record_id

MODULE = Module(
    "figure",
    [
        Field("whole", Integer(), number=1),
        Field("exact", DecimalKind(4), number=2),
        Field("span", Duration(), number=3),
        Field("price", AnyMoney(), number=4),
        Field("name", Text(), number=5),
    ],
)
LONGEST = timedelta(milliseconds=10**15)


def _sum(name: str, values: list[object]) -> object:
    rows = [new_row(MODULE, record_id(n), 0, {name: one}) for n, one in enumerate(values)]
    measure = BoundMeasure("sum", Ref((), MODULE.by_name[name]))
    ((total,),) = summarize(BoundSummary(MODULE, (), (measure,)), rows, NOWHERE)
    return total


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_sums_of_integers(values: list[int]) -> None:
    assert _sum("whole", [*values]) == (sum(values) if values else None)


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1), max_size=20))
def test_sums_of_decimals_keep_their_scale(values: list[int]) -> None:
    total = _sum("exact", [scaled_decimal(value, 4) for value in values])
    if not values:
        assert total is None
        return
    assert isinstance(total, Decimal)
    assert total.as_tuple().exponent == -4
    assert unscaled(total, 4) == sum(values)


@given(st.lists(st.sampled_from([LONGEST, -LONGEST, timedelta(milliseconds=1)]), max_size=12))
def test_sums_of_durations_do_not_meet_the_limits_of_python(values: list[timedelta]) -> None:
    whole = sum(value // timedelta(milliseconds=1) for value in values)
    if abs(whole) >= 10**16:
        with pytest.raises(CapacityExceeded):
            _sum("span", [*values])
    else:
        assert _sum("span", [*values]) == (timedelta(milliseconds=whole) if values else None)


def test_a_hundred_longest_durations_are_refused_in_any_order() -> None:
    for values in ([LONGEST] * 100, [-LONGEST] * 100):
        with pytest.raises(CapacityExceeded) as caught:
            _sum("span", [*values])
        assert caught.value.code == "sum_too_large"
    assert _sum("span", [LONGEST] * 100 + [-LONGEST] * 99) == LONGEST


def test_money_is_summed_per_code_in_their_order() -> None:
    values = [Money(Decimal(f"{n}.0001"), code) for n, code in ((1, "USD"), (2, "CNY"), (3, "USD"))]
    assert _sum("price", [*values]) == (
        Money(Decimal("2.0001"), "CNY"),
        Money(Decimal("4.0002"), "USD"),
    )


def test_totals_have_at_most_38_digits() -> None:
    assert checked_total(10**38 - 1) == 10**38 - 1
    assert checked_total(1 - 10**38) == 1 - 10**38
    for total in (10**38, -(10**38)):
        with pytest.raises(CapacityExceeded) as caught:
            checked_total(total)
        assert caught.value.problems[0].params["limit"] == 38


@given(st.integers(-(10**40), 10**40), st.integers(0, 18))
def test_units_and_decimals_turn_into_each_other(whole: int, scale: int) -> None:
    made = scaled_decimal(whole, scale)
    assert made.as_tuple().exponent == -scale
    assert unscaled(made, scale) == whole
    assert not (made.is_signed() and not made)


def test_units_are_those_of_the_kind() -> None:
    assert whole_units(Integer(), -5) == -5
    assert whole_units(DecimalKind(4), Decimal("0.0001")) == 1
    assert whole_units(Duration(), timedelta(seconds=1)) == 1_000
    assert whole_units(AnyMoney(), Money(Decimal("1.5000"), "CNY")) == 15_000
    assert sum_of_units(DecimalKind(2), -5) == Decimal("-0.05")
    assert sum_of_units(Integer(), 10**20) == 10**20
    assert sum_of_units(Duration(), 5) == timedelta(milliseconds=5)
