"""Backup, verify, restore, move and extract from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Run


@pytest.fixture
def made(crm: Run) -> Run:
    """A small workspace in `crm.db`."""
    assert crm("init", "-w", "crm.db", "--owner", "王经理").code == 0
    return crm


def test_a_backup_is_verified_and_restored(made: Run, folder: Path) -> None:
    written = made("backup", "crm.db", "a.crmz", "--json").data
    checked = made("verify", "a.crmz", "--json").data
    assert checked == {**written, "name": "a.crmz"}
    assert "every byte is in order" in made("verify", "a.crmz").out
    assert "清单完好" in made("verify", "a.crmz", "--fast", "--lang", "zh").out
    restored = made("restore", "a.crmz", "b.db", "--json").data
    assert restored["full"] == written["full"]
    digests = made("digest", "--full", "crm.db", "b.db", "--json").data["digests"]
    assert [one["digest"] for one in digests] == [written["full"]] * 2


def test_what_cannot_be_done_is_said(made: Run, folder: Path) -> None:
    assert made("backup", "crm.db", "a.crmz").code == 0
    again = made("backup", "crm.db", "a.crmz")
    assert (again.code, "a.crmz exists already" in again.err) == (1, True)
    in_use = made("restore", "a.crmz", "crm.db")
    assert in_use.code != 0
    assert "this very workspace lies there already" in in_use.err
    data = bytearray((folder / "a.crmz").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "bad.crmz").write_bytes(data)
    for words in (("verify", "bad.crmz"), ("restore", "bad.crmz", "new.db")):
        refused = made(*words)
        assert refused.code == 1
        assert "bad.crmz is damaged" in refused.err
    assert not (folder / "new.db").exists()
    assert made("verify", "none.crmz").code == 3
    assert made("verify", ".").code == 5
    assert made("backup", "none.db", "b.crmz").code == 3
    assert not (folder / "none.db").exists()


def test_increments_continue_an_archive(filled: Run) -> None:
    full = filled("backup", "crm.db", "1.crmz", "--json").data
    nothing = filled("backup", "crm.db", "2.crmz", "--since", "1.crmz")
    assert nothing.code == 1
    assert "nothing was written since" in nothing.err
    assert filled("undo", "--last").code == 0
    after = filled("backup", "crm.db", "2.crmz", "--since", "1.crmz", "--json").data
    assert after["after"] == full["position"]
    restored = filled("restore", "1.crmz", "2.crmz", "b.db", "--json").data
    assert restored["full"] == after["full"]
    gap = filled("restore", "2.crmz", "c.db")
    assert gap.code == 1
    assert "2.crmz continues position" in gap.err


def test_archives_are_encrypted_with_a_key_in_a_file(made: Run, folder: Path) -> None:
    (folder / "key").write_text("ab" * 32 + "\n")
    (folder / "same").write_bytes(bytes.fromhex("ab" * 32))
    (folder / "short").write_text("abc")
    assert made("backup", "crm.db", "a.crmz", "--key-file", "key").code == 0
    assert made("verify", "a.crmz", "--key-file", "same").code == 0
    assert "is encrypted; give its key" in made("verify", "a.crmz").err
    assert "32 bytes" in made("verify", "a.crmz", "--key-file", "short").err
    assert made("restore", "a.crmz", "b.db", "--key-file", "key").code == 0


def test_a_move_prints_two_equal_digests(made: Run) -> None:
    moved = made("move", "crm.db", "b.db", "--verify")
    assert moved.code == 0
    lines = [line.split() for line in moved.out.splitlines()]
    assert [line[0] for line in lines[:2]] == ["crm.db", "b.db"]
    assert lines[0][-1] == lines[1][-1]
    assert made("move", "crm.db", "b.db").code != 0
    assert made("move", "crm.db", "c.db", "--verify", "--no-verify").code == 2
    quick = made("move", "crm.db", "c.db", "--no-verify", "--json").data
    assert quick == {"position": 1, "source": None, "target": None, "behind": 0}


@pytest.mark.parametrize(
    "target", ["memory://", "memory://x", "sqlite://", "sqlite:///:memory:", "sqlite:///"]
)
def test_what_would_be_gone_at_the_end_is_not_begun(made: Run, folder: Path, target: str) -> None:
    assert made("backup", "crm.db", "a.crmz").code == 0
    before = sorted(folder.iterdir())
    for words in (("restore", "a.crmz", target), ("move", "crm.db", target)):
        found = made(*words)
        assert (found.code, "would be gone when it ends" in found.err) == (2, True)
    assert sorted(folder.iterdir()) == before


def test_an_extract_is_of_what_one_may_see(filled: Run, folder: Path) -> None:
    found = filled("extract", "crm.db", "out", "--json").data["files"]
    rows = {Path(one["file"]).as_posix(): one["rows"] for one in found}
    assert (rows["out/account.parquet"], rows["out/opportunity.parquet"]) == (3, 3)
    assert rows["out/history/account.parquet"] == 3
    again = filled("extract", "crm.db", "out")
    assert (again.code, "is not empty" in again.err) == (1, True)
    some = filled("extract", "crm.db", "some", "--module", "客户", "--no-history")
    assert some.out.split() == ["some/account.parquet:", "3", "rows"]
    assert [one.name for one in (folder / "some").iterdir()] == ["account.parquet"]
    assert filled("extract", "crm.db", "more", "--module", "nothing").code == 3
    assert not (folder / "more").exists()
