"""A command that teaches in two languages, and takes what every command takes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import click
from attrs import frozen

from crmcore.cli.desk import Desk
from crmcore.cli.language import Tongue, spoken
from crmcore.cli.lessons import Lesson, Pair
from crmcore.cli.lessons.lesson import COMMON
from crmcore.cli.screen import Screen
from crmcore.cli.usage import ExtraWords
from crmcore.tables.plaintext import display_width

_WIDTH: Final = 88
_NO_TEXT: Final = re.compile("[\ud800-\udfff]")
_FILES: Final = frozenset(
    {"workspace", "store", "file", "files", "urls", "schema", "mapping", "rejects", "chart", "keys"}
)
_SHARED: Final = ("workspace", "user", "json", "lang", "keys")


def tongue_of(ctx: click.Context) -> Tongue:
    """The language that this run speaks."""
    found = ctx.find_root().obj
    return found if isinstance(found, Tongue) else Tongue(spoken((), os.environ))


def shared_options() -> list[click.Parameter]:
    """Options that every command takes."""
    return [
        click.Option(["-w", "--workspace"], metavar="FILE|URL"),
        click.Option(["--as", "user"], metavar="USER"),
        click.Option(["--keys"], metavar="FILE"),
        click.Option(["--json"], is_flag=True),
        click.Option(["--lang"], type=click.Choice(["zh", "en"])),
    ]


class Taught(click.Command):
    """A command whose help is a `Lesson`."""

    lesson: Lesson
    allow_extra_args = True  # they are refused with a better sentence

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Usage, what it does, its words, examples."""
        formatter.write(help_text(ctx, self, self.lesson))

    def get_short_help_str(self, limit: int = 60) -> str:
        """The sentence of the lesson, in English."""
        return self.lesson.summary[0]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, with its text taken from the catalogue."""
        return super().get_help_option(ctx)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command at a desk of its own, which is cleared at the end."""
        tongue = tongue_of(ctx)
        above = ctx.parent.params if ctx.parent is not None else {}
        given = {name: ctx.params.pop(name, None) or above.get(name) for name in _SHARED}
        screen = Screen(tongue, bool(given["json"]))
        desk = Desk(tongue, screen, given["workspace"], given["user"], given["keys"])
        if ctx.args:
            raise ExtraWords(ctx.args, ctx)
        refuse_no_text(desk, {**ctx.params, "user": given["user"]})
        ctx.meta["crmcore.screen"] = screen
        try:
            assert self.callback is not None
            return ctx.invoke(self.callback, desk, **ctx.params)
        finally:
            desk.close()


def refuse_no_text(desk: Desk, given: Mapping[str, object]) -> None:
    """Raise `WorkspaceError` where a word holds bytes that are no text; files may be called so."""
    for name, value in given.items():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and name not in _FILES and _NO_TEXT.search(one):
                raise desk.bad(name, "not readable as text", "无法作为文本读取")


Run = Callable[..., int | None]


@frozen
class _Making:
    name: str
    lesson: Lesson
    parameters: Sequence[click.Parameter]

    def __call__(self, run: Run) -> Taught:
        made = Taught(self.name, callback=run, params=[*self.parameters, *shared_options()])
        made.lesson = self.lesson
        return made


def command(name: str, lesson: Lesson, *parameters: click.Parameter) -> Callable[[Run], Taught]:
    """Makes a command of a function over a desk and the `parameters`."""
    return _Making(name, lesson, parameters)


def argument(name: str, *, many: bool = False, required: bool = True) -> click.Argument:
    """A word without a name."""
    return click.Argument([name], required=required, nargs=-1 if many else 1)


def option(*names: str, many: bool = False, metavar: str | None = None) -> click.Option:
    """An option with a text behind it."""
    return click.Option(list(names), multiple=many, metavar=metavar)


def number(*names: str, least: int = 0, default: int | None = None) -> click.Option:
    """An option with a whole number behind it."""
    kind = click.IntRange(min=least, max=1_000_000_000)
    return click.Option(list(names), type=kind, default=default, metavar="N")


def one_of(*names: str, choices: Sequence[str], default: str | None = None) -> click.Option:
    """An option with one of some words behind it."""
    return click.Option(list(names), type=click.Choice(list(choices)), default=default)


def flag(*names: str) -> click.Option:
    """An option without anything behind it."""
    return click.Option(list(names), is_flag=True)


def help_text(ctx: click.Context, made: click.Command, lesson: Lesson) -> str:
    """The whole help of a command."""
    tongue = tongue_of(ctx)
    parts = [*_usage(ctx, made, tongue), "", f"  {tongue(*lesson.summary)}"]
    if lesson.more is not None:
        parts += ["", *(f"  {line}" for line in tongue(*lesson.more).splitlines())]
    parameters = made.get_params(ctx)
    words = [one for one in parameters if isinstance(one, click.Argument)]
    options = [one for one in parameters if isinstance(one, click.Option)]
    own = [one for one in options if one.name not in COMMON]
    shared = [one for one in options if one.name in COMMON]
    for title, chosen in (
        (("Words", "参数"), words),
        (("Options", "选项"), own),
        (("Every command takes", "通用选项"), shared),
    ):
        rows = [(_spelling(one), tongue(*_text(one, lesson))) for one in chosen]
        parts += section(tongue(*title), rows)
    if lesson.examples:
        parts += ["", tongue("Examples", "示例")]
        for line, what in lesson.examples:
            parts += [f"  {line}", f"      {tongue(*what)}"]
    return "\n".join(parts) + "\n"


def section(title: str, rows: Sequence[tuple[str, str]]) -> list[str]:
    """A heading and rows of two columns; nothing where there are no rows."""
    if not rows:
        return []
    width = min(32, max(display_width(left) for left, _ in rows))
    made = ["", title]
    for left, right in rows:
        gap = " " * max(0, width - display_width(left))
        if display_width(left) > width:
            made += [f"  {left}", f"  {' ' * width}  {right}"]
        else:
            made.append(f"  {left}{gap}  {right}")
    return made


def _usage(ctx: click.Context, made: click.Command, tongue: Tongue) -> list[str]:
    words = " ".join(_spelling(one) for one in made.params if isinstance(one, click.Argument))
    title = tongue("Usage", "用法")
    options = tongue("[OPTIONS]", "[选项]")
    return [f"{title}: {ctx.command_path} {words} {options}".replace("  ", " ")]


def _spelling(one: click.Parameter) -> str:
    if isinstance(one, click.Argument):
        name = (one.name or "").upper() + ("…" if one.nargs == -1 else "")
        return name if one.required else f"[{name}]"
    names = ", ".join(sorted(one.opts, key=len))
    if isinstance(one, click.Option) and not one.is_flag:
        if isinstance(one.type, click.Choice):
            return f"{names} {'|'.join(str(choice) for choice in one.type.choices)}"
        return f"{names} {one.metavar or 'TEXT'}"
    return names


def _text(one: click.Parameter, lesson: Lesson) -> Pair:
    name = one.name or ""
    return lesson.words.get(name) or COMMON.get(name) or ("", "")
