"""The standard modules, as plain values: take them, change them, or leave them."""

from __future__ import annotations

from functools import cache
from typing import Final

from crmcore.schema.check import check
from crmcore.schema.module import Module
from crmcore.schema.reserved import with_reserved
from crmcore.schema.schema import Schema
from crmcore.schema.standard.customers import ACCOUNT
from crmcore.schema.standard.deals import CONTRACT, OPPORTUNITY
from crmcore.schema.standard.orders import ORDER, ORDER_LINE, PRODUCT
from crmcore.schema.standard.people import CONTACT, LEAD
from crmcore.schema.standard.sorting import CATEGORY, TAG
from crmcore.schema.standard.working import ACTIVITY, NOTE, TASK

__all__ = [
    "ACCOUNT",
    "ACTIVITY",
    "CATEGORY",
    "CONTACT",
    "CONTRACT",
    "LEAD",
    "NOTE",
    "OPPORTUNITY",
    "ORDER",
    "ORDER_LINE",
    "PRODUCT",
    "STANDARD",
    "TAG",
    "TASK",
    "standard_schema",
]

STANDARD: Final[tuple[Module, ...]] = (
    ACCOUNT,
    CONTACT,
    LEAD,
    OPPORTUNITY,
    ACTIVITY,
    TASK,
    PRODUCT,
    ORDER,
    ORDER_LINE,
    CONTRACT,
    NOTE,
    CATEGORY,
    TAG,
)
"""The standard modules, in the order in which people see them; their fields not yet numbered."""


@cache
def standard_schema() -> Schema:
    """The standard modules with the reserved ones: numbered and checked."""
    schema = with_reserved(Schema(STANDARD))
    check(schema)
    return schema
