"""A plan as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from crmcore.errors import Language
from crmcore.importing.outcomes import Counts
from crmcore.importing.sources import column_name

if TYPE_CHECKING:
    from crmcore.importing.plans import Plan, SheetPlan

_WORDS: Final = {
    "create": ("to create", "新建"),
    "update": ("to update", "更新"),
    "skip": ("to skip", "跳过"),
    "unchanged": ("unchanged", "无变化"),
    "ask": ("to be decided", "待确认"),
    "reject": ("refused", "有问题"),
}


def describe(plan: Plan, language: Language, problems: int) -> str:
    """The text of `plan` with at most `problems` of its problems."""
    return "\n".join(_lines(plan, language, problems))


def _lines(plan: Plan, language: Language, problems: int) -> Iterator[str]:
    zh = language == "zh"
    yield _head(plan)
    for one in plan.sheets:
        yield from _sheet(one, zh)
    if plan.people:
        names = ("、" if zh else ", ").join(list(plan.people)[:10])
        yield f"不是用户的姓名：{names}" if zh else f"names that are no users: {names}"
    if plan.total_problems:
        shown = plan.problems[:problems]
        yield (
            f"问题 {plan.total_problems} 个，列出前 {len(shown)} 个："
            if zh
            else f"{plan.total_problems} problems, the first {len(shown)}:"
        )
        for found in shown:
            header = f" {found.header}" if found.header else ""
            cell = f" [{found.cell}]" if found.cell else ""
            yield f"  {found.place()}{header}{cell}: {found.message(language)}"
    elif plan.rehearsed:
        yield "没有发现问题" if zh else "no problems"


def _head(plan: Plan) -> str:
    info = plan.info
    parts = [plan.source, info.format]
    parts += [info.encoding] if info.encoding else []
    parts += [repr(info.delimiter)] if info.delimiter else []
    return " · ".join(parts)


def _sheet(one: SheetPlan, zh: bool) -> Iterator[str]:
    module = one.module or ("（无对应模块）" if zh else "(no module)")
    yield f"{one.sheet} → {module}: {_counts(one.counts, zh)}"
    for column in one.mapping.columns:
        target = "—" if column.target is None else str(column.target)
        if column.header or column.target:
            yield f"  {column_name(column.index)} {column.header} → {target} ({column.reason})"
    for found in one.proposals:
        label = "建议新字段" if zh else "proposed field"
        kind = found.field.kind.name
        examples = "、".join(found.examples[:3])
        yield f"  {column_name(found.index)} {label}: {found.header} ({kind}) {examples}"


def _counts(counts: Counts, zh: bool) -> str:
    shown = [
        f"{_WORDS[name][zh]} {count}" for name, count in counts.to_dict().items() if count
    ]
    return ("，" if zh else ", ").join(shown) or "0"
