"""The help of one command as a value."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

Pair = tuple[str, str]
"""The same text in English and in Chinese."""


@frozen
class Lesson:
    """Help of one command: a sentence, more if needed, a text per parameter, examples."""

    summary: Pair
    words: Mapping[str, Pair]
    examples: tuple[tuple[str, Pair], ...] = ()
    more: Pair | None = None


COMMON: Mapping[str, Pair] = {
    "workspace": (
        "The workspace: a file or a URL. Default: CRMCORE_WORKSPACE, or a crm.toml upwards.",
        "工作区：文件或 URL。默认取 CRMCORE_WORKSPACE，或上级目录中的 crm.toml。",
    ),
    "user": ("Act as this user: login, name or id.", "以该用户身份执行：用户名、姓名或编号。"),
    "keys": (
        "File of the keys of encrypted fields. Default: CRMCORE_KEYS names it.",
        "加密字段的密钥文件。默认取 CRMCORE_KEYS 所指的文件。",
    ),
    "json": ("One JSON document instead of text.", "输出一个 JSON 文档。"),
    "lang": ("Language: zh or en. Default: by locale.", "语言：zh 或 en。默认按系统区域。"),
    "help": ("Show this help.", "显示本帮助。"),
    "version": ("Show the version.", "显示版本。"),
}
"""Texts of what every command takes."""


def lesson(
    english: str,
    chinese: str,
    words: Mapping[str, Pair] | None = None,
    examples: tuple[tuple[str, Pair], ...] = (),
    more: Pair | None = None,
) -> Lesson:
    """A lesson: its sentence, texts of parameters by their names, examples."""
    return Lesson((english, chinese), words or {}, examples, more)


def example(command: str, english: str, chinese: str) -> tuple[str, Pair]:
    """An example of a command and what it does."""
    return command, (english, chinese)
