"""Help of `merge`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.asking import MODULE
from crmcore.cli.lessons.lesson import Lesson, example, lesson

MERGE: Final[Lesson] = lesson(
    "Merge records that are the same: nothing that hung on them is lost.",
    "合并重复的记录：其下挂的内容一样不丢。",
    {
        "module": MODULE,
        "keep": ("The record that stays.", "保留的记录。"),
        "others": (
            "The records that are merged into it, and removed.",
            "并入其中、随后删除的记录。",
        ),
        "take": (
            "FIELD=RECORD: the value of this record, instead. May be repeated.",
            "字段=记录：改取该记录的值。可多次给出。",
        ),
        "dry_run": ("Only show what would happen.", "只预览，不执行。"),
        "op_id": (
            "A name for this operation: repeating it changes nothing more.",
            "操作号：重复执行不会再改。",
        ),
    },
    (
        example("crmcore merge 客户 上海宏图 宏图公司 --dry-run", "look first", "先看看"),
        example(
            "crmcore merge 客户 上海宏图 宏图公司 --take 电话=宏图公司",
            "what the first lacks comes from the second, and its phone anyway",
            "缺的值取自后者，电话也取后者的",
        ),
        example("crmcore undo --last", "and take it back, all of it", "反悔了就整个撤销"),
    ),
)
