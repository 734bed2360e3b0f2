"""Worlds whose adopted modules lie in tables of a host, beside the workspace's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    Text,
    Time,
    TypeDecorator,
    Uuid,
    insert,
)
from sqlalchemy.dialects import mysql

from crmcore.kinds import Kind, Link, MultiLink, typed_form
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema import Field, Module, Schema
from crmcore.storage.adopted import AdoptedSource
from crmcore_sql.adopt import adopted_table
from crmcore_sql.backend import SqlBackend

# MariaDB's own type refuses UUIDs of no known variant, which keys made of our ids are.
KEY = Uuid().with_variant(Uuid(native_uuid=False), "mysql", "mariadb")
LONG = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
MOMENT = DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")
STAMPS = ("created_at", "created_by", "updated_at", "updated_by")


class Plainly(TypeDecorator[Any]):
    """What a host's type makes of a text of its own."""

    impl = LONG
    cache_ok = True

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return None if value is None else json.dumps(self.kind.to_json(value))

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        return None if value is None else self.kind.from_json(json.loads(value))


def column_of(one: Field, adopted: set[str]) -> Column[Any]:
    """A column in which a host may keep such values."""
    kind = one.kind
    name = f"h_{one.name}"
    if isinstance(kind, Link) and not isinstance(kind, MultiLink):
        return Column(name, KEY if kind.target in adopted else String(32))
    simple: dict[str, Any] = {
        "text": LONG,
        "typed": LONG,
        "integer": BigInteger(),
        "boolean": Boolean(),
        "date": Date(),
        "instant": MOMENT,
        "minutes": Time(),
        "scaled": String(40),
    }
    return Column(name, simple.get(kind.shape, Plainly(kind)))


def stored_as(one: Field, value: Any, sources: Mapping[str, AdoptedSource]) -> Any:
    """`value` as a host would have written it."""
    if value is None:
        return None
    kind = one.kind
    if isinstance(kind, Link) and not isinstance(kind, MultiLink):
        return sources[kind.target].key(value) if kind.target in sources else value
    if kind.shape == "typed":
        return typed_form(value)
    if kind.shape == "scaled":
        return format(value, "f")
    return value.replace(tzinfo=None) if kind.shape == "instant" else value


def hosted(
    engine: Engine,
    backend: SqlBackend,
    schema: Schema,
    rows: Mapping[str, Mapping[str, Row]],
) -> dict[str, AdoptedSource]:
    """The rows of the adopted modules of `schema` in tables of a host, and their sources."""
    metadata = MetaData()
    modules = [one for one in schema.modules if one.keeping == "adopted"]
    names = {one.name for one in modules}
    sources: dict[str, AdoptedSource] = {}
    tables: dict[str, Table] = {}
    for module in modules:
        stamps = [layout_field(module, name) for name in STAMPS]
        tables[module.name] = Table(
            f"host_{module.name}",
            metadata,
            Column("key", KEY, primary_key=True),
            Column("v", BigInteger(), nullable=False),
            *(column_of(one, names) for one in (*stamps, *module.stored)),
        )
        fields = {one.name: f"h_{one.name}" for one in (*stamps, *module.stored)}
        terms = {"key": "key", "version": "v", "fields": fields, "zone": "UTC"}
        sources[module.name] = adopted_table(backend, module, tables[module.name], terms, sources)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for module in modules:
            made = [host_row(module, row, sources) for row in rows[module.name].values()]
            if made:
                connection.execute(insert(tables[module.name]), made)
    return sources


def layout_field(module: Module, name: str) -> Field:
    return module.by_name[name]


def host_row(module: Module, row: Row, sources: Mapping[str, AdoptedSource]) -> dict[str, Any]:
    index = layout_of(module).index
    key = sources[module.name].key(str(row[0]))
    assert isinstance(key, UUID)
    made: dict[str, Any] = {"key": key, "v": row[1]}
    for one in (*(module.by_name[name] for name in STAMPS), *module.stored):
        made[f"h_{one.name}"] = stored_as(one, row[index[one.name]], sources)
    return made
