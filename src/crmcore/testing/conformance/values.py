"""What a store promises of values: they come back, are equal, sort and group as their kind says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from crmcore.kinds import Json, Link, LongText, MultiLink, Text
from crmcore.query.bound import (
    ID_REF,
    BoundNode,
    BoundOrder,
    BoundQuery,
    Comparison,
    Const,
    Negation,
    Ref,
    Within,
)
from crmcore.schema import Field, Module
from crmcore.storage import Backend
from crmcore.testing.asking import exact
from crmcore.testing.canonical import Sample, samples
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.script import Change, Create

_every_kind = pytest.mark.parametrize("sample", samples(), ids=lambda sample: str(sample.name))
_THING = Module("thing", [Field("name", Text(), number=1)], title="name", number=104)


def sortable_samples() -> list[Sample]:
    """Samples of the kinds by which lists can be sorted."""
    return [one for one in samples() if _is_sortable(one)]


def comparable_samples() -> list[Sample]:
    """Samples of the kinds whose values can be compared."""
    return [one for one in samples() if not isinstance(one.kind, Json)]


def groupable_samples() -> list[Sample]:
    """Samples of the kinds that can be grouped by."""
    return [one for one in samples() if not isinstance(one.kind, (Json, MultiLink))]


def _is_sortable(sample: Sample) -> bool:
    kind = sample.kind
    if isinstance(kind, (Text, LongText)):
        return kind.sorted
    return kind.ordered and not isinstance(kind, Link)


class Values:
    """Every kind, at its edges: value and type come back, equality and order are the kind's."""

    @pytest.fixture
    def probe(self, store: Backend) -> Callable[[Sample], Desk]:
        """A store that holds all values of a sample, and one record without."""

        def filled(sample: Sample) -> Desk:
            desk = Desk.at(store, _probe(sample), _THING)
            desk.commit(*_acts(sample), Create("probe", record_named("empty"), {}))
            return desk

        return filled

    @_every_kind
    def test_values_come_back_in_value_and_type(
        self, probe: Callable[[Sample], Desk], sample: Sample
    ) -> None:
        desk = probe(sample)
        found = dict(desk.find("probe", None, "id", "x"))
        for act in _acts(sample):
            assert exact(found[act.record]) == exact(act.values["x"])
        assert found[record_named("empty")] is None

    def test_values_may_be_as_large_as_their_kind_allows(self, store: Backend) -> None:
        fields = [Field("text", LongText(), number=1), Field("data", Json(), number=2)]
        desk = Desk.at(store, Module("probe", fields, number=103))
        text, data = "汉\n" * 499_999 + "字", ["键" * 900, *range(90_000)]
        desk.commit(Create("probe", record_named("large"), {"text": text, "data": data}))
        ((found, listed),) = desk.find("probe", None, "text", "data")
        assert found == text
        assert listed == data

    @_every_kind
    def test_former_values_come_back_in_value_and_type(
        self, probe: Callable[[Sample], Desk], sample: Sample
    ) -> None:
        desk = probe(sample)
        acts = _acts(sample)
        desk.commit(*(Change("probe", act.record, {"x": None}) for act in acts))
        found = {row[0]: row[8] for row in desk.versions("probe") if row[1] == 1}
        for act in acts:
            assert exact(found[act.record]) == exact(act.values["x"])
        assert desk.find("probe", "x != null", "id") == []

    @pytest.mark.parametrize("sample", comparable_samples(), ids=lambda sample: str(sample.name))
    def test_equality_is_that_of_the_kind(
        self, probe: Callable[[Sample], Desk], sample: Sample
    ) -> None:
        desk = probe(sample)
        same, acts = sample.kind.identity, _acts(sample)
        everything = {record_named("empty"), *(act.record for act in acts)}
        for value in sample.values[::3]:
            expected = {act.record for act in acts if same(act.values["x"]) == same(value)}
            equal = Comparison("==", _x(desk), Const(value, sample.kind))
            assert _ids(desk, equal) == expected
            assert _ids(desk, evolve(equal, comparator="!=")) == everything - expected
            assert _ids(desk, Negation(equal)) == everything - expected
            assert _ids(desk, Within(_x(desk), (value,))) == expected

    @pytest.mark.parametrize("sample", sortable_samples(), ids=lambda sample: str(sample.name))
    def test_order_is_that_of_the_kind(
        self, probe: Callable[[Sample], Desk], sample: Sample
    ) -> None:
        desk = probe(sample)
        rising = [(sample.kind.sort_key(act.values["x"]), act.record) for act in _acts(sample)]
        expected = [record_named("empty"), *(record for _, record in sorted(rising))]
        module = desk.schema.module("probe")
        query = BoundQuery(module, (ID_REF,), order=(BoundOrder(_x(desk)),))
        assert [row[0] for row in desk.rows(query)] == expected
        falling = evolve(query, order=(BoundOrder(_x(desk), True),))
        assert [row[0] for row in desk.rows(falling)] == expected[::-1]
        assert [row[0] for page in desk.pages(query, 7) for row in page] == expected

    @pytest.mark.parametrize("sample", groupable_samples(), ids=lambda sample: str(sample.name))
    def test_groups_are_those_of_the_kind(
        self, probe: Callable[[Sample], Desk], sample: Sample
    ) -> None:
        desk = probe(sample)
        expected: dict[str, int] = {"NoneType None": 1}
        for value in sample.values:
            name = exact(sample.kind.identity(value))
            expected[name] = expected.get(name, 0) + 1
        found = {exact(row[0]): row[1] for row in desk.summarize("probe", "count", by=["x"])}
        assert found == expected
        counted = desk.summarize("probe", "count_distinct:x", "count:x")
        assert counted == [(len(expected) - 1, len(sample.values))]


def _probe(sample: Sample) -> Module:
    return Module("probe", [Field("x", sample.kind, number=1)], number=103)


def _ids(desk: Desk, where: BoundNode) -> set[object]:
    query = evolve(desk.query("probe", None, "id"), where=where)
    return {row[0] for row in desk.rows(query)}


def _x(desk: Desk) -> Ref:
    return Ref((), desk.schema.module("probe").by_name["x"])


def _acts(sample: Sample) -> list[Create]:
    return [
        Create("probe", record_named(f"p{number}"), {"x": value})
        for number, value in enumerate(sample.values)
    ]
