"""A column to be converted: the field it fills, and all that is known about its cells."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from crmcore.errors import Invalid
from crmcore.importing.convert.formats import PLAIN, CellFormat
from crmcore.importing.convert.profile import ColumnProfile
from crmcore.importing.convert.showing import shown
from crmcore.importing.sources.values import Cell
from crmcore.schema import Field

Reader = Callable[[Cell], object]
"""Reads one filled cell as a value that the kind of its field accepts; raises `Invalid`."""


@frozen
class Column:
    """Column `index` (from 0) of a sheet, whose cells become values of `field`.

    `profile` is what the whole column tells, `format` what a person declared about it.
    `lookup` names the field of the linked module that the texts of a link column are values of.
    """

    index: int
    field: Field
    profile: ColumnProfile | None = None
    format: CellFormat = PLAIN
    lookup: str | None = None
    header: str = ""


@frozen
class LinkText:
    """The text of a link column: the value of field `lookup` of the record that is meant.

    Without `lookup` the title of the linked module is meant. A later step finds the record.
    """

    text: str
    lookup: str | None = None


def refusal(code: str, cell: Cell, **params: object) -> Invalid:
    """The error for `cell`, which is shown in the sentence as `value`."""
    return Invalid(code, value=shown(cell), **params)
