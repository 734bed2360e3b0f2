"""Asking, correcting, looking back and handing over from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from tests.cli.conftest import BAD, Run

from crmcore.cli.commands import COMMANDS
from crmcore.cli.lessons.lesson import COMMON


def test_find_lists_what_fulfils_the_condition(filled: Run) -> None:
    words = ("区域 == '华东'", "--columns", "客户名称, 员工人数", "--order", "客户名称")
    found = filled("find", "客户", *words)
    lines = found.out.splitlines()
    assert "丙公司" in lines[2]
    assert "甲公司" in lines[3]
    assert "2 records" in found.err
    data = filled("find", "account", "--json", "--limit", "2", "--order", "code").data
    assert [one["code"] for one in data["records"]] == ["A1", "A2"]
    rest = filled("find", "account", "--json", "--order", "code", "--after", data["next"]).data
    assert [one["code"] for one in rest["records"]] == ["A3"]
    assert rest["next"] is None
    assert filled("find", "account", "name == 'none'").out.strip() == "nothing found"
    assert len(filled("find", "account", "--limit", "0", "--json").data["records"]) == 3


def test_report_groups_sums_and_draws(filled: Run, folder: Path) -> None:
    found = filled(
        "report", "商机", "--by", "阶段", "--sum", "金额", "--count", "--total", "--lang", "zh"
    )
    rows = {line.split()[0]: line.split()[1:3] for line in found.out.splitlines()[2:]}
    assert rows["赢单"] == ["2", "300.00"]
    assert rows["输单"] == ["1", "50.50"]
    assert "350.50" in found.out.splitlines()[-1]
    assert "█" in found.out
    data = filled("report", "商机", "--by", "客户", "--sum", "金额", "--top", "1", "--json").data
    assert [one["sum_amount"] for one in data["rows"]] == ["200.00"]
    months = filled(
        "report", "商机", "--by", "预计成交日期", "--bucket", "month", "--avg", "金额",
        "--where", "阶段 == '赢单'", "--chart", "c.svg", "--json",
    ).data  # fmt: skip
    assert [one["avg_amount"] for one in months["rows"]] == ["100.000000", "200.000000"]
    assert (folder / "c.svg").read_text("utf-8").startswith("<svg")
    figures = filled("report", "商机", "--min", "金额", "--max", "金额", "--count-distinct", "阶段")
    assert "50.50" in figures.out
    assert filled("report", "商机", "--by", "阶段", "--bucket", "month").code == 2
    assert filled("report", "商机", "--chart", "c.pdf").code == 2
    assert filled("report", "商机", "--sum", "阶段").code == 2


def test_describe_shows_modules_fields_and_options(filled: Run) -> None:
    counts = {one["name"]: one["records"] for one in filled("describe", "--json").data["modules"]}
    assert (counts["account"], counts["opportunity"]) == (3, 3)
    shown = filled("describe", "客户", "--lang", "zh").out
    assert "华东" in shown
    assert "必填" in shown
    fields = {one["name"]: one for one in filled("describe", "account", "--json").data["fields"]}
    assert fields["name"]["required"]
    assert "East China" in fields["region"]["options"]


def test_update_previews_changes_and_is_undone(filled: Run) -> None:
    before = filled("digest", "--json").data["digests"][0]["digest"]
    words = ["update", "客户", "区域 == '华东'", "--set", "employees=99", "--set", "region="]
    preview = filled(*words, "--dry-run")
    assert "2 records found, 2 change" in preview.out
    assert "99" in preview.out
    assert filled("digest").out.split()[-1] == before
    done = filled(*words, "--json").data
    assert (done["changed"], done["steps"]) == (2, 1)
    assert filled("digest").out.split()[-1] != before
    shown = filled("history", "客户", "A1").out
    assert "12 → 99" in shown
    assert filled("undo", "--last", "--preview").out.startswith("2 records would be brought back")
    assert filled("undo", done["operation"]).code == 0
    assert filled("digest").out.split()[-1] == before
    assert filled("update", "客户", "--set", "employees=1").code == 2
    assert filled("update", "客户", "--all-records").code == 2
    assert filled("update", "客户", "--all-records", "--set", "employees").code == 2


def test_an_undo_that_meets_later_edits_keeps_them(filled: Run) -> None:
    done = filled("update", "客户", "客户编号 == 'A1'", "--set", "员工人数=50", "--json")
    filled("update", "客户", "code == 'A1'", "--set", "employees=60")
    undone = filled("undo", done.data["operation"], "--json").data
    assert (undone["restored"], undone["kept_count"]) == (0, 1)
    assert filled("find", "account", "employees == 60", "--json").data["records"]
    assert filled("undo").code == 2
    assert filled("undo", "--last", "x").code == 2
    assert filled("undo", "nothing").code == 3


def test_history_lists_operations_and_changes_of_a_record(filled: Run) -> None:
    kinds = [one["kind"] for one in filled("history", "--json").data["operations"]]
    assert kinds.count("import") == 2
    assert kinds[-1] == "create"
    for name in ("A1", "甲公司"):
        changes = filled("history", "客户", name, "--json").data["changes"]
        assert [one["kind"] for one in changes] == ["created"]
    assert "王芳" in filled("history").out
    assert filled("history", "客户").code == 2


def test_as_of_asks_of_the_past(filled: Run) -> None:
    position = filled("digest", "--json").data["digests"][0]["position"]
    filled("update", "客户", "--all-records", "--set", "employees=1")
    now = filled("report", "客户", "--sum", "员工人数", "--json")
    assert now.data["rows"][0]["sum_employees"] == 3
    past = filled("report", "客户", "--sum", "员工人数", "--as-of", str(position), "--json")
    assert past.data["rows"][0]["sum_employees"] == 49


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_export_and_import_give_the_same(filled: Run, folder: Path, ending: str) -> None:
    filled("update", "客户", "code == 'A1'", "--set", "remark==1+1")
    name = f"out.{ending}"
    assert filled("export", "客户", name, "--lang", "zh").code == 0
    assert filled("export", "客户", name).code == 1
    assert filled("export", "客户", name, "--force", "--lang", "zh").code == 0
    if ending == "json":
        rows = json.loads((folder / name).read_text("utf-8"))
        assert {one["code"] for one in rows} == {"A1", "A2", "A3"}
        return
    again = filled("import", name, "--module", "客户", "--duplicates", "update", "--json")
    counts = again.data["files"][0]["counts"]
    assert (counts["unchanged"] + counts["skip"], counts["create"]) == (3, 0)
    if ending == "csv":
        with (folder / name).open(encoding="utf-8-sig") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not any(cell.startswith("=") for cell in cells)
    else:
        sheet = openpyxl.load_workbook(folder / name).active
        assert sheet is not None
        assert not any(cell.data_type == "f" for row in sheet for cell in row)


def test_export_knows_three_endings(filled: Run, folder: Path) -> None:
    assert filled("export", "客户", "out.pdf").code == 1
    assert filled("export", "nothing", "out.csv").code == 3
    assert not (folder / "out.csv").exists()
    assert filled("export", "客户", "no/such/folder.csv").code == 3


def test_import_shows_every_problem_and_refuses(filled: Run, folder: Path) -> None:
    (folder / "bad.csv").write_text(
        BAD.replace("A1", "B1").replace("A2", "B2").replace("A3", "B3"), "utf-8"
    )
    before = filled("digest", "--full").out
    dry = filled("import", "bad.csv", "--module", "客户", "--dry-run")
    assert dry.code == 1
    for part in ("bad!B5", "bad!C5", "bad!D5", "bad!E5"):
        assert part in dry.out
    refused = filled("import", "bad.csv", "--module", "客户")
    assert refused.code == 1
    assert filled("digest", "--full").out == before
    taken = filled("import", "bad.csv", "--module", "客户", "--rejects", "rej.xlsx", "--json")
    assert taken.code == 1
    found = taken.data["files"][0]
    assert found["counts"]["create"] == 3
    assert found["counts"]["reject"] == 1
    assert (folder / "rej.xlsx").exists()
    assert filled("undo", found["operation"]).code == 0
    assert filled("import", "none.csv").code == 3
    assert filled("import", "book.csv", "bad.csv", "--op-id", "x").code == 2


def test_a_mapping_is_written_corrected_and_used(filled: Run, folder: Path) -> None:
    (folder / "odd.csv").write_text("甲,乙\nX1,某某公司\n", "utf-8")
    dry = filled("import", "odd.csv", "--module", "客户", "--dry-run", "--mapping", "m.json")
    assert dry.code in (0, 1)
    assert json.loads((folder / "m.json").read_text("utf-8"))
    (folder / "m.json").write_text(json.dumps({"甲": "code", "乙": "name"}), "utf-8")
    assert filled("import", "odd.csv", "--module", "客户", "--mapping", "m.json").code == 0
    assert filled("find", "客户", "code == 'X1'", "--json").data["records"][0]["name"] == "某某公司"
    (folder / "m.json").write_text("[1", "utf-8")
    assert filled("import", "odd.csv", "--module", "客户", "--mapping", "m.json").code == 1
    assert filled("import", "odd.csv", "--module", "客户", "--mapping", "none.json").code == 3


def test_a_template_can_be_filled_in(filled: Run, folder: Path) -> None:
    assert filled("template", "t.xlsx", "客户", "联系人", "--lang", "zh").code == 0
    assert openpyxl.load_workbook(folder / "t.xlsx").sheetnames[:2] == ["客户", "联系人"]
    assert filled("template", "t.xlsx", "客户").code == 1
    assert filled("template", "t.csv", "客户").code == 1
    assert filled("template", "u.xlsx", "nothing").code == 3
    assert not (folder / "u.xlsx").exists()


def test_init_takes_a_schema_or_nothing(crm: Run, folder: Path) -> None:
    from crmcore import Field, Module, Schema
    from crmcore.kinds import Text
    from crmcore.schema.codec import schema_to_json

    one = Schema([Module("project", [Field("name", Text(), "名称")], title="name", label="项目")])
    (folder / "s.json").write_text(json.dumps(schema_to_json(one)), "utf-8")
    assert crm("init", "-w", "p.db", "--schema", "s.json", "--json").data["modules"] == ["project"]
    assert crm("init", "-w", "e.db", "--empty", "--json").data["modules"] == []
    (folder / "bad.json").write_text("{", "utf-8")
    assert crm("init", "-w", "q.db", "--schema", "bad.json").code == 1
    assert crm("init", "-w", "q.db", "--schema", "none.json").code == 3
    assert crm("init", "-w", "q.db", "--zone", "Mars/Base").code == 1
    assert not (folder / "q.db").exists()


def test_digest_has_a_line_per_store_that_ends_with_the_digest(filled: Run, folder: Path) -> None:
    filled("init", "-w", "other.db")
    lines = filled("digest", "crm.db", "other.db").out.splitlines()
    assert [len(line.split()[-1]) for line in lines] == [64, 64]
    kinds = {filled("digest", *words).out for words in ((), ("--full",), ("--shape",))}
    assert len(kinds) == 3
    assert filled("digest", "--full", "--shape").code == 2
    assert filled("digest", "crm.db", "none.db").code == 3


def test_doctor_finds_a_broken_chain_and_changed_content(filled: Run, folder: Path) -> None:
    import sqlite3

    assert filled("doctor").code == 0
    assert filled("doctor", "--json").data["ok"]
    with sqlite3.connect(folder / "crm.db") as file:
        names = [
            row[0] for row in file.execute("select name from sqlite_master where type='table'")
        ]
        table = next(name for name in names if "crm_change_set" in name and "history" not in name)
        columns = [row[1] for row in file.execute(f"pragma table_info({table})")]
        root = next(name for name in columns if name.startswith("root"))
        file.execute(f"update {table} set {root} = 'x' where rowid = 2")  # noqa: S608
    file.close()
    found = filled("doctor", "--json")
    assert found.code == 1
    assert [one["name"] for one in found.data["checks"] if not one["ok"]] == ["chain"]


def test_acting_as_somebody_else(filled: Run) -> None:
    assert filled("find", "客户", "--as", "王芳").code == 0
    assert filled("history", "--as", "nobody").code == 3


def test_prove_says_one_line_and_its_exit_code_says_the_same(crm: Run) -> None:
    found = crm("prove", "parity", "--examples", "2", "--backends", "memory")
    assert found.code == 0
    assert found.out.splitlines()[-1].startswith("0 divergences in ")
    assert found.out.splitlines()[-1].endswith(" on 1 backends")
    assert "non-trivial: " in found.out
    assert "along links" in found.out
    broken = crm(
        "prove", "parity", "--examples", "20", "--backends", "memory", "--sabotage", "null-order"
    )
    assert broken.code == 1
    assert "failed: parity" in broken.out.splitlines()[-1]
    assert crm("prove", "gravity").code == 3
    assert crm("prove", "parity", "--sabotage", "nothing").code == 3
    assert crm("prove", "parity", "--backends", "nothing").code == 2
    assert "null-order" in crm("prove", "--list").out


def test_a_planted_bug_that_cannot_bite_is_no_proof(crm: Run) -> None:
    """A tick would say that the bug was looked for, and that the law cannot fail."""
    where = ["--backends", "memory", "--examples", "1"]
    elsewhere = crm("prove", "parity", "--sabotage", "mongo-negation-lost", *where)
    assert (elsewhere.code, "✓" in elsewhere.out) == (2, False)
    assert "--backends mongodb" in elsewhere.err
    assert crm("prove", "--sabotage", "mongo-negation-lost", *where).code == 2
    for law, name in (
        ("fidelity", "null-order"),
        ("fidelity", "mongo-negation-lost"),
        ("fidelity", "reference:null-order"),
        ("parity", "load-forgets-stamps"),
        ("parity", "report-without-scope"),
        ("undo", "sqlite-scale-lost"),
    ):
        found = crm("prove", law, "--sabotage", name, "--backends", "memory,sqlite")
        assert (found.code, "is found by" in found.err) == (2, True), name
    missed = crm("prove", "parity", "--sabotage", "sum-overflow", *where, "--questions", "1")
    assert missed.code == 1
    assert "sum-overflow was planted and not found" in missed.out.splitlines()[-1]


def test_help_teaches_in_both_languages(crm: Run) -> None:
    for language in ("en", "zh"):
        shown = crm("--help", "--lang", language)
        assert shown.code == 0
        for name in COMMANDS:
            assert name in shown.out
            one = crm(name, "--help", "--lang", language).out
            assert "crmcore " in one
    assert crm().out == crm("--help").out
    assert crm("--version").out.startswith("crmcore ")


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_word_of_a_command_is_explained(name: str) -> None:
    made = COMMANDS[name]
    for parameter in made.params:
        words = made.lesson.words.get(parameter.name or "") or COMMON.get(parameter.name or "")
        assert words is not None, parameter.name
        assert all(words)
        assert words[0] != words[1]
    assert made.lesson.examples
    assert set(made.lesson.words) <= {parameter.name for parameter in made.params}


def test_a_law_that_cannot_go_on_has_failed(crm: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from crmcore.testing import laws

    def breaking(*_: object, **__: object) -> None:
        raise IndexError("torn")

    monkeypatch.setitem(laws.LAWS, "parity", breaking)  # type: ignore[arg-type]
    found = crm("prove", "parity", "--json")
    assert found.code == 1
    assert not found.data["holds"]
    assert "torn" in found.data["laws"][0]["divergences"][0]
