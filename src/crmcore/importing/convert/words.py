"""Words and signs for yes and no."""

from __future__ import annotations

from typing import Final

TRUE_WORDS: Final = frozenset(
    (
        "是", "对", "真", "有", "开", "启用", "已启用", "yes", "y", "true", "t", "on",
        "√", "✓", "✔", "☑", "✅",
    )
)  # fmt: skip
"""Mean yes; compared half-width and in lower case."""

FALSE_WORDS: Final = frozenset(
    (
        "否", "不是", "错", "假", "无", "没有", "关", "停用", "已停用", "no", "n", "false", "f",
        "off", "×", "✗", "✘", "☒", "☐", "❌",
    )
)  # fmt: skip
"""Mean no; compared half-width and in lower case."""

WORDS: Final = TRUE_WORDS | FALSE_WORDS
"""All words for yes and no."""

ACCEPTED: Final = "是/否, 有/无, 对/错, √/×, yes/no, true/false, Y/N, 1/0"
"""The common ones, for people."""


def yes_or_no(text: str) -> bool | None:
    """Whether `text` (half-width, lower case) says yes or no; `None` where it says neither."""
    return text in TRUE_WORDS if text in WORDS else None
