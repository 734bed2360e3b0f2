"""Secrets that a command needs: typed where nobody sees them, or read from standard input."""

from __future__ import annotations

import getpass
import sys
from typing import Final

from attrs import frozen

from crmcore.cli.desk import Desk

_LONGEST: Final = 4_096


@frozen
class Secrets:
    """Passwords, codes and tokens, which are never words of a command: others could read them.

    With `is_piped` each is a line of standard input, in the order in which they are asked for.
    """

    desk: Desk
    is_piped: bool

    def asked(self, english: str, chinese: str) -> str:
        """One secret; raises `WorkspaceError` (`bad_option`) where there is nobody to ask."""
        if self.is_piped:
            return self._line(english, chinese)
        if not sys.stdin.isatty():
            raise self.desk.bad(
                "--stdin",
                "there is no terminal to ask at: say --stdin to read secrets line by line",
                "没有可供输入的终端：加 --stdin 从标准输入逐行读取",
            )
        return getpass.getpass(f"{self.desk.tongue(english, chinese)}: ")

    def chosen(self) -> str:
        """A new password, typed twice where it is typed."""
        first = self.asked("new password", "新密码")
        if not self.is_piped and self.asked("once more", "再输入一次") != first:
            raise self.desk.bad("password", "they are not the same", "两次输入不一致")
        return first

    def _line(self, english: str, chinese: str) -> str:
        try:
            text = sys.stdin.buffer.readline(_LONGEST).decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        found = text.rstrip("\r\n")
        if not found:
            raise self.desk.bad("--stdin", f"a line is missing: {english}", f"缺少一行：{chinese}")
        return found
