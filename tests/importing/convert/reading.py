"""Reading one cell in its column."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crmcore.errors import CrmError, Invalid
from crmcore.importing.convert import CellFormat, converter, profile_column
from crmcore.importing.sources import Cell
from crmcore.kinds import Kind
from crmcore.schema import Field

UNDECLARED = CellFormat()


def read(
    kind: Kind, cell: Cell, format: CellFormat = UNDECLARED, column: list[Cell] | None = None
) -> object:
    """`cell` as a value of `kind`, in a column of the cells `column`."""
    field = Field("x", kind)
    cells = [cell] if column is None else column
    return converter(field, profile_column(cells, field), format)(cell)


def refusal(
    kind: Kind, cell: Cell, format: CellFormat = UNDECLARED, column: list[Cell] | None = None
) -> str:
    """The code with which `cell` is refused; it has a sentence in both languages."""
    with pytest.raises(Invalid) as caught:
        read(kind, cell, format, column)
    assert caught.value.message("en") != caught.value.code != caught.value.message("zh")
    return caught.value.code


def outcome(read: Callable[[Cell], object], cell: Cell) -> tuple[CrmError | None, object]:
    """The refusal of `cell`, or the value that it is read as."""
    try:
        return None, read(cell)
    except CrmError as error:
        return error, None
