"""Help of the commands that change the configuration by files."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, Pair, example, lesson

FILE: Final[Pair] = (
    "A file (.yaml, .toml, .json) or a folder of them. Default: config.",
    "文件（.yaml、.toml、.json）或其文件夹。默认：config。",
)

PULL: Final[Lesson] = lesson(
    "Write the configuration into files: modules, fields, options, roles, settings.",
    "将配置写入文件：模块、字段、选项、角色、设置。",
    {
        "file": FILE,
        "format": ("What a folder is written as.", "文件夹中文件的格式。"),
        "force": (
            "Replace files that say something else than the workspace.",
            "覆盖与工作区不一致的文件。",
        ),
    },
    (
        example("crmcore pull", "into the folder config, a file per module", "写入 config 文件夹"),
        example("crmcore pull crm.toml", "into one file", "写入单个文件"),
    ),
)

PLAN: Final[Lesson] = lesson(
    "Show what files would change, and what that means for records and rights, in numbers.",
    "预览文件将带来的更改，以及对记录和权限的影响（给出数量）。",
    {
        "file": FILE,
        "out": (
            "Store the plan in this file, to apply it later.",
            "将计划保存到此文件，供以后应用。",
        ),
    },
    (
        example("crmcore plan", "of the folder config", "预览 config 文件夹"),
        example("crmcore plan crm.yaml --out plan.json", "and keep it", "并保存"),
    ),
    more=(
        "Exit code 1: something stands in the way. What is missing from the files is refused,\n"
        "until they say renamed_from: NAME, or retire: true.",
        "退出码 1：有内容阻碍应用。文件中缺少的名称会被拒绝，\n"
        "除非写明 renamed_from: 名称 或 retire: true。",
    ),
)

APPLY: Final[Lesson] = lesson(
    "Put files, or a stored plan, into force: one operation, which can be undone.",
    "应用文件或已保存的计划：作为一个操作，可撤销。",
    {
        "file": FILE,
        "plan": (
            "A plan that was stored; refused where the configuration changed since.",
            "已保存的计划；若配置此后有变则拒绝。",
        ),
        "op_id": (
            "A name for this operation: repeated, it goes on where it stopped.",
            "操作号：重复执行会从中断处继续。",
        ),
        "reason": ("Why, kept with the operation.", "原因，随操作保存。"),
    },
    (
        example("crmcore apply", "of the folder config", "应用 config 文件夹"),
        example("crmcore apply --plan plan.json", "what was looked at", "应用看过的计划"),
        example("crmcore undo OPERATION", "and take it back", "反悔了就撤销"),
    ),
)

PURGE: Final[Lesson] = lesson(
    "Show, in numbers, the values that changes of kind left behind, and empty them for good.",
    "显示（给出数量）字段类型更改后遗留的旧值，并可彻底清除。",
    {
        "module": ("Of this module only.", "仅此模块。"),
        "field": ("Of this field only.", "仅此字段。"),
        "apply": ("Do it; it cannot be undone.", "执行清除；不可撤销。"),
        "reason": ("Why, kept with the operation.", "原因，随操作保存。"),
    },
    (
        example("crmcore purge", "what there is to purge", "可清除的内容"),
        example(
            "crmcore purge account size --apply", "the old values of a field", "清除某字段的旧值"
        ),
    ),
    more=(
        "Without --apply nothing changes. Afterwards the past from before the change of kind\n"
        "cannot be asked of that module any more.",
        "不加 --apply 则不作更改。清除之后，该模块在类型更改之前的历史不可再查询。",
    ),
)
