"""A restored workspace is the one that was archived: its data, its past, its rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from tests.archive.conftest import BACKENDS
from tests.archive.stories import Told, change_accounts, retired, same_past, told

from crmcore import Field, Schema, open_workspace
from crmcore.archive import backup, restore
from crmcore.archive.loading import Target
from crmcore.archive.manifest import Manifest
from crmcore.errors import Conflict, Duplicate, SourceError, StorageError, WorkspaceError
from crmcore.kinds import DecimalKind, Integer
from crmcore.storage import Backend, Intent, Transaction
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.living.story import state
from crmcore.work import Workspace

Stores = Callable[[str], Backend]


@pytest.mark.parametrize("to", BACKENDS)
@pytest.mark.parametrize("of", BACKENDS)
def test_a_restored_workspace_is_the_same(of: str, to: str, stores: Stores, tmp_path: Path) -> None:
    source = told(stores(of), seed=2, rounds=3)
    manifest = backup(source.crm, tmp_path / "a.crmz")
    target = stores(to)
    assert restore(tmp_path / "a.crmz", target) == manifest
    crm = open_workspace(target, clock=source.clock)
    assert crm.digest("full") == source.crm.digest("full")
    assert crm.digest("full").value == manifest.full
    assert crm.digest() == source.crm.digest()
    assert state(crm) == state(source.crm)
    assert state(crm.as_("rep")) == state(source.crm.as_("rep"))
    assert same_past(crm, source.past)
    backup(crm, tmp_path / "b.crmz")
    assert (tmp_path / "a.crmz").read_bytes() == (tmp_path / "b.crmz").read_bytes()


@pytest.mark.parametrize("to", BACKENDS)
def test_a_restored_workspace_goes_on(to: str, source: Told, archive: Path, stores: Stores) -> None:
    target = stores(to)
    restore(archive, target)
    crm = open_workspace(target, clock=source.clock)
    for one in (crm, source.crm):
        one.undo(source.operation)
    assert crm.digest() == source.crm.digest()
    assert state(crm) == state(source.crm)
    account = crm.find("account", "code != null", limit=1)[0]
    assert crm.history(account)[0].kind == "created"
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("account", {"name": "x", "code": account["code"]})
    with crm.work() as work:
        work.create("deal", {"title": "one more", "account": account.id, "amount": 7})
    deals = crm.find("account", f"id == '{account.id}'", columns=["deals"])
    assert next(iter(deals.rows())) == ((account["deals"] or 0) + 1,)  # type: ignore[operator]


def test_what_was_hidden_is_still_there(source: Told, archive: Path) -> None:
    hidden = [one for seed in (source.crm,) for one in _gone(seed)]
    assert any(hidden)
    backend = MemoryBackend()
    restore(archive, backend)
    assert _gone(open_workspace(backend, clock=source.clock)) == hidden


def _gone(crm: Workspace) -> list[object]:
    retired(crm, "gone", is_retired=False)
    found = [one["gone"] for one in crm.find("account", order="id")]
    retired(crm, "gone")
    return found


@pytest.mark.parametrize("to", BACKENDS)
def test_the_past_before_a_change_of_kinds_is_the_same(
    to: str, source: Told, stores: Stores, tmp_path: Path
) -> None:
    before = source.crm.find("account", columns=["id", "amount"], order="id")
    position = source.crm.digest().position
    fields = source.crm.schema.module("account").fields
    kinds = {"amount": DecimalKind(4)}
    change_accounts(source.crm, [evolve(one, kind=kinds.get(one.name, one.kind)) for one in fields])
    backup(source.crm, tmp_path / "a.crmz")
    backend = stores(to)
    restore(tmp_path / "a.crmz", backend)
    crm = open_workspace(backend, clock=source.clock)
    for one in (crm, source.crm):
        then = one.find("account", columns=["id", "amount"], order="id", as_of=position)
        assert list(then.rows()) == list(before.rows())
    assert state(crm) == state(source.crm)
    assert isinstance(crm.schema.module("account").field("amount").kind, DecimalKind)


@pytest.mark.parametrize("to", BACKENDS)
def test_nobody_opens_what_is_not_complete(
    to: str,
    archive: Path,
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: Told,
) -> None:
    target = stores(to)
    with monkeypatch.context() as patch:
        patch.setattr(Target, "go_live", _fail)
        with pytest.raises(ZeroDivisionError):
            restore(archive, target)
    for create in (False, True):
        with pytest.raises(WorkspaceError) as caught:
            open_workspace(target, create=create)
        assert caught.value.code == "restoring"
    _finished(target, archive, tmp_path / "other.crmz", source)


def _fail(*_: object) -> None:
    raise ZeroDivisionError


def _finished(target: Backend, archive: Path, other: Path, source: Told) -> None:
    """Nothing else can be restored there; the same can, and then it is complete."""
    backup(told(MemoryBackend(), seed=3, rounds=1).crm, other)
    with pytest.raises(WorkspaceError) as caught:
        restore(other, target)
    assert caught.value.code == "restoring_other"
    restore(archive, target)
    assert open_workspace(target).digest("full") == source.crm.digest("full")


def test_a_workspace_is_never_overwritten(source: Told, archive: Path) -> None:
    before = source.crm.digest("full")
    with pytest.raises(WorkspaceError) as caught:
        restore(archive, source.crm._store.backend)
    assert caught.value.code == "target_is_same"
    other = told(MemoryBackend(), seed=4, rounds=1)
    with pytest.raises(WorkspaceError) as caught:
        restore(archive, other.crm._store.backend)
    assert caught.value.code == "target_in_use"
    assert source.crm.digest("full") == before


def test_who_began_last_restores(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    load = Target.load

    def interrupted(self: Target, *arguments: object) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Target, "load", load)
            restore(archive, backend)
        load(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Target, "load", interrupted)
    with pytest.raises(Conflict) as caught:
        restore(archive, backend)
    assert caught.value.code == "restore_taken_over"
    open_workspace(backend)


def test_who_was_killed_may_hold_the_target_for_a_while(
    source: Told, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server ends the transaction of a dead client when it notices."""
    backend, begin, refused = MemoryBackend(), MemoryBackend.begin, list[Intent]()

    def begun(self: MemoryBackend, intent: Intent, join: object = None) -> Transaction:
        if self is backend and intent is Intent.WRITE and len(refused) < 3:
            refused.append(intent)
            raise Conflict("record_changed")
        return begin(self, intent, join)

    monkeypatch.setattr(MemoryBackend, "begin", begun)
    restore(archive, backend)
    assert len(refused) == 3
    assert open_workspace(backend).digest("full") == source.crm.digest("full")


def test_what_comes_out_otherwise_does_not_become_live(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Target.load

    def careless(self: Target, module: object, versions: list[tuple[object, ...]]) -> None:
        load(self, module, versions[1:])  # type: ignore[arg-type]

    monkeypatch.setattr(Target, "load", careless)
    backend = MemoryBackend()
    with pytest.raises(StorageError) as caught:
        restore(archive, backend)
    assert caught.value.code == "restored_differs"
    with pytest.raises(WorkspaceError):
        open_workspace(backend)


class TestIncrements:
    """Archives that continue others."""

    def test_increments_add_up(self, source: Told, archive: Path, tmp_path: Path) -> None:
        files, last = [archive], backup(source.crm, tmp_path / "again.crmz")
        for number in range(3):
            _swap_codes(source.crm)
            source.crm.undo(source.operation) if number == 1 else _add(source.crm, number)
            files.append(tmp_path / f"{number}.crmz")
            last = backup(source.crm, files[-1], since=last)
            assert not last.is_whole
        for start in (MemoryBackend(), f"sqlite:///{tmp_path / 'r.db'}"):
            restore(files, start)
            crm = open_workspace(start, clock=source.clock)
            assert crm.digest("full") == source.crm.digest("full")
            assert state(crm) == state(source.crm)
            assert same_past(crm, source.past)
            crm.close()

    def test_a_changed_schema_makes_an_increment_whole(
        self, source: Told, archive: Path, tmp_path: Path
    ) -> None:
        first = backup(source.crm, tmp_path / "again.crmz")
        fields = [*source.crm.schema.module("account").fields, Field("later", Integer())]
        change_accounts(source.crm, fields)
        _add(source.crm, 1)
        second = backup(source.crm, tmp_path / "1.crmz", since=first)
        assert second.is_whole
        _add(source.crm, 2)
        third = backup(source.crm, tmp_path / "2.crmz", since=second)
        assert not third.is_whole
        backend = MemoryBackend()
        restore([archive, tmp_path / "1.crmz", tmp_path / "2.crmz"], backend)
        crm = open_workspace(backend, clock=source.clock)
        assert crm.digest("full") == source.crm.digest("full")
        assert state(crm) == state(source.crm)

    def test_gaps_are_refused(self, source: Told, archive: Path, tmp_path: Path) -> None:
        last = backup(source.crm, tmp_path / "again.crmz")
        names: list[Path] = []
        for number in range(3):
            _add(source.crm, number)
            names.append(tmp_path / f"{number}.crmz")
            last = backup(source.crm, names[-1], since=last)
        one, two, three = names
        replayed = ([archive, one, one], [archive, archive], [archive, one, two, two])
        gaps = ([archive, two], [archive, one, three], [one], [archive, two, one])
        for files in (*gaps, *replayed):
            backend = MemoryBackend()
            with pytest.raises(SourceError) as caught:
                restore(files, backend)
            assert caught.value.code == "archive_gap"
            assert not backend.tables

    def test_another_course_of_history_is_refused(
        self, source: Told, archive: Path, tmp_path: Path
    ) -> None:
        backend = MemoryBackend()
        base = restore(archive, backend)
        other = open_workspace(backend, clock=source.clock)
        _add(other, 1)
        there = backup(other, tmp_path / "there.crmz", since=base)
        _add(source.crm, 2)
        here = backup(source.crm, tmp_path / "here.crmz", since=base)
        assert here.position == there.position
        _add(source.crm, 3)
        with pytest.raises(SourceError) as caught:
            backup(source.crm, tmp_path / "mixed.crmz", since=there)
        assert caught.value.code == "archive_other"
        backup(source.crm, tmp_path / "on.crmz", since=here)
        files = [tmp_path / name for name in ("there.crmz", "on.crmz")]
        with pytest.raises(SourceError) as caught:
            restore([archive, *files], MemoryBackend())
        assert caught.value.code == "archive_other"

    def test_what_continues_nothing_is_refused(self, source: Told, tmp_path: Path) -> None:
        manifest = backup(source.crm, tmp_path / "a.crmz")
        with pytest.raises(Exception, match="nothing was written") as caught:
            backup(source.crm, tmp_path / "b.crmz", since=manifest)
        assert getattr(caught.value, "code", "") == "nothing_new"
        foreign: Manifest = evolve(manifest, key="0" * 64)
        with pytest.raises(SourceError):
            backup(source.crm, tmp_path / "b.crmz", since=foreign)
        assert sorted(one.name for one in tmp_path.iterdir()) == ["a.crmz"]


def _add(crm: Workspace, number: int) -> None:
    with crm.work() as work:
        account = work.create("account", {"name": f"new {number}", "code": f"N{number}"})
        work.create("deal", {"title": f"d{number}", "account": account.id, "amount": 5})
        old = work.find("account", "code != null", order="id")[2]
        # The other end of a link changes without a version of its own.
        work.create("deal", {"title": f"e{number}", "account": old.id, "amount": 9})
        for note in work.find("note", order="id", limit=1):
            work.delete("note", note)


def _swap_codes(crm: Workspace) -> None:
    with crm.work() as work:
        first, second = work.find("account", "code != null", order="id")[:2]
        codes = first["code"], second["code"]
        first = work.update("account", first, {"code": None})
        work.update("account", second, {"code": codes[0]})
        work.update("account", first, {"code": codes[1]})


def test_the_schema_is_part_of_it(source: Told, archive: Path) -> None:
    backend = MemoryBackend()
    restore(archive, backend)
    assert open_workspace(backend).schema == source.crm.schema
    assert isinstance(source.crm.schema, Schema)
