"""The form of everything that rows can be read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol

from crmcore.errors import SourceError
from crmcore.importing.sources.values import Fill, MergedRange, Row, Sheet, SourceInfo

Progress = Callable[[float], None]
"""Told now and then which share of a sheet has been read, from 0.0 to 1.0.

What it raises ends the reading and becomes the cause of a `SourceError`.
"""


class RowSource(Protocol):
    """Something that lists its sheets and streams their rows, again and again.

    Every call of `rows` starts anew and may run beside others. All refusals are `SourceError`.
    A source holds files open: close it, or use it in a `with` statement.
    """

    @property
    def info(self) -> SourceInfo:
        """How the source was understood."""
        ...

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The sheets in the order of the file."""
        ...

    def rows(
        self, sheet: str | None = None, *, fill: Fill = "none", progress: Progress | None = None
    ) -> Iterator[Row]:
        """The rows of `sheet` that hold a value, from the first to the last.

        Without `sheet`: the first visible one that has rows. `fill` lets merged cells carry the
        value of their top left cell: `"down"` in its own column only, which is what a value
        merged over several records means; `"all"` in the whole range, which is what a heading
        over several columns means. A row without a value of its own is never filled.

        Raises `SourceError` while iterating where the file is damaged or exceeds a limit; rows
        yielded before are good.
        """
        ...

    def merged(
        self, sheet: str | None = None, *, last_row: int | None = None
    ) -> tuple[MergedRange, ...]:
        """The merged ranges of `sheet`, by row and column; only those that start at `last_row`
        or above where it is given."""
        ...

    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal: equal content, equal digest."""
        ...

    def close(self) -> None:
        """Let go of files; reading afterwards raises `SourceError`. Closing twice is fine."""
        ...

    def __enter__(self) -> RowSource: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def pick_sheet(sheets: tuple[Sheet, ...], name: str | None, file: str) -> Sheet:
    """The sheet called `name`, or the first visible one with rows.

    Raises `SourceError` `sheet_missing` or `source_without_sheets`.
    """
    if name is None:
        ranked = sorted(sheets, key=lambda sheet: (not sheet.has_rows, not sheet.visible))
        if not ranked:
            raise SourceError("source_without_sheets", file=file)
        return ranked[0]
    for sheet in sheets:
        if sheet.name == name:
            return sheet
    known = ", ".join(sheet.name for sheet in sheets)
    raise SourceError("sheet_missing", file=file, sheet=name, known=known)
