"""Adopting a table of a host: what of it is key, version and fields of a module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Subquery,
    Table,
    UniqueConstraint,
    types,
)
from sqlalchemy.exc import NoSuchTableError

from crmcore.errors import SchemaError, WorkspaceError
from crmcore.schema import Module
from crmcore.storage import Backend, innermost
from crmcore.storage.adopted import AdoptedSource
from crmcore.storage.adopted_keys import KeyCodec
from crmcore.storage.adopted_terms import KEY_FORMS, check_terms
from crmcore_sql.adopt_columns import HostColumn, HostSource, column_of, key_form_of
from crmcore_sql.adopt_table import HostTable
from crmcore_sql.backend import SqlBackend


def adopted_table(
    backend: Backend,
    module: Module,
    table: object,
    terms: Mapping[str, Any],
    others: Mapping[str, AdoptedSource],
) -> HostTable:
    """The source of a host's `Table`, or of the table called so in the workspace's database.

    Raises `WorkspaceError` (`cannot_adopt`) on another store than one of this package,
    `SchemaError` where `terms` fit neither the table nor the module.
    """
    found = innermost(backend)
    if not isinstance(found, SqlBackend):
        raise WorkspaceError("cannot_adopt", backend=backend.capabilities.name)
    made = host_table(found._store.engine, module, table, terms, others)
    made.plan(module)
    return made


def host_table(
    bind: Engine | Connection,
    module: Module,
    table: object,
    terms: Mapping[str, Any],
    others: Mapping[str, AdoptedSource],
) -> HostTable:
    """`table` as a source, its columns not yet looked at; raises `SchemaError`."""
    check_terms(module.name, terms)
    found = _table(bind, table)
    key = _key(found, terms.get("key"))
    form = terms.get("key_form") or key_form_of(key)
    if form not in KEY_FORMS:
        raise SchemaError("adopted_table", table=found.name, reason=f"{key.name} can be no key")
    version, writer = terms.get("version"), terms.get("writer")
    if writer is not None and version is None:
        raise SchemaError("adopted_table", table=found.name, reason="a writer needs a version")
    return HostTable(
        found,
        key,
        KeyCodec(form, module.number),
        None if version is None else column_of(found, version),
        _specs(found, module, terms.get("fields") or {}),
        terms.get("zone"),
        frozenset(_exact(found, module, terms)),
        terms.get("lock", True),
        writer,
        others,
        _is_unique(found, key),
        {one.number: one.name for one in module.fields},
    )


def _table(bind: Engine | Connection, table: object) -> HostSource:
    if isinstance(table, (Table, Subquery)):
        return table
    if not isinstance(table, str):
        reason = "this is neither a table, a subquery, nor the name of a table"
        raise SchemaError("adopted_table", table=type(table).__name__, reason=reason)
    schema, _, name = table.rpartition(".")
    try:
        return Table(name, MetaData(), schema=schema or None, autoload_with=bind)
    except NoSuchTableError:
        raise SchemaError("adopted_table", table=table, reason="there is none") from None


def _key(table: HostSource, name: str | None) -> Column[Any]:
    if name is not None:
        return column_of(table, name)
    columns = list(table.primary_key)
    if len(columns) != 1:
        reason = "its primary key is not one column; name the column that tells rows apart"
        raise SchemaError("adopted_table", table=table.name, reason=reason)
    found: Any = columns[0]
    column: Column[Any] = found
    return column


def _is_unique(table: HostSource, key: Column[Any]) -> bool:
    """Whether the database itself sees to it that no two rows share the key, nor have none."""
    if not isinstance(table, Table):
        return False
    if list(table.primary_key.columns) == [key]:
        return True
    if key.nullable:
        return False
    sets = [list(one.columns) for one in table.constraints if isinstance(one, UniqueConstraint)]
    sets += [list(one.columns) for one in table.indexes if one.unique]
    return bool(key.unique) or [key] in sets


def _specs(
    table: HostSource, module: Module, fields: Mapping[str, object]
) -> dict[str, HostColumn | None]:
    made: dict[str, HostColumn | None] = {}
    for given, spec in fields.items():
        name = module.field(given).name
        if isinstance(spec, str):
            spec = HostColumn(spec)
        elif isinstance(spec, Column):
            spec = HostColumn(spec.name)
        elif spec is not None and not isinstance(spec, HostColumn):
            reason = "a field has the name of a column, a HostColumn, or None"
            raise SchemaError(
                "adopted_table", module=module.name, field=name, table=table.name, reason=reason
            )
        if spec is not None:
            _check_column(module, name, spec)
        made[name] = spec
    return made


def _check_column(module: Module, name: str, spec: HostColumn) -> None:
    """Raise `SchemaError` where what was said of a column cannot be."""
    given: tuple[object, object] = spec.column, spec.options
    if not isinstance(given[0], str) or not isinstance(given[1], Mapping):
        wanted = "HostColumn('column', zone='Asia/Shanghai', options={'1': 'code'})"
        params = {"name": "fields", "value": repr(spec)[:80], "wanted": wanted}
        raise SchemaError("adopted_term", module=module.name, field=name, **params)
    check_terms(module.name, {"zone": spec.zone})


def _exact(table: HostSource, module: Module, terms: Mapping[str, Any]) -> Iterator[str]:
    specs = _specs(table, module, terms.get("fields") or {})
    for given in terms.get("exact", ()):
        name = module.field(given).name
        spec = specs.get(name, HostColumn(name))
        column = None if spec is None else table.columns.get(spec.column)
        if column is not None and isinstance(column.type, types.String):
            yield name
