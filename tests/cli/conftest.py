"""A command line in a folder of its own, run inside this process or as the installed script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from crmcore.cli import main


@frozen
class Ran:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as the JSON document that it is."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, in a plain English environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("CRMCORE_WORKSPACE", "CRMCORE_LANG", "CRMCORE_TRACEBACK", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


@pytest.fixture
def crm(folder: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command inside this process."""

    def run(*words: str) -> Ran:
        capfd.readouterr()
        code = main(list(words))
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def script(folder: Path) -> Run:
    """Runs the installed script `crmcore`, without a terminal."""

    def run(*words: str, env: dict[str, str] | None = None) -> Ran:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("crmcore")), *words],
            cwd=folder,
            env={**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1", **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


BOOK = """客户编号,客户名称,地区,员工人数,联系电话
A1,甲公司,华东,12,13800138000
A2,乙公司,华南,30,010-65521234
A3,丙公司,华东,7,
"""
BAD = BOOK + "A4,,月球,many,123\n"


@pytest.fixture
def filled(crm: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A workspace crm.db with three customers and three deals, which every command means."""
    (folder / "book.csv").write_text(BOOK, "utf-8")
    deals = "商机编号,商机名称,客户,金额,阶段,预计成交日期\n"
    deals += "S1,一号,甲公司,100,赢单,2024-01-05\nS2,二号,甲公司,50.5,输单,2024-02-01\n"
    deals += "S3,三号,乙公司,200,赢单,2024-02-20\n"
    (folder / "deals.csv").write_text(deals, "utf-8")
    monkeypatch.setenv("CRMCORE_WORKSPACE", "crm.db")
    assert crm("init", "--owner", "王芳").code == 0
    assert crm("import", "book.csv", "--module", "客户").code == 0
    assert crm("import", "deals.csv", "--module", "商机").code == 0
    return crm
