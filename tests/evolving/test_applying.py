"""What applying does to records, and what undo brings back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.evolving.conftest import applied, edited, fields

from crmcore import System, Workspace, evolving
from crmcore.errors import Duplicate, Invalid, OpMismatch, SchemaError
from crmcore.evolving import applying
from crmcore.work.digests import counted_content


def values(crm: Workspace, name: str) -> list[object]:
    return [one[name] for one in crm.find("account", order="code")]


def check_whole(crm: Workspace) -> None:
    """The digest that is kept is the one that is counted."""
    with crm._store.reading(System("check")) as session:
        assert counted_content(session) == crm.digest().value


def to_integer(data: dict[str, Any]) -> None:
    fields(data)["size"].update(kind="integer", on_failure="empty")


def test_a_kind_changes_with_its_values_and_comes_back_with_them(crm: Workspace) -> None:
    before, typed = crm.digest().value, values(crm, "size")
    done = applied(crm, to_integer)
    assert (done.emptied, done.steps) == (1, 1)
    assert values(crm, "size") == [12, 1200, None, None]
    assert len(crm.find("account", "size > 100")) == 1
    assert crm.schema.module("account").field("size").generation == 2
    check_whole(crm)
    assert done.operation is not None
    undone = crm.undo(done.operation)
    assert not undone.impossible
    assert values(crm, "size") == typed
    assert crm.digest().value == before
    check_whole(crm)


def test_the_past_is_asked_in_the_kind_that_it_had(crm: Workspace) -> None:
    (last,) = list(crm.changes())[-1:]
    applied(crm, to_integer)
    past = crm.find("account", "size == '约 50'", as_of=last.position)
    assert [one["name"] for one in past] == ["丙"]


def test_values_edited_since_survive_an_undo(crm: Workspace) -> None:
    done = applied(crm, to_integer)
    first, *_, last = crm.find("account", order="code")
    with crm.work() as work:
        work.update("account", first.id, {"size": 13})
        work.update("account", last.id, {"size": 7})
        work.create("account", {"code": "A5", "name": "戊", "size": 5})
    assert done.operation is not None
    undone = crm.undo(done.operation)
    assert not undone.impossible
    assert values(crm, "size") == ["13", "1,200", "约 50", "7", "5"]
    assert [one.kind for one in crm.history("account", first.id)] == ["created", "updated"]


def test_a_kind_changes_again_and_again(crm: Workspace) -> None:
    applied(crm, lambda data: fields(data)["amount"].update(digits=1))
    assert values(crm, "amount")[3] == Decimal("9.5")
    assert values(crm, "double")[3] == Decimal("19.00")
    whole = {"kind": "integer", "label": "金额", "on_failure": "empty"}
    applied(crm, lambda data: fields(data).update(amount=whole))
    assert values(crm, "amount")[3] is None
    assert values(crm, "double")[3] is None
    for kind, found in (("long_text", "华东"), ("multi_choice", ("east",)), ("choice", "east")):
        options = {} if kind == "long_text" else {"options": [{"code": "east", "label": "华东"}]}
        policy = {"on_failure": "empty"}
        change = {"region": {"kind": kind, "label": "区域", **options, **policy}}
        applied(crm, lambda data, change=change: fields(data).update(change))
        assert values(crm, "region")[0] == found
    assert crm.schema.module("account").field("region").generation == 4
    check_whole(crm)


def test_a_kind_in_a_key_is_refused(crm: Workspace) -> None:
    with pytest.raises(SchemaError) as refused:
        applied(crm, lambda data: fields(data)["code"].update(kind="integer"))
    assert refused.value.code == "kind_in_key"
    for word in ("three steps", "unique", "apply"):
        assert word in refused.value.message()
    with crm.work() as work:
        for number, one in enumerate(crm.find("account", order="code"), 1):
            work.update("account", one.id, {"code": str(number)})
    # What it says to do leads there.
    applied(crm, lambda data: fields(data)["code"].pop("unique"))
    applied(crm, lambda data: fields(data)["code"].update(kind="integer"))
    applied(crm, lambda data: fields(data)["code"].update(unique="exact"))
    assert values(crm, "code") == [1, 2, 3, 4]
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("account", {"name": "戊", "code": 4})


def merge(data: dict[str, Any]) -> None:
    found = fields(data)
    found["region"]["options"][1]["merge_into"] = "east"
    found["tags"]["options"] = [
        "vip",
        {"code": "old", "merge_into": "new"},
        {"code": "new"},
    ]


def test_options_are_merged_through_the_door_and_come_back(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "STEP_RECORDS", 1)
    before, regions, tags = crm.digest().value, values(crm, "region"), values(crm, "tags")
    plan = evolving.plan(crm, edited(crm, merge))
    assert {(one.effect, one.count, one.detail) for one in plan.consequences} == {
        ("merged", 1, "south → east"),
        ("merged", 1, "old → new"),
    }
    done = evolving.apply(crm, plan, op_id="merge")
    assert (done.records, done.refused) == (2, ())
    assert done.steps > 2
    assert values(crm, "region") == ["east", None, None, "east"]
    assert values(crm, "tags") == [None, ("vip",), ("new", "vip"), None]
    assert len(crm.history("account", crm.find("account", "code == 'A4'")[0].id)) == 2
    with pytest.raises(Invalid), crm.work() as work:
        work.create("account", {"name": "戊", "region": "south"})
    assert evolving.apply(crm, plan, op_id="merge") == done
    other = evolving.plan(crm, edited(crm, lambda data: fields(data).update(x={"kind": "text"})))
    with pytest.raises(OpMismatch):
        evolving.apply(crm, other, op_id="merge")
    assert not crm.undo("merge").impossible
    assert (values(crm, "region"), values(crm, "tags")) == (regions, tags)
    assert crm.digest().value == before
    check_whole(crm)


def test_an_apply_that_stopped_between_its_steps_goes_on(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "STEP_RECORDS", 1)
    plan = evolving.plan(crm, edited(crm, merge))
    rewrite, calls = applying.rewrite, list[int]()

    def stops(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rewrite(*arguments)

    monkeypatch.setattr(applying, "rewrite", stops)
    with pytest.raises(KeyboardInterrupt):
        evolving.apply(crm, plan, op_id="merge")
    assert [one["state"] for one in crm.find("crm_operation", "op_id == 'merge'")] == ["running"]
    done = evolving.apply(crm, plan, op_id="merge")
    assert done.records == 2
    assert values(crm, "region") == ["east", None, None, "east"]
    assert values(crm, "tags") == [None, ("vip",), ("new", "vip"), None]
    assert [one["state"] for one in crm.find("crm_operation", "op_id == 'merge'")] == ["done"]


def test_undo_retires_what_was_added_and_keeps_later_changes(crm: Workspace) -> None:
    def add(data: dict[str, Any]) -> None:
        fields(data)["since"] = {"kind": "date", "unique": "exact", "required": False}
        fields(data)["city"]["label"] = "所在城市"
        fields(data)["region"]["options"].append("north")
        data["modules"]["visit"] = {"fields": {"day": {"kind": "date"}}, "label": "拜访"}
        data["modules"]["account"]["keys"] = [["name", "since"]]

    done = applied(crm, add)
    with crm.work() as work:
        work.create("visit", {"day": "2026-01-01"})
        work.create("account", {"name": "戊", "since": "2026-01-01", "region": "north"})
    applied(crm, lambda data: fields(data)["city"].update(label="城镇"))
    applied(crm, lambda data: fields(data).update(later={"kind": "text"}))
    assert done.operation is not None
    preview = crm.undo(done.operation, preview=True)
    undone = crm.undo(done.operation)
    assert preview.kept == undone.kept
    assert [(one.module, one.field) for one in undone.kept] == [("account", "city")]
    account = crm.schema.module("account")
    live = [one.name for one in account.live]
    assert "since" not in live
    assert "later" in live
    assert account.field("city").label.zh == "城镇"
    assert account.keys == ()
    with pytest.raises(SchemaError):
        crm.find("visit")
    with pytest.raises(Invalid), crm.work() as work:
        work.create("account", {"name": "己", "region": "north"})
    assert [one["region"] for one in crm.find("account", "name == '戊'")] == ["north"]
    # Numbers are never given twice, and what was retired comes back whole.
    last = crm.find("crm_operation", "kind == 'undo'", order="moment desc")[0]
    crm.undo(str(last["op_id"]))
    assert len(crm.find("visit")) == 1
    assert len(crm.find("account", "since != null")) == 1
    numbers = [one.number for one in crm.schema.module("account").fields]
    assert len(set(numbers)) == len(numbers)


def test_undo_of_a_dropped_key_that_was_used_otherwise_meanwhile(crm: Workspace) -> None:
    done = applied(crm, lambda data: data["modules"]["deal"].pop("keys"))
    (deal, *_) = crm.find("deal", order="title")
    with crm.work() as work:
        work.create("deal", {"title": deal["title"], "account": deal["account"]})
    assert done.operation is not None
    undone = crm.undo(done.operation)
    assert [one.reason for one in undone.impossible] == ["value_taken_in_store"]
    assert crm.schema.module("deal").keys == ()
    with crm.work() as work:
        work.delete("deal", crm.find("deal", order="created_at desc")[0].id)
    assert not crm.undo(done.operation).impossible
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("deal", {"title": deal["title"], "account": deal["account"]})


def test_a_record_written_while_a_key_is_built_is_held_to_it(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = crm._store.backend
    prepare, names = backend.prepare, iter(["甲", "己"])

    def meanwhile(schema: Any) -> None:
        prepare(schema)
        with crm.work() as work:
            work.create("account", {"name": next(names)})

    monkeypatch.setattr(backend, "prepare", meanwhile)

    def unique(data: dict[str, Any]) -> None:
        fields(data)["name"]["unique"] = "exact"
        fields(data)["since"] = {"kind": "date"}

    with pytest.raises(Duplicate):
        applied(crm, unique)
    with crm.work() as work:
        work.delete("account", crm.find("account", "name == '甲'", order="created_at desc")[0].id)
    applied(crm, unique)
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("account", {"name": "己"})
    check_whole(crm)


def test_a_key_that_is_being_built_outlives_who_opens_the_store_meanwhile(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He prepares it for the schema that is still in force."""
    backend = crm._store.backend
    prepare, former = backend.prepare, crm.schema

    def meanwhile(schema: Any) -> None:
        prepare(schema)
        prepare(former)

    monkeypatch.setattr(backend, "prepare", meanwhile)
    applied(crm, lambda data: fields(data)["name"].update(unique="exact"))
    with crm.work() as work:
        work.create("account", {"name": "己"})
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("account", {"name": "己"})
    # Given up, it hinders nobody; asked for again, it is built of what there is by then.
    monkeypatch.setattr(backend, "prepare", prepare)
    applied(crm, lambda data: fields(data)["name"].update(unique=None))
    (first, *_) = crm.find("account", "name == '己'")
    with crm.work() as work:
        work.update("account", first.id, {"name": "庚"})
        work.create_all("account", [{"name": "己"}, {"name": "辛"}, {"name": "辛"}])
    with pytest.raises(Invalid):
        applied(crm, lambda data: fields(data)["name"].update(unique="exact"))
    with crm.work() as work:
        work.delete("account", crm.find("account", "name == '辛'")[0].id)
    applied(crm, lambda data: fields(data)["name"].update(unique="exact"))
    with pytest.raises(Duplicate), crm.work() as work:
        work.create("account", {"name": "己"})
    check_whole(crm)


def test_computed_fields_are_filled_when_they_are_declared(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        fields(data)["triple"] = {"kind": "decimal", "formula": "amount * 3"}
        fields(data)["total"] = {
            "kind": "integer",
            "roll_up": {"child": "deal", "link": "account", "function": "sum", "over": "amount"},
        }
        fields(data, "deal")["city"] = {"kind": "text", "path": "account.city"}

    done = applied(crm, edit)
    assert values(crm, "triple")[3] == Decimal("28.50")
    assert values(crm, "total")[:2] == [0, 1]
    assert {one["city"] for one in crm.find("deal")} == {"上海"}
    assert done.operation is not None
    crm.undo(done.operation)
    assert "triple" not in {one.name for one in crm.schema.module("account").live}


def test_a_renamed_link_still_counts(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        found = fields(data, "deal")
        found["customer"] = {**found.pop("account"), "renamed_from": "account"}
        data["modules"]["deal"]["keys"] = [["title", "customer"]]

    applied(crm, edit)
    with crm.work() as work:
        work.create("deal", {"title": "d9", "customer": crm.find("account", order="code")[0].id})
    assert values(crm, "deals")[0] == 2


def test_old_operations_are_undone_in_the_kind_of_today(crm: Workspace) -> None:
    (first, *_) = crm.find("account", order="code")
    with crm.work(op_id="edit") as work:
        work.update("account", first.id, {"size": "14", "city": "苏州"})
    applied(crm, to_integer)
    assert not crm.undo("edit").impossible
    assert (values(crm, "size")[0], values(crm, "city")[0]) == (12, "上海")
