"""What becomes of rows: one letter each, counts, and problems with the place of their cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final, Literal

from attrs import field, frozen

from crmcore.errors import Language, Problem
from crmcore.importing.sources import column_name

Action = Literal["c", "u", "s", "=", "a", "r", "w"]
"""Created, updated, skipped, same as the record, to be asked, refused; waits for a later row."""

ACTIONS: Final[Mapping[str, str]] = {
    "c": "create",
    "u": "update",
    "s": "skip",
    "=": "unchanged",
    "a": "ask",
    "r": "reject",
}
WAITS: Final[Action] = "w"
_RUN: Final = re.compile(r"([0-9]+)([cus=arw])")


@frozen
class Counts:
    """How many rows become what."""

    create: int = 0
    update: int = 0
    skip: int = 0
    unchanged: int = 0
    ask: int = 0
    reject: int = 0

    @classmethod
    def of(cls, actions: Iterable[str]) -> Counts:
        """The counts of `actions`, a letter for each row; rows that wait count later."""
        found = Counter(actions)
        return cls(**{name: found[letter] for letter, name in ACTIONS.items()})

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(self.to_dict().values())

    @property
    def refused(self) -> int:
        """Rows that cannot be imported as they are."""
        return self.ask + self.reject

    def plus(self, other: Counts) -> Counts:
        """Both together."""
        mine, theirs = self.to_dict(), other.to_dict()
        return Counts(**{name: mine[name] + theirs[name] for name in mine})

    def to_dict(self) -> dict[str, int]:
        """The counts by name."""
        return {name: getattr(self, name) for name in ACTIONS.values()}


NOTHING: Final = Counts()
"""No rows."""


def packed(actions: str) -> str:
    """`actions` shortened: `cccu` is `3c1u`."""
    return "".join(f"{sum(1 for _ in run)}{letter}" for letter, run in groupby(actions))


def unpacked(text: str) -> str:
    """What `packed` shortened."""
    return "".join(letter * int(count) for count, letter in _RUN.findall(text))


@frozen
class RowProblem:
    """One thing that is wrong with a row: where it stands, and why.

    `row` is the number that a spreadsheet shows, `column` counts from 0 (`None`: the row as a
    whole), `cell` is what the cell shows, shortened.
    """

    sheet: str
    row: int
    problem: Problem
    column: int | None = None
    header: str = ""
    cell: str = ""
    asks: bool = False

    @property
    def code(self) -> str:
        """The code of the problem."""
        return self.problem.code

    @property
    def field(self) -> str | None:
        """The field that has the problem."""
        return self.problem.field

    def place(self) -> str:
        """Sheet and cell as a spreadsheet names them: `客户!C5`."""
        letters = "" if self.column is None else column_name(self.column)
        return f"{self.sheet}!{letters}{self.row}"

    def message(self, language: Language = "en") -> str:
        """What is wrong and what would be accepted."""
        return self.problem.message(language)

    def to_dict(self, language: Language = "en") -> dict[str, object]:
        """The problem as plain data."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": None if self.column is None else column_name(self.column),
            "header": self.header,
            "value": self.cell,
            **self.problem.to_dict(language),
        }


def _items(problems: Iterable[RowProblem]) -> tuple[RowProblem, ...]:
    return tuple(problems)


@frozen
class StepOutcome:
    """What became of the rows of one step, in their order."""

    actions: str
    problems: tuple[RowProblem, ...] = field(default=(), converter=_items)

    @property
    def waits(self) -> bool:
        """Whether rows of this step wait for later ones."""
        return WAITS in self.actions

    def counts(self) -> Counts:
        """How many rows became what."""
        return Counts.of(self.actions)

    def differences(self, planned: str) -> Iterator[int]:
        """The places of rows that became something else than `planned`."""
        for place, (found, wanted) in enumerate(zip(self.actions, planned, strict=True)):
            if found != wanted:
                yield place
