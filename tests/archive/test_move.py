"""A workspace moves between any two backends while others write to it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from tests.archive.conftest import BACKENDS
from tests.archive.stories import Told, change_accounts, same_past, tell, told

from crmcore import Field, open_workspace
from crmcore.archive import move
from crmcore.archive.loading import Target
from crmcore.errors import AccessDenied, StorageError, WorkspaceError
from crmcore.kinds import Integer
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.living.story import state

Stores = Callable[[str], Backend]


@pytest.mark.parametrize("to", BACKENDS)
@pytest.mark.parametrize("of", BACKENDS)
def test_a_workspace_moves_there_and_back(of: str, to: str, stores: Stores) -> None:
    source = told(stores(of), seed=11, rounds=2)
    there, back = stores(to), stores(of)
    rng = random.Random(3)
    written: list[int] = []

    def meanwhile(loaded: int) -> None:
        if len(written) < 3:
            tell(source.crm, rng)
            written.append(loaded)

    moved = move(source.crm, there, progress=meanwhile)
    assert moved.source == moved.target == source.crm.digest("full").value
    assert (moved.behind, len(written)) == (0, 3)
    crm = open_workspace(there, clock=source.clock)
    assert crm.digest("full") == source.crm.digest("full")
    assert state(crm) == state(source.crm)
    assert same_past(crm, source.past)
    assert move(crm, back).target == moved.source
    home = open_workspace(back, clock=source.clock)
    for one in (home, crm, source.crm):
        one.undo(source.operation)
    assert home.digest() == crm.digest() == source.crm.digest()
    assert state(home) == state(source.crm)


@pytest.mark.parametrize("to", BACKENDS)
def test_a_schema_that_changes_meanwhile_moves_too(to: str, source: Told, stores: Stores) -> None:
    target, changed = stores(to), list[int]()

    def meanwhile(loaded: int) -> None:
        if not changed:
            changed.append(loaded)
            fields = source.crm.schema.module("account").fields
            change_accounts(source.crm, [*fields, Field("size", Integer())])
            with source.crm.work() as work:
                work.create("account", {"name": "new", "size": 3})

    moved = move(source.crm, target, progress=meanwhile)
    crm = open_workspace(target, clock=source.clock)
    assert moved.target == crm.digest("full").value == source.crm.digest("full").value
    assert len(crm.find("account", "size == 3")) == 1


def test_what_is_written_after_the_end_is_told(
    source: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_live = Target.go_live

    def late(self: Target, head: object) -> None:
        go_live(self, head)  # type: ignore[arg-type]
        with source.crm.work() as work:
            work.create("account", {"name": "late"})

    monkeypatch.setattr(Target, "go_live", late)
    before = source.crm.digest("full")
    target = MemoryBackend()
    moved = move(source.crm, target)
    assert (moved.behind, moved.position) == (1, before.position)
    assert open_workspace(target).digest("full") == before


def test_a_move_that_was_cut_short_is_run_again(
    source: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = MemoryBackend()

    def stop(loaded: int) -> None:
        if loaded > 20:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        move(source.crm, target, progress=stop)
    with pytest.raises(WorkspaceError) as caught:
        open_workspace(target)
    assert caught.value.code == "restoring"
    tell(source.crm, random.Random(1))
    moved = move(source.crm, target)
    assert moved.target == source.crm.digest("full").value
    assert open_workspace(target).digest("full") == source.crm.digest("full")
    other = told(MemoryBackend(), seed=4, rounds=1)
    with pytest.raises(WorkspaceError) as caught:
        move(other.crm, target)
    assert caught.value.code == "target_in_use"


def test_a_move_that_loses_something_is_noticed(
    source: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Target, "remove", lambda *_: None)
    load = Target.load
    monkeypatch.setattr(Target, "load", lambda self, module, rows: load(self, module, rows[:-1]))
    with pytest.raises(StorageError) as caught:
        move(source.crm, MemoryBackend())
    assert caught.value.code == "restored_differs"


def test_writers_go_on_while_it_moves(source: Told) -> None:
    stop, failures = threading.Event(), list[BaseException]()

    def write() -> None:
        rng = random.Random(threading.get_ident())
        try:
            while not stop.is_set():
                tell(source.crm, rng, 2)
        except BaseException as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        target = MemoryBackend()
        moved = move(source.crm, target)
    finally:
        stop.set()
        writer.join()
    assert not failures
    assert moved.source == moved.target
    crm = open_workspace(target, clock=source.clock)
    assert crm.digest("full").value == moved.target
    assert state(crm) == {
        **state(source.crm, moved.position),
        "account": state(crm)["account"],
    }


def test_who_may_not_configure_moves_nothing(source: Told) -> None:
    target = MemoryBackend()
    with pytest.raises(AccessDenied):
        move(source.crm.as_("rep"), target)
    assert not target.tables
