"""Connections that break at COMMIT or in the middle of an answer."""

from __future__ import annotations

import random
from collections import Counter
from typing import get_args

import pytest
from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP
from tests.faults.counts import Counted
from tests.faults.proxy import Cut, Proxy, proxy_to

from crmcore import UnitOfWork, Workspace, open_workspace
from crmcore.errors import StorageError

CUTS = [cut for cut in get_args(Cut) if cut]


def test_a_cut_commit_is_neither_doubled_nor_lost(server_url: str, counted: Counted) -> None:
    """A quarter of all COMMITs is cut; the caller says it again until he is answered."""
    choice = random.Random(7)
    count = 5_000 if DEEP else 60
    unknown = Counter[str]()
    with proxy_to(server_url) as proxy:
        crm = open_workspace(proxy.url)
        with crm.work() as work:
            record = work.create("account", {"name": "counted", "hits": 0}).id
        proxy.at_commit = lambda: choice.choice(CUTS) if choice.random() < 0.25 else ""  # type: ignore[return-value]
        answers = [_insist(crm, record, f"op-{number}", unknown) for number in range(count)]
        proxy.at_commit = lambda: ""
        again = [_insist(crm, record, f"op-{number}", unknown) for number in range(count)]
        crm.close()
    assert all(proxy.cuts[cut] for cut in CUTS), proxy.cuts
    assert answers == again == list(range(1, count + 1))
    assert set(unknown) == {"connection_lost"}
    crm = open_workspace(server_url)
    assert crm.get("account", record)["hits"] == count
    names = Counter(str(one["title"]) for one in crm.find("deal"))
    assert names == Counter(f"op-{number}" for number in range(count))
    check_whole(crm)
    crm.close()
    counted(f"{count} operations, {sum(proxy.cuts.values())} cuts at COMMIT: 0 doubled, 0 lost")


def _insist(crm: Workspace, record: str, op_id: str, unknown: Counter[str]) -> object:
    """The result of one operation, asked for until the answer arrives."""

    def hit(work: UnitOfWork) -> object:
        found = work.get("account", record)
        hits = int(str(found["hits"])) + 1
        work.update("account", found, {"hits": hits})
        work.create("deal", {"title": op_id, "account": record})
        return hits

    for _ in range(50):
        try:
            return crm.run(hit, op_id=op_id)
        except StorageError as error:
            unknown[error.code] += 1
    raise AssertionError(f"{op_id} was never answered")


def test_without_an_op_id_a_cut_commit_is_told_to_be_unknown(server_url: str) -> None:
    """Each of the three cuts is one error of one code; whether it took effect differs."""
    with proxy_to(server_url) as proxy:
        crm = open_workspace(proxy.url)
        for cut in CUTS:
            waiting = [cut]
            proxy.at_commit = lambda waiting=waiting: waiting.pop() if waiting else ""  # type: ignore[misc]
            with pytest.raises(StorageError) as error, crm.work() as work:
                work.create("account", {"name": cut})
            assert error.value.code == "connection_lost"
            assert "unknown" in str(error.value)
        crm.close()
    crm = open_workspace(server_url)
    names = {one["name"] for one in crm.find("account")}
    assert {"after"} <= names <= {"after", "meanwhile"}
    check_whole(crm)
    crm.close()


def test_an_answer_that_breaks_off_is_one_error_and_no_part_of_a_list(
    server_url: str, counted: Counted
) -> None:
    count = 3_000 if DEEP else 600
    with proxy_to(server_url) as proxy:
        crm = open_workspace(proxy.url)
        with crm.work() as work:
            work.create_all("account", [{"name": f"n{number:05d}"} for number in range(count)])
        whole = [one["name"] for one in crm.find("account", order="name")]
        assert len(whole) == count
        for places in range(100, 40_000, 1_000 if DEEP else 8_000):
            _read_with_a_break(crm, proxy, places)
            assert [one["name"] for one in crm.find("account", order="name")] == whole
        crm.close()
    assert proxy.cuts["answer"] >= 5
    check_whole(open_workspace(server_url))
    counted(f"{proxy.cuts['answer']} answers of {count} records broken off: 1 error each, 0 parts")


def _read_with_a_break(crm: Workspace, proxy: Proxy, places: int) -> None:
    proxy.answers = places
    with pytest.raises(StorageError) as error:
        crm.find("account", order="name")
    assert error.value.code == "connection_lost"
    assert proxy.answers is None


def test_a_unit_whose_connection_broke_is_over_and_left_nothing(server_url: str) -> None:
    with proxy_to(server_url) as proxy:
        crm = open_workspace(proxy.url)
        with pytest.raises(StorageError) as error, crm.work() as work:
            work.create("account", {"name": "gone"})
            proxy.answers = 10
            try:
                work.create("account", {"name": "gone too"})
            finally:
                proxy.answers = None
        assert error.value.code == "connection_lost"
        assert crm.find("account") == []
        with crm.work() as work:
            work.create("account", {"name": "there"})
        crm.close()
    crm = open_workspace(server_url)
    assert [one["name"] for one in crm.find("account")] == ["there"]
    check_whole(crm)
    crm.close()
