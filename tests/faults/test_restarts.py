"""Servers that crash and come back, in the middle of everything."""

from __future__ import annotations

import gc
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import frozen
from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP, SCHEMA
from tests.faults.counts import Counted

from crmcore import UnitOfWork, Workspace, open_workspace
from crmcore.errors import StorageError, UnitOfWorkClosed
from crmcore.testing.servers import PostgresqlServer
from crmcore.testing.servers.mariadb import MariadbDatabases, MariadbServer

# The driver of MariaDB leaves the closing of a socket that found nobody to the interpreter,
# which is made to do it here.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


@frozen
class Crashing:
    """A server of a test's own, which may crash."""

    server: PostgresqlServer | MariadbServer

    def crash(self) -> None:
        """End it as if its machine had lost its memory."""
        if isinstance(self.server, PostgresqlServer):
            self.server.stop("immediate")
        else:
            self.server.stop(signal.SIGKILL)

    def crash_and_return(self) -> None:
        """End it and start it anew."""
        self.crash()
        self.server.start()

    def workspace(self, name: str) -> Workspace:
        """A new workspace on it."""
        url = f"{self.server.url}&crm_schema={name}"
        if isinstance(self.server, MariadbServer):
            url = MariadbDatabases(self.server.url).of(name)
        return open_workspace(url, create=True, schema=SCHEMA, owner="owner")


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Crashing]:
    kind = PostgresqlServer if request.param == "postgresql" else MariadbServer
    with tempfile.TemporaryDirectory(prefix="crm-", ignore_cleanup_errors=True) as folder:
        made = Crashing(kind(Path(folder), durable=True))
        made.server.start()
        try:
            yield made
        finally:
            made.crash()


@pytest.mark.parametrize("moment", ["before a statement", "before the commit", "in a list"])
def test_a_unit_in_which_the_server_crashed_is_one_error(server: Crashing, moment: str) -> None:
    crm = server.workspace("unit_" + moment.replace(" ", "_"))
    with crm.work() as work:
        work.create_all("account", [{"name": f"n{number}"} for number in range(300)])
    _warm(crm)
    with pytest.raises(StorageError) as error, crm.work() as work:
        work.create("account", {"name": "gone"})
        server.crash_and_return()
        if moment == "before a statement":
            work.create("account", {"name": "gone too"})
        elif moment == "in a list":
            work.find("account")
    assert error.value.code == "connection_lost"
    with pytest.raises(UnitOfWorkClosed):
        work.find("account")
    # Every connection of the pool was lost, and none of its users is told so.
    assert _warm(crm) == {300}
    check_whole(crm)
    with crm.work() as work:
        work.create("account", {"name": "after"})
    assert len(crm.find("account")) == 301
    check_whole(crm)
    crm.close()


def _warm(crm: Workspace, threads: int = 6) -> set[int]:
    """How many accounts readers at the same moment count, each on a connection of its own."""
    together = threading.Barrier(threads)

    def count() -> int:
        together.wait(30)
        return len(crm.find("account"))

    with ThreadPoolExecutor(threads) as pool:
        return {one.result() for one in [pool.submit(count) for _ in range(threads)]}


def test_a_server_that_is_away_is_said_to_be_and_missed_no_longer(server: Crashing) -> None:
    crm = server.workspace("away")
    _warm(crm)
    server.crash()
    try:
        for attempt in (lambda: crm.find("account"), lambda: _create(crm, "nobody")):
            began = time.monotonic()
            with pytest.raises(StorageError) as error:
                attempt()
            assert error.value.code == "store_unreachable"
            assert time.monotonic() - began < 20
    finally:
        server.server.start()
    _create(crm, "somebody")
    assert [one["name"] for one in crm.find("account")] == ["somebody"]
    check_whole(crm)
    crm.close()


def _create(crm: Workspace, name: str) -> None:
    with crm.work() as work:
        work.create("account", {"name": name})


def test_a_feed_that_breaks_off_goes_on_where_it_was(server: Crashing) -> None:
    crm = server.workspace("feed")
    for number in range(8):
        _create(crm, f"n{number}")
    last = crm.digest("full")
    seen: list[int] = []
    with pytest.raises(StorageError) as error:
        for change in crm.changes():
            seen.append(change.position)
            if len(seen) == 4:
                server.crash_and_return()
    assert error.value.code == "connection_lost"
    seen += [change.position for change in crm.changes(after=seen[-1])]
    assert seen == list(range(1, len(seen) + 1))
    assert crm.digest("full") == last
    crm.close()


def test_crashes_under_load_lose_and_double_nothing(server: Crashing, counted: Counted) -> None:
    """Four writers, a server that crashes again and again: what was answered is there, once."""
    crm = server.workspace("load")
    with crm.work() as work:
        record = work.create("account", {"name": "counted", "hits": 0}).id
    answered: list[str] = []
    codes: Counter[str] = Counter()
    is_over = threading.Event()

    def write(name: str) -> None:
        number = 0
        while not is_over.is_set():
            op_id = f"{name}-{number}"
            _insist(lambda op_id=op_id: _hit(crm, record, op_id), codes)  # type: ignore[misc]
            answered.append(op_id)
            number += 1

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, name) for name in "abcd"]
        try:
            for number in range(15 if DEEP else 2):
                _wait_for_more(answered)
                time.sleep(number % 5 * 0.01)
                server.crash_and_return()
            _wait_for_more(answered)
        finally:
            is_over.set()
        for writer in writers:
            writer.result(120)
    assert codes["connection_lost"] + codes["store_unreachable"] > 0
    assert set(codes) <= {"connection_lost", "store_unreachable", "store_busy"}
    deals = Counter(str(one["title"]) for one in crm.find("deal"))
    assert deals == Counter(answered)
    assert crm.get("account", record)["hits"] == len(answered)
    check_whole(crm)
    crm.close()
    counted(
        f"{15 if DEEP else 2} crashes of the server under 4 writers, {sum(codes.values())} errors,"
        f" {len(answered)} acknowledged operations: 0 lost, 0 doubled"
    )


def _hit(crm: Workspace, record: str, op_id: str) -> None:
    def both(work: UnitOfWork) -> None:
        found = work.get("account", record)
        work.update("account", found, {"hits": int(str(found["hits"])) + 1})
        work.create("deal", {"title": op_id, "account": record})

    crm.run(both, op_id=op_id)


def _insist(attempt: Callable[[], None], codes: Counter[str]) -> None:
    for _ in range(2_000):
        try:
            attempt()
            return
        except StorageError as error:
            codes[error.code] += 1
            time.sleep(0.03)
    raise AssertionError("was never answered")


def _wait_for_more(answered: list[str]) -> None:
    wanted, deadline = len(answered) + 8, time.monotonic() + 120
    while len(answered) < wanted:
        assert time.monotonic() < deadline, "nobody could write any more"
        time.sleep(0.005)
