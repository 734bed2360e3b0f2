"""Carrying out a plan: in steps, resumed after a crash, stopped by a changed store, taken back."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from crmcore.errors import ImportRefused, OpMismatch
from crmcore.importing import (
    ImportHalted,
    Plan,
    adopt,
    import_file,
    load,
    plan,
    plan_from_json,
    plan_to_json,
    running,
)
from crmcore.work import Workspace, open_workspace

from .conftest import SCHEMA, book, csv, values

KILLS = int(os.environ.get("CRMCORE_KILLS", "30"))


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of five rows."""
    monkeypatch.setattr(running, "STEP_ROWS", 5)


def rows(count: int, bad: tuple[int, ...] = ()) -> bytes:
    """A CSV file of `count` accounts; those at the places `bad` have no telephone."""
    lines = [f"A{n},公司{n},{12 if n in bad else 13800138000},{n}" for n in range(count)]
    return csv("\n".join(["客户编号,客户名称,电话,金额", *lines]))


class Crash(Exception):
    """The process ended here."""


def crash_after(count: int) -> Any:
    """A progress that ends the process after `count` rows."""

    def progress(done: int, total: int | None) -> None:
        if done >= count:
            raise Crash

    return progress


@pytest.mark.usefixtures("small_steps")
def test_a_load_that_broke_off_goes_on_where_it_was(crm: Workspace) -> None:
    made = plan(crm, rows(23))
    assert len(made.steps) == 5
    with pytest.raises(Crash):
        load(crm, made, progress=crash_after(10))
    assert len(crm.find("account")) == 10
    done = load(crm, made)
    assert (done.counts.create, len(crm.find("account"))) == (23, 23)
    # Once done, it is answered, not done again.
    position = crm.digest("full")
    assert load(crm, made) == done
    assert crm.digest("full") == position


@pytest.mark.usefixtures("small_steps")
def test_a_plan_made_after_the_crash_goes_on_as_well(crm: Workspace) -> None:
    source = rows(23, bad=(2, 17))
    made = plan(crm, source, op_id="import-1", errors="reject")
    with pytest.raises(Crash):
        load(crm, made, progress=crash_after(10))
    again = plan(crm, source, op_id="import-1", errors="reject")
    assert again.counts == made.counts
    assert [one.place() for one in again.problems] == ["bytes!C4", "bytes!C19"]
    assert [one.message() for one in again.problems] == [one.message() for one in made.problems]
    assert load(crm, again).counts == made.counts
    assert len(crm.find("account")) == 21


def test_one_op_id_is_one_import(crm: Workspace) -> None:
    load(crm, plan(crm, rows(2), op_id="one"))
    with pytest.raises(OpMismatch):
        plan(crm, rows(3), op_id="one")


@pytest.mark.usefixtures("small_steps")
def test_undo_takes_the_whole_import_back(crm: Workspace) -> None:
    import_file(crm, csv("客户编号,客户名称,金额\nA3,旧公司,7"))
    before = crm.digest()
    done = import_file(crm, rows(23), duplicates="update")
    assert (done.counts.create, done.counts.update) == (22, 1)
    crm.undo(done.op_id)
    assert crm.digest().value == before.value
    assert [str(amount) for _, amount in values(crm, "account", "code", "amount")] == ["7.00"]


def predicted(made: Plan) -> dict[str, list[str | None]]:
    """What each step adds to the content, as the dry run says."""
    return {one.sheet: [one.content] for one in made.steps}


@pytest.mark.usefixtures("small_steps")
@given(data=st.data())
def test_the_dry_run_predicts_the_run_exactly(data: st.DataObject) -> None:
    # Ids, values and what becomes of every row: the content digest is made of them.
    codes = st.sampled_from(["A1", "A2", "A3", "A4", ""])
    names = st.sampled_from(["甲", "乙", "丙", ""])
    phones = st.sampled_from(["13800138000", "12", ""])
    accounts = data.draw(st.lists(st.tuples(codes, names, phones, names), max_size=12))
    deals = data.draw(st.lists(st.tuples(codes, names, names), max_size=8))
    mode: Any = data.draw(st.sampled_from(["ask", "create", "update", "skip"]))
    crm = open_workspace("memory://", schema=SCHEMA, create=True)
    import_file(crm, csv("客户编号,客户名称\nA1,甲\nA4,丁"))
    source = book(
        客户=[["客户编号", "客户名称", "电话", "上级客户"], *map(list, accounts)],
        商机=[["商机编号", "商机名称", "客户"], *map(list, deals)],
    )
    made = plan(crm, source, duplicates=mode, errors="reject")
    before = int(crm.digest().value, 16)
    done = load(crm, made)
    assert done.differences == 0
    assert done.counts == made.counts
    wanted = before + sum(int(one.content or "0", 16) for one in made.steps)
    assert int(crm.digest().value, 16) == wanted % (1 << 256)


@pytest.mark.usefixtures("small_steps")
def test_a_changed_store_stops_the_run_and_says_where(crm: Workspace) -> None:
    made = plan(crm, rows(13))
    with pytest.raises(Crash):
        load(crm, made, progress=crash_after(5))
    with crm.work() as work:
        work.create("account", {"code": "A7", "name": "别人"})
    before = crm.digest("full")
    with pytest.raises(ImportHalted) as caught:
        load(crm, made)
    assert caught.value.code == "import_stopped"
    assert caught.value.written
    assert {one.place() for one in caught.value.rows} >= {"bytes!9", "bytes!A9"}
    assert crm.digest("full") == before
    crm.undo(caught.value.op_id)
    assert values(crm, "account", "code") == [("A7",)]


@pytest.mark.usefixtures("small_steps")
def test_with_rejects_a_changed_store_is_counted(crm: Workspace) -> None:
    made = plan(crm, rows(13), errors="reject")
    with crm.work() as work:
        work.create("account", {"code": "A7", "name": "别人"})
    done = load(crm, made)
    assert (done.counts.create, done.counts.ask, done.differences) == (12, 1, 1)


@pytest.mark.usefixtures("small_steps")
def test_the_rejects_book_can_be_corrected_and_imported(crm: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "rejects.xlsx"
    done = import_file(crm, rows(12, bad=(3, 8)), rejects=path)
    assert (done.counts.create, done.counts.reject, done.rejects) == (10, 2, str(path))
    found = openpyxl.load_workbook(path)
    sheet = found.worksheets[0]
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert table[0] == ["客户编号", "客户名称", "电话", "金额", "导入问题"]
    assert table[1][:4] == ["A3", "公司3", "12", "3"]
    assert "不是电话号码" in str(table[1][4])
    comment = sheet["C2"].comment
    assert comment is not None
    assert "不是电话号码" in comment.text
    sheet["C2"] = "13900139000"
    sheet["C3"] = "13900139001"
    found.save(path)
    again = import_file(crm, path, modules="account")
    assert again.counts.create == 2
    assert len(crm.find("account")) == 12


def test_a_rejects_book_can_be_had_later_and_only_where_there_are_rejects(
    crm: Workspace, tmp_path: Path
) -> None:
    made = plan(crm, rows(4, bad=(1,)), errors="reject")
    load(crm, made)
    assert load(crm, made, rejects=tmp_path / "later.xlsx").rejects is not None
    assert (tmp_path / "later.xlsx").exists()
    done = import_file(crm, csv("客户编号,客户名称\nB1,乙"), rejects=tmp_path / "none.xlsx")
    assert done.rejects is None
    assert not (tmp_path / "none.xlsx").exists()


def test_the_ledger_keeps_no_contents_of_refused_cells(crm: Workspace) -> None:
    load(crm, plan(crm, csv("客户编号,客户名称,电话\nA1,甲,机密12"), errors="reject"))
    from crmcore.work.stepping import SteppedOperation  # noqa: F401

    with crm._store.reading(crm.principal) as session:
        from crmcore.query.bound import BoundQuery, full_columns
        from crmcore.schema.reserved import STEP

        kept = [str(row) for row in session.rows(BoundQuery(STEP, full_columns(STEP)))]
    assert len(kept) == 1
    assert "机密" not in kept[0]


def test_what_a_plan_proposes_can_be_adopted(crm: Workspace) -> None:
    source = book(
        客户=[["客户编号", "客户名称", "创建时间", "负责人"], ["A1", "甲", "2019-03-01", "李建国"]],
        项目=[["项目名称", "客户名称", "预算"], ["一期", "甲", "￥12,000.00"]],
    )
    made = plan(crm, source, errors="reject")
    assert [(sheet, found.header) for sheet, found in made.proposals if sheet == "客户"] == [
        ("客户", "创建时间")
    ]
    adopted = adopt(crm, made)
    assert adopted.total_problems == 0
    assert not adopted.people
    assert load(crm, adopted).counts.create == 2
    record = crm.find("account")[0]
    # The date of the old system is a field of its own; our stamp is ours.
    field = crm.schema.module("account").field("创建时间").name
    assert str(record[field]).startswith("2019-0")
    assert record.created_at.year >= 2024
    project = crm.find("项目")[0]
    assert str(project["预算"]) == "12000.00"
    assert project["客户名称"] == record.id
    crm.undo(adopted.op_id)
    assert len(crm.find("account")) == 0


def test_proposals_in_one_call(crm: Workspace) -> None:
    source = csv("客户编号,客户名称,兴趣爱好,负责人\nA1,甲,茶,李建国")
    import_file(crm, source, adopt_proposals=True)
    assert values(crm, "account", "兴趣爱好") == [("茶",)]
    owner = crm.find("account")[0]["owner"]
    assert crm.get("crm_user", str(owner))["name"] == "李建国"


def test_a_refused_plan_does_not_hide_behind_one_without_rehearsal(crm: Workspace) -> None:
    made = plan(crm, rows(3, bad=(1,)), rehearse=False)
    assert not made.steps
    with pytest.raises(ImportRefused, match="cannot be imported"):
        load(crm, made)
    assert len(crm.find("account")) == 0


def _load_and_tell(url: str, stored: dict[str, Any], source: bytes, tell: Any) -> None:
    crm = open_workspace(url)
    running.STEP_ROWS = 10  # type: ignore[misc]
    load(
        crm,
        plan_from_json(stored),
        source=source,
        progress=lambda done, total: tell.send_bytes(b"."),
    )
    tell.send_bytes(b"!")


def _kill_once(url: str, stored: dict[str, Any], source: bytes, chance: random.Random) -> bool:
    """Load in a process of its own and kill it; whether it was done before."""
    context = multiprocessing.get_context("fork")
    hears, tells = context.Pipe(duplex=False)
    child = context.Process(target=_load_and_tell, args=(url, stored, source, tells))
    child.start()
    tells.close()
    try:
        # Steps of earlier lives tell, too: on a slow machine some must still be new.
        heard = [hears.recv_bytes() for _ in range(chance.randrange(1, 62))]
        done = b"!" in heard
        if not done:
            child.join(chance.uniform(0, 0.03))
    except EOFError:
        done = True
    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    return done


def test_killed_again_and_again_nothing_is_lost_or_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "STEP_ROWS", 10)
    source = rows(600, bad=(13, 377))
    whole = open_workspace("memory://", schema=SCHEMA, create=True)
    load(whole, plan(whole, source, errors="reject"))
    shape = whole.digest("shape").value
    chance = random.Random(20250630)
    kills = number = 0
    while kills < KILLS:
        number += 1
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        crm = open_workspace(url, schema=SCHEMA, create=True)
        made = plan_to_json(plan(crm, source, errors="reject"))
        crm.close()
        while not _kill_once(url, made, source, chance):
            kills += 1
        crm = open_workspace(url)
        done = load(crm, plan_from_json(made), source=source)
        assert (done.counts.create, done.counts.reject) == (598, 2)
        assert crm.digest("shape").value == shape
        codes = [row[0] for row in values(crm, "account", "code")]
        assert len(codes) == len(set(codes)) == 598
        crm.undo(done.op_id)
        assert len(crm.find("account")) == 0
        crm.close()


def test_an_empty_plan_and_another_op_id(crm: Workspace) -> None:
    made = plan(crm, rows(2))
    done = load(crm, made, op_id="chosen")
    assert done.op_id == "chosen"
    assert evolve(made, op_id="chosen") != made
