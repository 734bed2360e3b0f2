"""What replaying an archive promises: records and former versions stand as they stood."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crmcore.errors import Conflict, Duplicate
from crmcore.storage import Intent, Load, Row
from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, DEALS, PEOPLE
from crmcore.testing.opening import Opening
from crmcore.testing.script import Change, Create, Remove

ACME, BETA, DELTA = (record_named(name) for name in ("acme", "beta", "delta"))


class Loads:
    """Live and former versions with all their stamps, into a store that nobody reads yet."""

    def test_versions_stand_as_they_stood(self, desk: Desk, backend: Opening) -> None:
        _live_a_little(desk)
        other = Desk.at(backend("other"), COMPANY, DEAL)
        for module in ("crm_change_set", "company", "deal"):
            _replay(desk, other, module, anew=False)
            assert other.versions(module) == desk.versions(module)
        for position in range(1, desk.position + 1):
            past = desk.find("company", None, "name", "region", order="id", as_of=position)
            assert other.find("company", None, "name", "region", order="id", as_of=position) == past
        assert other.summarize("deal", "count", by=["company.region"]) == desk.summarize(
            "deal", "count", by=["company.region"]
        )

    def test_what_was_loaded_goes_on_living(self, desk: Desk, backend: Opening) -> None:
        _live_a_little(desk)
        other = Desk.at(backend("other"), COMPANY, DEAL)
        for module in ("crm_change_set", "company", "deal"):
            _replay(desk, other, module, anew=False)
        other.commits, other.position = desk.commits, desk.position
        for one in (desk, other):
            one.commit(Change("company", ACME, {"region": "南"}), Remove("company", BETA))
        assert other.versions("company") == desk.versions("company")

    def test_loading_anew_forgets_what_was_there(self, desk: Desk, backend: Opening) -> None:
        _live_a_little(desk)
        other = Desk.at(backend("other"), COMPANY, DEAL)
        other.commit(Create("company", DELTA, {"name": "left over"}))
        other.commit(Change("company", DELTA, {"name": "left behind"}))
        _replay(desk, other, "company", anew=True)
        assert other.versions("company") == desk.versions("company")

    def test_what_is_gone_leaves_no_version(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        module = desk.schema.module("company")
        with desk.writing() as transaction:
            transaction.apply([Load(module, gone=[DELTA, record_named("nobody")])])
        assert desk.versions("company") == [row for row in before if row[0] != DELTA]

    def test_a_record_takes_the_place_of_the_one_that_goes(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        module = desk.schema.module("company")
        width = len(desk.versions("company")[0]) - 2
        row = next(row for row in desk.versions("company") if row[0] == ACME)
        later: Row = (ACME, 7, *row[2:width])
        former: Row = (*row[:width], row[6], 0)
        with desk.writing() as transaction:
            transaction.apply([Load(module, [later], [former], [ACME])])
        found = [one for one in desk.versions("company") if one[0] == ACME]
        assert found == [former, (*later, None, None)]

    def test_an_id_that_is_taken_is_refused(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        module = desk.schema.module("company")
        row = next(row for row in before if row[0] == ACME)
        with pytest.raises(Conflict) as caught, desk.writing() as transaction:
            transaction.apply([Load(module, [row[:-2]])])
        assert not isinstance(caught.value, Duplicate)
        assert desk.versions("company") == before

    def test_nothing_is_loaded_before_the_commit(self, desk: Desk) -> None:
        desk.commit(*PEOPLE)
        before = desk.versions("company")
        module = desk.schema.module("company")
        row = next(row for row in before if row[0] == ACME)
        transaction = desk.backend.begin(Intent.WRITE)
        transaction.apply([Load(module, former=[(*row[:-2], row[6], 1)], anew=True)])
        transaction.rollback()
        assert desk.versions("company") == before


def _live_a_little(desk: Desk) -> None:
    desk.commit(*PEOPLE, *DEALS)
    desk.commit(Change("company", ACME, {"region": "华南"}), Remove("company", DELTA))
    desk.commit(Change("company", ACME, {"region": None}), Change("company", BETA, {"name": "B"}))


def _replay(source: Desk, target: Desk, name: str, *, anew: bool) -> None:
    versions = source.versions(name)
    live = [row[:-2] for row in versions if row[-2] is None]
    former = [row for row in versions if row[-2] is not None]
    module = target.schema.module(name)
    parts: list[tuple[Sequence[Row], Sequence[Row]]] = [(live[:2], []), (live[2:], former)]
    with target.writing() as transaction:
        for number, (rows, ended) in enumerate(parts):
            transaction.apply([Load(module, rows, ended, anew=anew and number == 0)])
