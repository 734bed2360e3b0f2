"""Options merged where keys are unique, and where somebody changed the configuration meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from tests.evolving.conftest import applied, edited, fields

from crmcore import Workspace, evolving
from crmcore.errors import Conflict, Invalid
from crmcore.evolving import applying


def into_east(data: dict[str, Any]) -> None:
    fields(data)["region"]["options"][1]["merge_into"] = "east"


def region_in_key(data: dict[str, Any]) -> None:
    data["modules"]["account"]["keys"] = [["city", "region"]]


def regions(crm: Workspace) -> list[object]:
    return [one["region"] for one in crm.find("account", order="code")]


def twins(crm: Workspace) -> set[str]:
    """Two records that are told apart by the option that is merged alone."""
    with crm.work() as work:
        made = work.create_all(
            "account",
            [{"name": name, "city": "苏州", "region": name} for name in ("east", "south")],
        )
    return set(made)


@pytest.mark.parametrize("in_one_step", [False, True])
def test_what_merging_would_make_collide_is_counted_and_refused_before_anything_is_written(
    crm: Workspace, in_one_step: bool
) -> None:
    def merge(data: dict[str, Any]) -> None:
        into_east(data)
        region_in_key(data)

    if not in_one_step:
        applied(crm, region_in_key)
    ids = twins(crm)
    before, revision = crm.digest("full"), crm.configuration.revision
    plan = evolving.plan(crm, edited(crm, merge))
    (found,) = plan.blocking
    assert (found.effect, found.field, found.count) == ("colliding", "city+region", 2)
    assert {record for one in found.examples for record in one.records} == ids
    with pytest.raises(Invalid) as refused:
        evolving.apply(crm, plan)
    assert refused.value.code == "plan_blocked"
    assert all(record in refused.value.message() for record in ids)
    assert crm.digest("full") == before
    assert crm.configuration.revision == revision


def test_records_that_came_to_collide_after_the_plan_was_made_are_found_when_it_is_applied(
    crm: Workspace,
) -> None:
    applied(crm, region_in_key)
    plan = evolving.plan(crm, edited(crm, into_east))
    assert not plan.blocking
    ids = twins(crm)
    before = crm.digest("full")
    with pytest.raises(Invalid) as refused:
        evolving.apply(crm, plan)
    assert all(record in refused.value.message() for record in ids)
    assert crm.digest("full") == before


def test_a_value_taken_while_options_are_merged_leaves_its_record_as_it_is(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied(crm, region_in_key)
    first = applying._Run.merge

    def meanwhile(run: Any) -> None:
        with crm.work() as work:
            work.create("account", {"name": "new", "city": "广州", "region": "east"})
        first(run)

    monkeypatch.setattr(applying._Run, "merge", meanwhile)
    with crm.work() as work:
        work.create("account", {"name": "far", "city": "深圳", "region": "south"})
    done = applied(crm, into_east)
    (last,) = crm.find("account", "code == 'A4'")
    assert last["region"] == "south"
    assert [(one.code, one.record) for one in done.refused] == [("value_taken", last.id)]
    assert done.records == 1
    assert [one["region"] for one in crm.find("account", "name == 'far'")] == ["east"]


def cut(crm: Workspace, monkeypatch: pytest.MonkeyPatch) -> evolving.Plan:
    """An apply that died behind its first step."""
    plan = evolving.plan(crm, edited(crm, into_east))

    def dies(run: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(applying._Run, "merge", dies)
        evolving.apply(crm, plan, op_id="merge")
    assert regions(crm) == ["east", None, None, "south"]
    return plan


def others(data: dict[str, Any]) -> None:
    """What somebody else changes meanwhile: another module, and the field's own name."""
    data["modules"]["visit"] = {"fields": {"day": {"kind": "date"}}}
    found = fields(data)
    found["area"] = {**found.pop("region"), "renamed_from": "region"}
    found["later"] = {"kind": "text"}


def test_an_apply_that_was_cut_goes_on_after_somebody_else_changed_the_configuration(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = cut(crm, monkeypatch)
    applied(crm, others)
    done = evolving.apply(crm, plan, op_id="merge")
    assert (done.records, done.refused) == (1, ())
    assert [one["area"] for one in crm.find("account", order="code")] == [
        "east",
        None,
        None,
        "east",
    ]
    assert evolving.apply(crm, plan, op_id="merge") == done
    assert not crm.undo("merge").impossible
    assert [one["area"] for one in crm.find("account", order="code")][3] == "south"
    assert len(crm.find("visit")) == 0


def restore(data: dict[str, Any]) -> None:
    fields(data)["region"]["options"][1].pop("retire")


def retire_target(data: dict[str, Any]) -> None:
    fields(data)["region"]["options"][0] = {"code": "east", "label": "华东", "retire": True}


def retire_field(data: dict[str, Any]) -> None:
    fields(data)["region"]["retire"] = True


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (restore, "merge_taken_back"),
        (retire_target, "merge_without_target"),
        (retire_field, "merge_without_field"),
    ],
)
def test_what_conflicts_with_an_apply_that_was_cut_is_said_and_it_can_be_undone(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch, edit: Any, code: str
) -> None:
    plan = cut(crm, monkeypatch)
    applied(crm, edit)
    before = crm.digest("full")
    with pytest.raises(Conflict) as refused:
        evolving.apply(crm, plan, op_id="merge")
    (problem,) = refused.value.problems
    assert (problem.code, problem.module, problem.field) == (code, "account", "region")
    assert "south" in problem.message()
    assert crm.digest("full") == before
    crm.undo("merge")
    region = next(one for one in crm.schema.module("account").fields if one.name == "region")
    assert [one.retired for one in region.kind.options if one.code == "south"] == [False]  # type: ignore[attr-defined]


def test_an_apply_that_was_cut_and_undone_does_not_go_on(
    crm: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = crm.digest().value
    plan = cut(crm, monkeypatch)
    assert not crm.undo("merge").impossible
    assert crm.digest().value == before
    with pytest.raises(Conflict) as refused:
        evolving.apply(crm, plan, op_id="merge")
    assert refused.value.code == "merge_taken_back"
    assert regions(crm) == ["east", None, None, "south"]


def test_an_option_of_a_renamed_field_is_merged_and_counted(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        into_east(data)
        found = fields(data)
        found["area"] = {**found.pop("region"), "renamed_from": "region"}

    plan = evolving.plan(crm, edited(crm, edit))
    assert [(one.effect, one.count) for one in plan.consequences] == [("merged", 1)]
    done = evolving.apply(crm, plan, op_id="merge")
    assert (done.records, done.steps) == (1, 2)
    assert [one["state"] for one in crm.find("crm_operation", "op_id == 'merge'")] == ["done"]


def test_a_field_that_is_retired_with_its_options_merged_is_only_retired(crm: Workspace) -> None:
    def edit(data: dict[str, Any]) -> None:
        into_east(data)
        fields(data)["region"]["retire"] = True

    assert applied(crm, edit).records == 0
