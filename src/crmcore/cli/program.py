"""The program: finds the command, runs it, and turns whatever happens into an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import click

from crmcore.cli import exits, usage
from crmcore.cli.command import section, shared_options, tongue_of
from crmcore.cli.commands import COMMANDS
from crmcore.cli.language import Tongue, spoken
from crmcore.cli.lessons.lesson import COMMON
from crmcore.cli.screen import Screen
from crmcore.errors import CrmError
from crmcore.schema.names import nearest

_GROUPS: Final = (
    (("Start here", "从这里开始"), ("demo", "init", "template", "import")),
    (("Ask", "提问"), ("find", "report", "describe", "export")),
    (
        ("Correct and trust", "修正与核对"),
        ("update", "merge", "history", "why", "undo", "digest", "privacy"),
    ),
    (("Configure by files", "用文件配置"), ("pull", "plan", "apply", "purge")),
    (
        ("Keep and move", "备份与迁移"),
        ("backup", "verify", "restore", "move", "extract", "keys", "rekey"),
    ),
    (("In a database of others", "在他人的数据库中"), ("migrate", "views", "adopt")),
    (("Check", "检查"), ("doctor", "access", "account", "audit", "prove")),
)
_CODES: Final = (
    ("0", ("done, nothing is wrong", "完成，一切正常")),
    ("1", ("refused, or problems were found", "被拒绝，或发现问题")),
    ("2", ("the command or an expression cannot be understood", "命令或表达式无法理解")),
    (
        "3",
        (
            "no such workspace, file, module, field, record or user",
            "没有该工作区、文件、模块、字段、记录或用户",
        ),
    ),
    (
        "4",
        ("changed by somebody else meanwhile, or a value is taken", "已被他人修改，或值已被占用"),
    ),
    ("5", ("the store or a file cannot be read or written", "存储或文件无法读写")),
    ("6", ("a library is not installed", "缺少所需的库")),
)
TRACE: Final = "CRMCORE_TRACEBACK"


class Program(click.Group):
    """All commands, with help in two languages and a guess at misspelled names."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What there is, in the order in which one needs it."""
        tongue = tongue_of(ctx)
        usage_title = tongue("Usage", "用法")
        parts = [
            f"{usage_title}: {ctx.command_path} {tongue('COMMAND [OPTIONS]', '命令 [选项]')}",
            "",
            tongue(
                "  Customers, contacts and deals from messy files, in one file of your own:"
                " ask, correct, undo, trust.",
                "  把杂乱表格里的客户、联系人和商机收进你自己的一个文件：可问、可改、可撤、可信。",
            ),
        ]
        for title, names in _GROUPS:
            rows = [
                (name, tongue(*COMMANDS[name].lesson.summary)) for name in names if name in COMMANDS
            ]
            parts += section(tongue(*title), rows)
        options = [("-w, --workspace", "workspace"), ("--as", "user"), ("--keys", "keys")]
        options += [("--json", "json"), ("--lang", "lang")]
        options += [("--version", "version"), ("--help", "help")]
        rows = [(spelling, tongue(*COMMON[name])) for spelling, name in options]
        parts += section(tongue("Options", "选项"), rows)
        parts += section(tongue("Exit codes", "退出码"), [(n, tongue(*what)) for n, what in _CODES])
        parts += ["", tongue("Begin with: crmcore demo", "先试：crmcore demo")]
        parts.append(
            tongue(
                "More about a command: crmcore COMMAND --help",
                "某个命令的说明：crmcore 命令 --help",
            )
        )
        formatter.write("\n".join(parts) + "\n")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a misspelled one is refused with a suggestion."""
        name = args[0]
        found = self.get_command(ctx, name)
        if found is None:
            guess = nearest(name, list(self.commands))
            raise usage.UnknownCommand(name, guess or "")
        return name, found, args[1:]


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from crmcore import __version__

        click.echo(f"crmcore {__version__}")
        ctx.exit()


def _program() -> Program:
    version = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version
    )
    made = Program("crmcore", params=[*shared_options(), version], callback=_nothing)
    for name, one in COMMANDS.items():
        made.add_command(one, name)
    return made


def _nothing(**_: object) -> None:
    """The options before a command are read by the command."""


def run(words: Sequence[str]) -> int:
    """Run the command that `words` say; answers its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character must not end the command.
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    tongue = Tongue(spoken(words, os.environ))
    try:
        found: Any = _program().main(
            args=list(words) or ["--help"], prog_name="crmcore", standalone_mode=False, obj=tongue
        )
        return found if isinstance(found, int) else exits.OK
    except BrokenPipeError:
        return exits.OK
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        Screen(tongue).fault(tongue("stopped", "已中止"))
        return exits.STOPPED
    except click.ClickException as error:
        Screen(tongue).fault(usage.sentence(error, tongue))
        return exits.USAGE
    except Exception as error:
        return _failed(error, tongue, "--json" in words)


def _failed(error: Exception, tongue: Tongue, json: bool) -> int:
    screen = Screen(tongue, json)
    code = exits.exit_code(error)
    if os.environ.get(TRACE):
        traceback.print_exception(error)
    if isinstance(error, CrmError):
        screen.fault(usage.refusal(error, tongue), error.to_dict(tongue.language))
        return code
    if isinstance(error, OSError):
        text = usage.file_trouble(error, tongue)
    else:
        name = type(error).__name__
        text = tongue(
            f"a fault in crmcore ({name}: {error}); nothing half-done was kept."
            f" Set {TRACE}=1 to see where.",
            f"crmcore 自身出错（{name}：{error}）；未保留任何半途的更改。设 {TRACE}=1 可查看位置。",
        )
    screen.fault(text, {"code": "fault" if code == exits.FAULT else "file", "message": text})
    return code
