"""What summaries promise: exact figures, each with its condition; empty is a group."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crmcore.kinds import AnyMoney, Choice, DecimalKind, Duration, Integer, Money, Text
from crmcore.query.ast import Measure
from crmcore.query.text import parse
from crmcore.schema import Field, Module
from crmcore.storage import Backend
from crmcore.testing.asking import Asker, exact_row
from crmcore.testing.conformance.desk import Desk, conditions_of, record_named
from crmcore.testing.conformance.golden_links import DEALS, PEOPLE
from crmcore.testing.script import Create

FIGURE = Module(
    "figure",
    [
        Field("name", Text(), number=1),
        Field("kind", Choice(("z", "a", "m")), number=2),
        Field("whole", Integer(), number=3),
        Field("exact", DecimalKind(2), number=4),
        Field("fine", DecimalKind(18), number=5),
        Field("price", AnyMoney(), number=6),
        Field("span", Duration(), number=7),
    ],
    title="name",
    number=103,
)
_BIG = 2**63 - 1


class Summaries:
    """Groups and figures: exact whatever their size, over one grain, in no stated order."""

    @pytest.fixture
    def figures(self, store: Backend) -> Desk:
        """A store for figures."""
        return Desk.at(store, FIGURE)

    def test_without_groups_there_is_one_row(self, figures: Desk) -> None:
        measures = (
            "count",
            "count:whole",
            "count_distinct:whole",
            "sum:whole",
            "min:name",
            "max:exact",
        )
        assert figures.summarize("figure", *measures) == [(0, 0, 0, None, None, None)]
        _commit(figures, {"whole": 1, "name": "b"}, {"whole": 1}, {"name": "a", "exact": "0.10"})
        expected = (3, 2, 1, 2, "a", Decimal("0.10"))
        assert figures.summarize("figure", *measures) == [expected]

    def test_over_nothing_there_are_no_groups(self, figures: Desk) -> None:
        assert figures.summarize("figure", "count", by=["kind"]) == []
        _commit(figures, {"kind": "a"})
        assert figures.summarize("figure", "count", by=["kind"], where="kind == 'z'") == []

    def test_empty_is_a_group(self, figures: Desk) -> None:
        _commit(figures, {"kind": "a"}, {}, {"kind": "a"}, {}, {"kind": "z"})
        assert _groups(figures, "kind") == {("a", 2), (None, 2), ("z", 1)}

    def test_groups_of_several_dimensions(self, figures: Desk) -> None:
        _commit(
            figures,
            {"kind": "a", "whole": 1},
            {"kind": "a"},
            {"whole": 1},
            {"kind": "a", "whole": 1},
        )
        assert _groups(figures, "kind", "whole") == {("a", 1, 2), ("a", None, 1), (None, 1, 1)}

    def test_every_measure_has_its_own_condition(self, figures: Desk) -> None:
        _commit(figures, *({"kind": "a" if n % 2 else "z", "whole": n} for n in range(10)), {})
        measures = [
            Measure("count", where=parse("kind == 'a'")),
            Measure("sum", ("whole",), parse("whole > 5")),
            Measure("max", ("whole",), parse("kind == 'z'")),
            Measure("sum", ("whole",), parse("whole > 100")),
            Measure("count", ("whole",), parse("not (kind == 'a')")),
        ]
        assert figures.summarize("figure", *measures) == [(5, 30, 8, None, 5)]
        found = figures.summarize("figure", *measures[:2], by=["kind"])
        assert set(found) == {(None, 0, None), ("a", 5, 16), ("z", 0, 14)}

    def test_sums_are_exact_whatever_their_size(self, figures: Desk) -> None:
        big = "9999999999999999.99"
        _commit(
            figures,
            *(
                {"whole": _BIG, "exact": big, "fine": "0." + "9" * 18, "name": "x"}
                for _ in range(20)
            ),
            {"whole": -5, "exact": "-0.01", "fine": "-0." + "0" * 17 + "1", "name": "x"},
        )
        expected = (
            20 * _BIG - 5,
            20 * Decimal(big) - Decimal("0.01"),
            Decimal("19.999999999999999979"),
        )
        found = figures.summarize("figure", "sum:whole", "sum:exact", "sum:fine")
        assert [exact_row(row) for row in found] == [exact_row(expected)]
        grouped = figures.summarize("figure", "sum:whole", by=["name"])
        assert grouped == [("x", expected[0])]

    def test_sums_do_not_depend_on_what_comes_first(self, figures: Desk) -> None:
        """Beyond 64 bits in between, within them at the end."""
        wholes = (_BIG, _BIG, -_BIG, -_BIG - 1, 3)
        _commit(figures, *({"whole": one} for one in wholes))
        assert figures.summarize("figure", "sum:whole") == [(sum(wholes),)]

    def test_sums_of_negative_numbers(self, figures: Desk) -> None:
        wholes = (-1, -(2**32), -(2**40) - 7, 2**33 + 1)
        _commit(figures, *({"whole": one} for one in wholes))
        assert figures.summarize("figure", "sum:whole", "min:whole", "max:whole") == [
            (sum(wholes), min(wholes), max(wholes))
        ]

    def test_money_of_any_currency_is_summed_per_code(self, figures: Desk) -> None:
        prices = ("0.1 USD", "0.2 USD", "99999999999999.9999 CNY", "0.0001 CNY", "-5 JPY", None)
        _commit(figures, *({"price": one} for one in prices))
        expected = (
            Money(Decimal("100000000000000.0000"), "CNY"),
            Money(Decimal("-5.0000"), "JPY"),
            Money(Decimal("0.3000"), "USD"),
        )
        found = figures.summarize("figure", "sum:price", "count:price", "count_distinct:price")
        assert [exact_row(row) for row in found] == [exact_row((expected, 5, 5))]
        assert figures.summarize("figure", "sum:price", where="price == null") == [(None,)]
        lowest = Money(Decimal("0.0001"), "CNY")
        highest = Money(Decimal("0.2000"), "USD")
        assert figures.summarize("figure", "min:price", "max:price") == [(lowest, highest)]

    def test_durations_add_up(self, figures: Desk) -> None:
        longest = timedelta(milliseconds=10**15)
        _commit(
            figures, *({"span": longest} for _ in range(9)), {"span": timedelta(milliseconds=-1)}
        )
        assert figures.summarize("figure", "sum:span", "min:span") == [
            (9 * longest - timedelta(milliseconds=1), timedelta(milliseconds=-1))
        ]

    def test_least_and_greatest_follow_the_order_of_the_kind(self, figures: Desk) -> None:
        rows = [
            {"name": name, "kind": kind}
            for name, kind in zip("bÄaZ", ("a", "z", "m", None), strict=True)
        ]
        _commit(figures, *rows)
        found = figures.summarize("figure", "min:name", "max:name", "min:kind", "max:kind")
        assert found == [("a", "Z", "z", "m")]

    def test_groups_along_links_and_who_may_see_them(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        found = desk.summarize("deal", "count", "sum:amount", by=["company.region"])
        assert set(found) == {
            (None, 1, Decimal("50.00")),
            ("华东", 3, Decimal("350.00")),
            ("华北", 1, None),
        }
        asker = Asker(conditions_of({"deal": "won", "company": "name == 'acme'"}))
        found = desk.summarize("deal", "count", by=["company.region"], asker=asker)
        assert set(found) == {("华东", 1), (None, 2)}
        by_link = desk.summarize("deal", "count", by=["company"], asker=asker)
        assert set(by_link) == {(record_named("acme"), 1), (record_named("delta"), 1), (None, 1)}

    def test_figures_along_links(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        found = desk.summarize(
            "deal", "count_distinct:company.region", "max:company.name", "count:partner.name"
        )
        assert found == [(2, "delta", 2)]

    def test_conditions_over_children_do_not_multiply_the_grain(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        where = "exists(deal.company) and exists(deal.company, won)"
        assert desk.summarize("company", "count", "count:region", where=where) == [(2, 2)]

    def test_many_groups_come_whole(self, figures: Desk) -> None:
        _commit(figures, *({"whole": n % 1_500} for n in range(3_000)))
        found = figures.summarize("figure", "count", by=["whole"])
        assert sorted(found) == [(n, 2) for n in range(1_500)]


def _commit(desk: Desk, *rows: dict[str, Any]) -> None:
    module = desk.schema.module("figure")
    acts = [
        Create(
            "figure",
            record_named(f"f{n}"),
            {name: module.by_name[name].kind.normalize(value) for name, value in row.items()},
        )
        for n, row in enumerate(rows)
    ]
    desk.commit(*acts)


def _groups(desk: Desk, *by: str) -> set[tuple[object, ...]]:
    return set(desk.summarize("figure", "count", by=by))
