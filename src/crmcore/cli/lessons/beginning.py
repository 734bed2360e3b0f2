"""Help of the commands that one begins with."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.asking import MODULE
from crmcore.cli.lessons.lesson import Lesson, example, lesson

DEMO: Final[Lesson] = lesson(
    "Import a messy workbook, ask, correct, undo: the whole story.",
    "完整演示：导入杂乱工作簿、提问、修正、撤销。",
    {
        "customers": ("How many customers the book has.", "工作簿里的客户数。"),
        "seed": ("Where the generator of the book starts.", "生成工作簿的随机种子。"),
        "force": ("Replace demo files even if you changed them.", "即使演示文件被改过也替换。"),
    },
    (
        example(
            "crmcore demo",
            "writes crmcore-demo.xlsx and crmcore-demo.db here",
            "在当前目录生成 crmcore-demo.xlsx 与 crmcore-demo.db",
        ),
    ),
)

INIT: Final[Lesson] = lesson(
    "Make a workspace with the standard modules.",
    "新建工作区，含标准模块。",
    {
        "schema": ("Take the modules of this JSON file instead.", "改用该 JSON 文件中的模块。"),
        "empty": ("No modules: define them yourself.", "不含模块，由您自行定义。"),
        "zone": ("Time zone of the workspace.", "工作区的时区。"),
        "owner": ("Name of the first user.", "首个用户的姓名。"),
    },
    (
        example("crmcore init -w crm.db", "a new file crm.db", "新建文件 crm.db"),
        example("crmcore init -w crm.db --owner 王芳", "with her as owner", "以王芳为所有者"),
    ),
)

IMPORT: Final[Lesson] = lesson(
    "Bring in workbooks and CSV files; every problem is shown.",
    "导入工作簿与 CSV 文件；所有问题逐一列出。",
    {
        "files": ("Workbooks or CSV files.", "工作簿或 CSV 文件。"),
        "dry_run": (
            "Only plan: show what would come in, and every problem.",
            "只做计划：列出将导入的内容和全部问题。",
        ),
        "mapping": (
            "Which column is which field: a JSON file. With --dry-run, it is written if missing.",
            "列与字段的对应：JSON 文件。与 --dry-run 同用且文件不存在时写出建议。",
        ),
        "module": ("The module for a file of one sheet.", "单表文件对应的模块。"),
        "errors": (
            "refuse: nothing comes in if a row is bad; reject: good rows come in.",
            "refuse：有问题行则全部不导入；reject：导入好的行。",
        ),
        "duplicates": ("What to do with records that are there already.", "遇到已有记录时怎么办。"),
        "adopt": (
            "Make fields and modules for what has none yet.",
            "为没有对应的列和表新建字段和模块。",
        ),
        "rejects": (
            "Write the bad rows with their reasons into this workbook.",
            "把问题行连同原因写入该工作簿。",
        ),
        "op_id": (
            "A name for this import: repeating it resumes it.",
            "导入的操作号：重复执行即续传。",
        ),
        "create": ("Make the workspace if there is none.", "工作区不存在时新建。"),
    },
    (
        example("crmcore import book.xlsx --dry-run", "see what would happen", "先看会怎样"),
        example(
            "crmcore import book.xlsx --errors reject --rejects bad.xlsx",
            "good rows in, bad rows back",
            "好行导入，坏行退回",
        ),
        example("crmcore undo --last", "take the whole import back", "整个导入都可撤销"),
    ),
)

TEMPLATE: Final[Lesson] = lesson(
    "Write an empty workbook to fill in, with drop-downs.",
    "生成带下拉列表的空白导入模板。",
    {
        "file": ("The workbook to write.", "要写出的工作簿。"),
        "modules": (MODULE[0] + " Several make several sheets.", MODULE[1] + "给多个则多个表。"),
        "force": ("Replace a file that is there.", "替换已有文件。"),
    },
    (
        example(
            "crmcore template 客户模板.xlsx 客户 联系人", "two sheets to fill in", "两张待填的表"
        ),
    ),
)
