"""Help of `adopt`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, example, lesson

ADOPT: Final[Lesson] = lesson(
    "List the modules that lie in tables of an application, or what does not fit in one.",
    "列出数据位于应用自有表中的模块，或检查某个表有哪些不符合之处。",
    {
        "module": ("A module.", "模块。"),
        "table": ("The table, as in the database: customer, sales.customer.", "数据库中的表名。"),
        "check": (
            "Read every row and list what does not fit; exit code 1 if anything does not.",
            "读取每一行并列出不符合之处；若有则退出码为 1。",
        ),
        "key": (
            "The column that tells rows apart. Default: the primary key.",
            "区分各行的列。默认取主键。",
        ),
        "key_form": (
            "What stands in it. Default: what its type says.",
            "键的形式。默认按列的类型。",
        ),
        "row_version": ("The column that every change changes.", "每次修改都会变化的列。"),
        "column": (
            "The column of a field, or nothing where it is always empty: name=label, region=",
            "字段对应的列；始终为空时等号后留空：name=label、region=",
        ),
        "zone": ("Time zone of moments without one.", "没有时区的时间所属的时区。"),
        "exact": ("A text field whose column is in normal form.", "列中已是规范形式的文本字段。"),
    },
    (
        example("crmcore adopt", "which modules are adopted?", "哪些模块已绑定？"),
        example(
            "crmcore adopt account customer --check --column name=label --zone Asia/Shanghai",
            "would the table customer do?",
            "customer 表是否合适？",
        ),
    ),
    (
        "Nothing is written. The program of the application binds the table: crm.adopt(…).",
        "不写入任何内容。绑定由应用程序完成：crm.adopt(…)。",
    ),
)
