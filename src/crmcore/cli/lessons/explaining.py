"""Help of `why`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.asking import MODULE
from crmcore.cli.lessons.lesson import Lesson, example, lesson

WHY: Final[Lesson] = lesson(
    "Explain why a user may, or may not, do something with a record.",
    "解释某用户为何可以（或不可以）对某条记录做某事。",
    {
        "who": ("A user: id, login or name.", "用户：编号、用户名或姓名。"),
        "operation": (
            "What is done: read, update, delete, export … or 查看, 编辑, 删除, 导出 …",
            "操作：查看、编辑、删除、导出…… 或 read、update、delete、export……",
        ),
        "module": MODULE,
        "record": ("A record: its id, a unique value, or its title.", "记录：编号、唯一值或标题。"),
        "field": ("A field of the record.", "该记录的某个字段。"),
        "purpose": (
            "In work for this purpose, to which the person must have consented.",
            "为该目的处理时：须有当事人的同意。",
        ),
        "as_of": (
            "Why it was so then: a day, a moment, or a position.",
            "当时为何如此：日期、时刻或位置号。",
        ),
    },
    (
        example('crmcore why 小王 查看 客户 "上海宏图"', "may Wang see it?", "小王能看到吗？"),
        example(
            'crmcore why 小王 update account "上海宏图" --field phone',
            "may he change the telephone number?",
            "他能修改电话吗？",
        ),
        example(
            "crmcore why 小王 查看 contact 张三 --purpose newsletter",
            "did the person consent?",
            "当事人同意了吗？",
        ),
    ),
)
