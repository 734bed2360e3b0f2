"""SQL by hand on a store of ours: what somebody writes who knows whose records they are.

The same tables and indexes, connections set as ours are, one statement for each question; and
rows as the same Python values that we hand over: decimals, days, moments, truth values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from stores import raw, schema

from crmcore import Field, Workspace
from crmcore.records import layout_of

Row = tuple[object, ...]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DERIVED = ("_k", "_u", "_o", "_v", "_s", "_w")


@frozen
class Hand:
    """Asks the tables of one store; `mark` is how the driver writes a parameter."""

    ask: Callable[[str, Sequence[object]], list[Any]]
    run: Callable[[str], object]
    mark: str
    prefix: str
    columns: Callable[[str], list[str]]

    def table(self, module: str) -> str:
        """The table of `module`."""
        return f"{self.prefix}crmd_{module}"

    def column(self, module: str, field: str) -> str:
        """The column that holds `field`."""
        start = f"{field}_"
        found = self.columns(f"crmd_{module}")
        return next(one for one in found if one.startswith(start) and one[len(start) :].isdigit())

    def shown(self, module: str) -> list[str]:
        """The columns that hold values as people know them."""
        return [one for one in self.columns(f"crmd_{module}") if not one.endswith(_DERIVED)]

    def marks(self, values: Sequence[object]) -> str:
        """As many parameters as there are `values`."""
        return ", ".join([self.mark] * len(values))


@contextmanager
def sqlite_by_hand(path: Path) -> Iterator[Hand]:
    """By the driver of SQLite."""
    store = raw(path)

    def columns(table: str) -> list[str]:
        return [row[1] for row in store.execute(f"PRAGMA table_info({table})")]

    def ask(text: str, given: Sequence[object]) -> list[Any]:
        return store.execute(text, given).fetchall()

    yield Hand(ask, store.execute, "?", "", columns)
    store.close()


@contextmanager
def postgresql_by_hand(crm: Workspace) -> Iterator[Hand]:
    """By psycopg, which prepares statements that are asked often, on both sides."""
    backend: Any = crm._store.backend
    engine: sa.Engine = backend._store.engine
    connection: Any = engine.raw_connection()
    connection.dbapi_connection.autocommit = True
    cursor = connection.cursor()

    def ask(text: str, given: Sequence[object]) -> list[Any]:
        cursor.execute(text, given)
        return list(cursor.fetchall())

    def columns(table: str) -> list[str]:
        with engine.connect() as seen:
            return [one["name"] for one in sa.inspect(seen).get_columns(table, "crm")]

    yield Hand(ask, cursor.execute, "%s", "crm.", columns)
    connection.dbapi_connection.autocommit = False
    connection.close()


def decoding(first: Row) -> Callable[[list[Any]], list[Row]]:
    """What makes rows of things, such as `first`, the values that we hand over."""
    layout = layout_of(schema(more=True).by_name["thing"])
    fields = layout.module.by_name
    places = [
        (layout.index[one.name], change)
        for one in (fields.get(name) for name in layout.columns)
        if one is not None and (change := _change(one, first[layout.index[one.name]])) is not None
    ]

    def decoded(rows: list[Any]) -> list[Row]:
        found: list[Row] = []
        for row in rows:
            values = list(row)
            for place, change in places:
                value = values[place]
                if value is not None:
                    values[place] = change(value)
            found.append(tuple(values))
        return found

    return decoded


def _change(one: Field, value: object) -> Callable[[Any], object] | None:
    """From what the driver gives of the field `one` to its value; nothing to be done: `None`."""
    shape = one.kind.shape
    if shape == "scaled":
        unit = Decimal(1).scaleb(-one.kind.scale)
        return lambda number: number * unit
    if shape == "boolean" and not isinstance(value, bool):
        return bool
    if shape == "date" and isinstance(value, str):
        return date.fromisoformat
    if shape == "instant" and not isinstance(value, datetime):
        return _moment
    return None


def _moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)
