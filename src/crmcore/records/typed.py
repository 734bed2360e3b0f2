"""Typed views: a record as an instance of a user's own attrs class, converted strictly."""

from __future__ import annotations

from typing import TypeVar

import attrs

from crmcore.errors import Invalid
from crmcore.records.record import Record

T = TypeVar("T")


def view(record: Record, cls: type[T]) -> T:
    """`record` as an instance of the attrs class `cls`; raises `Invalid`."""
    if not attrs.has(cls):
        raise Invalid("not_a_view", name=cls.__name__)
    values = {}
    for one in attrs.fields(cls):
        values[one.name] = getattr(record, one.name) if one.name == "id" else record[one.name]
    return cls(**values)
