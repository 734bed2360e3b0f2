"""Sentences of the codes raised while an import is planned and carried out."""

from __future__ import annotations

MESSAGES: dict[str, tuple[str, str]] = {
    "duplicate_found": (
        "a record with the same {fields} exists, and other values; choose update or skip",
        "已有{fields}相同而内容不同的记录；请选择更新或跳过",
    ),
    "same_title": (
        "another record has the same {fields}, and other sheets refer to it by that; "
        "choose create, update or skip",
        "已有{fields}相同的记录，而其他工作表以此引用；请选择新建、更新或跳过",
    ),
    "matches_several": (
        "{fields} belong to {count} different records",
        "{fields} 分别属于 {count} 条不同的记录",
    ),
    "import_refused": (
        "{count} rows cannot be imported as they are; nothing was written",
        "有 {count} 行无法按原样导入；未写入任何数据",
    ),
    "import_stopped": (
        "the store changed since the plan was made: {count} rows would become something else; "
        "take back what was imported with undo {op_id}, or plan again",
        "制定计划后数据已变更：有 {count} 行结果不同；可用 undo {op_id} 撤销已导入的部分，"
        "或重新生成计划",
    ),
    "import_outdated": (
        "the modules of this import were changed while it ran; plan it again with the op_id "
        "{op_id} to go on, or take back what was imported with undo {op_id}",
        "导入过程中模块已变更；可用 op_id {op_id} 重新生成计划后继续，"
        "或用 undo {op_id} 撤销已导入的部分",
    ),
    "import_option": (
        "{option} cannot be {value}; accepted: {accepted}",
        "{option} 不能是 {value}；可选：{accepted}",
    ),
    "import_differs": (
        "planned: {planned}; now: {found}",
        "计划：{planned}；现在：{found}",
    ),
    "plan_outdated": (
        "the modules of the plan were changed since; plan again",
        "计划所用的模块已变更；请重新生成计划",
    ),
    "plan_without_source": (
        "the plan does not know where {file} is; give the source",
        "计划中没有 {file} 的位置；请提供数据来源",
    ),
    "source_changed": (
        "{file} is not the file that the plan was made of; plan again",
        "{file} 与生成计划时的文件不同；请重新生成计划",
    ),
    "sheet_without_module": (
        "the sheet {sheet} has no module; name one, leave the sheet out, or adopt the proposal",
        "工作表“{sheet}”没有对应的模块；请指定模块、忽略该表，或采纳建议",
    ),
    "sheet_without_column": (
        "no column of the sheet {sheet} fills a field of its module",
        "工作表“{sheet}”没有任何列对应其模块的字段",
    ),
    "not_a_plan": ("this is no plan of an import: {reason}", "这不是有效的导入计划：{reason}"),
    "nothing_to_template": (
        "name at least one module for the template",
        "请至少指定一个模块来生成模板",
    ),
}
