"""Killed in the middle of an apply, and two thousand fields that came and went."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.evolving.conftest import edited, fields, made
from tests.evolving.processes import STEP_RECORDS, applies_until
from tests.faults.conftest import DEEP
from tests.faults.processes import process

from crmcore import Field, System, Workspace, evolving, open_workspace
from crmcore.evolving import applying
from crmcore.kinds import Integer, Text
from crmcore.schema import diff
from crmcore.schema.change import add_field, retire_field
from crmcore.work.digests import counted_content


def change(data: dict[str, Any]) -> None:
    found = fields(data)
    found["size"].update(kind="integer", on_failure="empty")
    found["since"] = {"kind": "date", "unique": "exact"}
    found["town"] = {**found.pop("city"), "renamed_from": "city"}
    found["region"]["options"][1]["merge_into"] = "east"
    data["roles"]["auditor"] = {"grants": [{"module": "*", "operations": ["read"]}]}


def state(crm: Workspace) -> list[object]:
    """What people see: definitions and values."""
    rows = [
        sorted((one.name, str(record[one.name])) for one in crm.schema.module("account").live)
        for record in crm.find("account", order="name")
    ]
    with crm._store.reading(System("check")) as session:
        assert counted_content(session) == crm.digest().value
    return [evolving.pull(crm).digest(), rows]


def test_killed_at_any_statement_of_an_apply_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "STEP_RECORDS", STEP_RECORDS)
    first = tmp_path / "first.db"
    crm = made(f"sqlite:///{first}")
    with crm.work() as work:
        work.create_all(
            "account", [{"name": f"{n:04d}", "region": "south", "size": n} for n in range(100)]
        )
    plan = evolving.plan(crm, edited(crm, change))
    stored, told = tmp_path / "plan.json", tmp_path / "told"
    stored.write_text(json.dumps(plan.to_json()), "utf-8")
    crm.close()
    whole = copied(first, tmp_path / "whole.db")
    child = process(applies_until, f"sqlite:///{whole}", str(stored), -1, str(told))
    child.join()
    assert child.exitcode == 0
    crm = open_workspace(f"sqlite:///{whole}")
    wanted, count = state(crm), int(told.read_text())
    crm.close()
    assert count > 50
    steps = range(1, count + 1) if DEEP else range(3, count, count // 7)
    for last in steps:
        store = copied(first, tmp_path / f"at{last}.db")
        child = process(applies_until, f"sqlite:///{store}", str(stored), last, str(told))
        child.join()
        assert child.exitcode == 9, last
        crm = open_workspace(f"sqlite:///{store}")
        evolving.apply(crm, plan, op_id="apply")
        assert state(crm) == wanted, last
        crm.close()
        store.unlink()


def copied(source: Path, target: Path) -> Path:
    """A copy of a store that nobody has open."""
    for ending in ("", "-wal"):
        if Path(f"{source}{ending}").exists():
            shutil.copy(f"{source}{ending}", f"{target}{ending}")
    return target


def test_fields_come_and_go_thousands_of_times(crm: Workspace) -> None:
    cycles = 2_000 if DEEP else 30
    for number in range(cycles):
        name = f"custom_{number}"
        account = crm.schema.module("account")
        kind = Text(sorted=False) if number % 2 else Integer()
        crm.configure(crm.schema.with_module(add_field(account, Field(name, kind))))
        if number % 10 == 0:
            with crm.work() as work:
                work.create("account", {"name": name, name: number})
        account = crm.schema.module("account")
        crm.configure(crm.schema.with_module(retire_field(account, name)))
    account = crm.schema.module("account")
    assert len(account.fields) == 10 + cycles
    assert len({one.number for one in account.fields}) == 10 + cycles
    back = evolve(account, fields=[evolve(one, retired=False) for one in account.fields[:40]])
    kept = evolve(account, fields=[*back.fields, *account.fields[40:]])
    crm.configure(crm.schema.with_module(kept))
    assert crm.find("account", "custom_10 == 10")[0]["name"] == "custom_10"
    assert evolving.plan(crm, evolving.pull(crm)).is_empty
    assert diff(crm.schema, crm.schema) == ()
