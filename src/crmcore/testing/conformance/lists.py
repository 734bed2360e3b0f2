"""What lists promise: a total order, the same for every store, and pages that join to the whole."""

from __future__ import annotations

import pytest
from attrs import evolve

from crmcore.kinds import AnyMoney, Choice, DecimalKind, Text
from crmcore.query.bound import ID_REF, BoundQuery, Ref
from crmcore.schema import Field, Module
from crmcore.storage import Backend
from crmcore.testing.asking import Asker
from crmcore.testing.conformance.desk import Desk, conditions_of, record_named
from crmcore.testing.conformance.golden_links import DEALS, PEOPLE
from crmcore.testing.hostile import LONG
from crmcore.testing.script import Create

ITEM = Module(
    "item",
    [
        Field("name", Text(), number=1),
        Field("stage", Choice(("zeta", "alpha", "midway")), number=2),
        Field("size", DecimalKind(2), number=3),
        Field("price", AnyMoney(), number=4),
    ],
    title="name",
    number=103,
)
_SIZES = ("-1", "9", "10", None, "9.5", None, "10", "10")


class Lists:
    """Order: empty smallest, texts by key then value, choices by position, ids break ties."""

    @pytest.fixture
    def items(self, store: Backend) -> Desk:
        """A store for items."""
        return Desk.at(store, ITEM)

    def test_empty_sorts_smallest(self, items: Desk) -> None:
        items.commit(*_sized())
        rising = items.find("item", None, "size", order="size")
        expected = [
            DecimalKind(2).normalize(one)
            for one in (None, None, "-1", "9", "9.5", "10", "10", "10")
        ]
        assert rising == expected
        assert items.find("item", None, "size", order="size desc") == expected[::-1]

    def test_ids_break_ties_in_the_direction_of_the_last_term(self, items: Desk) -> None:
        items.commit(*_sized())
        tens = sorted(record_named(f"i{n}") for n, size in enumerate(_SIZES) if size == "10")
        assert items.find("item", "size == 10", "id", order="size") == tens
        assert items.find("item", "size == 10", "id", order="size desc") == tens[::-1]
        everything = sorted(record_named(f"i{n}") for n in range(len(_SIZES)))
        assert items.find("item", None, "id") == everything
        assert items.find("item", None, "id", order="price desc") == everything[::-1]

    def test_texts_sort_by_search_key_then_value(self, items: Desk) -> None:
        names = ["b", "A", "a", "Ä", "ａ", "Z", "10", "9", "é", "f", "华", "ß", "st", *LONG]
        items.commit(*(Create("item", record_named(name), {"name": name}) for name in names))
        expected = sorted(names, key=Text().sort_key)  # type: ignore[arg-type]
        assert items.find("item", order="name") == expected
        assert items.find("item", order="name desc") == expected[::-1]
        assert expected[:6] == ["10", "9", "A", "a", "Ä", "ａ"]

    def test_choices_sort_by_position(self, items: Desk) -> None:
        stages = ("midway", "zeta", "alpha", None)
        items.commit(*(Create("item", record_named(str(one)), {"stage": one}) for one in stages))
        assert items.find("item", None, "stage", order="stage") == [None, "zeta", "alpha", "midway"]
        assert items.find("item", None, "stage", order="stage desc") == [
            "midway",
            "alpha",
            "zeta",
            None,
        ]

    def test_money_of_any_currency_sorts_by_code_then_amount(self, items: Desk) -> None:
        prices = ("10 USD", "9 USD", "100 CNY", "-1 CNY", None)
        normal = AnyMoney().normalize
        items.commit(*(Create("item", record_named(str(p)), {"price": normal(p)}) for p in prices))
        expected = [normal(one) for one in (None, "-1 CNY", "100 CNY", "9 USD", "10 USD")]
        assert items.find("item", None, "price", order="price") == expected

    def test_several_terms_each_in_its_direction(self, items: Desk) -> None:
        items.commit(*_sized())
        rows = items.find("item", None, "size", "name", order="size desc, name")
        expected = sorted(rows, key=lambda row: row[1])
        expected.sort(key=lambda row: (row[0] is not None, row[0] or 0), reverse=True)
        assert rows == expected

    def test_links_sort_by_the_title_of_their_target(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        assert desk.find("deal", order="company, title") == ["d4", "d1", "d2", "d3", "d5"]
        assert desk.find("deal", order="company desc, title") == ["d5", "d3", "d1", "d2", "d4"]
        assert desk.find("deal", order="company.region desc, title desc") == [
            "d3",
            "d5",
            "d2",
            "d1",
            "d4",
        ]

    def test_what_may_not_be_seen_sorts_as_empty(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        asker = Asker(conditions_of({"deal": "true", "company": "name != 'acme'"}))
        assert desk.find("deal", order="company, title", asker=asker) == [
            "d1",
            "d2",
            "d4",
            "d3",
            "d5",
        ]
        found = desk.find("deal", None, "company.name", "company", order="title", asker=asker)
        acme = record_named("acme")
        assert found[:2] == [(None, acme), (None, acme)]

    def test_columns_come_as_they_were_asked_for(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        row = ("d3", None, "beta", "华东", "d3", None)
        columns = ("title", "amount", "company.name", "company.parent.region", "title", "won")
        assert desk.find("deal", "title == 'd3'", *columns) == [row]

    def test_a_limit_is_kept(self, items: Desk) -> None:
        items.commit(*_sized())
        everything = items.find("item", order="name")
        for limit in (1, 3, 8, 9):
            assert items.find("item", order="name", limit=limit) == everything[:limit]

    @pytest.mark.parametrize(
        "order",
        ["size", "size desc", "name", "size, name desc", "size desc, price, name", "stage, size"],
    )
    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    def test_pages_join_to_the_whole_list(self, items: Desk, order: str, size: int) -> None:
        items.commit(*_sized())
        query = items.query("item", None, "id", "size", order=order)
        pages = items.pages(query, size)
        assert [row for page in pages for row in page] == items.rows(query)
        assert all(len(page) == size for page in pages[:-1])

    def test_pages_along_links(self, desk: Desk) -> None:
        desk.commit(*PEOPLE, *DEALS)
        for order in ("company, title", "company.region desc", "partner.name, company.name desc"):
            query = desk.query("deal", "won or not won", "title", order=order)
            joined = [row for page in desk.pages(query, 2) for row in page]
            assert joined == desk.rows(query)

    def test_a_page_begins_behind_its_cursor_whatever_is_there(self, items: Desk) -> None:
        """The record of the cursor may be gone; its place in the order is not."""
        items.commit(*_sized())
        nine = DecimalKind(2).normalize("9.25")
        cursor = (nine, record_named("gone"))
        assert [str(x) for x in items.find("item", None, "size", order="size", after=cursor)] == [
            "9.50", "10.00", "10.00", "10.00",
        ]  # fmt: skip
        falling = items.find("item", None, "size", order="size desc", after=cursor)
        assert [str(x) for x in falling] == ["9.00", "-1.00", "None", "None"]
        assert items.find("item", None, "size", order="size desc", after=(None, "0" * 32)) == []
        assert len(items.find("item", order="size", after=(None, "0" * 32))) == len(_SIZES)

    def test_long_answers_come_whole(self, items: Desk) -> None:
        count = 3_500
        items.commit(
            *(Create("item", record_named(f"i{n}"), {"name": f"{n:04}"}) for n in range(count))
        )
        assert items.find("item", order="name") == [f"{n:04}" for n in range(count)]
        query = items.query("item", order="name desc")
        joined = [row[0] for page in items.pages(query, 999) for row in page]
        assert joined == [f"{n:04}" for n in reversed(range(count))]

    def test_batches_are_lists_of_tuples(self, items: Desk) -> None:
        items.commit(*_sized())
        module = items.schema.module("item")
        query = BoundQuery(module, (ID_REF, Ref((), module.by_name["size"])))
        with items.reading() as reader:
            for batch in reader.select(query):
                assert len(batch) > 0
                assert all(type(row) is tuple and len(row) == 2 for row in batch)
            nobody = evolve(query, where=items.query("item", "name == 'nobody'").where)
            assert list(reader.select(nobody)) == []


def _sized() -> list[Create]:
    normal = DecimalKind(2).normalize
    return [
        Create(
            "item",
            record_named(f"i{n}"),
            {"name": f"n{n % 3}", "size": normal(size), "stage": ("zeta", "alpha", None)[n % 3]},
        )
        for n, size in enumerate(_SIZES)
    ]
