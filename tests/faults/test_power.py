"""Power cuts on SQLite: its writes and syncs are recorded, and what was not synced is dropped."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from sqlalchemy import create_engine
from tests.faults.checking import check_whole
from tests.faults.conftest import DEEP, SCHEMA
from tests.faults.counts import Counted
from tests.faults.disks import Disk
from tests.faults.processes import process
from tests.faults.recording import Event, Recorder, load, store

from crmcore import UnitOfWork, Workspace, open_workspace

OPERATIONS = 100 if DEEP else 40
CUTS = 10_000 if DEEP else 100
CHECKPOINTS = ("PASSIVE", "RESTART", "TRUNCATE")


def commits_recorded(url: str, out: str, operations: int) -> None:
    """Run operations one after the other, with checkpoints in between, and record them."""
    recorder = Recorder()
    crm = open_workspace(url)
    beside = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for number in range(operations):
        recorder.mark(f"begun {number}")
        _run(crm, number)
        recorder.mark(f"done {number}")
        if number % 6 == 5:
            beside.execute(f"PRAGMA wal_checkpoint({CHECKPOINTS[number // 6 % 3]})").fetchall()
    store(recorder.events, Path(out))
    # Nothing is closed in order: that would end the WAL.
    os._exit(0)


def _run(crm: Workspace, number: int) -> str:
    def pair(work: UnitOfWork) -> str:
        account = work.create("account", {"name": f"n{number}", "hits": number})
        work.create("deal", {"title": f"n{number}", "account": account.id})
        if number >= 3:
            work.delete("deal", work.find("deal", f"title == 'n{number - 3}'")[0])
            former = work.find("account", f"name == 'n{number - 2}'")[0]
            work.update("account", former, {"hits": -number})
        return account.id

    found: str = crm.run(pair, op_id=f"op-{number}")
    return found


@frozen
class Recording:
    """What stood on the disk at first, and what was asked of it."""

    before: Path
    events: list[Event]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    live, before = tmp_path_factory.mktemp("live"), tmp_path_factory.mktemp("made") / "before"
    url = f"sqlite:///{live / 'crm.db'}"
    open_workspace(url, create=True, schema=SCHEMA, owner="owner").close()
    shutil.copytree(live, before)
    out = live / "recording"
    child = process(commits_recorded, url, str(out), OPERATIONS)
    child.join()
    assert child.exitcode == 0
    return Recording(before, list(load(out)))


@frozen
class Cut:
    """A power cut: what the program had begun and been told, and how much was not synced."""

    number: int
    begun: int
    done: int
    unsynced: int


def cuts(recording: Recording, folder: Path, count: int, seed: int) -> Iterator[Cut]:
    """Cuts at moments chosen at random, of what is left of each one at a time."""
    choice = random.Random(seed)
    moments = sorted(choice.choices(range(len(recording.events) + 1), k=count))
    disk, taken, begun, done = Disk(recording.before), 0, -1, -1
    for number, moment in enumerate(moments):
        for event in recording.events[taken:moment]:
            disk.take(event)
            if event.kind == "mark":
                word, at = event.data.decode().split()
                begun, done = (int(at), done) if word == "begun" else (begun, int(at))
        taken = moment
        disk.cut(folder / "left", choice)
        yield Cut(number, begun, done, disk.unsynced())
        shutil.rmtree(folder / "left")


def test_what_was_acknowledged_outlives_every_power_cut(
    recording: Recording, tmp_path: Path, counted: Counted
) -> None:
    unsynced = later = acknowledged = 0
    for cut, crm in _reopened(recording, tmp_path, CUTS, seed=11):
        found = _check_recovered(crm, cut, tmp_path / "left" / "crm.db")
        unsynced += cut.unsynced > 0
        later += found > cut.done
        acknowledged += cut.done + 1
    # Cuts in between are what this is about; some of them come after the commit.
    assert unsynced > CUTS / 3
    assert later > 0
    counted(
        f"{CUTS} power cuts, {unsynced} with writes not yet synced: of {acknowledged} acknowledged"
        f" operations 0 lost, 0 torn; {later} cuts between commit and answer"
    )


def _reopened(
    recording: Recording, folder: Path, count: int, seed: int
) -> Iterator[tuple[Cut, Workspace]]:
    """Each cut, and a workspace on what is left: every tenth time one that is new as well."""
    engine = create_engine(f"sqlite:///{folder / 'left' / 'crm.db'}")
    known: Workspace | None = None
    for cut in cuts(recording, folder, count, seed):
        if known is None or cut.number % 10 == 0:
            known = open_workspace(engine)
        yield cut, known
        engine.dispose()


def _check_recovered(crm: Workspace, cut: Cut, database: Path) -> int:
    """The last operation that is there after the cut; checks that all is well."""
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    accounts = sorted(int(str(one["name"])[1:]) for one in crm.find("account"))
    last = len(accounts) - 1
    assert cut.done <= last <= cut.begun, f"{cut}: {last} is the last one"
    assert accounts == list(range(last + 1))
    _check_state(crm, last)
    # Whoever was not answered asks again: it happens, once.
    if cut.begun >= 0:
        assert _run(crm, cut.begun) == crm.find("account", f"name == 'n{cut.begun}'")[0].id
        _check_state(crm, cut.begun)
    check_whole(crm)
    return last


def _check_state(crm: Workspace, last: int) -> None:
    """Each operation is there with all that it did, or not at all."""
    titles = sorted(str(one["title"]) for one in crm.find("deal"))
    assert titles == sorted(f"n{number}" for number in range(max(last - 2, 0), last + 1))
    for one in crm.find("account"):
        number = int(str(one["name"])[1:])
        is_changed = number >= 1 and number + 2 <= last
        assert one["hits"] == (-(number + 2) if is_changed else number)
        if number in (last - 2, last - 1):
            assert len(crm.history(one)) == 1 + is_changed


def test_a_disk_that_lies_about_syncs_is_found_out(
    recording: Recording, tmp_path: Path, counted: Counted
) -> None:
    """The same cuts, but no sync counts: what was acknowledged is lost."""
    deaf = Recording(recording.before, [one for one in recording.events if one.kind != "sync"])
    lost = 0
    for cut, crm in _reopened(deaf, tmp_path, 20, seed=5):
        try:
            lost += len(crm.find("account")) - 1 < cut.done
        except Exception:
            # What is left of a torn file may fail in any way.
            lost += 1
    assert lost >= 10
    counted(f"with syncs left out, {lost} of 20 power cuts lost or tore something")
