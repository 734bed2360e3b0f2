"""Two processes of four writers each, and those who follow the feed meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP
from tests.faults.counts import Counted
from tests.faults.processes import CONTEXT, process

from crmcore import UnitOfWork, Workspace, open_workspace
from crmcore.errors import Conflict, Duplicate, StorageError

WRITERS = 4
COUNT = 250 if DEEP else 8


def write_together(url: str, name: str, records: list[str], count: int, start: Barrier) -> None:
    """Four threads: each adds to the same records, and wants the same names."""
    crm = open_workspace(url)
    start.wait(60)

    def write(writer: int) -> None:
        for number in range(count):
            op_id = f"{name}-{writer}-{number}"
            record = records[number % len(records)]
            _insist(lambda op_id=op_id, record=record: _hit(crm, op_id, record))  # type: ignore[misc]
            _insist(lambda op_id=op_id, number=number: _claim(crm, op_id, number))  # type: ignore[misc]

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(write, writer) for writer in range(WRITERS)]:
            done.result()
    crm.close()


def _hit(crm: Workspace, op_id: str, record: str) -> None:
    def add(work: UnitOfWork) -> None:
        found = work.get("account", record)
        work.update("account", found, {"hits": int(str(found["hits"])) + 1})
        work.create("deal", {"title": op_id, "account": record})

    crm.run(add, op_id=op_id)


def _claim(crm: Workspace, op_id: str, number: int) -> None:
    """Take a name that everybody wants: one gets it, and says so."""

    def claim(work: UnitOfWork) -> None:
        account = work.create("account", {"name": f"name {number}"})
        work.create("deal", {"title": f"won {number}", "account": account.id})

    try:
        crm.run(claim, op_id=f"claim-{op_id}")
    except Duplicate as duplicate:
        if duplicate.problems[0].module != "account":
            raise


def _insist(attempt: Callable[[], None]) -> None:
    for _ in range(1_000):
        try:
            attempt()
            return
        except (Conflict, StorageError):
            continue
    raise AssertionError("was never done")


def follow(url: str, out: str, is_over: Event) -> None:
    """Follow the feed from its beginning, and write down what comes."""
    crm = open_workspace(url)
    after = 0
    with Path(out).open("w") as told:
        while True:
            was_over = is_over.is_set()
            for change in crm.changes(after=after):
                told.write(f"{change.position} {change.id}\n")
                after = change.position
            if was_over:
                break
            time.sleep(0.01)
    crm.close()


@contextmanager
def followers(url: str, folder: Path) -> Iterator[list[Path]]:
    """A consumer in this process and one in another, until the end of a `with` statement."""
    files = [folder / "here", folder / "there"]
    is_over = CONTEXT.Event()
    other = process(follow, url, str(files[1]), is_over)
    here = threading.Thread(target=follow, args=(url, str(files[0]), is_over))
    here.start()
    try:
        yield files
    finally:
        is_over.set()
        here.join(120)
        other.join(120)
    assert other.exitcode == 0


def test_a_crowd_loses_doubles_and_skips_nothing(
    any_url: str, tmp_path: Path, counted: Counted
) -> None:
    url = any_url
    crm = open_workspace(url)
    with crm.work() as work:
        records = work.create_all("account", [{"name": one, "hits": 0} for one in "甲乙丙"])
    start = CONTEXT.Barrier(2)
    with followers(url, tmp_path) as files:
        both = [process(write_together, url, one, records, COUNT, start) for one in "ab"]
        for one in both:
            one.join()
            assert one.exitcode == 0
    total = 2 * WRITERS * COUNT
    hits = [int(str(crm.get("account", one)["hits"])) for one in records]
    assert sum(hits) == total
    assert [len(crm.history("account", one)) - 1 for one in records] == hits
    names = sorted(str(one["name"]) for one in crm.find("account"))
    assert names == sorted([*"甲乙丙", *(f"name {number}" for number in range(COUNT))])
    titles = [str(one["title"]) for one in crm.find("deal")]
    assert len(titles) == len(set(titles)) == total + COUNT
    check_whole(crm)
    feed = [f"{one.position} {one.id}" for one in crm.changes()]
    assert len(feed) >= total + COUNT
    for file in files:
        assert file.read_text().splitlines() == feed
    crm.close()
    counted(
        f"2 processes of {WRITERS} writers: {total} updates, 0 lost; {total} wishes for"
        f" {COUNT} unique keys, 0 doubled; {len(feed)} positions without a gap, 2 consumers,"
        " 0 skipped"
    )
