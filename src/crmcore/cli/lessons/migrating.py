"""Help of the commands for a database that somebody else looks after."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, Pair, example, lesson

_STORE: Final[Pair] = ("The workspace: a file or a URL.", "工作区：文件或 URL。")

MIGRATE: Final[Lesson] = lesson(
    "List, write out or do what a store needs for this version of the library.",
    "列出、写出或执行存储为适应本版本所需的步骤。",
    {
        "store": _STORE,
        "plan": (
            "List the pending steps and change nothing (default); exit code 1 if there are any.",
            "列出待执行的步骤，不做更改（默认）；若有则退出码为 1。",
        ),
        "sql": (
            "Write the statements and change nothing; steps that rewrite rows are comments.",
            "写出 SQL 语句，不做更改；需改写数据行的步骤以注释表示。",
        ),
        "apply": ("Do it.", "执行。"),
    },
    (
        example("crmcore migrate crm.db", "is anything pending?", "是否有待执行的步骤？"),
        example("crmcore migrate crm.db --sql", "what would run?", "将执行哪些语句？"),
        example("crmcore migrate crm.db --apply", "do it", "执行"),
    ),
)

VIEWS: Final[Lesson] = lesson(
    "Make read-only SQL views with the declared names, for tools that ask in SQL.",
    "建立以声明名称命名的只读 SQL 视图，供用 SQL 提问的工具使用。",
    {
        "store": _STORE,
        "drop": ("Drop them.", "删除视图。"),
    },
    (
        example("crmcore views crm.db", "crmv_account, crmv_contact, …", "crmv_account 等"),
        example("crmcore views crm.db --drop", "no more", "不再需要"),
    ),
    (
        "Views bypass all rights: whoever may read the database sees everything in them.",
        "视图绕过全部权限：能读数据库的人可看到其中一切。",
    ),
)
