"""crmcore: customer-relationship management as a library that keeps its word."""

from crmcore.access import Grant, Role, System
from crmcore.errors import CrmError
from crmcore.kinds import Labels, Money, Option
from crmcore.query.ast import Bucket, GroupBy, Measure, OrderBy, Ratio, Summary
from crmcore.query.build import f
from crmcore.records import Record
from crmcore.rules import Formula, LinkedField, RollUp
from crmcore.schema import Field, Key, Module, Preset, Schema
from crmcore.tables import Table
from crmcore.work import Page, UnitOfWork, Workspace, open_workspace

__version__ = "0.1.0"

__all__ = [
    "Bucket",
    "CrmError",
    "Field",
    "Formula",
    "Grant",
    "GroupBy",
    "Key",
    "Labels",
    "LinkedField",
    "Measure",
    "Module",
    "Money",
    "Option",
    "OrderBy",
    "Page",
    "Preset",
    "Ratio",
    "Record",
    "Role",
    "RollUp",
    "Schema",
    "Summary",
    "System",
    "Table",
    "UnitOfWork",
    "Workspace",
    "f",
    "open_workspace",
]
