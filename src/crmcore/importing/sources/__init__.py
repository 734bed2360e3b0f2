"""Reading: workbooks, delimited text and mappings as streams of typed rows, within limits.

    with open_source("客户.xlsx") as source:
        for sheet in source.sheets:
            for row in source.rows(sheet.name):
                ...

Whatever the file, reading ends with rows or with `SourceError`; a broken cell is a value of its
own (`CellError`), so that one bad cell never hides the others.
"""

from crmcore.importing.sources.limits import Limits
from crmcore.importing.sources.opening import Openable, open_source
from crmcore.importing.sources.source import Progress, RowSource
from crmcore.importing.sources.values import (
    Cell,
    CellError,
    Fill,
    MergedRange,
    Percent,
    Row,
    Sheet,
    SourceInfo,
    column_name,
)

__all__ = [
    "Cell",
    "CellError",
    "Fill",
    "Limits",
    "MergedRange",
    "Openable",
    "Percent",
    "Progress",
    "Row",
    "RowSource",
    "Sheet",
    "SourceInfo",
    "column_name",
    "open_source",
]
