"""Keys on the command line: in a file that is named, never in a word of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.encryption.conftest import SCHEMA

from crmcore.cli.program import run
from crmcore.schema.codec import schema_to_json


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CRMCORE_KEYS", raising=False)
    (tmp_path / "schema.json").write_text(json.dumps(schema_to_json(SCHEMA)))
    return tmp_path


def test_a_workspace_under_keys(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keys", "crm.keys"]) == 0
    secret = json.loads((here / "crm.keys").read_text())["keys"]["key1"]
    made = ["init", "-w", "crm.db", "--schema", "schema.json"]
    assert run(made) == 5
    (here / "crm.db").unlink(missing_ok=True)
    assert run([*made, "--keys", "crm.keys"]) == 0
    assert run(["find", "person", "-w", "crm.db"]) == 5
    assert "keys" in capsys.readouterr().err
    assert run(["find", "person", "ident == 'x'", "-w", "crm.db", "--keys", "crm.keys"]) == 0
    assert run(["find", "person", "pay > 3", "-w", "crm.db", "--keys", "crm.keys"]) == 2
    out = capsys.readouterr()
    assert "encrypted" in out.err or "已加密" in out.err
    assert secret not in out.out + out.err


def test_a_variable_names_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["keys", "crm.keys"]) == 0
    monkeypatch.setenv("CRMCORE_KEYS", str(here / "crm.keys"))
    assert run(["init", "-w", "crm.db", "--schema", "schema.json"]) == 0
    assert run(["digest", "-w", "crm.db", "--full"]) == 0
    assert run(["backup", "crm.db", "open.crmz"]) == 1
    assert run(["backup", "crm.db", "open.crmz", "--plain"]) == 0
    assert run(["restore", "open.crmz", "back.db"]) == 0
    assert run(["keys", "new.keys", "--beside", "crm.keys"]) == 0
    assert run(["move", "crm.db", "moved.db", "--target-keys", "new.keys"]) == 0
    assert run(["migrate", "crm.db"]) == 0
    assert run(["views", "crm.db"]) == 0
    assert run(["rekey", "crm.db", "--keys", "new.keys"]) == 0
    assert run(["rekey", "crm.db", "--keys", "new.keys", "--json"]) == 0
    monkeypatch.delenv("CRMCORE_KEYS")
    assert run(["rekey", "crm.db"]) == 5
    assert run(["migrate", "crm.db", "--apply"]) == 5
    assert run(["find", "person", "-w", "moved.db", "--keys", "new.keys"]) == 0
