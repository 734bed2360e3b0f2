"""Two writers at once, and processes that are killed: nothing lost, torn or doubled."""

from __future__ import annotations

import time
from pathlib import Path

from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP
from tests.faults.counts import Counted
from tests.faults.processes import (
    CONTEXT,
    commits_for_ever,
    increments,
    makes_children,
    process,
    removes,
)

from crmcore import open_workspace


def test_two_writers_on_one_record_lose_no_update(url: str, counted: Counted) -> None:
    count = 5_000 if DEEP else 120
    crm = open_workspace(url)
    with crm.work() as work:
        record = work.create("account", {"name": "甲", "hits": 0}).id
    writers = [process(increments, url, record, count, name) for name in ("a", "b")]
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    assert crm.get("account", record)["hits"] == 2 * count
    assert len(crm.history("account", record)) == 2 * count + 1
    check_whole(crm)
    counted(f"2 processes, {2 * count} updates of one record: 0 lost")


def test_no_child_is_left_by_a_parent_removed_meanwhile(url: str) -> None:
    count = 3_000 if DEEP else 120
    crm = open_workspace(url)
    with crm.work() as work:
        parents = work.create_all("account", [{"name": f"p{n}"} for n in range(count)])
    start = CONTEXT.Barrier(2)
    both = [
        process(makes_children, url, parents[:-1], start),
        process(removes, url, parents[:0:-1], start),
    ]
    for one in both:
        one.join()
        assert one.exitcode == 0
    children = {one["account"] for one in crm.find("deal")}
    assert children == {one.id for one in crm.find("account")}
    assert 0 < len(children) < count
    check_whole(crm)


def test_a_killed_writer_loses_and_doubles_nothing(
    url: str, tmp_path: Path, counted: Counted
) -> None:
    told = tmp_path / "told"
    told.touch()
    for number in range(200 if DEEP else 12):
        victim = process(commits_for_ever, url, str(told), f"life{number}")
        before = told.stat().st_size
        deadline = time.monotonic() + 30
        while told.stat().st_size == before and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep((number % 7) * 0.004)
        victim.kill()
        victim.join()
    crm = open_workspace(url)
    acknowledged = told.read_text().split()
    accounts = [str(one["name"]) for one in crm.find("account")]
    deals = [str(one["title"]) for one in crm.find("deal")]
    assert len(acknowledged) >= 12
    assert set(acknowledged) <= set(accounts)
    assert sorted(accounts) == sorted(deals)
    assert len(set(accounts)) == len(accounts)
    check_whole(crm)
    counted(f"{number + 1} kills, {len(acknowledged)} acknowledged operations: 0 lost, 0 doubled")
