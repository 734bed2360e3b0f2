"""The steps between two configurations, finer than those of schemas: options, rules, records."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, fields

from crmcore.evolving.plans import PlanStep
from crmcore.evolving.wanted import Wanted
from crmcore.kinds import Choice
from crmcore.schema import Field, SchemaStep
from crmcore.schema.field import stored_form
from crmcore.schema.reserved import DUTY_RULE, RETENTION, ROLE, SETTING
from crmcore.work.configuring import Reconfiguration

_TOLD = ("name", "label", "help", "retired", "number", "generation", "kind", "computed")
_CALLED = {
    ROLE.name: "role",
    SETTING.name: "setting",
    DUTY_RULE.name: "duty_rule",
    RETENTION.name: "retention_rule",
}


def steps_of(change: Reconfiguration, wanted: Wanted) -> Iterator[PlanStep]:
    """All steps, in the order in which people think of them."""
    for step in change.steps:
        yield from _schema_step(change, step)
    yield from _rules(change)
    for merge in wanted.merges:
        yield PlanStep("merge_option", merge.module, merge.field, f"{merge.old} → {merge.new}")
    for record in wanted.records:
        what = _CALLED[record.module]
        how = "remove" if record.values is None else ("add" if record.is_new else "change")
        yield PlanStep(f"{how}_{what}", record.name)


def _schema_step(change: Reconfiguration, step: SchemaStep) -> Iterator[PlanStep]:
    if step.field is None or step.kind in ("add_key", "drop_key"):
        yield PlanStep(step.kind, step.module, step.field)
        return
    old, new = _both(change, step.module, step.field)
    if step.kind == "add_field":
        yield PlanStep(step.kind, step.module, step.field, new.kind.name)
    elif step.kind == "rename_field":
        yield PlanStep(step.kind, step.module, step.field, step.former)
    elif step.kind == "change_kind" and old is not None:
        yield PlanStep(step.kind, step.module, step.field, f"{old.kind.name} → {new.kind.name}")
    elif step.kind == "change_field" and old is not None:
        yield from _changed_field(step.module, old, new)
    else:
        yield PlanStep(step.kind, step.module, step.field)


def _both(change: Reconfiguration, module: str, name: str) -> tuple[Field | None, Field]:
    definition = change.made.schema.by_name[module]
    new = next(one for one in definition.fields if one.name == name)
    former = change.former.schema.by_name.get(module)
    before = {one.number: one for one in former.fields} if former is not None else {}
    return before.get(new.number), new


def _changed_field(module: str, old: Field, new: Field) -> Iterator[PlanStep]:
    details = [
        f"{one.name}: {_shown(getattr(old, one.name))} → {_shown(getattr(new, one.name))}"
        for one in fields(Field)
        if one.name not in _TOLD and getattr(old, one.name) != getattr(new, one.name)
    ]
    is_same = stored_form(old.kind) == stored_form(new.kind)
    if is_same and isinstance(old.kind, Choice) and isinstance(new.kind, Choice):
        yield from _options(module, new.name, old.kind, new.kind)
        old = evolve(old, kind=evolve(old.kind, options=new.kind.options))
    if is_same and old.kind != new.kind:
        details.extend(_kind_details(old, new))
    if details:
        yield PlanStep("change_field", module, new.name, ", ".join(details))


def _kind_details(old: Field, new: Field) -> Iterator[str]:
    if type(old.kind) is not type(new.kind):
        yield f"{old.kind.name} → {new.kind.name}"
        return
    for one in fields(type(new.kind)):
        before, after = getattr(old.kind, one.name), getattr(new.kind, one.name)
        if before != after:
            yield f"{one.name}: {_shown(before)} → {_shown(after)}"


def _shown(value: object) -> str:
    return "–" if value is None else str(value)[:60]


def _options(module: str, name: str, old: Choice, new: Choice) -> Iterator[PlanStep]:
    before = {one.code: one for one in old.options}
    for one in new.options:
        former = before.get(one.code)
        if former is None:
            yield PlanStep("add_option", module, name, one.code)
            continue
        if former.retired != one.retired:
            how = "retire_option" if one.retired else "restore_option"
            yield PlanStep(how, module, name, one.code)
        if former.label != one.label:
            yield PlanStep("relabel_option", module, name, one.code)
    after = [one.code for one in new.options]
    if [code for code in before if code in after] != [code for code in after if code in before]:
        yield PlanStep("order_options", module, name)


def _rules(change: Reconfiguration) -> Iterator[PlanStep]:
    before = {(one.module, one.field): one for one in change.former.computed}
    after = {(one.module, one.field): one for one in change.made.computed}
    for (module, name), rule in after.items():
        if before.get((module, name)) != rule:
            yield PlanStep("compute_field", module, name)
    for module, name in before.keys() - after.keys():
        yield PlanStep("stop_computing", module, name)
