"""Differences to the definition that generated questions once found, each for good."""

from __future__ import annotations

from crmcore.testing.conformance.desk import Desk
from crmcore.testing.conformance.golden_links import DEALS, PEOPLE


def test_two_comparisons_of_places_are_both_asked(desk: Desk) -> None:
    """Two expressions were put into one, of which the first alone was read."""
    desk.commit(*PEOPLE, *DEALS)
    where = "company.region != partner.region and company.name == partner.name"
    assert desk.find("deal", where) == []
    assert desk.find("deal", "company.region == partner.region and company == partner") == ["d5"]
