"""One frozen version of one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NoReturn

from attrs import frozen

from crmcore.errors import SchemaError
from crmcore.schema import STAMPS, Module
from crmcore.schema.field import ASKABLE_STAMPS

_TOLD: Final = 100
_SHOWN_STAMPS: Final = ASKABLE_STAMPS | {"version"}


@frozen(eq=False)
class Layout:
    """Where each value lies in a full row: stamps, stored fields, then fields read through links.

    `stored` counts the columns that storage keeps; `names` are the fields as people see them.
    """

    module: Module
    columns: tuple[str, ...]
    stored: int
    index: Mapping[str, int]
    names: tuple[str, ...]


def layout_of(module: Module) -> Layout:
    """The layout of full rows of `module`."""
    found: Layout | None = module.__dict__.get("_layout")
    if found is None:
        linked = tuple(one for one in module.live if not one.stored)
        columns = tuple(one.name for one in (*STAMPS, *module.stored, *linked))
        index = {name: position for position, name in enumerate(columns)}
        stored = len(columns) - len(linked)
        names = tuple(one.name for one in module.live)
        found = module.__dict__["_layout"] = Layout(module, columns, stored, index, names)
    return found


class UnknownField(SchemaError, KeyError):
    """The record's module has no field of that name or label."""


class Record(Mapping[str, object]):
    """One version of one record: a mapping from field name to value; empty fields give `None`.

    `id`, `version` (opaque) and the stamps are attributes. A record never changes; two
    records are equal if module, id, version and values are.
    """

    __slots__ = ("_layout", "_row")
    _layout: Layout
    _row: tuple[object, ...]

    def __init__(self, layout: Layout, row: tuple[object, ...]) -> None:
        _set_layout(self, layout)
        _set_row(self, row)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("records are immutable; use work.update")

    @property
    def module(self) -> str:
        """The name of the record's module."""
        return self._layout.module.name

    @property
    def id(self) -> str:
        """The record's id."""
        return self._row[0]  # type: ignore[return-value]

    @property
    def version(self) -> int:
        """The version token: pass it back to make sure that nothing changed meanwhile."""
        return self._row[1]  # type: ignore[return-value]

    @property
    def created_at(self) -> datetime:
        """When the record was made."""
        return self._row[2]  # type: ignore[return-value]

    @property
    def created_by(self) -> str:
        """The id of the user who made it."""
        return self._row[3]  # type: ignore[return-value]

    @property
    def updated_at(self) -> datetime:
        """When this version was made."""
        return self._row[4]  # type: ignore[return-value]

    @property
    def updated_by(self) -> str:
        """The id of the user who made this version."""
        return self._row[5]  # type: ignore[return-value]

    @property
    def layout(self) -> Layout:
        """The module of the record, and where its values lie in `row`."""
        return self._layout

    @property
    def row(self) -> tuple[object, ...]:
        """Stamps and values in the order of the layout."""
        return self._row

    def title(self) -> str:
        """What people call this record: the text of its title field, else its id."""
        one = self._layout.module.title_field
        value = self[one.name] if one is not None else None
        return self.id if value is None else str(value)

    def __getitem__(self, name: str) -> object:
        position = self._layout.index.get(name)
        if position is None or position < len(STAMPS):
            position = self._place(name)
        return self._row[position]

    def _place(self, spelling: str) -> int:
        try:
            name = self._layout.module.field(spelling).name
        except SchemaError as error:
            raise UnknownField(error.problems) from None
        position = self._layout.index.get(name)
        if position is None or (position < len(STAMPS) and name not in _SHOWN_STAMPS):
            raise UnknownField("name_reserved", module=self.module, name=name)
        return position

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("records are immutable; use work.update")

    def __copy__(self) -> Record:
        return self

    def __deepcopy__(self, memory: object) -> Record:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self._layout.module, self._row)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layout.names)

    def __len__(self) -> int:
        return len(self._layout.names)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Record):
            return self.module == other.module and self._row == other._row
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.module, self.id, self.version))

    def __repr__(self) -> str:
        told = (f"{name}={_told(value)}" for name, value in self.items() if value is not None)
        return f"<{self.module} {self.id} v{self.version} {' '.join(told)}>"


# What the slots themselves set: records are made by the thousand.
_set_layout: Final = Record.__dict__["_layout"].__set__
_set_row: Final = Record.__dict__["_row"].__set__


def _restored(module: Module, row: tuple[object, ...]) -> Record:
    return Record(layout_of(module), row)


def _told(value: object) -> str:
    """`value` on one line, however it came here: short, without control characters."""
    text = repr(value if isinstance(value, str | tuple | int) else str(value))
    return text if len(text) <= _TOLD else text[:_TOLD] + "…"
