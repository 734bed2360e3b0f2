"""Killed at any moment, a restore leaves nothing, something unfinished, or all of it."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest
from tests.archive import processes
from tests.archive.stories import told
from tests.faults.processes import process

from crmcore import open_workspace
from crmcore.archive import backup, move, restore
from crmcore.errors import WorkspaceError
from crmcore.work.opening import open_backend

KILLS = 200 if os.environ.get("CRMCORE_TRIES") == "deep" else 3


def _outcome(url: str, expected: str) -> str:
    """What a kill left behind: `untouched`, `unfinished` or `complete`, never anything else."""
    file = Path(url.removeprefix("sqlite:///"))
    if not file.exists() or file.stat().st_size == 0:
        return "untouched"
    try:
        crm = open_workspace(url)
    except WorkspaceError as error:
        found = {"restoring": "unfinished", "not_a_workspace": "untouched"}
        return found.get(error.code, "untouched" if error.code == "not_a_store" else error.code)
    try:
        assert crm.digest("full").value == expected
    finally:
        crm.close()
    return "complete"


@pytest.mark.parametrize("what", ["restores", "moves"])
def test_a_kill_leaves_nothing_half_done(what: str, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path / 'source.db'}"
    backend = open_backend(source, create=True)
    crm = told(backend, seed=9, rounds=1).crm
    expected = crm.digest("full").value
    backup(crm, tmp_path / "a.crmz")
    backend.close()
    given = str(tmp_path / "a.crmz") if what == "restores" else source
    seconds = _seconds(what, given, tmp_path)
    rng, outcomes = random.Random(what), list[str]()
    for number in range(8 * KILLS):
        if number >= KILLS and "unfinished" in outcomes:
            break  # a busy machine takes longer to begin than a calm one measured
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        _killed(what, given, url, tmp_path / f"{number}.told", seconds * rng.uniform(0.05, 1.05))
        outcomes.append(_outcome(url, expected))
        assert outcomes[-1] in ("untouched", "unfinished", "complete")
        _restart(what, given, url, outcomes[-1])
        assert _outcome(url, expected) == "complete"
    assert "unfinished" in outcomes


def _seconds(what: str, given: str, folder: Path) -> float:
    """How long it takes where nobody kills it."""
    told, url = folder / "first.told", f"sqlite:///{folder / 'first.db'}"
    done = process(getattr(processes, what), given, url, str(told))
    _wait_for(told)
    began = time.monotonic()
    done.join(120)
    assert done.exitcode == 0
    return time.monotonic() - began


def _killed(what: str, given: str, url: str, told: Path, after: float) -> None:
    victim = process(getattr(processes, what), given, url, str(told))
    _wait_for(told)
    time.sleep(after)
    victim.kill()
    victim.join()


def _wait_for(told: Path) -> None:
    for _ in range(6_000):
        if told.exists():
            return
        time.sleep(0.01)
    raise AssertionError("the process did not begin")


def _restart(what: str, given: str, url: str, outcome: str) -> None:
    """Run it again to its end; what is complete already is not touched."""
    if outcome == "complete":
        with pytest.raises(WorkspaceError):
            restore(given, url) if what == "restores" else _move(given, url)
        return
    restore(given, url) if what == "restores" else _move(given, url)
    with sqlite3.connect(url.removeprefix("sqlite:///")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


def _move(source: str, url: str) -> None:
    crm = open_workspace(source)
    try:
        move(crm, url)
    finally:
        crm.close()
