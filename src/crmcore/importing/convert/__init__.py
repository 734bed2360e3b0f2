"""From cells to values of fields, by declared kind and by the format of the whole column."""

from crmcore.importing.convert.columns import Column, LinkText
from crmcore.importing.convert.converter import Converter, converter
from crmcore.importing.convert.evidence import Form, Sign
from crmcore.importing.convert.formats import CellFormat, DateOrder, Serials
from crmcore.importing.convert.normal import NormalConverter, normal_converter
from crmcore.importing.convert.profile import (
    ColumnProfile,
    ColumnProfiler,
    needs_profile,
    profile_column,
)
from crmcore.importing.convert.rows import CellProblem, RowConverter, row_converter

__all__ = [
    "CellFormat",
    "CellProblem",
    "Column",
    "ColumnProfile",
    "ColumnProfiler",
    "Converter",
    "DateOrder",
    "Form",
    "LinkText",
    "NormalConverter",
    "RowConverter",
    "Serials",
    "Sign",
    "converter",
    "needs_profile",
    "normal_converter",
    "profile_column",
    "row_converter",
]
