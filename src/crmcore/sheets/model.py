"""What can be written: sheets, their columns, and the values of cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from crmcore.errors import Invalid

Scalar = str | int | float | Decimal | bool | date | datetime | time | timedelta | None

_ERROR_CODES: Final = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
)


@frozen
class Formula:
    """A formula written by code, with the value it had; text never becomes one.

    `expression` has no leading `=`. A CSV file shows the value.
    """

    expression: str
    value: Scalar = None


@frozen
class CellError:
    """An error cell such as `#N/A`; raises `Invalid` for a code that spreadsheets do not know."""

    code: str

    def __attrs_post_init__(self) -> None:
        if self.code not in _ERROR_CODES:
            raise Invalid("unknown_cell_error", value=self.code)


@frozen
class Marked:
    """A value with a red fill and, where there is one, a note saying why."""

    value: Scalar | Formula | CellError
    note: str = ""


Cell = Scalar | Formula | CellError | Marked


def _strings(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen
class Column:
    """One column of a sheet.

    `width` is in characters (found from the title when `None`), `number_format` in the
    notation of spreadsheets (`#,##0.00`, `yyyy-mm-dd`, `@`), `note` a comment on the header,
    `options` the choices of a drop-down, `allow_other` whether it accepts other entries.
    """

    title: str
    width: float | None = None
    number_format: str | None = None
    note: str = ""
    options: tuple[str, ...] = field(default=(), converter=_strings)
    allow_other: bool = False


def _columns(values: Iterable[Column | str]) -> tuple[Column, ...]:
    return tuple(Column(value) if isinstance(value, str) else value for value in values)


@frozen(eq=False)
class SheetOut:
    """One sheet: its wished name, columns and rows; each row has one value per column.

    `rows` is read once, while writing. `banner` is a title in a merged row above the header.
    """

    name: str
    columns: tuple[Column, ...] = field(converter=_columns)
    rows: Iterable[Sequence[Cell]] = ()
    banner: str | None = None
    hidden: bool = False
