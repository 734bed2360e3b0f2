"""Help of `privacy`."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, example, lesson

PRIVACY: Final[Lesson] = lesson(
    "Personal data: everything of a person handed out, restricted, corrected or erased.",
    "个人信息：导出、限制处理、更正、匿名化或删除某人的全部信息。",
    {
        "action": (
            "export, correct, restrict, release, anonymise, erase, erasures, replay or retention.",
            "export（导出）、correct（更正）、restrict（限制处理）、release（解除限制）、"
            "anonymise（匿名化）、erase（删除）、erasures（删除清单）、"
            "replay（重放清单）或 retention（保留期限）。",
        ),
        "module": (
            "The module of the person's record; the file for `replay`; after `retention`:"
            " list, preview, keep NAME MODULE CONDITION ACTION, or drop NAME.",
            "当事人记录所在的模块；replay 时为清单文件；retention 之后："
            "list、preview、keep 名称 模块 条件 方式、drop 名称。",
        ),
        "record": (
            "The record: its id, a unique value or its title.",
            "记录：编号、唯一值或标题。",
        ),
        "values": (
            "What to correct: field=value, several times.",
            "要更正的内容：字段=值，可多次。",
        ),
        "out": ("The file to write; else the screen.", "写入的文件；否则显示在屏幕上。"),
        "reason": ("Why; it is kept.", "原因，会被保留。"),
        "yes": ("Erase without looking first.", "不预览，直接删除。"),
        "apply": ("Do what is due by `retention`.", "执行 retention 列出的到期处理。"),
    },
    (
        example(
            "crmcore privacy export contact 张三 --out zhangsan.json",
            "what do we know of him?",
            "我们保存了他的哪些信息？",
        ),
        example(
            "crmcore privacy erase contact 张三 --reason 当事人要求 --yes",
            "in every version, for good",
            "所有版本，不可恢复",
        ),
        example(
            "crmcore privacy erasures --out erased.json",
            "to be kept where a restore does not reach",
            "请存放在恢复操作触及不到的地方",
        ),
        example("crmcore privacy replay erased.json", "after a restore", "恢复备份之后"),
        example(
            "crmcore privacy retention keep leavers contact 'updated_at < now - 730d' anonymise",
            "how long is data kept? (erase, anonymise or delete)",
            "数据保留多久？（erase、anonymise 或 delete）",
        ),
        example("crmcore privacy retention", "what is due by now?", "哪些记录已到期？"),
        example("crmcore privacy retention --apply", "and do it", "并执行到期处理"),
        example("crmcore privacy retention drop leavers", "the rule ends", "停止该规则"),
    ),
    (
        "An erasure cannot be undone. What was done, when and by whom stays.",
        "删除不可撤销；何人何时做过什么会保留。",
    ),
)
