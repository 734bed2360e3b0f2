"""Whether the cells of a column can be values of a field at all."""

from __future__ import annotations

from typing import Final

from crmcore.importing.convert import ColumnProfile, Form
from crmcore.kinds import (
    Boolean,
    CreditCode,
    Date,
    DateTime,
    DecimalKind,
    Duration,
    Email,
    Integer,
    Kind,
    Phone,
    Postcode,
    Url,
    WallTime,
)
from crmcore.schema import Field

FEWEST: Final = 3
_MOST: Final = 0.6

_FOREIGN: Final[tuple[tuple[tuple[type[Kind], ...], frozenset[Form]], ...]] = (
    (
        (Email,),
        frozenset({"phone", "integer", "decimal", "date", "datetime", "money", "percent", "url"}),
    ),
    ((Phone,), frozenset({"email", "date", "datetime", "money", "percent", "url", "boolean"})),
    ((Url,), frozenset({"email", "phone", "date", "datetime", "integer", "money", "percent"})),
    (
        (Date, DateTime, WallTime),
        frozenset({"email", "phone", "url", "money", "percent", "boolean"}),
    ),
    (
        (DecimalKind, Integer, Duration),
        frozenset({"email", "phone", "url", "date", "datetime"}),
    ),
    ((Boolean,), frozenset({"email", "phone", "url", "date", "datetime", "money", "percent"})),
    (
        (Postcode, CreditCode),
        frozenset({"email", "date", "datetime", "url", "money", "percent", "decimal"}),
    ),
)
"""Kinds, and the forms of cells that they never have."""

_TYPED: Final = (Email, Url, Date, DateTime, WallTime, DecimalKind, Integer, Boolean)


def contradicts(field: Field, profile: ColumnProfile, *, named: bool = False) -> bool:
    """Whether most cells of `profile` are plainly something else than values of `field`.

    Fewer than three filled cells contradict nothing; texts, choices and links fit anything.
    Where the field is `named` by the header, free text is a defect of the cells, not of the
    mapping.
    """
    if profile.filled < FEWEST:
        return False
    forms = next((forms for kinds, forms in _FOREIGN if isinstance(field.kind, kinds)), frozenset())
    foreign = profile.count(*forms)
    if not named and isinstance(field.kind, _TYPED):
        foreign += profile.count("text", "long_text")
    return foreign > _MOST * profile.filled
