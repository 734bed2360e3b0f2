"""Whether rows can hold what a module wants, tried on tables that nobody sees.

Definitions cannot be taken back on this engine, so the first of them must not be run where
a later one would be refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.schema import ExecutableDDLElement

from crmcore.errors import SchemaError
from crmcore_sql import names
from crmcore_sql.catalogue import Catalogue, define_in
from crmcore_sql.dialect import NewTable
from crmcore_sql.indexes import MakeIndex
from crmcore_sql.layout import made_table, places_in
from crmcore_sql.mariadb_sessions import code_of
from crmcore_sql.steps import MakeColumns, Step
from crmcore_sql.twins import AddTwin, needs_twin
from crmcore_sql.whole_tables import MakeWholeTable

_TRIAL: Final = "crm_trial"
_LIKE: Final = "CREATE {} TABLE crm_trial LIKE `{}`"
_DROP: Final = "DROP {} TABLE IF EXISTS crm_trial"
_MODULE: Final = re.compile(r".*?crm[dh][0-9]*_")
_FEW_COLUMNS: Final = 90
_FEW_INDEXES: Final = 20
"""So few fit whatever they hold: 64 bytes each of 8,126, and 2,800 each of 65,535."""
_TOO_WIDE: Final = {139, 1005, 1069, 1117, 1118}
_FORBIDDEN: Final = 1044


def rehearse(
    catalogue: Catalogue, cursor: DBAPICursor, steps: Sequence[Step], temporary: bool = True
) -> None:
    """Raise `SchemaError` (`row_too_wide`) where one of `steps` would be refused for its width.

    Without `temporary` the tables of the trial are real ones, where there are no others.
    """
    words = ("TEMPORARY",) if temporary else ()
    for step in steps:
        if isinstance(step, MakeWholeTable) and _is_wide(step):
            table = step.made(catalogue.dialect, _TRIAL, words)
            _try(catalogue, cursor, step.table.name, None, [NewTable(table)], words)
    grown = [one.table for one in steps if isinstance(one, MakeColumns)]
    grown += [one.table for one in steps if isinstance(one, MakeIndex) and one.twins]
    for name in dict.fromkeys(grown):
        _try(catalogue, cursor, name, name, [*_growing(catalogue, cursor, steps, name)], words)


def _is_wide(step: MakeWholeTable) -> bool:
    return len(step.table.columns) > _FEW_COLUMNS or len(step.indexes) > _FEW_INDEXES


def _growing(
    catalogue: Catalogue, cursor: DBAPICursor, steps: Sequence[Step], name: str
) -> Iterator[ExecutableDDLElement]:
    """What is added to the table `name`: columns, and twins."""
    dialect = catalogue.dialect
    for step in steps:
        if isinstance(step, MakeColumns) and step.table == name:
            yield from step.statements(dialect, _TRIAL)
    there = dialect.sessions.structure(cursor, catalogue.prefix).tables[name]
    places, made = places_in(there), set(there)
    for step in steps:
        if not isinstance(step, MakeIndex) or not step.twins or step.table != name:
            continue
        for one, suffix in step.parts:
            place = (one.number, one.generation, suffix)
            column = places.get(place, names.column_name(one, suffix))
            table = made_table(dialect, _TRIAL, [(column, "text")])
            twin = AddTwin(table.c[column], one.kind, suffix)
            if needs_twin(table.c[column], one.kind, suffix) and twin.name not in made:
                made.add(twin.name)
                yield twin


def _try(
    catalogue: Catalogue,
    cursor: DBAPICursor,
    name: str,
    like: str | None,
    statements: Sequence[ExecutableDDLElement],
    words: Sequence[str],
) -> None:
    try:
        if like is not None:
            # A name of ours.
            statement = _LIKE.format(" ".join(words), like)
            cursor.execute(statement)
        for one in statements:
            define_in(cursor, one, catalogue.engine)
    except Exception as error:
        code = code_of(error)
        if code in _TOO_WIDE:
            module = _MODULE.sub("", name)
            raise SchemaError("row_too_wide", module=module) from None
        if code != _FORBIDDEN:
            raise
    finally:
        statement = _DROP.format(" ".join(words))
        cursor.execute(statement)
