"""A backup is of one sealed position, whoever writes meanwhile, and always the same bytes."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from tests.archive.conftest import BACKENDS
from tests.archive.stories import Told, told

from crmcore import Workspace, open_workspace
from crmcore.archive import backup, restore, verify
from crmcore.errors import AccessDenied, CrmError, SourceError, StorageError
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend

TRIES = {"memory": 100, "sqlite": 1_000}
AT_ONCE = 40
"""So many of one store: what is written makes each larger than the one before."""
IS_DEEP = os.environ.get("CRMCORE_TRIES") == "deep"

Stores = Callable[[str], Backend]


@pytest.mark.parametrize("of", BACKENDS)
def test_equal_stores_give_equal_bytes(of: str, stores: Stores, tmp_path: Path) -> None:
    for number in range(2):
        backup(told(stores(of), seed=6, rounds=2).crm, tmp_path / f"{number}.crmz")
    backup(told(MemoryBackend(), seed=6, rounds=2).crm, tmp_path / "memory.crmz")
    found = {file.read_bytes() for file in tmp_path.glob("*.crmz")}
    assert len(found) == 1


def test_a_backup_reads_only(source: Told, tmp_path: Path) -> None:
    before = source.crm.digest("full")
    backup(source.crm, tmp_path / "a.crmz")
    assert source.crm.digest("full") == before


def test_the_file_is_for_its_owner_and_never_overwritten(source: Told, tmp_path: Path) -> None:
    file = tmp_path / "a.crmz"
    backup(source.crm, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(SourceError) as caught:
        backup(source.crm, file)
    assert caught.value.code == "archive_exists"
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.crmz"]


def test_two_that_write_the_same_file_do_not_mix(source: Told, tmp_path: Path) -> None:
    file, failures = tmp_path / "a.crmz", list[BaseException]()

    def write() -> None:
        try:
            backup(source.crm, file)
        except SourceError as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(failures) == 3
    assert verify(file).full == source.crm.digest("full").value
    assert [one.name for one in tmp_path.iterdir()] == ["a.crmz"]


def test_a_backup_that_fails_leaves_no_file(
    source: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr("crmcore.archive.container.os.fsync", fail)
    with pytest.raises(SourceError, match="no room left"):
        backup(source.crm, tmp_path / "a.crmz")
    assert not list(tmp_path.iterdir())


def test_who_may_not_configure_gets_no_backup(source: Told, tmp_path: Path) -> None:
    with pytest.raises(AccessDenied):
        backup(source.crm.as_("rep"), tmp_path / "a.crmz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("of", BACKENDS)
def test_backups_under_writers_are_of_one_position(of: str, stores: Stores, tmp_path: Path) -> None:
    left, moved = TRIES.get(of, 200) if IS_DEEP else 12, 0
    made = left
    while left > 0:
        some = min(left, AT_ONCE)
        positions = _backups(told(stores(of), seed=8, rounds=1).crm, tmp_path, some)
        moved += len(set(positions)) - 1
        left -= some
    print(f"{made} backups of {of}, {moved} times something was written between two")
    assert moved


def _backups(crm: Workspace, folder: Path, number: int) -> list[int]:
    """Their positions, made while two threads write, and checked."""
    stop, failures = threading.Event(), list[BaseException]()
    writers = [
        threading.Thread(target=_pairs, args=(crm, f"w{name}", stop, failures)) for name in range(2)
    ]
    for writer in writers:
        writer.start()
    try:
        files = [folder / f"{place}.crmz" for place in range(number)]
        positions = [backup(crm, file).position for file in files]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not failures
    for file, position in zip(files, positions, strict=True):
        _check(file, position)
        file.unlink()
    return positions


def _pairs(crm: Workspace, name: str, stop: threading.Event, failures: list[BaseException]) -> None:
    """Accounts with one deal each; the title of the deal is the name of its account."""
    try:
        for number in count():
            if stop.is_set():
                return
            try:
                _pair(crm, f"{name}-{number}")
            except StorageError:
                # Busy: others write too.
                continue
    except BaseException as error:
        failures.append(error)


def _pair(crm: Workspace, token: str) -> None:
    with crm.work(op_id=token) as work:
        account = work.create("account", {"name": token})
        work.create("deal", {"title": token, "account": account.id, "amount": 1})


def _check(file: Path, position: int) -> None:
    """The archive is whole, and of every pair it holds both or neither."""
    backend = MemoryBackend()
    manifest = restore(file, backend)
    assert manifest == verify(file, full=False)
    assert manifest.position == position
    crm = open_workspace(backend)
    digest = crm.digest("full")
    assert (digest.value, digest.position) == (manifest.full, position)
    accounts = {one["name"] for one in crm.find("account", "starts_with(name, 'w')")}
    deals = {one["title"] for one in crm.find("deal", "starts_with(title, 'w')")}
    assert accounts == deals
    assert all(one["deals"] == 1 for one in crm.find("account", "starts_with(name, 'w')"))


def test_a_store_in_which_nothing_stands_still_is_told(
    source: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmcore.archive.snapshot.unsealed", lambda _: True)
    monkeypatch.setattr("crmcore.archive.snapshot._PAUSE_SECONDS", 0)
    with pytest.raises(CrmError) as caught:
        backup(source.crm, tmp_path / "a.crmz")
    assert caught.value.code == "store_busy"
    assert not list(tmp_path.iterdir())
