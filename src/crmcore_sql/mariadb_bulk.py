"""Many rows in one parameter: the driver writes out every value of every row by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Dialect as Engine
from sqlalchemy import Table, Text, bindparam, insert, select
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore_sql.mariadb_expressions import JsonTable

_FEW: Final = 20
_WIDEST: Final = 60
"""Columns: for each one the engine reads the row from its beginning (of 250: 7 times slower)."""
_LONGEST: Final = 4_000_000
"""Characters of a parameter, a quarter of the packets that servers take unless told otherwise."""
_STATEMENTS: Final = 500
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@define(eq=False)
class Rows:
    """`INSERT … SELECT` from a JSON array of rows."""

    engine: Engine
    _statements: dict[tuple[str, ...], str] = field(factory=dict)

    def insert(
        self, cursor: DBAPICursor, table: Table, columns: Sequence[str], rows: Sequence[Any]
    ) -> bool:
        """See `Bulk.insert`."""
        if len(rows) < _FEW or len(columns) > _WIDEST:
            return False
        found = _write(rows)
        if len(found) > _LONGEST:
            return False
        cursor.execute(self._statement(table, columns), (found,))
        return True

    def _statement(self, table: Table, columns: Sequence[str]) -> str:
        key = (table.name, *columns)
        text = self._statements.get(key)
        if text is None:
            listed = bindparam("rows", type_=Text())
            parts = [(name, table.c[name].type, f"$[{i}]") for i, name in enumerate(columns)]
            given = JsonTable(listed, *parts, strict=True).table_valued(*columns)
            query = select(*(given.c[name] for name in columns))
            statement = insert(table).from_select(list(columns), query)
            text = str(statement.compile(dialect=self.engine))
            while len(self._statements) >= _STATEMENTS:
                self._statements.pop(next(iter(self._statements)), None)
            self._statements[key] = text
        return text
