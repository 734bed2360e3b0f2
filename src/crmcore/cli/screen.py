"""What commands say: lines, tables and bars for people, one JSON document for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import define, field
from rich.console import Console
from rich.text import Text

from crmcore.cli.language import Tongue
from crmcore.tables import Table
from crmcore.tables.plaintext import display_width, safe_line, safe_text, text_table
from crmcore.tables.rows import Values

if TYPE_CHECKING:
    from rich.progress import Progress

_BAR_WIDTH = 28


class _Output(Console):
    """Standard output whose reader may leave: the command goes on to its end all the same."""

    def on_broken_pipe(self) -> None:
        """Nobody reads any more: what follows goes nowhere."""
        _go_nowhere()


def _go_nowhere() -> None:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _go_nowhere()


def _console() -> Console:
    return _Output(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)


def _error_console() -> Console:
    return Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


@define
class Screen:
    """Standard output and standard error, in one language; `json` keeps the former for data."""

    tongue: Tongue
    json: bool = False
    out: Console = field(factory=_console)
    err: Console = field(factory=_error_console)

    def line(self, text: str = "", style: str | None = None) -> None:
        """One or more lines for people; nothing in JSON mode."""
        if not self.json:
            with _reader_may_leave():
                self.out.print(Text(safe_text(text), style=style or ""))

    def heading(self, text: str) -> None:
        """A line that begins a part of the story."""
        self.line()
        self.line(text, "bold cyan")

    def note(self, text: str) -> None:
        """A remark on standard error, which leaves the data alone."""
        if not self.json:
            self.err.print(Text(safe_text(text), style="dim"))

    def data(self, found: object) -> None:
        """The one document of JSON mode; nothing for people."""
        if self.json:
            text = json.dumps(found, ensure_ascii=False, indent=2)
            with _reader_may_leave():
                self.out.file.write(text + "\n")
                self.out.file.flush()

    def fault(self, text: str, data: object = None) -> None:
        """Why a command ended, on standard error."""
        if self.json and data is not None:
            self.err.file.write(json.dumps({"error": data}, ensure_ascii=False) + "\n")
            return
        self.err.print(Text(safe_text(text), style="red"))

    def table(self, table: Table, *, bars: int | None = None, all_rows: bool = True) -> None:
        """A table as aligned text; `bars` draws the numbers of that column behind the rows."""
        if self.json:
            return
        for place, text in enumerate(self.lines(table, bars)):
            self.line(text, "bold" if place == 0 else None)

    def lines(self, table: Table, bars: int | None = None) -> list[str]:
        """The lines of a table."""
        shown = in_language(table, self.tongue)
        rows = list(shown.rows())
        lines = text_table(shown.columns, rows, shown._presentation())
        if bars is None or not rows:
            return lines
        drawn = _bars([row[bars] for row in rows], [_is_total(shown, row) for row in rows])
        width = max(map(display_width, lines))
        head, rule, *body = lines
        return [
            head,
            rule,
            *(
                f"{text}{' ' * (width - display_width(text))}  {bar}".rstrip()
                for text, bar in zip(body, drawn, strict=True)
            ),
        ]

    def progress(self) -> Progress:
        """A progress bar on standard error, drawn only where it is a terminal."""
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        hidden = self.json or not self.err.is_terminal
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Progress(*columns, console=self.err, transient=True, disable=hidden)


def in_language(table: Table, tongue: Tongue) -> Table:
    """The same table with its labels in another language."""
    return Table(table.columns, table._held(), table._titles, tongue.language, table.zone)


def plain(table: Table) -> list[dict[str, object]]:
    """The rows as JSON: values in canonical form, decimals as text so that none is changed."""
    kinds = [column.kind for column in table.columns]
    names = [column.name for column in table.columns]
    return [
        {
            name: _json(kind.to_json, value)
            for name, kind, value in zip(names, kinds, row, strict=True)
        }
        for row in table.rows()
    ]


def _json(encode: object, value: object) -> object:
    if value is None or not callable(encode):
        return None
    try:
        found = encode(value)
    except (TypeError, ValueError, AttributeError):
        # Sums of money of several currencies are a tuple of amounts.
        found = [encode(item) for item in value] if isinstance(value, tuple) else str(value)
    return list(found) if isinstance(found, tuple) else found


def _is_total(table: Table, row: Values) -> bool:
    dimensions = [place for place, one in enumerate(table.columns) if one.role == "dimension"]
    return bool(dimensions) and all(row[place] is None for place in dimensions)


def _bars(values: Sequence[object], left_out: Sequence[bool]) -> list[str]:
    numbers = [
        float(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and not skipped
        else 0.0
        for value, skipped in zip(values, left_out, strict=True)
    ]
    most = max(map(abs, numbers), default=0.0)
    return [_bar(abs(number) / most) if most and number else "" for number in numbers]


def _bar(share: float) -> str:
    eighths = max(1, round(share * _BAR_WIDTH * 8))
    rest = "▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else ""
    return "█" * (eighths // 8) + rest


def one_line(text: object) -> str:
    """`text` on one line, harmless to a terminal."""
    return safe_line(str(text))


def joined(items: Iterable[str], tongue: Tongue) -> str:
    """Several words as a list."""
    return tongue(", ", "、").join(items)
