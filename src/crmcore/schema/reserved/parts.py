"""Kinds and fields that several reserved modules have."""

from __future__ import annotations

from typing import Final

from crmcore.kinds import Labels, Link, Text
from crmcore.kinds.reference import ANY_RECORD
from crmcore.schema.field import Field

CODE: Final = Text(max_length=100, sorted=False)
"""A name, an id or a word of ours."""

DIGEST: Final = Text(max_length=64, sorted=False)
"""SHA-256 in hexadecimal digits."""


def about(name: str, label: Labels) -> Field:
    """The first field of a module that speaks of records of any module: which of them."""
    return Field(name, Link(ANY_RECORD), label, required=True, indexed=True, number=1)
