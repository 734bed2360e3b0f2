"""Imports that are stopped from outside: by a changed configuration, by a full disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import create_engine, event

from crmcore.errors import ImportRefused, Stale, StorageFull
from crmcore.importing import ImportHalted, load, plan, plan_from_json, plan_to_json, running
from crmcore.importing.outcomes import StepOutcome
from crmcore.importing.sources import Row
from crmcore.kinds import Text
from crmcore.schema import Field
from crmcore.work import Workspace, open_workspace
from crmcore.work.door import Door

from .conftest import SCHEMA, csv, values


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of five rows."""
    monkeypatch.setattr(running, "STEP_ROWS", 5)


def accounts(count: int) -> bytes:
    lines = [f"A{n},公司{n},公司{count // 2 if n < 9 else n // 3}" for n in range(count)]
    return csv("\n".join(["客户编号,客户名称,上级客户", *lines]))


def after(rows: int, act: Callable[[], None]) -> Callable[[int, int | None], None]:
    """A progress that does something once, after so many rows."""
    done: list[int] = []

    def progress(count: int, total: int | None) -> None:
        if count >= rows and not done:
            done.append(count)
            act()

    return progress


def with_field(crm: Workspace) -> None:
    """Give accounts one more field."""
    account = crm.schema.module("account")
    more = Field("more", Text(), "更多")
    crm.configure(crm.schema.with_module(evolve(account, fields=[*account.fields, more])))


def test_a_module_changed_in_mid_run_stops_it(crm: Workspace) -> None:
    empty, source = crm.digest().value, accounts(23)
    made = plan(crm, source)
    with pytest.raises(ImportHalted) as caught:
        load(crm, made, progress=after(4, lambda: with_field(crm)))
    assert caught.value.code == "import_outdated"
    assert caught.value.written
    assert made.op_id in str(caught.value)
    begun = len(crm.find("account"))
    assert 0 < begun < 23
    # The plan is outdated; one of the same request goes on where it stopped.
    with pytest.raises(ImportRefused, match="plan again"):
        load(crm, made)
    again = plan(crm, source, op_id=made.op_id)
    assert (again.counts.create, len(crm.find("account"))) == (23, begun)
    done = load(crm, again)
    assert (done.counts.create, done.differences, len(crm.find("account"))) == (23, 0, 23)
    assert load(crm, made) == done
    crm.undo(made.op_id)
    assert crm.digest().value == empty


def test_a_module_changed_in_mid_run_can_be_undone_at_once(crm: Workspace) -> None:
    empty = crm.digest().value
    with pytest.raises(ImportHalted) as caught:
        load(crm, plan(crm, accounts(23)), progress=after(4, lambda: with_field(crm)))
    crm.undo(caught.value.op_id)
    assert crm.digest().value == empty


def granted(where: str | None, *operations: str) -> list[dict[str, object]]:
    """Grants for accounts; everybody may see users."""
    return [
        {"module": "account", "operations": [*operations, "import"], "where": where},
        {"module": "crm_user", "operations": ["read"], "where": None},
    ]


def clerk_of(crm: Workspace) -> tuple[Workspace, str]:
    """Somebody who may create accounts and see them, and his role."""
    grants = granted(None, "create", "read", "update")
    with crm.work() as work:
        role = work.create("crm_role", {"name": "clerk", "grants": grants})
        user = work.create("crm_user", {"name": "小张", "login": "z", "roles": [role.id]})
    return crm.as_(user), role.id


def grant(crm: Workspace, role: str, where: str | None, *operations: str) -> None:
    """Let a role do other things."""
    with crm.work() as work:
        work.update("crm_role", role, {"grants": granted(where, *operations)})


def test_rights_taken_away_in_mid_run_stop_it(crm: Workspace) -> None:
    clerk, role = clerk_of(crm)
    source = csv("\n".join(["客户编号,客户名称", *(f"A{n},公司{n}" for n in range(12))]))
    made = plan(clerk, source)
    with pytest.raises(ImportHalted) as caught:
        load(clerk, made, progress=after(5, lambda: grant(crm, role, None, "read")))
    assert caught.value.code == "import_stopped"
    assert [one.code for one in caught.value.rows][:5] == ["not_allowed"] * 5
    assert len(crm.find("account")) == 5
    grant(crm, role, None, "create", "read", "update")
    assert load(clerk, made).counts.create == 12
    crm.undo(made.op_id)
    assert len(crm.find("account")) == 0


def test_with_rejects_rights_of_each_step_are_those_of_its_moment(crm: Workspace) -> None:
    clerk, role = clerk_of(crm)
    source = csv("\n".join(["客户编号,客户名称", *(f"A{n},公司{n}" for n in range(12))]))
    made = plan(clerk, source, errors="reject")
    narrow = "code != 'A7'"
    done = load(clerk, made, progress=after(5, lambda: grant(crm, role, narrow, "create", "read")))
    assert (done.counts.create, done.counts.reject, done.differences) == (11, 1, 1)


def test_a_configuration_changed_within_a_step_runs_it_again(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, runs = running.SheetRunner.run, []

    def run(self: running.SheetRunner, door: Door, rows: list[Row]) -> StepOutcome:
        outcome = real(self, door, rows)
        runs.append(len(rows))
        if len(runs) == 2:
            raise Stale("configuration_changed")
        return outcome

    made = plan(crm, accounts(12))
    monkeypatch.setattr(running.SheetRunner, "run", run)
    done = load(crm, made)
    assert (done.counts.create, done.differences) == (12, 0)
    assert runs[1] == runs[2]
    assert len(crm.find("account")) == 12


@pytest.mark.parametrize("finish", ["resume", "undo"])
def test_a_full_disk_in_mid_import(tmp_path: Path, finish: str) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    open_workspace(url, create=True, schema=SCHEMA).close()
    engine = create_engine(url)
    pages = {"limit": 1_000_000}

    @event.listens_for(engine, "connect")
    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages['limit']}")  # type: ignore[attr-defined]

    crm = open_workspace(engine)
    empty = crm.digest().value
    lines = [f"A{n},公司{n},公司{20 if n < 9 else n // 3},{'长' * 2_000}" for n in range(40)]
    source = csv("\n".join(["客户编号,客户名称,上级客户,备注", *lines]))
    stored = plan_to_json(plan(crm, source))

    def full() -> None:
        pages["limit"] = 1
        engine.dispose()

    begun = "客户编号,客户名称,备注\n" + "\n".join(f"B{n},有{n},{'大' * 9_000}" for n in range(12))
    made = plan(crm, csv(begun))
    with pytest.raises(StorageFull):
        load(crm, made, progress=after(5, full))
    engine.dispose()
    pages["limit"] = 1_000_000
    assert len(crm.find("account")) == 5
    assert crm.digest().value == crm.digest("content").value
    if finish == "undo":
        crm.undo(made.op_id)
        assert crm.digest().value == empty
        return
    assert load(crm, made).counts.create == 12
    # And where the very first step does not fit.
    full()
    with pytest.raises(StorageFull):
        load(crm, plan_from_json(stored), source=source)
    pages["limit"] = 1_000_000
    engine.dispose()
    assert len(crm.find("account")) == 12
    done = load(crm, plan_from_json(stored), source=source)
    assert (done.counts.create, done.differences) == (40, 0)
    assert len(values(crm, "account", "code")) == 52
