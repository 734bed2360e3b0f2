"""Relations whose children an index tells are asked first, and only where they are few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from tests.mongo.test_wire import Listener
from tests.servers.mongodb import Databases

from crmcore.testing.conformance.desk import Desk, record_named
from crmcore.testing.conformance.golden_links import COMPANY, DEAL, DEALS, PEOPLE
from crmcore_mongo import foreseeing
from crmcore_mongo.backend import open_mongo

ACME, BETA, DELTA = (record_named(name) for name in ("acme", "beta", "delta"))


@pytest.fixture
def listener() -> Listener:
    """What listens to the client of the test."""
    return Listener()


@pytest.fixture
def desk(mongodb_stores: Databases, listener: Listener) -> Iterator[Desk]:
    """Companies and deals."""
    url = mongodb_stores("store")
    with MongoClient[dict[str, Any]](url, event_listeners=[listener]) as client:
        backend = open_mongo(client.get_default_database(), create=True)
        made = Desk.at(backend, COMPANY, DEAL)
        made.commit(*PEOPLE, *DEALS)
        yield made
        backend.close()


ASKED = {
    f"exists(deal.company, partner == '{BETA}')": ["acme"],
    f"not exists(deal.company, partner == '{BETA}')": ["beta", "delta", "gamma"],
    f"count(deal.company, partner in ['{BETA}', '{DELTA}']) > 0": ["acme", "delta"],
    f"name == 'gamma' or exists(deal.company, partner == '{DELTA}' and won)": ["delta", "gamma"],
    f"exists(deal.company, partner == '{BETA}' or partner == '{DELTA}')": ["acme", "delta"],
    f"exists(deal.company, partner == '{ACME}')": [],
    f"not exists(deal.company, partner == '{ACME}')": ["acme", "beta", "delta", "gamma"],
}


@pytest.mark.parametrize("most", [0, 1, 200])
def test_what_is_asked_first_is_what_would_have_been_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(foreseeing, "MOST", most)
    for where, found in ASKED.items():
        assert sorted(desk.find("company", where)) == found, where
        assert desk.summarize("company", where=where) == [(len(found),)], where


def test_a_page_counts_no_children_of_every_record(desk: Desk, listener: Listener) -> None:
    for where, found in ASKED.items():
        listener.sent.clear()
        assert sorted(desk.find("company", where)) == found
        assert [name for name, _ in listener.sent] == ["find", "find", "abortTransaction"]


def test_children_that_no_index_tells_are_counted_by_each_record(
    desk: Desk, listener: Listener
) -> None:
    listener.sent.clear()
    assert sorted(desk.find("company", "exists(deal.company, won)")) == ["acme", "delta"]
    assert [name for name, _ in listener.sent] == ["aggregate", "abortTransaction"]
