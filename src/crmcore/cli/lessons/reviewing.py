"""Help of `access`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, example, lesson

ACCESS: Final[Lesson] = lesson(
    "Review rights: who may do what, what a change means, what must hold, what nobody uses.",
    "审查权限：谁能做什么、改动意味着什么、哪些必须成立、哪些从未使用。",
    {
        "action": (
            "matrix, diff, assert, unused, expiring, campaign, duties, separate or unite.",
            "matrix（权限矩阵）、diff（差异）、assert（断言）、unused（未使用）、expiring（即将到期）、"
            "campaign（定期审查）、duties（职责冲突）、separate（设职责分离）、unite（撤职责分离）。",
        ),
        "words": (
            "matrix: roles and users. diff: OLD NEW, each now, a moment, or files. assert: "
            "assertions. campaign: list, start NAME, show NAME, keep NAME ITEM…, "
            "revoke NAME ITEM…, sign NAME. separate: NAME and duties. unite: NAME.",
            "matrix：角色或用户。diff：旧 新，各为 now、时刻或配置文件。assert：断言。"
            "campaign：list、start 名称、show 名称、keep 名称 项…、revoke 名称 项…、sign 名称。"
            "separate：名称与职责。unite：名称。",
        ),
        "file": ("A file of assertions, one a line.", "断言文件，每行一条。"),
        "days": ("So many days: back, or ahead. Default: 90.", "天数（向前或向后）。默认 90。"),
        "module": ("Only this module; may be repeated.", "仅此模块；可重复。"),
        "out": ("Write the matrix into a workbook.", "把矩阵写入工作簿。"),
        "reason": ("Why it was decided so.", "决定的理由。"),
        "tell": ("Only list who breaks it, refuse nothing.", "仅列出违反者，不禁止。"),
    },
    (
        example(
            "crmcore access matrix 代表 --out rights.xlsx", "what may they do?", "他们能做什么？"
        ),
        example(
            "crmcore access diff now config/",
            "what would these files change, in records?",
            "这些文件会改变多少记录的权限？",
        ),
        example(
            'crmcore access assert "客服 !read contract.amount"',
            "exit code 1 unless it is proved",
            "未被证明成立则退出码为 1",
        ),
        example("crmcore access campaign start 2026H1 --days 180", "begin a review", "开始审查"),
        example(
            'crmcore access separate four-eyes "create contract" "approve contract"',
            "nobody may come to have both",
            "任何人不得同时拥有",
        ),
    ),
)
