"""Steps that are run again after a lost race: each counts once and notes nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmcore.errors import Stale
from crmcore.importing import load, loading, plan, running
from crmcore.work import Workspace
from crmcore.work.transaction import Unit

from .conftest import book, csv

Lose = Callable[..., None]


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Lets the first commit lose a race, and does something before it is tried again."""

    def prepare(meanwhile: Callable[[], object] = lambda: None) -> None:
        commit, lost = Unit._commit, list[int]()

        def losing(unit: Unit) -> bool:
            if not lost:
                lost.append(1)
                raise Stale("configuration_changed")
            return commit(unit)

        monkeypatch.setattr(Unit, "_commit", losing)
        monkeypatch.setattr(loading, "pause", lambda attempt: meanwhile())

    return prepare


@pytest.mark.parametrize("step_rows", [3, 2_500])
def test_a_retried_step_is_counted_once(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch, lose: Lose, step_rows: int
) -> None:
    monkeypatch.setattr(running, "STEP_ROWS", step_rows)
    lines = [f"A{n},公司{n}" for n in range(10)]
    made = plan(crm, csv("\n".join(["客户编号,客户名称", *lines])))
    lose()
    done = load(crm, made)
    assert (done.counts.create, done.counts.rows, len(crm.find("account"))) == (10, 10, 10)
    assert load(crm, made) == done


def test_what_a_lost_step_took_for_ambiguous_is_forgotten(crm: Workspace, lose: Lose) -> None:
    source = book(
        客户=[["客户编号", "客户名称"], ["A1", "甲"]], 联系人=[["姓名", "客户"], ["张三", "甲"]]
    )
    made = plan(crm, source, errors="reject", rehearse=False)
    with crm.work() as work:
        twin = work.create("account", {"code": "A0", "name": "甲"}).id

    def remove_twin() -> None:
        with crm.work() as work:
            work.delete("account", twin)

    # The first try met another 甲; the second does not, and contacts of 甲 mean the new one.
    lose(remove_twin)
    done = load(crm, made)
    assert done.counts.to_dict() | {"create": 2} == done.counts.to_dict()
    assert done.counts.refused == 0
    assert load(crm, made) == done
