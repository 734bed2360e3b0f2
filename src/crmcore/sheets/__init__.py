"""Sheets as files: one writer for CSV, one for workbooks, used by every export.

Both stream their rows, guard against formula injection, and leave at a path either the
whole new file or what was there before.
"""

from crmcore.sheets.csvfile import CsvEncoding, csv_lines, write_csv
from crmcore.sheets.guard import guard, is_formula_like, unguard
from crmcore.sheets.model import Cell, CellError, Column, Formula, Marked, SheetOut
from crmcore.sheets.names import sheet_names
from crmcore.sheets.targets import Target, binary_target, check_target
from crmcore.sheets.workbook import OPTIONS_SHEET, write_xlsx

__all__ = [
    "OPTIONS_SHEET",
    "Cell",
    "CellError",
    "Column",
    "CsvEncoding",
    "Formula",
    "Marked",
    "SheetOut",
    "Target",
    "binary_target",
    "check_target",
    "csv_lines",
    "guard",
    "is_formula_like",
    "sheet_names",
    "unguard",
    "write_csv",
    "write_xlsx",
]
