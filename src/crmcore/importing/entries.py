"""A row on its way to the door, and the question that it may raise."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field, frozen

from crmcore.errors import Problem
from crmcore.importing.finding import KeyValue
from crmcore.importing.outcomes import Action, RowProblem
from crmcore.importing.plans import Answer
from crmcore.importing.referring import Texts
from crmcore.importing.sources import Row
from crmcore.work.intake import Intake


@frozen
class Question:
    """A row that has the key or the title of a record: what shall become of it?

    `record` is the id of the record, `fields` are those that agree.
    """

    sheet: str
    row: int
    module: str
    record: str
    fields: tuple[str, ...]


Ask = Callable[[Question], Answer | None]
"""Answers a question, or `None`: then the row is not imported."""


@define
class Entry:
    """One row on its way: what is known of it, and what shall become of it.

    `retired` are options that only a record that holds them already may have, by field, with
    the problem that they are for others.
    """

    row: Row
    intake: Intake
    texts: Texts
    keys: list[KeyValue]
    problems: list[RowProblem] = field(factory=list)
    action: Action = "c"
    refused_fields: frozenset[str] = frozenset()
    is_linked: bool = False
    circle: int = 0
    retired: dict[str, tuple[object, Problem]] = field(factory=dict)
