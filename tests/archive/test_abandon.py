"""What an unfinished restore left is removed when one asks for it; a live workspace never."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from tests.archive.conftest import BACKENDS
from tests.archive.stories import Told, change_accounts, told
from tests.cli.conftest import Run
from tests.cli.conftest import crm as crm
from tests.cli.conftest import folder as folder

from crmcore import open_workspace
from crmcore.archive import abandon, backup, restore
from crmcore.archive.loading import Target
from crmcore.errors import Conflict, WorkspaceError
from crmcore.kinds import DecimalKind
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend

Stores = Callable[[str], Backend]


@pytest.fixture(scope="module")
def source() -> Told:
    """A workspace that no test of this file changes."""
    return told(MemoryBackend(), seed=1, rounds=1)


def stopped(files: Path, target: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore that loads everything and never goes live."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Target, "go_live", fail)
        with pytest.raises(ZeroDivisionError):
            restore(files, target)


@pytest.mark.parametrize("to", BACKENDS)
def test_what_was_abandoned_takes_another_archive(
    to: str, source: Told, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(source.crm, tmp_path / "a.crmz")
    # The same fields in other kinds: what lies in a column of the first would be in its way.
    other = told(MemoryBackend(), seed=2, rounds=1).crm
    fields = other.schema.module("account").fields
    kinds = {"amount": DecimalKind(4)}
    change_accounts(other, [evolve(one, kind=kinds.get(one.name, one.kind)) for one in fields])
    backup(other, tmp_path / "b.crmz")
    target = stores(to)
    stopped(tmp_path / "a.crmz", target, monkeypatch)
    with pytest.raises(WorkspaceError) as caught:
        restore(tmp_path / "b.crmz", target)
    assert caught.value.code == "restoring_other"
    assert any("account" in name for name in abandon(target).tables)
    with pytest.raises(WorkspaceError) as caught:
        open_workspace(target)
    assert caught.value.code == "not_a_workspace"
    restore(tmp_path / "b.crmz", target)
    crm = open_workspace(target, clock=source.clock)
    assert crm.digest("full") == other.digest("full")
    with crm.work() as work:
        work.create("account", {"name": "it goes on", "code": "N1"})


@pytest.mark.parametrize("of", BACKENDS)
def test_a_live_workspace_is_never_emptied(of: str, stores: Stores) -> None:
    crm = told(stores(of), seed=1, rounds=0).crm
    before = crm.digest("full")
    with pytest.raises(WorkspaceError) as caught:
        abandon(crm._store.backend)
    assert caught.value.code == "abandon_live"
    assert crm.digest("full") == before
    with crm.work() as work:
        work.create("account", {"name": "it goes on"})


@pytest.mark.parametrize("of", BACKENDS)
def test_where_nothing_is_restored_nothing_is_removed(of: str, stores: Stores) -> None:
    target = stores(of)
    for _ in range(2):
        with pytest.raises(WorkspaceError) as caught:
            abandon(target)
        assert caught.value.code == "nothing_to_abandon"
    open_workspace(target, create=True)


@pytest.mark.parametrize("to", BACKENDS)
def test_who_is_still_restoring_is_stopped(
    to: str, source: Told, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(source.crm, tmp_path / "a.crmz")
    target, load = stores(to), Target.load

    def interrupted(self: Target, *arguments: object) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Target, "load", load)
            abandon(target)
            # Somebody else is faster than he.
            open_workspace(target, create=True)
        load(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Target, "load", interrupted)
    with pytest.raises(Conflict) as caught:
        restore(tmp_path / "a.crmz", target)
    assert caught.value.code == "restore_taken_over"
    assert not open_workspace(target).schema.by_name.keys() & {"account", "deal"}


def test_the_command_says_what_it_removes(
    crm: Run, folder: Path, source: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(source.crm, folder / "a.crmz")
    stopped(folder / "a.crmz", "sqlite:///b.db", monkeypatch)
    done = crm("restore", "--abandon", "b.db")
    assert done.code == 0
    assert "crmd_account" in done.out
    assert crm("restore", "--abandon", "b.db").code == 5
    assert crm("restore", "a.crmz", "b.db").code == 0
    live = crm("restore", "--abandon", "b.db")
    assert (live.code, "this workspace is live" in live.err) == (5, True)
    assert crm("restore", "--abandon", "none.db").code == 3
    assert not (folder / "none.db").exists()
    assert crm("restore", "--abandon", "a.crmz", "b.db").code == 2
    assert crm("restore", "b.db").code == 2
