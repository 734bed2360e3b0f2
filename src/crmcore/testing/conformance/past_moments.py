"""What past questions promise: the data of a sealed moment, with the rights of today."""

from __future__ import annotations

import pytest
from attrs import evolve

from crmcore.kinds import Integer
from crmcore.schema import Field
from crmcore.storage import Backend
from crmcore.testing.asking import Asker
from crmcore.testing.conformance.desk import Desk, conditions_of, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL
from crmcore.testing.script import Change, Create, Remove

ACME, BETA, D1, D2 = (record_named(name) for name in ("acme", "beta", "d1", "d2"))
_EAST = {"company": "region == '华东'", "deal": "true"}


class PastMoments:
    """As of a position: what was sealed by then and not yet ended by something sealed."""

    @pytest.fixture
    def past(self, store: Backend) -> Desk:
        """Five sealed commits: created; changed; linked anew; removed; created again elsewhere."""
        desk = Desk.at(store, COMPANY, DEAL)
        desk.commit(
            Create("company", ACME, {"name": "acme", "region": "华东"}),
            Create("company", BETA, {"name": "beta", "region": "华北"}),
            Create("deal", D1, {"title": "d1", "company": ACME, "won": True}),
        )
        desk.commit(Change("company", ACME, {"region": "华南"}), Change("deal", D1, {"won": False}))
        desk.commit(
            Change("deal", D1, {"company": BETA}),
            Create("deal", D2, {"title": "d2", "company": BETA, "won": True}),
        )
        desk.commit(Remove("deal", D1))
        desk.commit(Change("company", BETA, {"region": "华东"}))
        return desk

    @pytest.mark.parametrize(
        ("position", "deals", "regions"),
        [
            (0, [], []),
            (1, ["d1"], ["华东", "华北"]),
            (2, ["d1"], ["华南", "华北"]),
            (3, ["d1", "d2"], ["华南", "华北"]),
            (4, ["d2"], ["华南", "华北"]),
            (5, ["d2"], ["华南", "华东"]),
            (99, ["d2"], ["华南", "华东"]),
        ],
    )
    def test_every_moment_is_as_it_was(
        self, past: Desk, position: int, deals: list[str], regions: list[str]
    ) -> None:
        assert past.find("deal", order="title", as_of=position) == deals
        assert past.find("company", None, "region", order="name", as_of=position) == regions
        assert past.summarize("deal", as_of=position) == [(len(deals),)]

    def test_conditions_look_at_the_values_of_the_moment(self, past: Desk) -> None:
        moments = range(6)
        assert [past.find("deal", "won", as_of=at) for at in moments] == [
            [],
            ["d1"],
            [],
            ["d2"],
            ["d2"],
            ["d2"],
        ]
        assert [len(past.find("company", "region == '华东'", as_of=at)) for at in moments] == [
            0, 1, 0, 0, 0, 1,
        ]  # fmt: skip

    def test_links_lead_to_what_was_there_then(self, past: Desk) -> None:
        found = [
            past.find("deal", None, "company.region", order="title", as_of=at)
            for at in (1, 2, 3, 5)
        ]
        assert found == [["华东"], ["华南"], ["华北", "华北"], ["华东"]]
        assert past.find("deal", "company.region == '华东'", as_of=1) == ["d1"]
        assert past.find("deal", "company.region == '华东'", as_of=2) == []
        assert past.find("deal", order="company.region, title desc", as_of=3) == ["d2", "d1"]

    def test_children_are_counted_as_they_were(self, past: Desk) -> None:
        asked = "count(deal.company) == 2"
        assert [past.find("company", asked, as_of=at) for at in (1, 2, 3, 4)] == [
            [],
            [],
            ["beta"],
            [],
        ]
        exists = "exists(deal.company, won)"
        assert [past.find("company", exists, as_of=at) for at in (1, 2, 3)] == [
            ["acme"],
            [],
            ["beta"],
        ]
        assert past.find("company", "not exists(deal.company)", as_of=4) == ["acme"]

    def test_summaries_group_what_was_there_then(self, past: Desk) -> None:
        assert past.summarize("deal", "count", by=["company.region"], as_of=2) == [("华南", 1)]
        assert past.summarize("deal", "count", by=["won"], as_of=3) == [(False, 1), (True, 1)]

    def test_the_unsealed_is_not_yet_there(self, past: Desk) -> None:
        past.commit(Create("deal", ACME, {"title": "new"}), Remove("deal", D2), sealed=False)
        assert past.find("deal", as_of=99) == ["d2"]
        assert past.find("deal") == ["new"]
        past.seal(past.commits)
        assert past.find("deal", as_of=5) == ["d2"]
        assert past.find("deal", as_of=6) == ["new"]

    def test_what_began_unsealed_and_ended_unsealed_never_was(self, past: Desk) -> None:
        past.commit(Create("deal", ACME, {"title": "new"}), sealed=False)
        past.commit(Remove("deal", ACME), sealed=False)
        assert past.find("deal", as_of=99) == ["d2"]
        past.seal(past.commits - 1, past.commits)
        assert [past.find("deal", "title == 'new'", as_of=at) for at in (5, 6, 7)] == [
            [],
            ["new"],
            [],
        ]

    def test_rights_are_those_of_today(self, past: Desk) -> None:
        """beta lies in the scope today and acme does not, whatever they were then."""
        asker = Asker(conditions_of(_EAST))
        for position in (1, 2, 3):
            assert past.find("company", as_of=position, asker=asker) == ["beta"]
        assert past.find("company", "region == '华北'", as_of=1, asker=asker) == ["beta"]
        assert past.find("company", "region == '华东'", as_of=1, asker=asker) == []
        assert past.summarize("company", as_of=1, asker=asker) == [(1,)]

    def test_rights_on_what_is_gone_are_those_on_its_last_image(self, past: Desk) -> None:
        lost, won = (
            Asker(conditions_of({"deal": f"won == {value}", "company": "true"}))
            for value in ("false", "true")
        )
        assert past.find("deal", as_of=1, asker=lost) == ["d1"]
        assert past.find("deal", as_of=1, asker=won) == []
        assert past.find("deal", "won", as_of=1, asker=lost) == ["d1"]

    def test_rights_on_the_way_are_those_of_today(self, past: Desk) -> None:
        asker = Asker(conditions_of(_EAST))
        assert past.find("deal", None, "company.name", as_of=1, asker=asker) == [None]
        assert past.find("deal", None, "company.name", as_of=3, asker=asker) == ["beta", "beta"]
        seen = past.find("deal", "company.region == '华北'", order="title", as_of=3, asker=asker)
        assert seen == ["d1", "d2"]

    def test_rights_on_children_are_those_of_today(self, past: Desk) -> None:
        asker = Asker(conditions_of({"deal": "not won", "company": "true"}))
        assert past.find("company", "exists(deal.company)", as_of=1, asker=asker) == ["acme"]
        assert past.find("company", "count(deal.company) == 1", as_of=3, asker=asker) == ["beta"]

    def test_pages_of_the_past(self, past: Desk) -> None:
        query = evolve(past.query("company", order="region desc"), as_of=3)
        # 华南 sorts behind 华北.
        assert past.pages(query, 1) == [[("acme",)], [("beta",)]]

    def test_a_record_that_came_back_has_two_lives(self, past: Desk) -> None:
        past.commit(Create("deal", D1, {"title": "d1 again"}))
        found = [past.find("deal", f"id == '{D1}'", as_of=at) for at in (3, 4, 5, 6)]
        assert found == [["d1"], [], [], ["d1 again"]]

    def test_past_questions_may_be_bound_to_the_schema_of_then(self, past: Desk) -> None:
        """Of a field that was retired, or renamed, or added since, they know what they knew."""
        then = Desk(past.backend, past.schema)
        region, name = COMPANY.fields[1], COMPANY.fields[0]
        later = [
            Field("size", Integer(), number=5),
            evolve(name, name="title"),
            evolve(region, retired=True),
            *COMPANY.fields[2:],
        ]
        past.prepare(evolve(COMPANY, fields=later, title="title"), DEAL)
        past.commit(Change("company", ACME, {"title": "new", "size": 5}))
        assert then.find("company", None, "name", "region", order="name", as_of=1) == [
            ("acme", "华东"),
            ("beta", "华北"),
        ]
        assert then.find("deal", "company.region == '华东'", "company.name", as_of=1) == ["acme"]
        assert then.summarize("deal", by=["company.region"], as_of=2) == [("华南", 1)]
        assert then.find("company", "exists(deal.company)", as_of=1) == ["acme"]
        assert past.find("company", "size == 5", "title") == ["new"]
        assert past.find("company", None, "size", "title", order="title", as_of=1) == [
            (None, "acme"),
            (None, "beta"),
        ]
