"""What unique keys promise: no two live records share one, checked record by record."""

from __future__ import annotations

from typing import Any, Final

import pytest

from crmcore.errors import Duplicate
from crmcore.kinds import Integer, Json, LongText, MultiChoice, MultiLink, Text
from crmcore.schema import Field, Key, Module
from crmcore.storage import Backend
from crmcore.testing.canonical import Sample, samples
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.script import Change, Create, Remove

TICKET: Final = Module(
    "ticket",
    [
        Field("title", Text(), number=1),
        Field("code", Text(sorted=False), unique="exact", number=2),
        Field("alias", Text(), unique="folded", number=3),
        Field("year", Integer(), number=4),
        Field("place", Text(), number=5),
    ],
    title="title",
    keys=[Key(("year", "place"), folded=True, number=10_001)],
    number=103,
)
A, B, C = (record_named(name) for name in ("ticket a", "ticket b", "ticket c"))
_KEYLESS: Final = (LongText, MultiChoice, MultiLink, Json)


def keyed_samples() -> list[Sample]:
    """Samples of the kinds whose values can be unique."""
    return [one for one in samples() if not isinstance(one.kind, _KEYLESS)]


class Keys:
    """Uniqueness: exact, folded and compound, in the order of the records written."""

    @pytest.fixture
    def tickets(self, store: Backend) -> Desk:
        """A store for tickets."""
        return Desk.at(store, TICKET)

    @pytest.mark.parametrize(
        ("first", "second", "fields"),
        [
            ({"code": "x"}, {"code": "x"}, "code"),
            ({"alias": "Älpha  Beta"}, {"alias": "ALPHA\u3000beta"}, "alias"),
            ({"year": 1, "place": "Bonn"}, {"year": 1, "place": "BONN"}, "year+place"),
            ({"code": "汉" * 255}, {"code": "汉" * 255}, "code"),
            ({"alias": "a\u0301" * 60}, {"alias": "a" * 60}, "alias"),
        ],
        ids=["exact", "folded", "compound", "long", "long and folded"],
    )
    def test_a_taken_key_is_refused_and_its_fields_named(
        self, tickets: Desk, first: dict[str, Any], second: dict[str, Any], fields: str
    ) -> None:
        tickets.commit(_create(A, **first))
        before = tickets.versions("ticket")
        with pytest.raises(Duplicate) as caught:
            tickets.commit(_create(C), _create(B, **second))
        (problem,) = caught.value.problems
        assert (problem.code, problem.module, problem.record) == ("value_taken", "ticket", B)
        assert problem.params["fields"] == fields
        assert tickets.versions("ticket") == before

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ({"code": "x"}, {"code": "X"}),
            ({"code": "x"}, {"alias": "x"}),
            ({"code": "a"}, {"code": "ａ"}),
            ({}, {}),
            ({"code": None, "alias": None}, {"code": None, "alias": None}),
            ({"year": 1}, {"year": 1}),
            ({"place": "Bonn"}, {"place": "Bonn"}),
            ({"year": 1, "place": "Bonn"}, {"year": 2, "place": "Bonn"}),
            ({"year": 1, "place": "1"}, {"year": 11, "place": ""}),
            ({"code": "a" * 254 + "b"}, {"code": "a" * 254 + "c"}),
        ],
    )
    def test_keys_that_only_look_alike_do_not_collide(
        self, tickets: Desk, first: dict[str, Any], second: dict[str, Any]
    ) -> None:
        tickets.commit(_create(A, **first))
        tickets.commit(_create(B, **{name: value or None for name, value in second.items()}))
        assert len(tickets.find("ticket")) == 2

    def test_a_record_may_keep_its_own_key(self, tickets: Desk) -> None:
        tickets.commit(_create(A, code="x", alias="Y", year=1, place="Bonn"))
        tickets.commit(Change("ticket", A, {"title": "changed"}))
        tickets.commit(Change("ticket", A, {"alias": "y", "place": "BONN"}))
        assert tickets.find("ticket", None, "alias") == ["y"]

    def test_a_key_is_free_again_after_change_and_removal(self, tickets: Desk) -> None:
        tickets.commit(_create(A, code="x"), _create(B, code="y"))
        tickets.commit(Change("ticket", A, {"code": "z"}))
        tickets.commit(_create(C, code="x"))
        tickets.commit(Remove("ticket", B))
        tickets.commit(Change("ticket", A, {"code": "y"}))
        assert sorted(tickets.find("ticket", None, "code")) == ["x", "y"]

    def test_a_key_given_up_may_be_taken_later_in_the_same_write(self, tickets: Desk) -> None:
        tickets.commit(_create(A, code="x"), _create(B, code="y"))
        tickets.commit(Change("ticket", A, {"code": None}), Change("ticket", B, {"code": "x"}))
        assert tickets.find("ticket", "code == 'x'", "id") == [B]

    def test_a_key_taken_before_it_is_given_up_is_refused(self, tickets: Desk) -> None:
        tickets.commit(_create(A, code="x"), _create(B, code="y"))
        with pytest.raises(Duplicate):
            tickets.commit(Change("ticket", B, {"code": "x"}), Change("ticket", A, {"code": None}))
        assert tickets.find("ticket", "code == 'x'", "id") == [A]

    def test_two_records_cannot_exchange_their_keys(self, tickets: Desk) -> None:
        tickets.commit(_create(A, code="x"), _create(B, code="y"))
        with pytest.raises(Duplicate):
            tickets.commit(Change("ticket", A, {"code": "y"}), Change("ticket", B, {"code": "x"}))
        assert tickets.find("ticket", "code == 'x'", "id") == [A]

    def test_keys_are_checked_across_the_writes_of_a_transaction(self, tickets: Desk) -> None:
        tickets.commit(_create(A, code="x"))
        tickets.commit(Remove("ticket", A), _create(B, code="x"))
        with pytest.raises(Duplicate):
            tickets.commit(_create(C, code="x"), Remove("ticket", B))
        assert tickets.find("ticket", None, "id") == [B]

    def test_two_new_records_with_one_key_are_refused(self, tickets: Desk) -> None:
        with pytest.raises(Duplicate):
            tickets.commit(_create(A, code="x"), _create(B, code="x"))
        assert tickets.find("ticket") == []

    def test_a_duplicate_among_many_is_found(self, tickets: Desk) -> None:
        acts = [_create(record_named(f"t{n}"), code=f"code {n % 999}") for n in range(1_000)]
        with pytest.raises(Duplicate):
            tickets.commit(*acts)
        assert tickets.find("ticket") == []

    @pytest.mark.parametrize("sample", keyed_samples(), ids=lambda sample: str(sample.name))
    def test_values_of_every_kind_may_be_unique(self, store: Backend, sample: Sample) -> None:
        one = Field("x", sample.kind, unique="exact", number=1)
        thing = Module("thing", [Field("x", Text(), number=1)], number=104)
        desk = Desk.at(store, Module("probe", [one], number=103), thing)
        different = {sample.kind.identity(value): value for value in sample.values}
        acts = [
            Create("probe", record_named(f"p{n}"), {"x": value})
            for n, value in enumerate(different.values())
        ]
        desk.commit(*acts)
        assert len(desk.find("probe", None, "id")) == len(different)
        for value in sample.values[:5]:
            with pytest.raises(Duplicate):
                desk.commit(Create("probe", A, {"x": value}))


def _create(record: str, **values: Any) -> Create:
    return Create("ticket", record, {"title": record[-4:], **values})
