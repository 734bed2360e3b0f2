"""Former versions overwritten in place, wherever a module keeps parts of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Table, bindparam, update

from crmcore.records import layout_of
from crmcore.schema import STAMPS
from crmcore_sql.codec import RowEncoder, Stored, tuple_encoder
from crmcore_sql.forms import parts
from crmcore_sql.names import MAIN
from crmcore_sql.statements import ModuleStatements

_ID, _VERSION = STAMPS[:2]


def former_updates(statements: ModuleStatements) -> Iterator[tuple[bool, str, RowEncoder]]:
    """What overwrites former versions, named by id and version: whether in the main table,
    the statement, and the encoder of its parameters from rows in stored layout.
    """
    tables = statements.tables
    found: dict[int, dict[str, Stored]] = {}
    index = layout_of(tables.module).index
    for one in (*STAMPS, *tables.module.stored):
        for part in parts(one.kind):
            name = tables.column(one, part.suffix)
            stored = Stored(index[one.name], one.kind, part.form)
            found.setdefault(tables.home(name), {})[name] = stored
    for number, columns in found.items():
        first = next(name for name in columns if number != MAIN or name == "id")
        yield (number == MAIN, *_update(statements, tables.table_of(first, former=True), columns))


def _update(
    statements: ModuleStatements, table: Table, columns: Mapping[str, Stored]
) -> tuple[str, RowEncoder]:
    codec = statements.dialect.codec
    values = {
        name: bindparam(f"p_{name}", type_=table.c[name].type)
        for name in columns
        if name not in ("id", "version")
    }
    at_id = bindparam("at_id", type_=codec.column_type("id"))
    at_version = bindparam("at_version", type_=codec.column_type("integer"))
    statement = update(table).values(values)
    made = statement.where(table.c.id == at_id, table.c.version == at_version).compile(
        dialect=statements.engine
    )
    order = [name.removeprefix("p_") for name in getattr(made, "positiontup", ())]
    assert order[-2:] == ["at_id", "at_version"]
    stored = [columns[name] for name in order[:-2]]
    stored += [Stored(0, _ID.kind, "id"), Stored(1, _VERSION.kind, "integer")]
    width = layout_of(statements.tables.module).stored
    return str(made), tuple_encoder(codec, width, stored)
