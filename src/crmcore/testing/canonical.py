"""Canonical values: for each kind what lies at its edges, in normal form.

A backend must hand each back as it was given, value and type.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import frozen

from crmcore.kinds import (
    AnyMoney,
    Boolean,
    Choice,
    CreditCode,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Email,
    Integer,
    Json,
    Kind,
    Link,
    LongText,
    MoneyKind,
    MultiChoice,
    MultiLink,
    Option,
    Percent,
    Phone,
    Postcode,
    Rating,
    Score,
    Text,
    Url,
    WallTime,
)
from crmcore.testing.hostile import ALIKE, HOSTILE, LONG
from crmcore.testing.rows import record_id

OPTIONS: Final = (
    Option("won", "赢单"),
    Option("lost", "输单"),
    Option("a' or 1=1 --"),
    Option("键"),
    Option("$where", retired=True),
    Option("10"),
    Option("9"),
)
"""Options whose order is neither that of their codes nor that of their labels."""

INTEGERS: Final = (0, 1, -1, 9, 10, -10, 255, 2**31, -(2**31), 2**53 + 1, -(2**53) - 1)
LARGE: Final = (2**63 - 1, 2**63 - 2, -(2**63), -(2**63) + 1)
DATES: Final = (
    date(1, 1, 1),
    date(9999, 12, 31),
    date(1582, 10, 10),
    date(1900, 2, 28),
    date(1969, 12, 31),
    date(1970, 1, 1),
    date(2000, 2, 29),
    date(2023, 12, 31),
    date(2024, 1, 1),
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2024, 3, 31),
    date(2024, 12, 30),
)
INSTANTS: Final = (
    datetime(1, 1, 2, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(1899, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1986, 5, 4, 0, 30, tzinfo=UTC),
    datetime(2011, 12, 30, 9, 59, 59, 999_000, tzinfo=UTC),
    datetime(2023, 12, 31, 16, tzinfo=UTC),
    datetime(2024, 2, 29, 15, 59, 59, 1_000, tzinfo=UTC),
    datetime(2024, 3, 10, 10, tzinfo=UTC),
    datetime(2024, 3, 31, 0, 59, 59, 999_000, tzinfo=UTC),
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    datetime(2150, 7, 1, 12, tzinfo=UTC),
)


@frozen
class Sample:
    """Values of one kind, each in normal form and none empty."""

    name: str
    kind: Kind
    values: tuple[Any, ...]


def _decimals(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def _sample(name: str, kind: Kind, *given: object) -> Sample:
    return Sample(name, kind, tuple(kind.normalize(value) for value in given))


def _texts() -> tuple[Sample, ...]:
    long = ("  indented\n\tlines\n\nend", "a\nb", "x" * 20_000, "汉" * 5_000, "-- \n'\"")
    return (
        _sample("text", Text(), *HOSTILE, *ALIKE, *LONG),
        _sample("unsorted_text", Text(sorted=False), *HOSTILE, *ALIKE, *LONG),
        _sample("long_text", LongText(), *HOSTILE, *long),
        _sample("sorted_long_text", LongText(sorted=True), *ALIKE, *long),
    )


def _numbers() -> tuple[Sample, ...]:
    nines = "9" * 16
    return (
        _sample("integer", Integer(), *INTEGERS, *LARGE),
        _sample("decimal_0", DecimalKind(0), *_decimals("0", "-1", "9" * 18, "-" + "9" * 18)),
        _sample(
            "decimal_2",
            DecimalKind(2),
            *_decimals("0", "0.01", "-0.01", "1.10", "-99.99", "0.1", "0.2", "0.3", "10", "9"),
            *_decimals(f"{nines}.99", f"-{nines}.99", f"{nines}.98", "9007199254740993.01"),
        ),
        _sample(
            "decimal_18",
            DecimalKind(18),
            *_decimals("0", "0." + "0" * 17 + "1", "-0." + "9" * 18, "0." + "1" * 18),
        ),
        _sample("percent", Percent(2), *_decimals("0", "100", "12.50", "99.99")),
        _sample("rating", Rating(), *_decimals("1", "3", "5")),
        _sample("score", Score(digits=1), *_decimals("0", "0.1", "100")),
        _sample("money", MoneyKind(2, currency="CNY"), *_decimals("0", "1234.50", "-0.01")),
        _sample(
            "any_money",
            AnyMoney(),
            *("100 CNY", "100 USD", "-0.0001 CNY", "0 JPY", "99.9999 USD", "100.0001 CNY"),
            *("99999999999999.9999 EUR", "-99999999999999.9999 EUR", "0 CNY"),
        ),
        _sample("boolean", Boolean(), True, False),
    )


def _times() -> tuple[Sample, ...]:
    spans = (0, 1, -1, 999, 86_400_000, -86_400_001, 10**15, -(10**15))
    return (
        _sample("date", Date(), *DATES),
        _sample("datetime", DateTime(), *INSTANTS),
        _sample("wall_time", WallTime(), time(0, 0), time(9, 30), time(23, 59)),
        _sample("duration", Duration(), *(timedelta(milliseconds=span) for span in spans)),
    )


def _contacts() -> tuple[Sample, ...]:
    return (
        _sample("email", Email(), "a@example.com", "A.B+c@Example.COM", "mailto:x_y@example.org"),
        _sample(
            "phone", Phone(), "+8613812345678", "138 1234 5678", "010-65521234", "+1 202 555 0100"
        ),
        _sample(
            "url", Url(), "https://example.com", "Example.com/a?b=%20#c", "http://例子.测试/路径"
        ),
        _sample("postcode", Postcode(), "100000", "518 000", "001234"),
        _sample("credit_code", CreditCode(), "91110000600037341L", "9111 0000 6000 3734 1l"),
    )


def _sets() -> tuple[Sample, ...]:
    codes = [option.code for option in OPTIONS if not option.retired]
    first, second = record_id(1), record_id(2)
    return (
        _sample("choice", Choice(OPTIONS), *codes),
        _sample("multi_choice", MultiChoice(OPTIONS), codes, codes[:1], codes[1:3], [codes[-1]]),
        _sample("link", Link("thing"), first, second),
        _sample("multi_link", MultiLink("thing"), [first], [second, first]),
        _sample(
            "json",
            Json(),
            *({"b": 1, "a": [None, True, 1.5, "键"]}, [], {}, "", 0, False, "null", [[]], 10**30),
            *({"$where": "1", "'": "'"}, "\u2028", -0.5, {"a": {"a": {"a": []}}}),
        ),
    )


def samples() -> tuple[Sample, ...]:
    """Canonical values of every kind: more than two hundred in all."""
    return (*_texts(), *_numbers(), *_times(), *_contacts(), *_sets())
