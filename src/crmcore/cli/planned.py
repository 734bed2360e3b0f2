"""Plans and outcomes of imports, told to people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from crmcore.cli.desk import Desk
from crmcore.cli.screen import joined, one_line
from crmcore.importing import Loaded, Plan
from crmcore.importing.outcomes import Counts, RowProblem
from crmcore.importing.plans import SheetPlan
from crmcore.importing.rehearsing import Progress
from crmcore.schema import Schema

_FIRST = 8


@contextmanager
def rows_progress(desk: Desk, what: str) -> Iterator[Progress]:
    """A progress bar over rows; drawn only on a terminal."""
    with desk.screen.progress() as bar:
        task = bar.add_task(what, total=None)

        def told(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield told


def show_plan(desk: Desk, schema: Schema, plan: Plan, first: int = _FIRST) -> None:
    """Each sheet with what becomes of its rows, then the problems."""
    for one in plan.sheets:
        desk.screen.line(f"  {_sheet(desk, schema, one)}")
    for name in plan.proposals:
        sheet, found = name
        text = desk.tongue(
            f"{sheet}: the column {found.header} has no field (--adopt makes one)",
            f"{sheet}：列“{found.header}”没有对应字段（--adopt 可新建）",
        )
        desk.screen.line(f"  {text}", "yellow")
    if plan.rehearsed:
        show_problems(desk, plan.problems, plan.problem_counts, first)


def _sheet(desk: Desk, schema: Schema, one: SheetPlan) -> str:
    module = schema.by_name.get(one.module or "")
    label = (
        desk.tongue("no module", "没有对应模块")
        if module is None
        else module.label.shown(desk.tongue.language, module.name)
    )
    return f"{one_line(one.sheet)} → {label}: {counted(desk, one.counts)}"


def counted(desk: Desk, counts: Counts) -> str:
    """What becomes of rows, in numbers."""
    tongue = desk.tongue
    words = {
        "create": tongue("new", "新建"),
        "update": tongue("updated", "更新"),
        "skip": tongue("skipped", "跳过"),
        "unchanged": tongue("unchanged", "无变化"),
        "ask": tongue("to be decided", "待确认"),
        "reject": tongue("with problems", "有问题"),
    }
    parts = [f"{words[name]} {count:,}" for name, count in counts.to_dict().items() if count]
    return joined(parts, tongue) or "0"


def show_problems(
    desk: Desk, problems: Iterable[RowProblem], counts: Mapping[str, int], first: int
) -> None:
    """How often each reason occurs, then the first problems with their places."""
    listed = list(problems)
    if not counts:
        desk.screen.line(desk.tongue("  no problems", "  没有发现问题"), "green")
        return
    total = sum(counts.values())
    desk.screen.line(
        desk.tongue(f"  {total:,} problems, by reason:", f"  问题共 {total:,} 处，按原因：")
    )
    language = desk.tongue.language
    examples = {one.code: one for one in reversed(listed)}
    for code, count in sorted(counts.items(), key=lambda item: -item[1]):
        text = examples[code].message(language) if code in examples else code
        if code in examples and examples[code].problem.params:
            text = desk.tongue("such as: ", "如：") + text
        desk.screen.line(f"    {count:>5,}  {one_line(text)}")
    desk.screen.line(desk.tongue("  the first of them:", "  最前面的几处："))
    for one in listed[:first]:
        desk.screen.line(f"    {problem_line(desk, one)}", "yellow")


def problem_line(desk: Desk, one: RowProblem) -> str:
    """One problem: sheet, cell, header, what stands there, why it cannot stay."""
    header = f" {one_line(one.header)}" if one.header else ""
    cell = f" [{one_line(one.cell)}]" if one.cell else ""
    return f"{one_line(one.place())}{header}{cell}: {one_line(one.message(desk.tongue.language))}"


def plan_data(desk: Desk, plan: Plan) -> dict[str, object]:
    """A plan as data of JSON mode."""
    language = desk.tongue.language
    return {
        "source": plan.source,
        "operation": plan.op_id,
        "counts": plan.counts.to_dict(),
        "sheets": [
            {"sheet": one.sheet, "module": one.module, "counts": one.counts.to_dict()}
            for one in plan.sheets
        ],
        "proposals": [
            {"sheet": sheet, "header": found.header, "kind": found.field.kind.name}
            for sheet, found in plan.proposals
        ],
        "problem_counts": dict(plan.problem_counts),
        "problems": [one.to_dict(language) for one in plan.problems],
    }


def loaded_data(done: Loaded) -> dict[str, object]:
    """An outcome as data of JSON mode."""
    return {
        "operation": done.op_id,
        "counts": done.counts.to_dict(),
        "sheets": {name: counts.to_dict() for name, counts in done.sheets.items()},
        "rejects": done.rejects,
    }
