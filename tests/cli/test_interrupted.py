"""Imports that end half-way, or whose book of refused rows cannot be written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import BAD, Run

from crmcore.cli import exits
from crmcore.importing import rejects as rejecting
from crmcore.sheets import write_xlsx

ROWS = 12_000


def operations(crm: Run) -> list[dict[str, object]]:
    return crm("history", "--json").data["operations"]  # type: ignore[no-any-return]


def customers(crm: Run) -> object:
    modules = crm("describe", "--json").data["modules"]
    return next(one["records"] for one in modules if one["name"] == "account")


@pytest.fixture
def killed(crm: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An import of many steps, killed after its first; what it said until then."""
    monkeypatch.setenv("CRMCORE_WORKSPACE", "crm.db")
    assert crm("init").code == 0
    lines = [f"K{n},公司{n}" for n in range(ROWS)]
    (folder / "big.csv").write_text("\n".join(["客户编号,客户名称", *lines]), "utf-8")
    program = (
        "import os, signal\n"
        "from crmcore.cli import main\n"
        "from crmcore.importing import loading\n"
        "real = loading._Step.carried_out\n"
        "def carried_out(step, sheets):\n"
        "    if step._rows.number:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(step, sheets)\n"
        "loading._Step.carried_out = carried_out\n"
        "main(['import', 'big.csv', '--module', '客户'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout + done.stderr


def test_a_killed_import_is_found_and_gone_on_with(crm: Run, killed: str) -> None:
    found = next(one for one in operations(crm) if one["kind"] == "import")
    name = str(found["operation"])
    assert found["state"] == "running"
    assert {one["state"] for one in operations(crm) if one["kind"] != "import"} == {"done"}
    assert name in killed
    shown = crm("history").out
    assert re.search(rf"{name}\s+import\s+unfinished", shown)
    assert "未完成" in crm("history", "--lang", "zh").out
    sick = crm("doctor")
    assert sick.code == exits.REFUSED
    assert "all is well" not in sick.out
    assert f"--op-id {name}" in sick.out
    assert f"crmcore undo {name}" in sick.out
    checks = {one["name"]: one for one in crm("doctor", "--json").data["checks"]}
    assert not checks["operations"]["ok"]
    assert any(name in line for line in checks["operations"]["more"])
    # What the doctor says works.
    again = crm("import", "big.csv", "--module", "客户", "--op-id", name, "--json")
    assert again.data["files"][0]["counts"]["create"] == ROWS
    assert customers(crm) == ROWS
    assert {one["state"] for one in operations(crm)} == {"done"}
    assert "all is well" in crm("doctor").out


def test_a_killed_import_can_be_taken_back(crm: Run, killed: str) -> None:
    name = next(str(one["operation"]) for one in operations(crm) if one["kind"] == "import")
    assert crm("undo", name).code == exits.OK
    assert customers(crm) == 0
    assert "all is well" in crm("doctor").out
    # Taking the undo back makes it unfinished business again.
    undo = next(str(one["operation"]) for one in operations(crm) if one["kind"] == "undo")
    assert crm("undo", undo).code == exits.OK
    assert name in crm("doctor").out


def test_the_operation_is_named_before_the_first_step(filled: Run, folder: Path) -> None:
    (folder / "more.csv").write_text("客户编号,客户名称\nM1,新\n", "utf-8")
    ran = filled("import", "more.csv", "--module", "客户", "--op-id", "mine")
    assert "--op-id mine" in ran.err
    (folder / "bad.csv").write_text("客户编号,客户名称\nM2,\n", "utf-8")
    refused = filled("import", "bad.csv", "--module", "客户", "--op-id", "other")
    assert refused.code == exits.REFUSED
    assert "--op-id" not in refused.err


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_a_bad_path_for_rejects_is_refused_before_anything_is_written(
    filled: Run, folder: Path, dry: list[str]
) -> None:
    (folder / "bad.csv").write_text(BAD.replace("A", "Z"), "utf-8")
    before = filled("digest", "--full").out
    words = ("import", "bad.csv", "--module", "客户", *dry)
    ran = filled(*words, "--rejects", "nodir/x.xlsx")
    assert ran.code == exits.NOT_FOUND
    assert "nodir/x.xlsx" in ran.err
    assert "there is no folder nodir" in ran.err
    assert ".part" not in ran.err
    ran = filled(*words, "--rejects", ".", "--lang", "zh")
    assert ran.code == exits.STORAGE
    assert "文件夹" in ran.err
    assert filled("digest", "--full").out == before
    assert filled("import", "bad.csv", "-w", "new.db", "--create", "--rejects", "no/x").code == 3
    assert not (folder / "new.db").exists()


@pytest.mark.parametrize("json", [False, True])
def test_rejects_that_fail_later_do_not_hide_what_was_imported(
    filled: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, json: bool
) -> None:
    (folder / "bad.csv").write_text(BAD.replace("A", "Z"), "utf-8")

    def full(path: str, *_: object) -> None:
        raise OSError(28, "No space left on device", path)

    monkeypatch.setattr(rejecting, "write_xlsx", full)
    words = ["import", "bad.csv", "--module", "客户", "--rejects", "x.xlsx", "--op-id", "mine"]
    ran = filled(*words, *(["--json"] if json else []))
    assert ran.code == exits.STORAGE
    assert "no room" in ran.err
    if json:
        found = ran.data["files"][0]
        assert (found["operation"], found["counts"]["create"]) == ("mine", 3)
        assert found["rejects"] is None
    else:
        assert "imported: new 3" in ran.out
        assert "crmcore undo mine" in ran.err
    monkeypatch.setattr(rejecting, "write_xlsx", write_xlsx)
    # Once there is room, the same command writes the book and imports nothing twice.
    assert filled(*words).code == exits.REFUSED
    assert (folder / "x.xlsx").exists()
    assert customers(filled) == 6


def test_adopting_keeps_the_name_of_the_operation(filled: Run, folder: Path) -> None:
    (folder / "wide.csv").write_text("客户编号,客户名称,鞋码\nW1,宽,42\n", "utf-8")
    words = ("import", "wide.csv", "--module", "客户", "--adopt", "--op-id", "mine")
    assert filled(*words).code == exits.OK
    assert "mine" in {one["operation"] for one in operations(filled)}
