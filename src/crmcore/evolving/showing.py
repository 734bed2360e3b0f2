"""A plan as text, in Chinese or English: its steps, then what they mean for people's records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import asdict

from crmcore.errors import Language
from crmcore.errors.messages import CATALOGUE
from crmcore.evolving.plans import Consequence, Effect, Example, Plan, PlanStep
from crmcore.evolving.purging import PurgePlan

_STEPS: Final = {
    "add_module": ("+ module {where}", "+ 新增模块 {where}"),
    "retire_module": ("- module {where} is retired", "- 停用模块 {where}"),
    "restore_module": ("+ module {where} is back in use", "+ 恢复模块 {where}"),
    "change_module": ("~ module {where}", "~ 修改模块 {where}"),
    "add_field": ("+ field {where}: {detail}", "+ 新增字段 {where}：{detail}"),
    "rename_field": ("~ field {where}, so far {detail}", "~ 字段改名 {where}（原 {detail}）"),
    "retire_field": ("- field {where} is retired", "- 停用字段 {where}"),
    "restore_field": ("+ field {where} is back in use", "+ 恢复字段 {where}"),
    "relabel_field": ("~ field {where}: label or help", "~ 字段 {where}：标签或说明"),
    "change_kind": ("~ field {where}: {detail}", "~ 字段类型 {where}：{detail}"),
    "change_field": ("~ field {where}: {detail}", "~ 字段 {where}：{detail}"),
    "add_key": ("+ unique: {where}", "+ 唯一：{where}"),
    "drop_key": ("- no longer unique: {where}", "- 不再唯一：{where}"),
    "add_option": ("+ option {where} {detail}", "+ 新增选项 {where} {detail}"),
    "retire_option": ("- option {where} {detail} is retired", "- 停用选项 {where} {detail}"),
    "restore_option": ("+ option {where} {detail} is back in use", "+ 恢复选项 {where} {detail}"),
    "relabel_option": ("~ option {where} {detail}: label", "~ 选项 {where} {detail}：标签"),
    "order_options": ("~ options of {where}: order", "~ 选项次序 {where}"),
    "merge_option": ("~ options of {where} merged: {detail}", "~ 合并选项 {where}：{detail}"),
    "compute_field": ("~ field {where} is computed", "~ 字段 {where} 的计算方式"),
    "stop_computing": ("- field {where} is not computed any more", "- 字段 {where} 不再计算"),
    "add_role": ("+ role {where}", "+ 新增角色 {where}"),
    "change_role": ("~ role {where}", "~ 修改角色 {where}"),
    "remove_role": ("- role {where} is removed", "- 删除角色 {where}"),
    "add_setting": ("+ setting {where}", "+ 新增设置 {where}"),
    "change_setting": ("~ setting {where}", "~ 修改设置 {where}"),
    "remove_setting": ("- setting {where} is removed", "- 删除设置 {where}"),
    "add_duty_rule": ("+ duties kept apart: {where}", "+ 新增职责分离规则 {where}"),
    "change_duty_rule": ("~ duties kept apart: {where}", "~ 修改职责分离规则 {where}"),
    "remove_duty_rule": ("- duties no longer kept apart: {where}", "- 删除职责分离规则 {where}"),
    "add_retention_rule": ("+ retention rule {where}", "+ 新增保留期限规则 {where}"),
    "change_retention_rule": ("~ retention rule {where}", "~ 修改保留期限规则 {where}"),
    "remove_retention_rule": ("- retention rule {where} ends", "- 删除保留期限规则 {where}"),
    "arrange": ("~ order of definitions", "~ 定义的次序"),
}
_PURGED: Final = (
    "- {module}.{field} as {kind}: {live} records and {former} former versions, of {only} of them"
    " the only value; no past before position {until}",
    "- {module}.{field}（{kind}）：{live} 条记录、{former} 个历史版本，其中 {only} 条别无他值；"
    "位置 {until} 之前的历史不可再查询",
)
_EFFECTS: Final[dict[Effect, tuple[str, str]]] = {
    "left_empty": (
        "{where}: required from now on, and empty in {count} records",
        "{where}：将为必填，现有 {count} 条记录为空",
    ),
    "outside": (
        "{where}: {count} values could not be entered any more; they stay",
        "{where}：现有 {count} 个值超出新的范围，保留不变",
    ),
    "retired_in_use": (
        "{where}: the retired option {detail} is held by {count} records; it stays readable",
        "{where}：停用的选项 {detail} 仍被 {count} 条记录使用，保持可读",
    ),
    "merged": (
        "{where}: {count} records are rewritten, {detail}",
        "{where}：改写 {count} 条记录，{detail}",
    ),
    "converted": (
        "{where}: {count} values are converted, {detail}; the old ones stay stored",
        "{where}：转换 {count} 个值，{detail}；旧值保留在库中",
    ),
    "unconverted": (
        "{where}: {count} values do not convert, {detail}",
        "{where}：{count} 个值无法转换，{detail}",
    ),
    "colliding": (
        "{where}: {count} records share values that would be unique",
        "{where}：{count} 条记录的值重复，无法设为唯一",
    ),
    "hidden": (
        "{where}: {count} records hold what is retired; nothing is lost",
        "{where}：{count} 条记录含被停用的内容，不会丢失",
    ),
    "gained": (
        "{user} may {operation} {count} more records of {where}",
        "{user} 将多出 {count} 条 {where} 记录的 {operation} 权限",
    ),
    "lost": (
        "{user} may no longer {operation} {count} records of {where}",
        "{user} 将失去 {count} 条 {where} 记录的 {operation} 权限",
    ),
    "limited": (
        "{user} may {operation} another number of records at once: {detail}",
        "{user} 一次可 {operation} 的记录数变化：{detail}",
    ),
    "together": (
        "{user} would have duties that the rule {detail} keeps apart ({count} in all)",
        "{user} 等 {count} 人将同时拥有规则“{detail}”要求分离的职责",
    ),
    "together_already": (
        "{user} has duties already that the rule {detail} keeps apart ({count} in all); they stay",
        "{user} 等 {count} 人已同时拥有规则“{detail}”要求分离的职责，保持不变",
    ),
    "due": (
        "{where}: {count} records are due by the retention rule {detail}; applying the plan"
        " does nothing to them",
        "{where}：按保留期限规则 {detail} 现有 {count} 条记录到期；应用此计划不会处理它们",
    ),
}
_BLOCKED: Final = (
    "cannot be applied like that (say on_failure: empty, or correct the records)",
    "无法照此应用（请写明 on_failure: empty，或先修正这些记录）",
)
_TOGETHER: Final = (
    "cannot be applied like that: the rule refuses it",
    "无法照此应用：该规则禁止",
)
_COLLIDING: Final = (
    "cannot be applied like that: correct these records first",
    "无法照此应用：请先修正这些记录",
)

_STANDING: Final[dict[Effect, tuple[str, str]]] = {
    "colliding": _COLLIDING,
    "together": _TOGETHER,
}


def plan_text(plan: Plan, language: Language = "en") -> str:
    """`plan` for people, line by line."""
    return "\n".join(_lines(plan, 0 if language == "en" else 1))


def _lines(plan: Plan, place: int) -> Iterator[str]:
    if plan.is_empty:
        yield ("nothing to do", "无需更改")[place]
        return
    for step in plan.steps:
        yield step_line(step, place)
    if plan.consequences:
        yield ""
        yield ("consequences:", "影响：")[place]
    for one in plan.consequences:
        yield from _consequence(one, place)
    if plan.limited:
        yield (
            "  … rights were not counted for all users: there are too many",
            "  …… 用户过多，未能统计全部权限变化",
        )[place]


def step_line(step: PlanStep, place: int) -> str:
    """One step as a line; `place` is 0 for English, 1 for Chinese."""
    where = ".".join(part for part in (step.module, step.field) if part)
    line = _STEPS.get(step.kind, ("~ {where}", "~ {where}"))[place]
    return line.replace("{where}", where).replace("{detail}", step.detail or "")


def _consequence(one: Consequence, place: int) -> Iterator[str]:
    words = {
        "{where}": ".".join(part for part in (one.module, one.field) if part),
        "{count}": f"{one.count:,}",
        "{detail}": one.detail or "",
        "{user}": one.user or "",
        "{operation}": one.operation or "",
    }
    line = _EFFECTS[one.effect][place]
    for word in ("{where}", "{count}", "{operation}", "{detail}", "{user}"):
        line = line.replace(word, words[word])
    yield f"  {'! ' if one.blocks else ''}{line}"
    for example in one.examples:
        yield f"      {_example(example, place)}"
    if one.blocks:
        yield f"      {_STANDING.get(one.effect, _BLOCKED)[place]}"


def _example(one: Example, place: int) -> str:
    parts = [", ".join(one.records)]
    if one.value is not None:
        parts.append(one.value)
    if one.reason in CATALOGUE:
        # What the sentence would say of the value stands beside it already.
        parts.append(str(one.reason).replace("_", " "))
    del place
    return "  ".join(parts)


def purge_text(plan: PurgePlan, language: Language = "en") -> str:
    """What a purge would empty, a line for each field and kind."""
    at = 0 if language == "en" else 1
    if plan.is_empty:
        return ("nothing to purge", "没有可清除的内容")[at]
    return "\n".join(_purged(_PURGED[at], asdict(one)) for one in plan.parts)


def _purged(line: str, facts: dict[str, object]) -> str:
    for name, value in facts.items():
        line = line.replace(f"{{{name}}}", str(value))
    return line
