"""Archives that were changed and put together again so that every digest fits are refused."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.archive import forging
from tests.archive.forging import Entries, with_lines, with_value
from tests.archive.stories import Told, change_accounts, tell, told
from tests.cli.conftest import Run
from tests.cli.conftest import crm as crm
from tests.cli.conftest import folder as folder

from crmcore import open_workspace
from crmcore.archive import backup, restore, verify
from crmcore.audit import head
from crmcore.errors import SourceError
from crmcore.schema import Module
from crmcore.storage import table
from crmcore.storage.memory import MemoryBackend

Forge = Callable[[Entries], Entries]
Change = Callable[[list[bytes]], object]


@pytest.fixture(scope="module")
def source() -> Told:
    """A workspace that no test of this file changes."""
    return told(MemoryBackend(), seed=1)


@pytest.fixture(scope="module")
def archive(source: Told, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of it."""
    file = tmp_path_factory.mktemp("archive") / "source.crmz"
    backup(source.crm, file)
    return file


def refused(file: Path) -> str:
    """The code by which `file` is refused, by `verify` and by `restore` alike, before it writes."""
    with pytest.raises(SourceError) as caught:
        verify(file)
    backend = MemoryBackend()
    with pytest.raises(SourceError):
        restore(file, backend)
    assert not backend.tables
    assert all(one.message("zh") != one.code for one in caught.value.problems)
    return caught.value.problems[-1].code


def _of(module: str, change: Change) -> Forge:
    return lambda entries: with_lines(entries, module, change)


def _value(module: str, name: str, value: object) -> Forge:
    return lambda entries: with_value(entries, module, name, value)


def _drop(place: int) -> Change:
    return lambda lines: lines.pop(place)


def _added(lines: list[bytes]) -> None:
    """A record that nobody made; ids in order."""
    parts = json.loads(lines[-1])
    parts[1]["id"] = "f" * 32
    parts[1].pop("code", None)
    lines.append(_text(parts))


def _swapped_names(lines: list[bytes]) -> None:
    """Two records of one change set exchange their names."""
    parts = [json.loads(line) for line in lines]
    places = [place for place, one in enumerate(parts) if "name" in one[1]]
    first = places[0]
    other = next(place for place in places if parts[place][1]["name"] != parts[first][1]["name"])
    names = parts[first][1]["name"], parts[other][1]["name"]
    parts[other][1]["name"], parts[first][1]["name"] = names
    lines[first], lines[other] = _text(parts[first]), _text(parts[other])


def _revived(lines: list[bytes]) -> None:
    """What was removed is there again."""
    for place, line in enumerate(lines):
        parts = json.loads(line)
        if parts[1].pop("removed", None):
            del parts[1]["ended_by"]
            lines[place] = _text(parts)
            return
    raise AssertionError("nothing was removed")


def _buried(lines: list[bytes]) -> None:
    """What is there was removed, by a change set that there is."""
    parts = json.loads(lines[0])
    live = next(place for place, line in enumerate(lines) if b'"ended_by"' not in line)
    made = json.loads(lines[live])
    made[1] |= {"ended_by": parts[1]["change_set"], "removed": 1}
    lines[live] = _text(made)


def _text(parts: object) -> bytes:
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _other_schema(lines: list[bytes]) -> None:
    """A schema that was never in force, before the one that is."""
    lines.insert(0, lines[-1])


FORGERIES: dict[str, tuple[Forge, str]] = {
    "another value": (_value("account", "name", "another"), "audit_root_differs"),
    "another author": (_value("deal", "updated_by", "0" * 32), "audit_root_differs"),
    "another moment": (
        _value("deal", "updated_at", "2026-03-01T00:00:00.000Z"),
        "audit_root_differs",
    ),
    "a change set that there is not": (
        _value("account", "change_set", "0" * 32),
        "audit_root_differs",
    ),
    "another salt": (_value("account", "salt", "0" * 32), "audit_root_differs"),
    "values exchanged": (_of("account", _swapped_names), "audit_root_differs"),
    "a version less": (_of("account", _drop(0)), "audit_root_differs"),
    "a live record less": (_of("deal", _drop(-1)), ""),
    "a record more": (_of("account", _added), "audit_root_differs"),
    "a removal undone": (_of("account", _revived), ""),
    "a removal invented": (_of("account", _buried), ""),
    "rights that nobody gave": (
        _of("crm_role", lambda lines: _with(lines, "grants", [])),
        "audit_root_differs",
    ),
    "an operation of another kind": (
        _value("crm_operation", "kind", "import"),
        "audit_operation_differs",
    ),
    "an operation less": (_of("crm_operation", _drop(0)), "audit_operation_differs"),
    "no definitions": (_of("crm_definition", lambda lines: lines.clear()), "audit_unreadable"),
    "another schema before": (_of("", _other_schema), "audit_unreadable"),
}


def _with(lines: list[bytes], name: str, value: object) -> None:
    parts = json.loads(lines[0])
    parts[1][name] = value
    lines[0] = _text(parts)


@pytest.mark.parametrize("name", FORGERIES)
def test_what_contradicts_the_chain_is_refused(name: str, archive: Path, tmp_path: Path) -> None:
    forge, code = FORGERIES[name]
    forged = forging.written(tmp_path / "forged.crmz", forge(forging.entries_of(archive)))
    # Its digests are those of what it holds: nothing else speaks against it.
    assert verify(forged, full=False).full != verify(archive, full=False).full or name == (
        "another schema before"
    )
    found = refused(forged)
    assert found == code or (not code and found.startswith("audit_"))


def test_many_versions_do_not_hide_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is gathered goes to files where there is much of it."""
    monkeypatch.setattr("crmcore.archive.spooling._HELD", 1_000)
    crm = told(MemoryBackend(), seed=1, rounds=1).crm
    with crm.work() as work:
        work.create_all("note", [{"text": f"n{number}"} for number in range(2_000)])
    backup(crm, tmp_path / "a.crmz")
    verify(tmp_path / "a.crmz")
    forged = with_value(forging.entries_of(tmp_path / "a.crmz"), "note", "text", "n2000")
    assert refused(forging.written(tmp_path / "b.crmz", forged)) == "audit_root_differs"


def test_a_unique_value_held_twice_is_found_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the chain agrees: a store could not be loaded with it."""
    crm = told(MemoryBackend(), seed=1, rounds=1).crm

    def nobody_looks(module: Module, row: object) -> list[object]:
        return []

    with monkeypatch.context() as patch:
        patch.setattr(table, "key_hashes", nobody_looks)
        with crm.work() as work:
            work.create_all("account", [{"name": one, "code": "SAME"} for one in "ab"])
    backup(crm, tmp_path / "a.crmz")
    assert refused(tmp_path / "a.crmz") == "archive_shares_key"


class TestIncrements:
    """What an increment adds is held against the chain that it adds."""

    def test_what_it_adds_is_looked_at(self, source: Told, tmp_path: Path) -> None:
        crm = told(MemoryBackend(), seed=2, rounds=2).crm
        base = backup(crm, tmp_path / "a.crmz")
        for number in range(3):
            tell(crm, random.Random(number))
        made = backup(crm, tmp_path / "b.crmz", since=base)
        assert not made.is_whole
        verify(tmp_path / "b.crmz")
        restore([tmp_path / "a.crmz", tmp_path / "b.crmz"], MemoryBackend())
        entries = forging.entries_of(tmp_path / "b.crmz")

        def newest(lines: list[bytes]) -> None:
            known = {json.loads(line)[1]["id"] for line in entries_of_sets}
            for place, line in enumerate(lines):
                parts = json.loads(line)
                if parts[1]["change_set"] in known and "ended_by" not in parts[1]:
                    parts[1]["updated_by"] = "0" * 32
                    lines[place] = _text(parts)
                    return
            raise AssertionError("nothing new")

        entries_of_sets = entries[forging.chunk_of(entries, "crm_change_set")].splitlines()
        forged = with_lines(entries, "deal", newest)
        assert refused(forging.written(tmp_path / "c.crmz", forged)) == "audit_root_differs"


class TestAnchors:
    """A chain that was made up as well is told from the one that was anchored."""

    def test_the_chain_leads_through_what_was_anchored(self, tmp_path: Path) -> None:
        here = told(MemoryBackend(), seed=3, rounds=1)
        early = head(here.crm)
        tell(here.crm, random.Random(1))
        late = head(here.crm)
        base = backup(here.crm, tmp_path / "a.crmz")
        assert verify(tmp_path / "a.crmz", head=early) == base
        assert verify(tmp_path / "a.crmz", head=str(late)) == base
        tell(here.crm, random.Random(2))
        last = head(here.crm)
        backup(here.crm, tmp_path / "b.crmz", since=base)
        assert verify(tmp_path / "b.crmz", head=late)
        for file, anchor in (("a", last), ("b", early)):
            with pytest.raises(SourceError) as caught:
                verify(tmp_path / f"{file}.crmz", head=anchor)
            assert caught.value.code == "archive_not_anchored"

    def test_another_course_of_history_is_told(self, tmp_path: Path) -> None:
        """Whoever has the archive can restore it, write, and archive again: all of it fits."""
        here = told(MemoryBackend(), seed=3, rounds=1)
        backup(here.crm, tmp_path / "a.crmz")
        tell(here.crm, random.Random(1))
        anchor = head(here.crm)
        backend = MemoryBackend()
        restore(tmp_path / "a.crmz", backend)
        there = open_workspace(backend, clock=here.clock)
        tell(there, random.Random(5))
        change_accounts(there, there.schema.module("account").fields)
        assert head(there).position >= anchor.position
        backup(there, tmp_path / "b.crmz")
        verify(tmp_path / "b.crmz")
        with pytest.raises(SourceError) as caught:
            verify(tmp_path / "b.crmz", full=False, head=anchor)
        assert caught.value.code == "archive_not_anchored"

    def test_the_command_takes_a_head_or_a_file_with_it(self, crm: Run, folder: Path) -> None:
        assert crm("init", "-w", "crm.db").code == 0
        text = crm("audit", "head", "-w", "crm.db").out
        (folder / "head").write_text(text)
        assert crm("backup", "crm.db", "a.crmz").code == 0
        assert crm("verify", "a.crmz", "--head", text.strip()).code == 0
        assert crm("verify", "a.crmz", "--head", "head").code == 0
        assert crm("verify", "a.crmz", "--head", "head", "--fast").code == 2
        assert crm("init", "-w", "other.db").code == 0
        other = crm("audit", "head", "-w", "other.db").out.strip()
        found = crm("verify", "a.crmz", "--head", other)
        assert (found.code, "does not lead through" in found.err) == (1, True)
        assert crm("verify", "a.crmz", "--head", "nonsense").code == 1
