"""Sentences for what cannot be understood, and for what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from crmcore.cli.language import Tongue
from crmcore.cli.screen import one_line
from crmcore.errors import CrmError, QueryError
from crmcore.errors.files import file_refusal

_SHOWN = 60
_MOST_PROBLEMS = 20
_STORES = frozenset({".db", ".sqlite", ".sqlite3"})


class UnknownCommand(click.UsageError):
    """There is no such command; `guess` is the nearest name, or empty."""

    def __init__(self, name: str, guess: str) -> None:
        super().__init__(name)
        self.name = name
        self.guess = guess


class ExtraWords(click.UsageError):
    """Words that no argument of the command takes."""

    def __init__(self, words: Sequence[str], ctx: click.Context) -> None:
        super().__init__(" ".join(words), ctx)
        self.words = tuple(words)


def sentence(error: click.ClickException, tongue: Tongue) -> str:
    """What a command line got wrong, and where help is."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if isinstance(ctx, click.Context) else "crmcore"
    hint = tongue(f"Try '{path} --help'.", f"试试“{path} --help”。")
    return f"{_reason(error, tongue)}\n{hint}"


def _reason(error: click.ClickException, tongue: Tongue) -> str:
    if isinstance(error, UnknownCommand):
        guess = error.guess
        meant = tongue(f"; did you mean {guess}?", f"；是否想用 {guess}？") if guess else ""
        name = short(error.name)
        return tongue(f"there is no command {name}{meant}", f"没有命令 {name}{meant}")
    if isinstance(error, ExtraWords):
        return _too_many(error, tongue)
    if isinstance(error, click.NoSuchOption):
        name, near = short(error.option_name), ", ".join(error.possibilities or ())
        meant = tongue(f"; did you mean {near}?", f"；是否想用 {near}？") if near else ""
        return tongue(f"there is no option {name}{meant}", f"没有选项 {name}{meant}")
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = _name(error.param)
        return tongue(f"{name} is missing", f"缺少 {name}")
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = _name(error.param)
        text = one_line(error.message)
        return tongue(f"{name}: {text}", f"{name} 的值不可用：{_expected(error.param)}")
    if isinstance(error, click.BadOptionUsage):
        name = short(error.option_name)
        return tongue(f"{name} needs a value", f"{name} 后面需要一个值")
    return tongue(one_line(error.format_message()), f"用法不对：{one_line(error.format_message())}")


def _too_many(error: ExtraWords, tongue: Tongue) -> str:
    path = error.ctx.command_path if error.ctx is not None else "crmcore"
    words, first = short(" ".join(error.words)), error.words[0]
    text = tongue(f"{path} takes no word {words}", f"{path} 不接受参数 {words}")
    if "://" not in first and Path(first).suffix.lower() not in _STORES:
        return text
    example = f"{path} -w {short(first)}"
    return text + tongue(
        f"; a workspace is named with -w: {example}", f"；工作区用 -w 指明：{example}"
    )


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return (parameter.name or "").upper()
    return max(parameter.opts, key=len)


def _expected(parameter: click.Parameter) -> str:
    if isinstance(parameter.type, click.Choice):
        return "应为 " + "、".join(str(one) for one in parameter.type.choices) + " 之一"
    if isinstance(parameter.type, click.IntRange):
        return f"应为不小于 {parameter.type.min} 的整数"
    return "无法识别"


def short(text: str) -> str:
    """`text` on one harmless line of limited length."""
    line = one_line(text)
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def refusal(error: CrmError, tongue: Tongue) -> str:
    """All problems of a refusal as sentences; where an expression went wrong, it is shown."""
    lines = error.message(tongue.language).splitlines()
    if len(lines) > _MOST_PROBLEMS:
        left = len(lines) - _MOST_PROBLEMS
        lines = [*lines[:_MOST_PROBLEMS], tongue(f"… and {left} more", f"……还有 {left} 条")]
    if isinstance(error, QueryError) and error.position is not None:
        place = error.position + 1
        lines[0] += tongue(f" (at character {place})", f"（第 {place} 个字符处）")
    return "\n".join(lines)


def file_trouble(error: OSError, tongue: Tongue) -> str:
    """What happened to a file."""
    return file_refusal(error).message(tongue.language)
