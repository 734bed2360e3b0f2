"""Short ways to read in tests."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from crmcore.errors import SourceError
from crmcore.importing.sources import Cell, Row, open_source


def rows_of(source: object, sheet: str | None = None, **options: object) -> list[Row]:
    """All rows of one sheet of `source`."""
    fill = options.pop("fill", "none")
    with open_source(source, **options) as opened:  # type: ignore[arg-type]
        return list(opened.rows(sheet, fill=fill))  # type: ignore[arg-type]


def cells_of(source: object, sheet: str | None = None, **options: object) -> list[tuple[Cell, ...]]:
    """The cells of all rows of one sheet of `source`."""
    return [row.cells for row in rows_of(source, sheet, **options)]


def only_cell(source: object, **options: object) -> Cell:
    """The one cell of `source`."""
    ((cell,),) = cells_of(source, **options)
    return cell


def refusal(source: object, sheet: str | None = None, **options: object) -> SourceError:
    """Why `source` cannot be read, found while opening or reading it."""
    with pytest.raises(SourceError) as caught:
        rows_of(source, sheet, **options)
    error = caught.value
    # Every sentence can be said in both languages.
    assert error.code not in (error.message("en"), error.message("zh"))
    return error


def moment(year: int, month: int, day: int, *clock: int) -> datetime:
    """A moment as a cell holds it, which knows no time zone."""
    return datetime.combine(date(year, month, day), time(*clock))
