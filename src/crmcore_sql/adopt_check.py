"""What of a host's table does not fit a module: looked for row by row, before it is adopted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from attrs import define, field
from sqlalchemy import Connection, Engine, func, select

from crmcore.errors import CrmError, Problem, SchemaError, WorkspaceError
from crmcore.schema import STAMPS, Module
from crmcore.storage import Backend, innermost
from crmcore.storage.adopted import AdoptedSource
from crmcore.storage.misfits import Misfit
from crmcore_sql.adopt import host_table
from crmcore_sql.adopt_columns import HostColumn
from crmcore_sql.adopt_table import MAPPED_STAMPS, HostRead, HostTable, reading
from crmcore_sql.backend import SqlBackend
from crmcore_sql.connections import as_ours

__all__ = ["SAMPLES", "Misfit", "check", "inspected"]

SAMPLES: Final = 5
"""Rows that are named of each sort."""

_PAGE: Final = 1_000


@define
class _Findings:
    """Misfits while they are being counted."""

    counts: dict[tuple[str, str | None, str | None], int] = field(factory=dict)
    samples: dict[tuple[str, str | None, str | None], list[tuple[object, Problem]]] = field(
        factory=dict
    )

    def add(
        self, problem: Problem, column: str | None, name: str | None, key: object, count: int = 1
    ) -> None:
        place = (problem.code, column, name)
        self.counts[place] = self.counts.get(place, 0) + count
        kept = self.samples.setdefault(place, [])
        if len(kept) < SAMPLES:
            kept.append((key, problem))

    def misfits(self) -> list[Misfit]:
        return [
            Misfit(*place, count, tuple(self.samples[place]))
            for place, count in self.counts.items()
        ]


def inspected(
    backend: Backend,
    module: Module,
    table: object,
    terms: Mapping[str, Any],
    others: Mapping[str, AdoptedSource],
) -> list[Misfit]:
    """What of `table`, in the database of `backend`, does not fit `module` on `terms`.

    Raises `WorkspaceError` (`cannot_adopt`) on another store than one of this package, and
    a driver's errors as `StorageError`.
    """
    found = innermost(backend)
    if not isinstance(found, SqlBackend):
        raise WorkspaceError("cannot_adopt", backend=backend.capabilities.name)
    store = found._store
    try:
        return check(store.engine, module, table, others=others, **terms)
    except Exception as error:
        ours = as_ours(store.dialect.sessions, error)
        if ours is error:
            raise
        raise ours from None


def check(
    bind: Engine | Connection,
    module: Module,
    table: object,
    *,
    others: Mapping[str, AdoptedSource] | None = None,
    **terms: Any,
) -> list[Misfit]:
    """Everything of `table` that does not fit `module` on `terms`; nothing where all does.

    Looks at every row, in one transaction; nothing is written. `terms` are those of
    `Workspace.adopt`, `others` the sources of other adopted modules that links lead to.
    """
    found = _Findings()
    with _connected(bind) as connection:
        try:
            sources = dict(others or {})
            host = host_table(connection, module, table, terms, sources)
        except SchemaError as error:
            for problem in error.problems:
                found.add(problem, None, problem.field, None, 0)
            return found.misfits()
        sources.setdefault(module.name, host)
        reads = list(_readable(host, module, found))
        _check_keys(connection, host, found)
        for key, row in _rows(connection, host, reads):
            _check_key(host, key, found)
            for read, raw in zip(reads, row, strict=True):
                _check_value(host, read, key, raw, found)
    return found.misfits()


@contextmanager
def _connected(bind: Engine | Connection) -> Iterator[Connection]:
    if isinstance(bind, Connection):
        yield bind
        return
    with bind.connect() as connection:
        yield connection


def _readable(host: HostTable, module: Module, found: _Findings) -> Iterator[HostRead]:
    """The fields that have a column; what stands against the others is noted."""
    stamps = [one for one in STAMPS if one.name in MAPPED_STAMPS and one.name in host.fields]
    for one in (*stamps, *module.stored):
        if not one.stored or one.unique is not None or one.computed:
            found.add(Problem("adopted_field", {"name": one.name}), None, one.name, None, 0)
        spec = host.fields.get(one.name, HostColumn(one.name))
        if spec is not None:
            try:
                yield reading(host, one, spec, module.name)
            except SchemaError as error:
                found.add(error.problems[0], spec.column, one.name, None, 0)


def _check_keys(connection: Connection, host: HostTable, found: _Findings) -> None:
    key = host.key_column
    empty = connection.execute(
        select(func.count()).select_from(host.table).where(key.is_(None))
    ).scalar_one()
    if empty:
        found.add(Problem("key_empty", {"table": host.table.name}), key.name, None, None, empty)
    repeated = select(key, func.count()).where(key.is_not(None)).group_by(key)
    for value, count in connection.execute(repeated.having(func.count() > 1)):
        params = {"key": value, "table": host.table.name}
        found.add(Problem("key_repeated", params), key.name, None, value, count)


def _check_key(host: HostTable, key: object, found: _Findings) -> None:
    try:
        host.record(key)
    except CrmError as error:
        found.add(error.problems[0], host.key_column.name, None, key)


def _rows(
    connection: Connection, host: HostTable, reads: Iterable[HostRead]
) -> Iterator[tuple[object, tuple[Any, ...]]]:
    columns = [host.key_column, *(read.column for read in reads)]
    named = [column.label(f"c{number}") for number, column in enumerate(columns)]
    statement = select(*named).where(host.key_column.is_not(None)).order_by(host.key_column)
    for rows in connection.execute(statement).partitions(_PAGE):
        for row in rows:
            yield row[0], tuple(row[1:])


def _check_value(host: HostTable, read: HostRead, key: object, raw: Any, found: _Findings) -> None:
    name = read.field.name
    try:
        value = read.decode(raw)
    except CrmError as error:
        found.add(error.problems[0], read.column.name, name, key)
        return
    if name in host.exact and raw is not None and value != raw:
        codes = (host.fields.get(name) or HostColumn(name)).options
        if raw not in codes:
            found.add(Problem("not_exact", {"value": raw}), read.column.name, name, key)
