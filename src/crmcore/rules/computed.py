"""Computed fields as values: local formulas, fields read through a link, roll-ups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import attrs
from attrs import frozen


def _texts(items: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(items.split(".")) if isinstance(items, str) else tuple(items)


@frozen
class Formula:
    """`module.field` = `expression` over the fields of the same record, stored at write.

    `now`, `today` and `me` are refused: what is stored must not depend on who looks when.
    """

    module: str
    field: str
    expression: str


@frozen
class LinkedField:
    """`module.field` shows what stands at the end of `path` (`account.region`); not stored."""

    module: str
    field: str
    path: tuple[str, ...] = attrs.field(converter=_texts)


@frozen
class RollUp:
    """`module.field` = a figure over the records of `child` whose `link` leads here.

    `function` is count, sum, min or max; `over` the field of the child (none for count);
    `where` an expression over the child. Kept by the commit that changes a child.
    """

    module: str
    field: str
    child: str
    link: str
    function: Literal["count", "sum", "min", "max"]
    over: str | None = None
    where: str | None = None


ComputedRule = Formula | LinkedField | RollUp
