"""crmcore: customer-relationship management as a library that keeps its word.

Names are loaded when they are first used: what only defines a schema, or only imports the
package, does not pay for the rest.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_NAMES = {
    "crmcore.access": ("Grant", "Role", "System"),
    "crmcore.errors": ("CrmError",),
    "crmcore.kinds": ("Labels", "Money", "Option"),
    "crmcore.query.ast": ("Bucket", "GroupBy", "Measure", "OrderBy", "Ratio", "Summary"),
    "crmcore.query.build": ("f",),
    "crmcore.records": ("Record",),
    "crmcore.rules": ("Formula", "LinkedField", "RollUp"),
    "crmcore.schema": ("Field", "Key", "Module", "Preset", "Schema"),
    "crmcore.tables": ("Table",),
    "crmcore.work": ("Page", "UnitOfWork", "Workspace", "open_workspace"),
}
_PLACES = {name: place for place, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    place = _PLACES.get(name)
    if place is not None:
        found: object = getattr(import_module(place), name)
        globals()[name] = found
        return found
    if f"{__name__}.{name}" in _NAMES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
