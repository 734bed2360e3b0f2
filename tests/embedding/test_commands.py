"""`crmcore migrate` and `crmcore views`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from crmcore.cli import main


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main([*words, "--lang", "en"])
    return code, capsys.readouterr().out


def test_plan_sql_and_apply(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "crm.db")
    assert run(capsys, "init", "-w", file)[0] == 0
    assert run(capsys, "migrate", file) == (0, "0 steps pending\n")
    with sqlite3.connect(file) as connection:
        connection.execute("DROP INDEX ix_change_set_crmd_account")
    connection.close()
    step = "create index ix_change_set_crmd_account"
    assert run(capsys, "migrate", file, "--plan") == (1, f"{step}\n1 steps pending\n")
    code, sql = run(capsys, "migrate", file, "--sql")
    assert (code, f"-- {step}\nCREATE INDEX" in sql) == (0, True)
    found = json.loads(run(capsys, "migrate", file, "--json")[1])
    assert (found["pending"], found["sql"].strip()) == ([step], sql.strip())
    assert run(capsys, "migrate", file, "--apply") == (0, f"{step}\n1 steps done\n")
    assert run(capsys, "migrate", file)[0] == 0


def test_what_cannot_be_migrated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "none.db"
    assert run(capsys, "migrate", str(file))[0] == 3
    assert not file.exists()
    assert run(capsys, "init", "-w", str(file))[0] == 0
    assert run(capsys, "migrate", str(file), "--sql", "--apply")[0] != 0


def test_views_come_and_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "crm.db")
    assert run(capsys, "init", "-w", file)[0] == 0
    count = "SELECT count(*) FROM sqlite_master WHERE type = 'view'"
    for words, expected in ((["views", file], True), (["views", file, "--drop"], False)):
        assert run(capsys, *words)[0] == 0
        connection = sqlite3.connect(file)
        assert bool(connection.execute(count).fetchone()[0]) is expected
        connection.close()
