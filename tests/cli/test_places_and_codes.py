"""Which workspace is meant, what exit codes mean, and in which language one is answered."""

from __future__ import annotations

import builtins
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

from crmcore.cli import exits, main
from crmcore.cli.language import spoken
from crmcore.errors import Conflict, CrmError, Duplicate, StorageError


def test_a_workspace_is_named_by_option_environment_or_file(
    crm: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crm("describe").code == exits.USAGE
    assert crm("init", "-w", "a.db").code == 0
    assert crm("-w", "a.db", "describe").code == 0
    inner = folder / "one" / "two"
    inner.mkdir(parents=True)
    (folder / "crm.toml").write_text('workspace = "a.db"\n', "utf-8")
    monkeypatch.chdir(inner)
    assert "account" in crm("describe").out
    monkeypatch.setenv("CRMCORE_WORKSPACE", "elsewhere.db")
    assert crm("describe").code == exits.NOT_FOUND
    url = f"sqlite:///{folder / 'a.db'}"
    assert crm("describe", "--workspace", url).code == 0
    monkeypatch.delenv("CRMCORE_WORKSPACE")
    (folder / "crm.toml").write_text("workspace = 7", "utf-8")
    found = crm("describe")
    assert (found.code, "crm.toml" in found.err) == (exits.STORAGE, True)


def test_a_missing_file_is_an_error_and_nothing_is_made(crm: Run, folder: Path) -> None:
    (folder / "book.csv").write_text("客户名称\n甲\n", "utf-8")
    for words in (["find", "客户"], ["digest"], ["doctor"], ["import", "book.csv"], ["undo", "x"]):
        found = crm(*words, "-w", "none.db")
        assert (found.code, found.out) == (exits.NOT_FOUND, "")
        assert "none.db" in found.err
        assert len(found.err.strip().splitlines()) == 1
    assert not (folder / "none.db").exists()
    assert crm("import", "book.csv", "-w", "none.db", "--create").code == 0
    assert (folder / "none.db").exists()
    assert crm("init", "-w", "none.db").code == exits.STORAGE


def test_every_exit_code_has_its_cause(filled: Run, folder: Path) -> None:
    causes = {
        exits.REFUSED: ["update", "客户", "--all-records", "--set", "region=nowhere"],
        exits.USAGE: ["find", "客户", "区域 =="],
        exits.NOT_FOUND: ["history", "客户", "nobody"],
        exits.CONFLICT: ["update", "客户", "--all-records", "--set", "code=same"],
        exits.OK: ["find", "客户", "区域 == '华东'"],
    }
    for code, words in causes.items():
        assert filled(*words).code == code, words
    (folder / "broken.db").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    (folder / "other.db").write_text("no store at all", "utf-8")
    for name in ("broken.db", "other.db"):
        assert filled("find", "客户", "-w", name).code == exits.STORAGE
    assert filled("find", "客户", "-w", "nosuch://x").code == exits.USAGE
    assert filled("find", "客户", "--as", "nobody").code == exits.NOT_FOUND
    assert filled("find", "nothing").code == exits.NOT_FOUND
    assert filled("find", "客户", "--as-of", "yesterday").code == exits.USAGE
    assert filled("find", "客户", "--as-of", "1999-01-01").code == exits.NOT_FOUND
    assert filled("nonsense").code == exits.USAGE


def test_codes_of_errors_that_need_bad_luck() -> None:
    assert exits.exit_code(Conflict("record_changed")) == exits.CONFLICT
    assert exits.exit_code(Duplicate("value_taken", fields="x")) == exits.CONFLICT
    assert exits.exit_code(StorageError("store_busy")) == exits.STORAGE
    assert exits.exit_code(PermissionError()) == exits.STORAGE
    assert exits.exit_code(CrmError("required")) == exits.REFUSED
    assert exits.exit_code(KeyboardInterrupt()) == exits.STOPPED
    assert exits.exit_code(ZeroDivisionError()) == exits.FAULT


def test_a_fault_and_a_stop_are_sentences(crm: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError("oops")

    def stopping(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crmcore.cli.desk.open_existing", failing)
    found = crm("describe", "-w", "x")
    assert found.code == exits.FAULT
    assert "ZeroDivisionError" in found.err
    assert "Traceback" not in found.err
    monkeypatch.setattr("crmcore.cli.desk.open_existing", stopping)
    assert crm("describe", "-w", "x").code == exits.STOPPED


@pytest.mark.parametrize("package", ["click", "rich"])
def test_a_missing_library_is_a_sentence_that_names_the_extra(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert main(["--lang", "zh", "find"]) == exits.MISSING
    shown = capsys.readouterr().err
    assert package in shown
    assert "cli" in shown


@pytest.mark.parametrize(
    ("words", "environ", "language"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "en_US.UTF-8", "CRMCORE_LANG": "zh"}, "zh"),
        (["find", "--lang", "en"], {"LANG": "zh_CN"}, "en"),
        (["find", "--lang=zh"], {"LANG": "en_US"}, "zh"),
        (["find", "--", "--lang", "zh"], {"LANG": "en_US"}, "en"),
        (["--lang"], {"LANG": "en_US"}, "en"),
    ],
)
def test_the_language_is_that_of_the_option_or_the_locale(
    words: list[str], environ: dict[str, str], language: str
) -> None:
    assert spoken(words, environ) == language


def test_errors_are_said_in_the_language(filled: Run) -> None:
    english, chinese = (filled("find", "nothing", "--lang", one).err for one in ("en", "zh"))
    assert not re.search("[\u4e00-\u9fff]", english)
    assert "模块" in chinese
    assert "试试" in filled("find", "--lang", "zh").err
    assert "缺少" in filled("find", "--lang", "zh").err


def test_json_errors_are_json(filled: Run) -> None:
    found = filled("find", "nothing", "--json")
    assert found.out == ""
    assert json.loads(found.err)["error"]["code"] == "unknown_module"


HOSTILE = (
    "'; DROP TABLE crm; --",
    "\x1b[31mred\x1b[0m",
    "a\u202eb",
    "\udcff\udcfe",
    "{0.__class__}",
    "%s%n",
    "[bold]x[/bold]",
    "x" * 30_000,
    "",
    " ",
    "键\U0001f600",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_arguments_get_a_sentence(filled: Run, text: str) -> None:
    for words in (
        ["find", text],
        ["find", "客户", text],
        ["find", "客户", "--columns", text],
        ["find", "客户", "--order", text],
        ["find", "客户", "--after", text],
        ["find", "客户", "--as-of", text],
        ["report", "客户", "--by", text],
        ["history", "客户", text],
        ["undo", text],
        ["update", "客户", "--all-records", "--dry-run", "--set", f"name={text}"],
        ["update", "客户", "--all-records", "--dry-run", "--set", f"{text}=1"],
        ["describe", text],
        ["prove", text or "none"],
        [f"--{text}"],
        [text],
    ):
        found = filled(*words)
        assert found.code in (0, 1, 2, 3), (words, found)
        assert "Traceback" not in found.err
        assert "\x1b" not in found.out + found.err
        assert "\u202e" not in found.out + found.err


def test_what_is_not_there_is_not_found_wherever_it_is_named(filled: Run) -> None:
    for words in (
        ["find", "nothing"],
        ["find", "客户", "nothing == 1"],
        ["find", "客户", "owner.nothing == 1"],
        ["find", "客户", "--columns", "nothing"],
        ["find", "客户", "--order", "nothing"],
        ["report", "客户", "--by", "nothing"],
        ["report", "客户", "--sum", "nothing"],
        ["update", "客户", "--all-records", "--set", "nothing=1"],
        ["update", "客户", "nothing == 1", "--set", "employees=1"],
        ["import", "book.csv", "--module", "nothing"],
        ["history", "客户", "nobody"],
        ["undo", "nothing"],
    ):
        found = filled(*words, "--json")
        assert found.code == exits.NOT_FOUND, (words, found)
    for words in (["find", "客户", "区域 =="], ["find", "客户", "区域 > 1"]):
        assert filled(*words).code == exits.USAGE, words


@pytest.mark.parametrize("name", ["a.db", "postgresql://host/crm"])
def test_a_workspace_without_its_option_gets_a_hint(crm: Run, name: str) -> None:
    found = crm("init", name)
    assert found.code == exits.USAGE
    assert f"crmcore init -w {name}" in found.err
    assert "-w" in crm("init", name, "--lang", "zh").err
    other = crm("init", "more", "words")
    assert (other.code, "more words" in other.err) == (exits.USAGE, True)
    assert "-w" not in other.err
