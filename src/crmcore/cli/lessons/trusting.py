"""Help of the commands that correct, look back and check."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.asking import MODULE, WHERE
from crmcore.cli.lessons.lesson import Lesson, example, lesson

UPDATE: Final[Lesson] = lesson(
    "Change all records that fulfil a condition, at once and undoably.",
    "批量修改符合条件的记录，一次完成，可撤销。",
    {
        "module": MODULE,
        "where": WHERE,
        "set": (
            "FIELD=VALUE; nothing behind = empties it. May be repeated.",
            "字段=值；等号后为空则清空。可多次给出。",
        ),
        "dry_run": ("Only show what would change.", "只预览，不修改。"),
        "op_id": (
            "A name for this operation: repeating it changes nothing more.",
            "操作号：重复执行不会再改。",
        ),
        "all_records": (
            "Change all records of the module, without a condition.",
            "不设条件，修改该模块全部记录。",
        ),
    },
    (
        example(
            "crmcore update 客户 \"区域 == '华东'\" --set 级别=A --dry-run", "look first", "先看看"
        ),
        example("crmcore update 客户 \"区域 == '华东'\" --set 级别=A", "then do it", "再执行"),
        example("crmcore undo --last", "and take it back", "反悔了就撤销"),
    ),
)

HISTORY: Final[Lesson] = lesson(
    "Show recent operations, or all changes of one record.",
    "查看最近的操作，或某条记录的全部变更。",
    {
        "module": ("A module; without it, operations are listed.", "模块；不给则列出操作。"),
        "record": ("A record: its id, a unique value, or its title.", "记录：编号、唯一值或标题。"),
        "limit": ("At most so many operations.", "最多列出多少个操作。"),
    },
    (
        example("crmcore history", "what was done lately", "最近做了什么"),
        example(
            "crmcore history 客户 KH-000123",
            "who changed this customer, and what",
            "这个客户被谁改过、改了什么",
        ),
    ),
)

UNDO: Final[Lesson] = lesson(
    "Take back an operation; later edits survive.",
    "撤销一个操作；之后的修改会保留。",
    {
        "operation": (
            "The operation, as `crmcore history` lists it.",
            "操作号，见 `crmcore history`。",
        ),
        "last": ("The last operation that changed something.", "最近一个有改动的操作。"),
        "preview": ("Only show what would happen.", "只预览，不执行。"),
    },
    (
        example("crmcore undo --last --preview", "look first", "先看看"),
        example(
            "crmcore undo OPERATION",
            "take it back; an undo can be undone too",
            "撤销；撤销本身也可撤销",
        ),
    ),
)

DIGEST: Final[Lesson] = lesson(
    "Print the digest of stores: equal digests, equal content.",
    "输出存储的摘要：摘要相同即内容相同。",
    {
        "urls": ("Files or URLs; the workspace without any.", "文件或 URL；不给则取当前工作区。"),
        "full": ("With versions, history and configuration.", "包括版本、历史与配置。"),
        "shape": (
            "Without ids: equal for two imports of one book.",
            "不含编号：同一工作簿两次导入相同。",
        ),
    },
    (
        example("crmcore digest crm.db", "what undo brings back", "撤销所恢复的内容"),
        example(
            "crmcore digest a.db b.db --full",
            "are these the same workspace?",
            "两者是否同一份工作区？",
        ),
    ),
)

DOCTOR: Final[Lesson] = lesson(
    "Check the store, its history and its digests, and what is installed.",
    "检查存储、历史、摘要以及已安装的组件。",
    {},
    (example("crmcore doctor -w crm.db", "exit code 0: all is well", "退出码 0：一切正常"),),
)

PROVE: Final[Lesson] = lesson(
    "Try the laws on generated questions; nothing of yours is touched.",
    "用随机生成的问题检验各条定律；不触碰您的数据。",
    {
        "laws": ("Laws; all without any.", "定律；不给则全部。"),
        "backends": ("Backends with commas between them.", "后端，以逗号分隔。"),
        "examples": ("How many examples of each law.", "每条定律的样例数。"),
        "questions": (
            "How many questions about each example of parity.",
            "parity 每个样例的提问数。",
        ),
        "seed": ("Where the generator starts.", "随机种子。"),
        "sabotage": (
            "Break something on purpose: the law must notice.",
            "故意破坏：定律必须发现。",
        ),
        "list_laws": ("List laws and sabotages.", "列出定律与破坏项。"),
    },
    (
        example("crmcore prove", "all laws, a few examples of each", "全部定律，各少量样例"),
        example("crmcore prove parity --examples 500", "one law, thoroughly", "深入检验一条"),
        example("crmcore prove parity --sabotage null-order", "must fail", "必须失败"),
    ),
)
