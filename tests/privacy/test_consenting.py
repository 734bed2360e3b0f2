"""Work for a purpose: of persons only those who consented are there, wherever one looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import frozen
from tests.privacy.conftest import BACKENDS, SCHEMA, code_of

from crmcore import Measure, Summary, audit, privacy
from crmcore.access import Grant, Role, System, role_values
from crmcore.clock import ManualClock
from crmcore.errors import AccessDenied, Invalid, NotFound
from crmcore.exporting import export
from crmcore.testing.stores import empty_stores
from crmcore.work import Workspace, open_workspace

MARKETING = "marketing"
COUNT = Summary("contact", (), (Measure("count"),))


@frozen
class Market:
    """Two persons, of whom each has a visit and a deal."""

    crm: Workspace
    clock: ManualClock
    yes: str
    no: str

    def visible(self, asker: Workspace) -> set[str]:
        """The persons that are there, which is the same wherever one looks."""
        found = {one.id for one in asker.find("contact")}
        for person in (self.yes, self.no):
            if person in found:
                asker.get("contact", person)
                asker.history("contact", person)
            else:
                with pytest.raises(NotFound):
                    asker.get("contact", person)
                with pytest.raises(NotFound):
                    asker.history("contact", person)
        assert list(asker.summarize(COUNT).rows()) == [(len(found),)]
        assert {row[0] for row in export(asker, "contact", columns=["id"]).rows()} == found
        assert {str(one["contact"]) for one in asker.find("visit")} == found
        return found


@pytest.fixture(params=BACKENDS)
def market(request: pytest.FixtureRequest) -> Iterator[Market]:
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    with empty_stores(request.param) as stores:
        crm = open_workspace(stores(), create=True, schema=SCHEMA, owner="boss", clock=clock)
        with crm.work() as work:
            made = []
            for name in ("yes", "no"):
                made.append(work.create("contact", {"name": name}).id)
                work.create("visit", {"contact": made[-1], "report": name})
                work.create("deal", {"title": name, "contact": made[-1]})
        yield Market(crm, clock, *made)
        crm.close()


def test_only_who_consented_is_there(market: Market, tmp_path: Path) -> None:
    crm = market.crm
    privacy.consent(crm, "contact", market.yes, MARKETING, source="form 12")
    privacy.consent(crm, "contact", market.no, "billing")
    asker = privacy.for_purpose(crm, MARKETING)
    assert market.visible(asker) == {market.yes}
    assert market.visible(privacy.for_purpose(crm, "billing")) == {market.no}
    assert market.visible(privacy.for_purpose(crm, "other")) == set()
    assert market.visible(crm) == {market.yes, market.no}
    # What holds no persons is as ever; of persons behind links nothing is told.
    assert len(asker.find("deal")) == 2
    assert [one["title"] for one in asker.find("deal", "contact.name != null")] == ["yes"]
    with pytest.raises(NotFound), asker.work() as work:
        work.update("contact", market.no, {"remark": "x"})
    with asker.work() as work:
        work.update("contact", market.yes, {"remark": "called"})
    with pytest.raises(AccessDenied), asker.work() as work:
        work.create("contact", {"name": "new"})
    rows = {one.module: one.rows for one in asker.extract(tmp_path / "out", history=False)}
    assert (rows["contact"], rows["visit"], rows["deal"]) == (1, 1, 2)
    with asker.as_(System("sums")).work() as work:
        made = work.create("deal", {"title": "more"})
    operation = crm.as_(System("look")).get("crm_operation", work.operation)
    assert operation["behalf"] == crm.principal
    assert made["contact"] is None
    assert audit.verify(crm).is_sound


def test_a_consent_holds_from_then_until_then(market: Market) -> None:
    crm, clock, asker = market.crm, market.clock, privacy.for_purpose(market.crm, MARKETING)
    privacy.consent(crm, "contact", market.yes, MARKETING, given_at=clock.now() + timedelta(days=1))
    assert market.visible(asker) == set()
    clock.advance(timedelta(days=1))
    assert market.visible(asker) == {market.yes}
    clock.advance(timedelta(days=1))
    then = clock.now()
    assert len(asker.find("contact", as_of=then)) == 1
    privacy.withdraw(crm, "contact", market.yes, MARKETING)
    assert market.visible(asker) == set()
    clock.advance(timedelta(hours=1))
    # The past is asked for with the consents of today.
    assert len(asker.find("contact", as_of=then)) == 0
    with pytest.raises(NotFound):
        privacy.withdraw(crm, "contact", market.yes, MARKETING)
    told = privacy.consents(crm, "contact", market.yes)
    assert [(one.purpose, one.withdrawn_at) for one in told] == [(MARKETING, then)]
    assert not told[0].is_valid(clock.now())
    record = told[0].id
    assert len(crm.as_(System("look")).history("crm_consent", record)) == 2
    privacy.consent(crm, "contact", market.yes, MARKETING)
    assert market.visible(asker) == {market.yes}


def test_rights_hold_besides(market: Market) -> None:
    crm = market.crm
    grants = [
        Grant("contact", ("read", "report", "export", "update"), "name == 'yes'"),
        Grant("visit", "read", scopes="via:contact"),
    ]
    values = role_values(Role("rep", grants=grants))
    with crm.work() as work:
        role = work.create("crm_role", {k: v for k, v in values.items() if v is not None}).id
        work.create("crm_user", {"name": "rep", "login": "rep", "roles": [role]})
    rep = crm.as_("rep")
    asker = privacy.for_purpose(rep, MARKETING)
    assert market.visible(asker) == set()
    for person in (market.yes, market.no):
        privacy.consent(crm, "contact", person, MARKETING)
    assert market.visible(asker) == {market.yes}
    with pytest.raises(NotFound):
        privacy.consent(rep, "contact", market.no, MARKETING)
    privacy.withdraw(rep, "contact", market.yes, MARKETING)
    assert market.visible(asker) == set()
    assert market.visible(rep) == {market.yes}


def test_a_purpose_is_a_text_and_nothing_else(market: Market) -> None:
    for purpose in ("x') or true or consented('", "'", '"', "\\", "营销 ’"):
        privacy.consent(market.crm, "contact", market.yes, purpose)
        assert market.visible(privacy.for_purpose(market.crm, purpose)) == {market.yes}


def test_consents_are_a_persons_data(market: Market) -> None:
    crm = market.crm
    privacy.consent(crm, "contact", market.yes, MARKETING, source="planted-source-words")
    held = privacy.export(crm, "contact", market.yes).to_json()
    assert "planted-source-words" in repr(held)
    privacy.erase(crm, "contact", market.yes)
    assert "planted-source-words" not in repr(crm.as_(System("look")).find("crm_consent"))
    assert audit.verify(crm).is_sound


def test_who_works_for_a_purpose_is_a_user(market: Market) -> None:
    with pytest.raises(AccessDenied) as error:
        privacy.for_purpose(market.crm.as_(System("look")), MARKETING)
    assert code_of(error) == "purpose_of_user"
    with pytest.raises(AccessDenied):
        privacy.for_purpose(privacy.for_purpose(market.crm, MARKETING), "other")
    with pytest.raises(Invalid) as refused:
        privacy.consent(market.crm, "crm_user", str(market.crm.principal), MARKETING)
    assert code_of(refused) == "not_a_subject"
