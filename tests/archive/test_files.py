"""Files that are not there, or are something else, are refused in a sentence; nothing is left."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.archive.conftest import BACKENDS
from tests.archive.stories import Told, tell, told

from crmcore.archive import backup, move, restore, verify
from crmcore.errors import CrmError, SourceError, WorkspaceError
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend

NAMES = {
    "none.crmz": "no_such_file",
    "nodir/none.crmz": "no_such_folder",
    "folder": "file_is_folder",
    "file/none.crmz": "folder_is_file",
    "file": "not_an_archive",
    "a\0b": "bad_file_name",
    "": "bad_file_name",
    "long" * 1_000: "file_failed",
}
TARGETS = {
    "nodir/a.crmz": "no_such_folder",
    "folder": "archive_exists",
    "file": "archive_exists",
    "file/a.crmz": "folder_is_file",
    "a\0b": "bad_file_name",
    "": "bad_file_name",
    "long" * 1_000: "file_failed",
}
FOLDERS = {
    ".": "folder_exists",
    "file": "folder_is_file",
    "file/out": "folder_is_file",
    "made/on/the/way/" + "long" * 1_000: "file_failed",
    "a\0b": "bad_file_name",
    "": "bad_file_name",
}


@pytest.fixture(scope="module")
def source() -> Told:
    """A small workspace for all tests of this file."""
    return told(MemoryBackend(), seed=1, rounds=1)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test stands, with an archive, a folder and a file."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("what somebody wrote")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(run: Callable[[], object]) -> str:
    """The code by which `run` is refused; nothing that it wrote is left."""
    before = sorted(Path().rglob("*"))
    with pytest.raises(CrmError) as caught:
        run()
    assert str(caught.value) != caught.value.code
    assert caught.value.message("zh") != caught.value.code
    assert sorted(Path().rglob("*")) == before
    return caught.value.code


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_archive_is_not_read(name: str, here: Path, source: Told) -> None:
    assert refused(lambda: verify(name)) == NAMES[name]
    assert refused(lambda: verify(name, full=False)) == NAMES[name]
    assert refused(lambda: restore(name, "sqlite:///new.db")) == NAMES[name]
    assert refused(lambda: backup(source.crm, "b.crmz", since=name)) == NAMES[name]
    backup(source.crm, "a.crmz")
    assert refused(lambda: restore(["a.crmz", name], "sqlite:///new.db")) == NAMES[name]


@pytest.mark.parametrize("name", TARGETS)
def test_where_no_file_can_be_no_archive_is_written(name: str, here: Path, source: Told) -> None:
    assert refused(lambda: backup(source.crm, name)) == TARGETS[name]


@pytest.mark.parametrize("name", FOLDERS)
def test_where_no_folder_can_be_nothing_is_extracted(name: str, here: Path, source: Told) -> None:
    assert refused(lambda: source.crm.extract(name)) == FOLDERS[name]
    assert (here / "file").read_text() == "what somebody wrote"


def test_the_folder_one_stands_in_is_not_replaced(
    here: Path, source: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(here / "folder")
    assert refused(lambda: source.crm.extract(".")) == "folder_is_here"
    monkeypatch.chdir(here)
    source.crm.extract("folder")
    assert (here / "folder" / "account.parquet").exists()


def test_folders_on_the_way_go_with_what_was_refused(here: Path, source: Told) -> None:
    assert refused(lambda: source.crm.extract("a/b/c", modules=["nothing"])) == "unknown_module"
    source.crm.extract("a/b/c", modules=["account"])
    assert (here / "a" / "b" / "c" / "account.parquet").exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.EACCES, "file_denied"), (errno.ENOSPC, "disk_full"), (errno.EIO, "file_failed")],
)
def test_what_the_system_says_becomes_a_refusal(
    number: int, code: str, here: Path, source: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(source.crm, "a.crmz")

    def failing(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "elsewhere")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", failing)
        assert refused(lambda: verify("a.crmz")) == code
        assert refused(lambda: restore("a.crmz", "sqlite:///new.db")) == code
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        assert refused(lambda: backup(source.crm, "b.crmz")) == code
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing)
        assert refused(lambda: source.crm.extract("out")) == code


def test_an_increment_continues_the_archive_in_a_file(here: Path, source: Told) -> None:
    first = backup(source.crm, "a.crmz")
    tell(source.crm, random.Random(1))
    assert backup(source.crm, "b.crmz", since=Path("a.crmz")).after == first.position
    other = told(MemoryBackend(), seed=8, rounds=1)
    with pytest.raises(SourceError) as caught:
        backup(other.crm, "c.crmz", since="a.crmz")
    assert caught.value.code == "archive_other"
    assert sorted(one.name for one in here.glob("*.crmz")) == ["a.crmz", "b.crmz"]


@pytest.mark.parametrize("of", BACKENDS)
def test_a_workspace_does_not_move_onto_itself(of: str, stores: Callable[[str], Backend]) -> None:
    source = told(stores(of), seed=1, rounds=0)
    before = source.crm.digest("full")
    with pytest.raises(WorkspaceError) as caught:
        move(source.crm, source.crm._store.backend)
    assert caught.value.code == "target_is_same"
    assert source.crm.digest("full") == before
    with source.crm.work() as work:
        work.create("account", {"name": "it goes on"})
