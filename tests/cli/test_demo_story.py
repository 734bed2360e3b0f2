"""`crmcore demo` as a stranger runs it: the installed script, no terminal, twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run


def digests(text: str) -> list[str]:
    return re.findall(r"\b[0-9a-f]{64}\b", text)


def test_the_story_is_told_twice_and_its_digests_are_equal(script: Run, folder: Path) -> None:
    for language, equal in (("en", "equal: everything is as it was"), ("zh", "摘要相同")):
        told = script("demo", "--lang", language)
        assert told.code == 0, told.err
        assert "\x1b" not in told.out
        before, between, after = digests(told.out)
        assert before == after != between
        assert equal in told.out
        assert "客户!" in told.out
        assert "赢单" in told.out if language == "zh" else "Won" in told.out
        assert "█" in told.out
    for name in ("crmcore-demo.xlsx", "crmcore-demo.db", "crmcore-demo-rejects.xlsx"):
        assert (folder / name).is_file()
    assert script("digest", "crmcore-demo.db").out.split()[-1] == after
    assert script("doctor", "-w", "crmcore-demo.db").code == 0
    assert (
        script("report", "商机", "--by", "阶段", "--sum", "金额", "-w", "crmcore-demo.db").code == 0
    )


def test_the_demo_tells_its_figures_as_json(crm: Run) -> None:
    told = crm("demo", "--customers", "200", "--json")
    assert told.code == 0
    assert told.data["equal"]
    assert told.data["counts"]["create"] > 400
    assert told.data["problem_counts"]


def test_it_replaces_only_its_own_files(crm: Run, folder: Path) -> None:
    (folder / "crmcore-demo.xlsx").write_text("my own", "utf-8")
    assert crm("demo", "--customers", "200").code == 1
    assert (folder / "crmcore-demo.xlsx").read_text("utf-8") == "my own"
    assert not (folder / "crmcore-demo.db").exists()
    (folder / "crmcore-demo.xlsx").unlink()
    crm("init", "-w", "crmcore-demo.db")
    assert crm("demo", "--customers", "200").code == 1
    assert crm("demo", "--customers", "200", "--force").code == 0
    assert crm("demo", "--customers", "200").code == 0
    rejects = folder / "crmcore-demo-rejects.xlsx"
    rejects.write_bytes(rejects.read_bytes() + b" ")
    assert crm("demo", "--customers", "200").code == 1
    assert crm("demo", "--customers", "20").code == 2


def test_a_reader_that_leaves_does_not_stop_an_import(script: Run, folder: Path) -> None:
    (folder / "book.csv").write_text(
        "客户名称\n" + "\n".join(f"公司{i}" for i in range(50)), "utf-8"
    )
    assert script("init", "-w", "c.db").code == 0
    program = str(Path(sys.executable).with_name("crmcore"))
    with subprocess.Popen(
        [program, "import", "book.csv", "--module", "客户", "-w", "c.db"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.wait(120) == 0
    found = script("report", "客户", "--json", "-w", "c.db")
    assert found.data["rows"] == [{"count": 50}]


def test_the_script_speaks_by_locale(script: Run) -> None:
    assert "用法" in script("--help", env={"LC_ALL": "zh_CN.UTF-8"}).out
    assert "Usage" in script("--help", env={"LC_ALL": "C"}).out
    narrow = script(
        "--help", env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "CRMCORE_LANG": "zh"}
    )
    assert narrow.code == 0
