"""Help of `audit`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, example, lesson

AUDIT: Final[Lesson] = lesson(
    "What was remembered beside changes, whether anything was tampered with, who stands out.",
    "变更之外的审计记录、是否有人篡改、谁的行为异常。",
    {
        "action": (
            "entries, head, verify or watch.",
            "entries（审计记录）、head（链头）、verify（核对）或 watch（行为）。",
        ),
        "where": ("Which entries: a condition.", "哪些审计记录：条件表达式。"),
        "anchor": (
            "A head that was kept elsewhere: its text, or a file with it.",
            "存放在外部的链头：文本，或含该文本的文件。",
        ),
        "limit": (
            "So many entries at most, the latest. Default: 50.",
            "最多显示的条数（最近的）。默认 50。",
        ),
    },
    (
        example(
            "crmcore audit entries \"kind == 'denial'\"",
            "who was refused what?",
            "谁被拒绝了什么？",
        ),
        example("crmcore audit head > monday.head", "to be kept elsewhere", "请存放到别处"),
        example(
            "crmcore audit verify --anchor monday.head",
            "is everything as it was written?",
            "一切是否与写入时相同？",
        ),
        example("crmcore audit watch", "whose day is unlike the others?", "谁今天与平日不同？"),
    ),
    (
        "Without an anchor, cutting the end off and writing everything anew cannot be seen.",
        "没有外部链头，就无法发现末尾被截去或整链被重写。",
    ),
)
