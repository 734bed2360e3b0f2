"""Which column fills which field: a value that can be stored, corrected and used again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final, Literal

from attrs import define, field, frozen

from crmcore.errors import Problem
from crmcore.importing.convert import CellFormat

Reason = Literal[
    "exact",  # the name or a label of the field
    "prefix",  # the same without words that change nothing (所属区域, 客户级别)
    "synonym",  # a word of the same meaning
    "link",  # names the linked module (客户名称)
    "near",  # a word of a near meaning, where no field has its own
    "similar",  # nearly the same letters
    "chosen",  # a person said so
    "empty",  # the column has no header
    "repeated",  # the header occurred before
    "taken",  # another column fits the field better
    "ambiguous",  # several fields fit equally well
    "foreign",  # names something of another module
    "type",  # the cells do not fit the field
    "unknown",  # nothing fits
]
"""Why a column has its field, or none."""

PLAIN_FORMAT: Final = CellFormat()


@frozen
class ColumnTarget:
    """The field that a column fills; for links the `lookup` field of the linked module.

    A column 客户名称 among contacts has the target `account` with the lookup `name`.
    """

    field: str
    lookup: str | None = None

    def __str__(self) -> str:
        return self.field if self.lookup is None else f"{self.field}.{self.lookup}"


@frozen
class ColumnMapping:
    """One column: its place (from 0), its header, the field it fills, and why.

    `confidence` runs from 0 to 1; 1 is certain. `format` is what the header or a person says
    about the way its cells are written.
    """

    index: int
    header: str
    target: ColumnTarget | None = None
    confidence: float = 0.0
    reason: Reason = "unknown"
    format: CellFormat = PLAIN_FORMAT


def _columns(items: Iterable[ColumnMapping]) -> tuple[ColumnMapping, ...]:
    return tuple(items)


@define(frozen=True, slots=False)
class Mapping:
    """The columns of a sheet and the fields of `module` that they fill.

    `notes` are what people should know: headers that are empty, repeated or ambiguous, fields
    that two columns fit.
    """

    module: str
    columns: tuple[ColumnMapping, ...] = field(default=(), converter=_columns)
    notes: tuple[Problem, ...] = field(default=(), eq=False)

    @cached_property
    def mapped(self) -> tuple[ColumnMapping, ...]:
        """The columns that fill a field."""
        return tuple(column for column in self.columns if column.target is not None)

    @cached_property
    def unmapped(self) -> tuple[ColumnMapping, ...]:
        """The columns that fill none."""
        return tuple(column for column in self.columns if column.target is None)

    def column_of(self, name: str) -> ColumnMapping | None:
        """The column that fills the field `name`."""
        return next((one for one in self.mapped if one.target and one.target.field == name), None)
