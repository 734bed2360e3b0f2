"""What preparing a store promises: it may be repeated, only adds, and loses nothing."""

from __future__ import annotations

from typing import Any, Final

import pytest
from attrs import evolve

from crmcore.errors import Duplicate
from crmcore.kinds import Choice, DecimalKind, Integer, Labels, Link, LongText, Option, Text
from crmcore.schema import Field, Key, Module
from crmcore.storage import Backend, Purge
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.hostile import HOSTILE, SQL_WORDS
from crmcore.testing.script import Change, Create, Remove

A, B, C = (record_named(name) for name in ("one", "two", "three"))
_NAME: Final = Field("name", Text(), number=1)
_SIZE: Final = Field("size", Integer(), number=2)
_PRICE: Final = Field("price", DecimalKind(2), number=3)
_CENT: Final = DecimalKind(2).normalize("0.01")


def _module(*fields: Field, **changes: Any) -> Module:
    return Module("thing", fields, title="name", number=104, **changes)


class Evolution:
    """A store evolves with its schema, as often as it likes, with all it holds."""

    @pytest.fixture
    def growing(self, store: Backend) -> Desk:
        """Two things in a store that is to grow."""
        desk = Desk.at(store, _module(_NAME, _SIZE))
        desk.commit(
            Create("thing", A, {"name": "a", "size": 1}),
            Create("thing", B, {"name": "b", "size": 2}),
        )
        desk.commit(Change("thing", A, {"size": 10}))
        return desk

    def test_preparing_again_changes_nothing(self, growing: Desk) -> None:
        before = growing.versions("thing")
        for _ in range(3):
            growing.prepare(_module(_NAME, _SIZE))
        assert growing.versions("thing") == before

    def test_a_new_field_is_empty_and_can_be_used(self, growing: Desk) -> None:
        growing.prepare(_module(_NAME, _SIZE, _PRICE))
        assert growing.find("thing", "price == null", order="name") == ["a", "b"]
        growing.commit(Change("thing", A, {"price": _CENT}))
        assert growing.find("thing", "price > 0", "price") == [_CENT]
        prices = [row[-3] for row in growing.versions("thing") if row[0] == A]
        assert prices == [None, None, _CENT]

    def test_a_new_module_can_be_used_and_linked_to(self, growing: Desk) -> None:
        link = Field("place", Link("place"), number=3)
        place = Module("place", [_NAME], title="name", number=105)
        growing.prepare(_module(_NAME, _SIZE, link), place)
        growing.commit(Create("place", C, {"name": "Bonn"}), Change("thing", A, {"place": C}))
        assert growing.find("thing", "place == 'Bonn'") == ["a"]
        assert growing.find("place", "exists(thing.place)") == ["Bonn"]

    def test_a_retired_field_keeps_its_values_through_changes(self, growing: Desk) -> None:
        growing.prepare(_module(_NAME, evolve(_SIZE, retired=True)))
        growing.commit(Change("thing", A, {"name": "changed"}))
        growing.commit(Create("thing", C, {"name": "c"}))
        growing.commit(Remove("thing", B))
        growing.prepare(_module(_NAME, _SIZE))
        assert growing.find("thing", None, "name", "size", order="name") == [
            ("c", None),
            ("changed", 10),
        ]
        sizes = [row[-3] for row in growing.versions("thing")]
        assert sorted(sizes, key=str) == [1, 10, 10, 2, None]

    def test_a_renamed_field_keeps_its_values(self, growing: Desk) -> None:
        growing.prepare(_module(_NAME, evolve(_SIZE, name="weight", label=Labels("重量"))))
        assert growing.find("thing", "weight == 10") == ["a"]
        growing.commit(Change("thing", B, {"weight": 20}))
        assert growing.find("thing", None, "weight", order="weight") == [10, 20]

    def test_a_name_given_up_can_be_given_again(self, growing: Desk) -> None:
        """Columns belong to numbers of fields, never to their names."""
        other = Field("size", Text(), number=3)
        growing.prepare(_module(_NAME, evolve(_SIZE, name="weight"), other))
        growing.commit(Change("thing", A, {"size": "large"}))
        assert growing.find("thing", None, "weight", "size", order="name") == [
            (10, "large"),
            (2, None),
        ]

    def test_fields_may_be_put_in_another_order(self, growing: Desk) -> None:
        growing.prepare(_module(_SIZE, _NAME))
        assert growing.find("thing", None, "size", "name", order="name") == [(10, "a"), (2, "b")]
        growing.commit(Change("thing", A, {"size": 11}))
        assert growing.find("thing", "name == 'a'", "size") == [11]

    def test_another_generation_of_a_field_begins_empty(self, growing: Desk) -> None:
        again = evolve(_SIZE, kind=Text(), generation=2)
        growing.prepare(_module(_NAME, again))
        assert growing.find("thing", None, "size") == [None, None]
        growing.commit(Change("thing", A, {"size": "ten"}))
        growing.prepare(_module(_NAME, _SIZE))
        assert growing.find("thing", None, "size", order="name") == [10, 2]

    def test_a_purge_empties_a_former_generation_for_good(self, growing: Desk) -> None:
        again = evolve(_SIZE, kind=Text(), generation=2)
        growing.prepare(_module(_NAME, again))
        growing.commit(Change("thing", A, {"size": "ten"}))
        old = evolve(_module(evolve(_SIZE, name="old")), title=None)
        with growing.writing() as transaction:
            transaction.apply([Purge(old, ["old"])])
        assert growing.find("thing", None, "size", order="name") == ["ten", None]
        assert growing.find("thing", order="name") == ["a", "b"]
        growing.prepare(_module(_NAME, _SIZE))
        assert growing.find("thing", None, "size") == [None, None]
        assert {row[-3] for row in growing.versions("thing")} == {None}

    def test_options_may_be_added_moved_and_retired(self, growing: Desk) -> None:
        def stage(*options: Option | str) -> Field:
            return Field("stage", Choice(options), number=3)

        growing.prepare(_module(_NAME, _SIZE, stage("new", "won")))
        growing.commit(Change("thing", A, {"stage": "new"}), Change("thing", B, {"stage": "won"}))
        assert growing.find("thing", order="stage") == ["a", "b"]
        growing.prepare(_module(_NAME, _SIZE, stage("won", Option("new", retired=True), "lost")))
        assert growing.find("thing", order="stage") == ["b", "a"]
        assert growing.find("thing", "stage == 'new'") == ["a"]

    def test_a_text_may_become_sortable(self, growing: Desk) -> None:
        plain = Field("note", Text(sorted=False), number=3)
        growing.prepare(_module(_NAME, _SIZE, plain))
        growing.commit(Change("thing", A, {"note": "Übung"}), Change("thing", B, {"note": "ａ"}))
        growing.prepare(_module(_NAME, _SIZE, evolve(plain, kind=Text())))
        assert growing.find("thing", "contains(note, 'ubu')") == ["a"]
        assert growing.find("thing", order="note") == ["b", "a"]

    def test_a_key_may_be_added_where_nothing_collides(self, growing: Desk) -> None:
        growing.commit(Create("thing", C, {"name": "c"}))
        growing.prepare(_module(evolve(_NAME, unique="folded"), _SIZE))
        with pytest.raises(Duplicate):
            growing.commit(Create("thing", record_named("four"), {"name": "A"}))
        assert growing.find("thing", order="name") == ["a", "b", "c"]

    def test_a_key_that_would_collide_is_refused_and_nothing_changes(self, growing: Desk) -> None:
        growing.commit(Create("thing", C, {"name": "A"}))
        before = growing.versions("thing")
        unique = _module(evolve(_NAME, unique="folded"), _SIZE, _PRICE)
        with pytest.raises(Duplicate) as caught:
            growing.backend.prepare(growing.schema.with_module(unique))
        (problem,) = caught.value.problems
        assert (problem.code, problem.module) == ("value_taken_in_store", "thing")
        shared = sorted([A, C])
        assert problem.params == {"fields": "name", "count": 2, "records": ", ".join(shared)}
        assert problem.record == shared[0]
        assert growing.versions("thing") == before
        growing.commit(Create("thing", record_named("four"), {"name": "a"}))
        growing.commit(Remove("thing", C), Remove("thing", A))
        growing.prepare(unique)
        with pytest.raises(Duplicate):
            growing.commit(Create("thing", C, {"name": "A"}))

    def test_a_compound_key_may_be_added(self, growing: Desk) -> None:
        key = Key(("name", "size"), number=10_001)
        growing.prepare(_module(_NAME, _SIZE, keys=[key]))
        growing.commit(Create("thing", C, {"name": "a", "size": 11}))
        with pytest.raises(Duplicate):
            growing.commit(Change("thing", C, {"size": 10}))

    def test_a_key_that_is_dropped_is_no_longer_checked(self, growing: Desk) -> None:
        growing.prepare(_module(evolve(_NAME, unique="exact"), _SIZE))
        growing.prepare(_module(_NAME, _SIZE))
        growing.commit(Create("thing", C, {"name": "a"}))
        assert growing.find("thing", "name == 'a'", "id", order="id") == sorted([A, C])

    def test_a_key_dropped_and_added_again_knows_what_came_between(self, growing: Desk) -> None:
        unique = _module(evolve(_NAME, unique="exact"), _SIZE)
        growing.prepare(unique)
        growing.prepare(_module(_NAME, _SIZE))
        growing.commit(Create("thing", C, {"name": "c"}), Change("thing", A, {"name": "z"}))
        growing.prepare(unique)
        with pytest.raises(Duplicate):
            growing.commit(Create("thing", record_named("four"), {"name": "c"}))
        growing.commit(Create("thing", record_named("five"), {"name": "a"}))

    def test_names_may_be_words_of_the_engine(self, store: Backend) -> None:
        fields = [Field(name, Text(), number=number) for number, name in enumerate(SQL_WORDS, 1)]
        modules = [
            Module(name, fields, title="name", number=110 + n) for n, name in enumerate(_WORDS)
        ]
        desk = Desk.at(store, *modules)
        for module in modules:
            desk.commit(Create(module.name, A, {one.name: one.name for one in fields}))
            for name in SQL_WORDS:
                assert desk.find(module.name, f"`{name}` == '{name}'", f"`{name}`") == [name]
            assert desk.find(module.name, None, "rowid", order="`order` desc, `select`") == [
                "rowid"
            ]

    def test_labels_and_options_may_be_hostile(self, store: Backend) -> None:
        """What people type becomes a value, never a name or a part of a statement."""
        codes = [option for option in HOSTILE if option.isprintable() and option == option.strip()]
        stage = Field("stage", Choice(codes), Labels(HOSTILE[7], synonyms=HOSTILE), number=2)
        label = Labels(HOSTILE[8], HOSTILE[0])
        desk = Desk.at(
            store, Module("thing", [_NAME, stage], "name", label, HOSTILE[9], number=104)
        )
        acts = [Create("thing", record_named(c), {"name": c, "stage": c}) for c in codes]
        desk.commit(*acts)
        assert desk.find("thing", None, "stage", order="stage") == codes
        groups = {row[0] for row in desk.summarize("thing", by=["stage"])}
        assert groups == set(codes)

    def test_a_module_may_have_eight_hundred_fields(self, store: Backend) -> None:
        kinds = (Text(), Integer(), DecimalKind(2), LongText())
        fields = [_NAME]
        fields += [Field(f"f{n}", kinds[n % 4], number=n) for n in range(2, 802)]
        desk = Desk.at(store, _module(*fields))
        given = ("text", 7, _CENT, "long\ntext")
        values = {f"f{n}": given[n % 4] for n in range(2, 802)}
        desk.commit(Create("thing", A, {"name": "a", **values}), Create("thing", B, {"name": "b"}))
        desk.commit(Change("thing", A, {"f801": 8}))
        row = next(row for row in desk.versions("thing") if row[:2] == (A, 2))
        assert row[9:-2] == (*(given[n % 4] for n in range(2, 801)), 8)
        assert desk.find("thing", "f801 == 8 and f400 == 'text'", "f2") == [_CENT]
        assert desk.find("thing", "f799 == null") == ["b"]


_WORDS: Final = ("order", "group", "select", "user", "table", "check", "transaction")
