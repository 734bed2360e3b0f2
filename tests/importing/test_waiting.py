"""Rows that point to rows below them, to themselves, and to each other in a circle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import ImportRefused
from crmcore.importing import import_file, load, plan, plan_from_json, plan_to_json, running
from crmcore.kinds import Integer, Link, MultiLink, Text
from crmcore.schema import Field, Key, Module, Schema
from crmcore.work import Workspace, open_workspace

from .conftest import SCHEMA, csv, values

CATEGORY = Module(
    "category",
    [
        Field("name", Text(), "名称", required=True),
        Field("parent", Link("category"), "上级"),
        Field("rank", Integer(), "排序"),
    ],
    title="name",
    label="类别",
    keys=[Key(("name", "parent"))],
)
BRANCH = Module(
    "branch",
    [
        Field("name", Text(), "网点", required=True, unique="exact"),
        Field("over", Link("branch"), "上级网点", required=True),
        Field("friends", MultiLink("branch"), "友邻"),
    ],
    title="name",
    label="网点",
)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of five rows."""
    monkeypatch.setattr(running, "STEP_ROWS", 5)


@pytest.fixture(params=["memory", "sqlite"])
def trees(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace of categories and branches."""
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'trees.db'}"
    made = open_workspace(url, schema=Schema([CATEGORY, BRANCH]), create=True)
    yield made
    made.close()


def parents(crm: Workspace, module: str = "account", link: str = "parent") -> dict[Any, Any]:
    """The name of each record, and that of its parent."""
    found = list(crm.find(module))
    names = {one.id: one["name"] for one in found}
    return {one["name"]: names.get(str(one[link])) for one in found}


def accounts(*rows: str) -> bytes:
    return csv("\n".join(["客户编号,客户名称,上级客户", *rows]))


def imported(crm: Workspace, source: bytes, module: str | None = None, **options: Any) -> Any:
    """What was done, which is what was planned."""
    made = plan(crm, source, errors="reject", modules=module, **options)
    before = int(crm.digest().value, 16)
    done = load(crm, made)
    assert (done.counts, done.differences) == (made.counts, 0)
    wanted = before + sum(int(one.content or "0", 16) for one in made.steps)
    assert int(crm.digest().value, 16) == wanted % (1 << 256)
    return made


def test_a_parent_below_its_child_is_found(crm: Workspace) -> None:
    rows = [f"A{n},公司{n},公司{n + 1}" for n in range(12)]
    made = imported(crm, accounts(*rows, "A12,公司12,"))
    assert (made.counts.create, made.total_problems) == (13, 0)
    assert parents(crm) == {
        **{f"公司{n}": f"公司{n + 1}" for n in range(12)}, "公司12": None,
    }  # fmt: skip
    # Each is written once, with its link.
    assert {len(crm.history(one)) for one in crm.find("account")} == {1}


def test_itself_and_a_circle(crm: Workspace) -> None:
    made = imported(crm, accounts("A1,甲,甲", "A2,乙,丙", "A3,丙,丁", "A4,丁,乙", "A5,戊,乙"))
    assert made.total_problems == 0
    assert parents(crm) == {"甲": "甲", "乙": "丙", "丙": "丁", "丁": "乙", "戊": "乙"}
    assert {len(crm.history(one)) for one in crm.find("account")} == {1}


def test_a_circle_with_a_refused_row_is_refused_and_so_are_those_that_hang_on_it(
    crm: Workspace,
) -> None:
    source = csv(
        "客户编号,客户名称,上级客户,电话\nA1,甲,乙,\nA2,乙,丙,\nA3,丙,甲,12\nA4,丁,甲,\nA5,戊,,"
    )
    made = imported(crm, source)
    assert {(one.place(), one.code) for one in made.problems} == {
        ("bytes!D4", "phone_unreadable"),
        ("bytes!C2", "link_not_found"),
        ("bytes!C3", "link_not_found"),
        ("bytes!C5", "link_not_found"),
    }
    assert parents(crm) == {"戊": None}


def test_what_is_nowhere_is_still_a_problem_of_its_row(crm: Workspace) -> None:
    made = imported(crm, accounts("A1,甲,无此公司", "A2,乙,丙", "A3,丙,"))
    assert [(one.place(), one.code) for one in made.problems] == [("bytes!C2", "link_not_found")]
    assert parents(crm) == {"乙": "丙", "丙": None}
    with pytest.raises(ImportRefused):
        load(crm, plan(crm, accounts("B1,子,没有")))


def test_rows_of_one_key_keep_their_order_when_the_first_waits(crm: Workspace) -> None:
    source = accounts("A1,甲,乙", "A1,甲改,", "A2,乙,")
    made = imported(crm, source, duplicates="update")
    assert (made.counts.create, made.counts.update) == (2, 1)
    assert parents(crm) == {"甲改": "乙", "乙": None}


def test_records_are_updated_to_point_to_rows_below(crm: Workspace) -> None:
    import_file(crm, accounts("A1,甲,", "A2,乙,"))
    made = imported(crm, accounts("A1,,丙", "A3,丙,丁", "A2,丁,"), duplicates="update")
    assert (made.counts.create, made.counts.update) == (1, 2)
    assert parents(crm) == {"甲": "丙", "丙": "丁", "丁": None}


def test_a_circle_through_a_record_that_gets_its_name_here(crm: Workspace) -> None:
    import_file(crm, accounts("A1,甲,"))
    made = imported(crm, accounts("A1,乙,丙", "A3,丙,乙"), duplicates="update")
    assert (made.counts.create, made.counts.update) == (1, 1)
    assert parents(crm) == {"乙": "丙", "丙": "乙"}


def test_two_rows_of_a_circle_that_mean_one_record(crm: Workspace) -> None:
    import_file(crm, csv("客户编号,客户名称,税号\nA1,甲,T1"))
    source = csv("客户编号,税号,客户名称,上级客户\nA1,,乙,丙\n,T1,丙,乙\nA9,,丁,")
    made = imported(crm, source, duplicates="update")
    assert made.counts.create == 1
    assert made.counts.reject == 2


def test_required_links_in_any_order(trees: Workspace) -> None:
    source = csv("网点,上级网点,友邻\n一,二,三;二\n二,三,\n三,三,一")
    made = imported(trees, source, "branch")
    assert made.total_problems == 0
    assert parents(trees, "branch", "over") == {"一": "二", "二": "三", "三": "三"}
    friends = {one["name"]: len(one["friends"] or ()) for one in trees.find("branch")}  # type: ignore[arg-type]
    assert friends == {"一": 2, "二": 0, "三": 1}


def test_a_tree_whose_key_is_name_and_parent(trees: Workspace) -> None:
    source = csv("名称,上级,排序\n手机,数码,1\n手机,数码,2\n数码,总类,\n总类,,")
    made = imported(trees, source, "category", duplicates="update")
    assert (made.counts.create, made.counts.update) == (3, 1)
    assert values(trees, "category", "name", "rank") == [
        ("总类", None), ("手机", 2), ("数码", None),
    ]  # fmt: skip


class Crash(Exception):
    """The process ended here."""


@pytest.mark.parametrize("steps", range(1, 7))
def test_broken_off_anywhere_it_goes_on(crm: Workspace, steps: int, tmp_path: Path) -> None:
    rows = [f"A{n},公司{n},公司{(n * 7 + 3) % 23}" for n in range(23)]
    bad = "A99,坏,没有"
    whole = open_workspace("memory://", schema=SCHEMA, create=True)
    load(whole, plan(whole, accounts(*rows, bad), errors="reject"))
    made = plan(crm, accounts(*rows, bad), errors="reject")
    told: list[int] = []

    def crash(done: int, total: int | None) -> None:
        told.append(done)
        if len(told) == steps:
            raise Crash

    with pytest.raises(Crash):
        load(crm, made, progress=crash)
    again = plan_from_json(plan_to_json(made))
    done = load(crm, again, source=accounts(*rows, bad), rejects=tmp_path / "rejects.xlsx")
    assert (done.counts.create, done.counts.reject) == (23, 1)
    assert crm.digest("shape").value == whole.digest("shape").value
    assert (tmp_path / "rejects.xlsx").exists()
    empty = open_workspace("memory://", schema=SCHEMA, create=True).digest().value
    crm.undo(done.op_id)
    assert crm.digest().value == empty


@given(data=st.data())
def test_any_order_of_a_forest_gives_the_same_tree(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 14))
    above = [data.draw(st.integers(0, count - 1) | st.none()) for _ in range(count)]
    order = data.draw(st.permutations(range(count)))
    rows = [f"A{n},公司{n},{'' if above[n] is None else f'公司{above[n]}'}" for n in order]
    crm = open_workspace("memory://", schema=SCHEMA, create=True)
    made = imported(crm, accounts(*rows))
    assert (made.counts.create, made.total_problems) == (count, 0)
    wanted = {f"公司{n}": None if up is None else f"公司{up}" for n, up in enumerate(above)}
    assert parents(crm) == wanted


def test_a_long_chain_from_the_leaf_up_takes_no_square(memory: Workspace) -> None:
    # 3,000 levels in random order: a second pass per level would not end in time.
    order = list(range(3_000))
    Random(3).shuffle(order)
    rows = [f"A{n},公司{n},{f'公司{n + 1}' if n < 2_999 else ''}" for n in order]
    assert import_file(memory, accounts(*rows)).counts.create == 3_000
