"""Killed at any moment, a restore leaves nothing, something unfinished, or all of it."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.archive import processes
from tests.archive.conftest import Urls
from tests.archive.stories import told

from crmcore import Workspace, open_workspace
from crmcore.archive import backup, move, restore
from crmcore.errors import WorkspaceError
from crmcore.storage.memory import MemoryBackend
from crmcore.work.opening import open_backend

KILLS = int(os.environ.get("CRMCORE_KILLS", "0")) or (
    200 if os.environ.get("CRMCORE_TRIES") == "deep" else 3
)
STORES = ("sqlite", "postgresql", "mongodb")
UNTOUCHED = ("not_a_workspace", "not_a_store", "no_such_store")


def _outcome(url: str, expected: str) -> str:
    """What a kill left behind: `untouched`, `unfinished` or `complete`, never anything else."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and (not file.exists() or file.stat().st_size == 0):
        return "untouched"
    try:
        crm = open_workspace(url)
    except WorkspaceError as error:
        if error.code in UNTOUCHED:
            return "untouched"
        return "unfinished" if error.code == "restoring" else error.code
    try:
        assert crm.digest("full").value == expected
    finally:
        crm.close()
    return "complete"


@pytest.mark.parametrize("to", STORES)
def test_a_killed_restore_leaves_nothing_half_done(to: str, urls: Urls, tmp_path: Path) -> None:
    crm = told(MemoryBackend(), seed=9, rounds=1).crm
    backup(crm, tmp_path / "a.crmz")
    _kill_again_and_again("restores", str(tmp_path / "a.crmz"), to, urls, tmp_path, crm)


def test_a_killed_move_leaves_nothing_half_done(urls: Urls, tmp_path: Path) -> None:
    source = urls("sqlite")
    backend = open_backend(source, create=True)
    crm = told(backend, seed=9, rounds=1).crm
    _kill_again_and_again("moves", source, "sqlite", urls, tmp_path, crm)
    backend.close()


def _kill_again_and_again(
    what: str, given: str, to: str, urls: Urls, folder: Path, crm: Workspace
) -> None:
    expected = crm.digest("full").value
    seconds = _seconds(what, given, urls(to), folder)
    rng, outcomes = random.Random(what), Counter[str]()
    for number in range(8 * KILLS):
        if number >= KILLS and outcomes["unfinished"]:
            break  # a busy machine takes longer to begin than a calm one measured
        url = urls(to)
        _killed(what, given, url, folder / f"{number}.told", seconds * rng.uniform(0, 1.05))
        outcome = _outcome(url, expected)
        assert outcome in ("untouched", "unfinished", "complete"), outcome
        outcomes[outcome] += 1
        _restart(what, given, url, outcome)
        assert _outcome(url, expected) == "complete"
    print(f"{what} to {to}: {dict(outcomes)}")
    assert outcomes["unfinished"]


def _seconds(what: str, given: str, url: str, folder: Path) -> float:
    """How long it takes where nobody kills it."""
    told = folder / "first.told"
    done = processes.started(getattr(processes, what), given, url, str(told))
    _wait_for(told)
    began = time.monotonic()
    done.join(120)
    assert done.exitcode == 0
    return time.monotonic() - began


def _killed(what: str, given: str, url: str, told: Path, after: float) -> None:
    victim = processes.started(getattr(processes, what), given, url, str(told))
    _wait_for(told)
    time.sleep(after)
    victim.kill()
    victim.join()


def _wait_for(told: Path) -> None:
    for _ in range(60_000):
        if told.exists():
            return
        time.sleep(0.002)
    raise AssertionError("the process did not begin")


def _restart(what: str, given: str, url: str, outcome: str) -> None:
    """Run it again to its end; what is complete already is not touched."""
    if outcome == "complete":
        with pytest.raises(WorkspaceError):
            restore(given, url) if what == "restores" else _move(given, url)
        return
    restore(given, url) if what == "restores" else _move(given, url)
    if not url.startswith("sqlite"):
        return
    with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


def _move(source: str, url: str) -> None:
    crm = open_workspace(source)
    try:
        move(crm, url)
    finally:
        crm.close()
