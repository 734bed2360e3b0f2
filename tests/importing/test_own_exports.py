"""What our own export wrote comes back: lengths of time, and options that were retired since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from crmcore.importing import import_file, load, plan
from crmcore.kinds import Choice, Duration, MultiChoice, Option, Text
from crmcore.schema import Field, Module, Schema
from crmcore.sheets import write_csv
from crmcore.work import Workspace, open_workspace

from .conftest import values

COLORS = ("red", "green", "blue")


def module(*retired: str) -> Module:
    """Jobs, of whose colors some are retired."""
    options = [Option(one, {"red": "红", "green": "绿"}.get(one), retired=one in retired)
               for one in COLORS]  # fmt: skip
    return Module(
        "job",
        [
            Field("code", Text(), "编号", unique="exact"),
            Field("name", Text(), "名称"),
            Field("color", Choice(options=options), "颜色"),
            Field("marks", MultiChoice(options=options), "标记"),
            Field("took", Duration(), "用时"),
        ],
        title="name",
        label="任务",
    )


@pytest.fixture(params=["memory", "sqlite"])
def jobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """Three jobs."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'jobs.db'}"
    crm = open_workspace(url, schema=Schema([module()]), create=True)
    with crm.work() as work:
        rows = (("J1", "red", ("red", "blue")), ("J2", "green", ()), ("J3", None, ()))
        for code, color, marks in rows:
            given = {"code": code, "name": f"n{code}", "color": color, "marks": marks}
            work.create("job", {**given, "took": timedelta(milliseconds=-1_500)})
    yield crm
    crm.close()


def exported(crm: Workspace, folder: Path, ending: str, *columns: str) -> Path:
    """All jobs in a file."""
    path = folder / f"任务.{ending}"
    table = crm.find("job", columns=list(columns or ("code", "name", "color", "marks", "took")))
    table.to_csv(path) if ending == "csv" else table.to_xlsx(path)
    return path


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("mode", ["ask", "update"])
def test_retired_options_that_are_held_are_no_change(
    jobs: Workspace, tmp_path: Path, ending: str, mode: str
) -> None:
    path = exported(jobs, tmp_path, ending)
    jobs.configure(Schema([evolve(jobs.schema.module("job"), fields=module("red").fields)]))
    before = jobs.digest().value
    made = plan(jobs, path, modules="job", duplicates=mode)  # type: ignore[arg-type]
    assert made.problems == ()
    assert load(jobs, made).counts.unchanged == 3
    assert jobs.digest().value == before


def csv_file(folder: Path, *rows: list[str]) -> Path:
    path = folder / "rows.csv"
    write_csv(path, ["编号", "名称", "颜色", "标记"], rows)
    return path


def test_retired_options_are_refused_where_they_are_new(jobs: Workspace, tmp_path: Path) -> None:
    jobs.configure(Schema([evolve(jobs.schema.module("job"), fields=module("red").fields)]))
    path = csv_file(
        tmp_path,
        ["J1", "改", "红", "blue、red"],
        ["J2", "改", "红", ""],
        ["J3", "改", "", "red"],
        ["J9", "新", "红", ""],
        ["J1", "又", "绿", ""],
        ["J1", "再", "红", ""],
    )
    made = plan(jobs, path, modules="job", duplicates="update", errors="reject")
    assert [(one.place(), one.code) for one in made.problems] == [
        ("rows!C3", "option_retired"),
        ("rows!D4", "option_retired"),
        ("rows!C5", "option_retired"),
        ("rows!C7", "option_retired"),
    ]
    done = load(jobs, made)
    assert (done.counts, done.differences) == (made.counts, 0)
    assert values(jobs, "job", "code", "name", "color") == [
        ("J1", "又", "green"), ("J2", "nJ2", "green"), ("J3", "nJ3", None),
    ]  # fmt: skip


def test_rows_without_a_key_that_hold_retired_options(jobs: Workspace, tmp_path: Path) -> None:
    jobs.configure(Schema([evolve(jobs.schema.module("job"), fields=module("red").fields)]))
    path = csv_file(tmp_path, ["", "nJ1", "红", ""], ["", "nJ2", "红", ""])
    made = plan(jobs, path, modules="job", errors="reject")
    assert [(one.place(), one.code) for one in made.problems] == [("rows!C3", "option_retired")]
    assert made.counts.unchanged == 1


@given(
    spans=st.lists(
        st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000)), min_size=1, max_size=5
    ),
    ending=st.sampled_from(["csv", "xlsx"]),
)
def test_lengths_of_time_come_back(
    tmp_path_factory: pytest.TempPathFactory, spans: list[timedelta], ending: str
) -> None:
    spans = [one - timedelta(microseconds=one.microseconds % 1_000) for one in spans]
    crm = open_workspace("memory://", schema=Schema([module()]), create=True)
    with crm.work() as work:
        for number, span in enumerate(spans):
            work.create("job", {"code": f"J{number}", "name": "x", "took": span})
    path = exported(crm, tmp_path_factory.mktemp("spans"), ending, "code", "name", "took")
    made = plan(crm, path, modules="job")
    assert (made.problems, made.counts.unchanged) == ((), len(spans))
    empty = open_workspace("memory://", schema=Schema([module()]), create=True)
    import_file(empty, path, modules="job")
    assert [span for _, span in values(empty, "job", "code", "took")] == spans
