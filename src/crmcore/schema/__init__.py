"""Definitions of modules and fields, as frozen values."""

from crmcore.schema.check import check
from crmcore.schema.diff import SchemaStep, diff
from crmcore.schema.field import CLASSIFICATIONS, ENDINGS, STAMPS, Classification, Field, Preset
from crmcore.schema.module import EntryTemplate, Key, Module
from crmcore.schema.schema import Schema, numbered

__all__ = [
    "CLASSIFICATIONS",
    "ENDINGS",
    "STAMPS",
    "Classification",
    "EntryTemplate",
    "Field",
    "Key",
    "Module",
    "Preset",
    "Schema",
    "SchemaStep",
    "check",
    "diff",
    "numbered",
]
