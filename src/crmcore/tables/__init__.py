"""Tables: what questions are answered with, shown to people and handed to programs."""

from crmcore.tables.columns import Role, TableColumn, UnknownColumn
from crmcore.tables.rows import Batch, OpenBatches, Row, Values
from crmcore.tables.table import Table

__all__ = [
    "Batch",
    "OpenBatches",
    "Role",
    "Row",
    "Table",
    "TableColumn",
    "UnknownColumn",
    "Values",
]
