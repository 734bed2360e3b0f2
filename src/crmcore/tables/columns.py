"""Columns of a table, and finding them by name or label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NoReturn

from attrs import field, frozen

from crmcore.errors import Invalid, Language
from crmcore.kinds import Kind, Labels
from crmcore.kinds.labels import labels
from crmcore.schema.names import nearest

Role = Literal["dimension", "measure", "value"]
"""What a column is in its table: what was grouped by, what was computed, or a plain value."""


class UnknownColumn(Invalid, KeyError):
    """The table has no such column, or several of that label."""


@frozen
class TableColumn:
    """One column: its name, what people call it, the kind of its values, and its role.

    A dimension made by cutting dates names its `bucket` (`month`, `week`, …), so that it is
    shown as such. A measure over money of any currency holds a tuple of `Money`, one per
    currency.
    """

    name: str
    label: Labels = field(converter=labels)
    kind: Kind
    role: Role = "value"
    bucket: str | None = None

    def shown(self, language: Language) -> str:
        """The header that people see."""
        return self.label.shown(language, self.name)


class ColumnIndex:
    """Positions of columns by name, or by any of their labels in upper or lower case."""

    __slots__ = ("_labels", "_names", "names")

    def __init__(self, columns: Iterable[TableColumn]) -> None:
        self.names: tuple[str, ...] = ()
        self._names: dict[str, int] = {}
        self._labels: dict[str, int | None] = {}
        for position, column in enumerate(columns):
            if column.name in self._names:
                raise Invalid("table_column_repeated", name=column.name)
            self._names[column.name] = position
            for spelling in {label.casefold() for label in column.label.all()}:
                self._labels[spelling] = None if spelling in self._labels else position
        self.names = tuple(self._names)

    def __getitem__(self, name: object) -> int:
        """The position of the column called `name`; raises `UnknownColumn`."""
        position = self._names.get(name) if isinstance(name, str) else None
        if position is None and isinstance(name, str):
            position = self._labels.get(name.casefold())
        return self._refuse(name) if position is None else position

    def _refuse(self, name: object) -> NoReturn:
        known = "、".join(self.names[:20])
        if isinstance(name, str) and name.casefold() in self._labels:
            raise UnknownColumn("table_column_ambiguous", name=name, known=known)
        wanted = nearest(str(name), [*self.names, *self._labels])
        raise UnknownColumn("table_column_unknown", name=name, suggestion=wanted, known=known)
