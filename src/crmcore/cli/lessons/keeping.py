"""Help of the commands that keep a workspace safe, and take it elsewhere."""

from __future__ import annotations

from typing import Final

from crmcore.cli.lessons.lesson import Lesson, Pair, example, lesson

KEY: Final[Pair] = (
    "A file with the key: 32 bytes, or 64 hexadecimal digits. Lose it, and the archive is lost.",
    "密钥文件：32 字节，或 64 位十六进制。密钥丢失则备份无法读取。",
)
_STORE: Final[Pair] = ("The workspace: a file or a URL.", "工作区：文件或 URL。")
_EMPTY: Final[Pair] = (
    "An empty place for it: a file that is not there yet, or a URL.",
    "空的目标位置：尚不存在的文件，或 URL。",
)

BACKUP: Final[Lesson] = lesson(
    "Write a whole workspace, as of one moment, to one file; others may go on working.",
    "把整个工作区某一时刻的全部内容写入一个文件；其他人可照常使用。",
    {
        "store": _STORE,
        "file": ("The archive to be written; never overwritten.", "要写的备份文件；不会覆盖。"),
        "since": (
            "An earlier archive: write only what came after it.",
            "更早的备份：只写其后的内容。",
        ),
        "key_file": KEY,
        "plain": (
            "Encrypted fields may lie open in the archive.",
            "允许加密字段在备份中以明文存放。",
        ),
    },
    (
        example("crmcore backup crm.db monday.crmz", "everything", "全部内容"),
        example(
            "crmcore backup crm.db tuesday.crmz --since monday.crmz",
            "what came after Monday",
            "周一之后的内容",
        ),
    ),
)

VERIFY: Final[Lesson] = lesson(
    "Check an archive down to the last byte.",
    "逐字节检查备份文件。",
    {
        "file": ("The archive.", "备份文件。"),
        "fast": (
            "Only its structure and its manifest.",
            "只检查结构与清单。",
        ),
        "head": (
            "A head that was anchored elsewhere (crmcore audit head), or a file with it: is the"
            " chain of the archive the one that led there?",
            "此前锚定在别处的链头（crmcore audit head），或存有它的文件：备份中的变更链是否一致？",
        ),
        "key_file": KEY,
    },
    (example("crmcore verify monday.crmz", "can it be relied on?", "是否可靠？"),),
)

RESTORE: Final[Lesson] = lesson(
    "Make an empty place the workspace that was archived.",
    "把备份恢复到空的位置。",
    {
        "files": (
            "An archive, then those that continue it, in order.",
            "一个备份文件，其后依次为增量备份。",
        ),
        "target": _EMPTY,
        "abandon": (
            "Give up a restore that was cut short: remove all that it left at TARGET, which is"
            " then empty. A live workspace is refused.",
            "放弃中断的恢复：清除其留在目标处的全部内容，使之为空。正在使用的工作区会被拒绝。",
        ),
        "key_file": KEY,
    },
    (
        example("crmcore restore monday.crmz back.db", "as it was on Monday", "恢复到周一"),
        example(
            "crmcore restore monday.crmz tuesday.crmz back.db",
            "and what came on Tuesday",
            "再加上周二的内容",
        ),
    ),
    (
        "All files are checked before anything is written. Nobody can open the target before\n"
        "it is complete. If it was cut short, run it again, or give it up with --abandon.",
        "写入之前先检查全部文件；完成之前任何人都无法打开目标。若中断，重新执行即可，"
        "或用 --abandon 放弃。",
    ),
)

MOVE: Final[Lesson] = lesson(
    "Copy a live workspace to another store, with its whole past.",
    "把使用中的工作区连同全部历史迁移到另一个存储。",
    {
        "source": _STORE,
        "target": _EMPTY,
        "verify": (
            "Compare the full digests of both sides first (the default).",
            "先比较两边的完整摘要（默认）。",
        ),
        "no_verify": ("Do not compare.", "不比较。"),
        "target_keys": (
            "Keys of encrypted fields in the target, if they are others.",
            "目标中加密字段所用的密钥（若不相同）。",
        ),
    },
    (
        example(
            "crmcore move crm.db postgresql://localhost/crm",
            "from a file to a server",
            "从文件迁到服务器",
        ),
    ),
    (
        "What is written meanwhile is caught up with. The source stays as it is: stop whoever\n"
        "writes to it before you switch over.",
        "迁移期间的写入会自动补上。来源保持不变：切换之前请先停止对它的写入。",
    ),
)

EXTRACT: Final[Lesson] = lesson(
    "Write what you may see as Parquet files, for pandas, Polars, DuckDB or Spark.",
    "把您可见的内容写成 Parquet 文件，供 pandas、Polars、DuckDB、Spark 使用。",
    {
        "store": _STORE,
        "folder": ("A new folder for the files.", "新的文件夹。"),
        "modules": ("Only this module; may be repeated.", "只写该模块；可多次给出。"),
        "no_history": ("Without the past.", "不含历史。"),
    },
    (
        example("crmcore extract crm.db out", "every module and its history", "全部模块及其历史"),
        example(
            "crmcore extract crm.db out --as li", "as far as Li may see it", "仅限李可见的内容"
        ),
    ),
)

KEYS: Final[Lesson] = lesson(
    "Make a file with a new key for encrypted fields, readable by you alone.",
    "生成含新密钥的文件，用于加密字段，仅您本人可读。",
    {
        "file": ("The file to be written; never overwritten.", "要写的文件；不会覆盖。"),
        "name": ("What the new key is called.", "新密钥的名称。"),
        "beside": (
            "A file of keys: they go on decrypting, the new one encrypts.",
            "原密钥文件：原密钥继续解密，新密钥用于加密。",
        ),
    },
    (
        example("crmcore keys crm.keys", "a first key", "第一个密钥"),
        example("crmcore keys new.keys --beside crm.keys", "another one", "更换密钥"),
    ),
    (
        "Keep it apart from the store, and keep a copy: without it encrypted values are lost.",
        "请与存储分开保管并另存一份：丢失密钥，加密内容即无法读取。",
    ),
)

REKEY: Final[Lesson] = lesson(
    "Encrypt again, under the current key, whatever lies under former ones.",
    "用当前密钥重新加密此前用旧密钥加密的全部内容。",
    {"store": _STORE},
    (
        example(
            "crmcore rekey crm.db --keys new.keys",
            "after `keys new.keys --beside crm.keys`",
            "先执行 `keys new.keys --beside crm.keys`",
        ),
    ),
    (
        "Former versions too; no version, digest or position changes. Stopped, it goes on when"
        " run again. Archives are not reached: they have keys of their own.",
        "包括历史版本；版本、摘要、位置都不变。中断后再次运行即可继续。不涉及归档：归档有各自的密钥。",
    ),
)
