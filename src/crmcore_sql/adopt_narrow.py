"""Conditions of ours as conditions of a host's table, where its indexes can serve them.

What comes out finds at least the rows that fulfil the condition: whoever asks looks at
each of them again. So only such is said here as can lose no row, whatever collation,
rounding or spelling the host's table has; everything else is left out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attrs import frozen
from sqlalchemy import Column, ColumnElement, and_, false, or_, true, types

from crmcore.kinds import Choice, Date, DateTime, Integer, Kind, Link, MultiChoice, Text
from crmcore.kinds.temporal import zone_of
from crmcore.query.bound import (
    ID_REF,
    AllOf,
    Always,
    AnyOf,
    BoundNode,
    Comparison,
    Const,
    IsEmpty,
    Ref,
    Within,
)
from crmcore.schema import Field
from crmcore_sql.adopt_columns import HostColumn, Sources

Condition = ColumnElement[bool]
_SIGNS: Final[Mapping[str, Callable[[Any, Any], Condition]]] = {
    "<": operator.le,
    "<=": operator.le,
    ">": operator.ge,
    ">=": operator.ge,
}
_DAY: Final = timedelta(days=1)


@frozen
class Narrowing:
    """What is known of a host's columns, by field name.

    `exact` are fields whose texts are in normal form; `keys` makes a condition of ids.
    """

    columns: Mapping[str, Column[Any]]
    specs: Mapping[str, HostColumn]
    exact: frozenset[str]
    zone: str | None
    sources: Sources
    keys: Callable[[Iterable[str]], Condition]
    after: Callable[[str, str], Condition | None]

    def of(self, node: BoundNode) -> Condition | None:
        """A condition that every row fulfils which fulfils `node`; `None` for none."""
        if isinstance(node, Always):
            return true() if node.holds else false()
        if isinstance(node, AllOf):
            found = [one for term in node.terms if (one := self.of(term)) is not None]
            return and_(*found) if found else None
        if isinstance(node, AnyOf):
            terms = [self.of(term) for term in node.terms]
            known = [term for term in terms if term is not None]
            return or_(false(), *known) if len(known) == len(terms) else None
        if isinstance(node, Within):
            return self._within(node.operand, node.values)
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, IsEmpty) and isinstance(node.operand, Ref):
            return self._empty(node.operand)
        return None

    def _comparison(self, node: Comparison) -> Condition | None:
        ref, constant = node.left, node.right
        if not isinstance(ref, Ref) or not isinstance(constant, Const) or ref.steps:
            return None
        if node.comparator == "==":
            return self._within(ref, (constant.value,))
        sign = _SIGNS.get(node.comparator)
        if sign is None:
            return None
        if ref == ID_REF:
            return self.after(node.comparator, str(constant.value))
        column = self.columns.get(ref.field.name)
        if column is None:
            return None
        found: Any = constant.value
        if isinstance(found, datetime):
            return self._moments(column, ref.field, node.comparator, found)
        return sign(column, found) if _holds_plainly(column, ref.kind, found) else None

    def _moments(
        self, column: Column[Any], one: Field, comparator: str, moment: datetime
    ) -> Condition | None:
        """A bound with a day to spare: clocks are changed by less."""
        if not isinstance(column.type, types.DateTime):
            return None
        try:
            wide = moment - _DAY if comparator.startswith(">") else moment + _DAY
            if not getattr(column.type, "timezone", False):
                zone = self.specs[one.name].zone or getattr(one.kind, "zone", None) or self.zone
                if zone is None:
                    return None
                wide = wide.astimezone(zone_of(zone)).replace(tzinfo=None)
        except OverflowError:
            return None
        return _SIGNS[comparator](column, wide)

    def _within(self, ref: Ref, values: tuple[Any, ...]) -> Condition | None:
        if ref.steps:
            return None
        if ref == ID_REF:
            return self.keys(str(one) for one in values)
        name, kind = ref.field.name, ref.kind
        column = self.columns.get(name)
        if column is None:
            return None
        if isinstance(kind, Link):
            return self._links(column, kind, values)
        if name in self.exact and isinstance(kind, (Text, Choice)):
            codes = [raw for raw, code in self.specs[name].options.items() if code in values]
            return column.in_([*values, *codes])
        if all(_holds_plainly(column, kind, one) for one in values):
            return column.in_(values)
        return None

    def _links(self, column: Column[Any], kind: Link, values: tuple[Any, ...]) -> Condition | None:
        source = self.sources.get(kind.target)
        if source is not None:
            keys = [key for one in values if (key := source.key(str(one))) is not None]
            return column.in_(spellings(column, keys)) if keys else false()
        is_text = isinstance(column.type, types.String)
        return column.in_([str(one) for one in values]) if is_text else None

    def _empty(self, ref: Ref) -> Condition | None:
        column = self.columns.get(ref.field.name)
        if ref.steps or column is None:
            return None
        kinds = (Integer, Date, DateTime)
        is_plain = isinstance(ref.kind, kinds) and not isinstance(column.type, types.String)
        return column.is_(None) if is_plain else None


def spellings(column: Column[Any], keys: Iterable[object]) -> list[object]:
    """`keys` as they may stand in `column`: a UUID is a text in many a table."""
    found: list[object] = []
    for key in keys:
        if not isinstance(key, UUID):
            found.append(key)
        elif isinstance(column.type, types.Uuid):
            found.append(key if column.type.as_uuid else str(key))
        else:
            texts = (key.hex, str(key))
            found.extend((*texts, *(text.upper() for text in texts)))
    return found


def _holds_plainly(column: Column[Any], kind: Kind, value: object) -> bool:
    """Whether equal and ordered values of `column` are so in the host's table too."""
    if isinstance(kind, MultiChoice):
        return False
    if isinstance(kind, Integer) and type(value) is int:
        return isinstance(column.type, types.Integer)
    return isinstance(kind, Date) and type(value) is date and isinstance(column.type, types.Date)
