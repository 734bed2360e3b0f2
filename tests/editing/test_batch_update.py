"""Batch updates: what the preview says happens, and an undo brings everything back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmcore import Field, Formula, Grant, Module, Role, RollUp, Schema, System, open_workspace
from crmcore.editing import preview, update, updating
from crmcore.errors import AccessDenied, Duplicate, Invalid, OpMismatch, QueryError, StorageError
from crmcore.kinds import Choice, DecimalKind, Link, Option, Phone, Text
from crmcore.work import Workspace

REGION = Choice(options=[Option("east", "华东"), Option("south", "华南"), Option("north", "华北")])
SCHEMA = Schema(
    [
        Module(
            "account",
            [
                Field("name", Text(), "客户名称", required=True),
                Field("code", Text(), "编号", unique="exact"),
                Field("region", REGION, "区域"),
                Field("level", Text(), "级别"),
                Field("amount", DecimalKind(2), "金额"),
                Field("phone", Phone(), "电话"),
                Field("owner", Link("crm_user"), "负责人"),
            ],
            title="name",
            label="客户",
        ),
        Module(
            "deal",
            [
                Field("name", Text()),
                Field("account", Link("account")),
                Field("amount", DecimalKind(2)),
                Field("double", DecimalKind(2)),
            ],
            title="name",
        ),
    ]
)


@pytest.fixture(params=["memory", "sqlite"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'crm.db'}"
    made = open_workspace(url, create=True, schema=SCHEMA)
    yield made
    made.close()


def fill(crm: Workspace, count: int) -> None:
    regions = ["east", "south", "north", None]
    for start in range(0, count, 5_000):
        with crm.work() as work:
            work.create_all(
                "account",
                [
                    {"name": f"公司{i:05}", "code": f"A{i:05}", "region": regions[i % 4]}
                    for i in range(start, min(count, start + 5_000))
                ],
            )


def test_the_preview_counts_what_changes_and_shows_before_and_after(crm: Workspace) -> None:
    fill(crm, 40)
    with crm.work() as work:
        first = work.find("account", "region == 'east'", limit=1)[0]
        work.update("account", first, {"level": "A"})
    before = crm.digest("full")
    found = preview(crm, "客户", "区域 == '华东'", {"级别": "A"})
    assert (found.count, found.changing, found.problems) == (10, 9, ())
    assert [column.name for column in found.sample.columns] == [
        "name",
        "level.before",
        "level.after",
    ]
    assert {tuple(row.values())[1:] for row in found.sample} == {(None, "A")}
    assert crm.digest("full") == before


def test_the_update_does_what_the_preview_said_and_its_undo_restores(crm: Workspace) -> None:
    fill(crm, 40)
    before = crm.digest()
    done = update(crm, "account", "region == 'east'", {"region": "south", "amount": "1,200.50"})
    assert (done.count, done.steps, done.how) == (10, 1, "door")
    assert len(crm.find("account", "region == 'south' and amount == 1200.5")) == 10
    assert not crm.find("account", "region == 'east'")
    assert crm.digest().value != before.value
    assert done.operation is not None
    undone = crm.undo(done.operation)
    assert not undone.kept
    assert crm.digest().value == before.value


def test_emptying_a_field_and_records_that_have_it_already(crm: Workspace) -> None:
    fill(crm, 8)
    done = update(crm, "account", None, {"region": None})
    assert done.count == 6
    assert update(crm, "account", None, {"region": None}).operation is None


def test_problems_are_previewed_and_refused_and_nothing_changes(crm: Workspace) -> None:
    fill(crm, 8)
    before = crm.digest("full")
    wrong = {"name": "", "amount": "much", "区域": "月球", "nothing": 1}
    found = preview(crm, "account", None, wrong)
    assert {one.field for one in found.problems} >= {"name", "amount", "region"}
    assert "unknown_field" in {one.code for one in found.problems}
    with pytest.raises(Invalid):
        update(crm, "account", None, wrong)
    with pytest.raises(QueryError):
        update(crm, "account", "nonsense ==", {"level": "A"})
    with pytest.raises(Duplicate):
        update(crm, "account", None, {"code": "A1"})
    assert crm.digest("full") == before


def test_links_are_set_by_key_and_must_lead_somewhere(crm: Workspace) -> None:
    fill(crm, 4)
    with crm.work() as work:
        for number in range(3):
            work.create("deal", {"name": f"D{number}"})
    update(crm, "deal", None, {"account": {"code": "A00001"}})
    assert len(crm.find("deal", "account.code == 'A00001'")) == 3
    found = preview(crm, "deal", None, {"account": {"code": "none"}})
    assert [one.code for one in found.problems] == ["link_not_found"]
    with pytest.raises(Invalid):
        update(crm, "deal", None, {"account": "0" * 32})


def test_an_op_id_takes_effect_once(crm: Workspace) -> None:
    fill(crm, 8)
    done = update(crm, "account", "region == 'east'", {"level": "A"}, op_id="once")
    with crm.work() as work:
        for one in work.find("account", "level == 'A'"):
            work.update("account", one, {"level": "B"})
    assert update(crm, "account", "region == 'east'", {"level": "A"}, op_id="once") == done
    assert not crm.find("account", "level == 'A'")
    with pytest.raises(OpMismatch):
        update(crm, "account", "region == 'east'", {"level": "C"}, op_id="once")


def test_an_op_id_over_nothing_is_remembered(crm: Workspace) -> None:
    done = update(crm, "account", None, {"level": "A"}, op_id="nothing")
    fill(crm, 4)
    assert update(crm, "account", None, {"level": "A"}, op_id="nothing") == done
    assert done.count == 0
    assert not crm.find("account", "level == 'A'")


def test_many_records_are_set_inside_the_store(crm: Workspace) -> None:
    fill(crm, 10_400)
    before = crm.digest()
    done = update(crm, "account", "region != 'south'", {"level": "A", "region": "south"})
    assert (done.count, done.steps, done.how) == (7_800, 1, "door")
    assert done.operation is not None
    crm.undo(done.operation)
    whole = update(crm, "account", None, {"level": "A"})
    assert (whole.count, whole.steps, whole.how) == (10_400, 1, "rewrite")
    one = crm.find("account", limit=1)[0]
    assert (one["level"], one.version >= 2) == ("A", True)
    assert crm.history(one)[-1].fields == {"level": (None, "A")}
    assert whole.operation is not None
    crm.undo(whole.operation)
    assert crm.digest().value == before.value


def test_a_typed_value_in_many_records_takes_steps(crm: Workspace) -> None:
    fill(crm, 10_400)
    before = crm.digest()
    done = update(crm, "account", None, {"phone": "138 0013 8000"})
    assert (done.count, done.steps, done.how) == (10_400, 3, "door")
    sets = [one for one in crm.changes(after=0) if one.operation]
    assert len({one.operation for one in sets[-3:]}) == 1
    assert done.operation is not None
    crm.undo(done.operation)
    assert crm.digest().value == before.value


def test_a_step_that_failed_is_where_the_retry_goes_on(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(crm, 100)
    monkeypatch.setattr(updating, "ONE_STEP", 50)
    monkeypatch.setattr(updating, "STEP_RECORDS", 20)
    before = crm.digest()
    real, calls = updating._still, []

    def failing(*args: object) -> Iterator[str]:
        calls.append(args)
        if len(calls) == 3:
            raise StorageError("store_busy")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(updating, "_still", failing)
    with pytest.raises(StorageError):
        update(crm, "account", None, {"phone": "138 0013 8000"}, op_id="steps")
    assert len(crm.find("account", "phone != null")) == 40
    done = update(crm, "account", None, {"phone": "138 0013 8000"}, op_id="steps")
    assert (done.count, done.steps) == (100, 5)
    assert all(one.version == 2 for one in crm.find("account"))
    crm.undo("steps")
    assert crm.digest().value == before.value


def test_computed_fields_follow(crm: Workspace) -> None:
    with crm.work() as work:
        parent = work.create("account", {"name": "甲"})
        for number in range(3):
            work.create("deal", {"name": f"D{number}", "account": parent, "amount": 1})
    crm.configure(
        computed=[
            Formula("deal", "double", "amount * 2"),
            RollUp("account", "amount", "deal", "account", "sum", "amount"),
        ]
    )
    done = update(crm, "deal", None, {"amount": 5})
    assert done.how == "door"
    assert {one["double"] for one in crm.find("deal")} == {10}
    assert crm.get("account", parent.id)["amount"] == 15


def test_what_one_may_not_change_is_refused(crm: Workspace) -> None:
    fill(crm, 8)
    role = Role(
        "east",
        "东区",
        [Grant("account", "read"), Grant("account", ("update", "bulk_update"), "level == 'A'")],
    )
    from crmcore.access import grants_to_json

    with crm.as_(System("test")).work() as work:
        made = work.create("crm_role", {"name": role.name, "grants": grants_to_json(role.grants)})
        work.create("crm_user", {"name": "小王", "login": "wang", "roles": [made.id]})
        work.create("crm_user", {"name": "小李", "login": "li"})
    wang = crm.as_("wang")
    before = crm.digest()
    assert [one.code for one in preview(wang, "account", None, {"amount": 1}).problems] == [
        "outside_scope"
    ]
    with pytest.raises(AccessDenied):
        update(wang, "account", None, {"amount": 1})
    with pytest.raises(AccessDenied):
        update(crm.as_("li"), "account", None, {"amount": 1})
    assert crm.digest() == before
