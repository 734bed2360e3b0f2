"""Derived columns of tables that have records already: digests of keys, and search keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen
from sqlalchemy import ClauseElement, Column, Index, bindparam, exists, func, or_, select, update
from sqlalchemy.schema import CreateIndex, DropIndex

from crmcore.errors import Duplicate, Problem
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Field, Key, Module
from crmcore.storage.unique import digests
from crmcore_sql import names
from crmcore_sql.codec import Read, Row, decoder, digest_encoder, encoder
from crmcore_sql.forms import KEY, read_parts
from crmcore_sql.layout import ModuleTables
from crmcore_sql.parameters import Parameters
from crmcore_sql.siblings import completion
from crmcore_sql.steps import Step, Work

_CHUNK: Final = 2_000
_SHOWN_GROUPS: Final = 20
_SHOWN_RECORDS: Final = 5
_ID: Final = STAMPS[0]
_VERSION: Final = STAMPS[1]


def recorded_as(module: Module, number: int) -> str:
    """Where the catalogue keeps what unique key `number` of `module` is made of."""
    return f"key:{module.name}:{number}"


def definition(module: Module, key: Key) -> str:
    """What a key is made of: its digests are made anew where that changes."""
    fields = [module.by_name[name] for name in key.fields]
    return json.dumps([key.folded, *([one.number, one.generation] for one in fields)])


def key_steps(module: Module, values: Mapping[str, str]) -> Iterator[Step]:
    """The keys to be built, and those to be given up."""
    wanted = {key.number: key for key in module.unique_keys}
    start = recorded_as(module, 0)[:-1]
    for name in sorted(values):
        if name.startswith(start) and int(name.removeprefix(start)) not in wanted:
            yield GiveUpKey(module, int(name.removeprefix(start)))
    for number, key in wanted.items():
        if values.get(recorded_as(module, number)) != definition(module, key):
            yield BuildKey(module, key)


@frozen
class GiveUpKey:
    """Who asks for this key again has to build it anew.

    Its index stays: who writes without the key leaves its column alone, so nothing collides.
    Somebody may be building the key for a schema that is not in force yet, while another
    one opens the store under the present schema: dropping the index would take it from him.
    """

    module: Module
    number: int

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"give up key {self.number} of {self.module.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        work.catalogue.put(work.cursor, recorded_as(self.module, self.number), None)


@frozen
class BuildKey:
    """No two records may share the values of this key from now on.

    Raises `Duplicate` (`value_taken_in_store`) where records do; nothing is changed then.
    """

    module: Module
    key: Key

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"build key {self.key.number} of {self.module.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        module, number = self.module, self.key.number
        _drop_index(work, module, number)
        tables = work.tables(module)
        self._fill(work, tables)
        name = tables.key(number)
        column = tables.table_of(name).c[name]
        self._check(work, column)
        work.define(CreateIndex(Index(_index_name(tables, number), column, unique=True)))
        put = work.catalogue.put
        put(work.cursor, recorded_as(module, number), definition(module, self.key))

    def _fill(self, work: Work, tables: ModuleTables) -> None:
        """Digests of all records, whatever stood there before."""
        layout = layout_of(self.module)
        digest = dict(digests(self.module))[self.key.number]
        fields = [self.module.by_name[name] for name in self.key.fields]
        places = [layout.index[one.name] for one in fields]
        encode = digest_encoder(work.catalogue.dialect.codec, _same)
        name = tables.key(self.key.number)
        text = _setting(work, tables, name)
        _complete(work, tables, name)
        for page in _pages(work, tables, fields):
            found: list[Row] = []
            for record, version, *values in page:
                row: list[object] = [None] * layout.stored
                for place, value in zip(places, values, strict=True):
                    row[place] = value
                made = digest(tuple(row))
                found.append((None if made is None else encode(made), record, version))
            work.cursor.executemany(text, found)

    def _check(self, work: Work, column: Column[Any]) -> None:
        table = column.table
        query = select(column).where(column.is_not(None)).group_by(column)
        _run(work, query.having(func.count() > 1).limit(_SHOWN_GROUPS))
        shared = [digest for (digest,) in work.cursor.fetchall()]
        problems: list[Problem] = []
        for digest in shared:
            parameters = Parameters(work.catalogue.dialect.codec, {})
            query = select(table.c.id).where(column == parameters.fixed(digest, "digest"))
            _run(work, query.order_by(table.c.id), parameters)
            records = [record for (record,) in work.cursor.fetchall()]
            params = {
                "fields": "+".join(self.key.fields),
                "count": len(records),
                "records": ", ".join(records[:_SHOWN_RECORDS]),
            }
            problems.append(Problem("value_taken_in_store", params, self.module.name, records[0]))
        if problems:
            raise Duplicate(problems)


@frozen
class FillKeys:
    """Search keys of a text that was not sorted before."""

    module: Module
    field: Field

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"fill search keys of {self.module.name}.{self.field.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        tables = work.tables(self.module)
        encode = encoder(work.catalogue.dialect.codec, self.field.kind, "key")
        for former in (False, True) if tables.history is not None else (False,):
            text = _setting(work, tables, tables.column(self.field, KEY), former=former)
            for page in _pages(work, tables, [self.field], former=former):
                found = [row for row in page if row[2] is not None]
                rows = [(encode(value), record, version) for record, version, value in found]
                work.cursor.executemany(text, rows)


def _pages(
    work: Work, tables: ModuleTables, fields: Sequence[Field], *, former: bool = False
) -> Iterator[list[Row]]:
    """Id, version and the values of `fields` of all records, or of all former versions.

    Read in pages by key, so that nothing is being read while the page is written back.
    """
    codec = work.catalogue.dialect.codec
    parts = [tables.column(one, part.suffix) for one in fields for part in read_parts(one.kind)]
    table = tables.history if former else tables.current
    assert table is not None
    source = tables.joined(parts, former=former)
    columns = [tables.table_of(part, former=former).c[part] for part in parts]
    decode = decoder(
        codec, [Read(_ID.kind), Read(_VERSION.kind), *(Read(one.kind) for one in fields)]
    )
    last: Row = ("", 0)
    while True:
        parameters = Parameters(codec, {})
        record = parameters.fixed(last[0], "id")
        behind = or_(table.c.id > record, table.c.version > parameters.fixed(last[1], "integer"))
        query = select(table.c.id, table.c.version, *columns).select_from(source)
        query = query.where(table.c.id >= record, behind)
        query = query.order_by(table.c.id, table.c.version).limit(_CHUNK)
        _run(work, query, parameters)
        rows = work.cursor.fetchall()
        if not rows:
            return
        last = rows[-1]
        yield decode(rows)


def _setting(work: Work, tables: ModuleTables, column: str, *, former: bool = False) -> str:
    """A statement that sets `column` of one version: its value, id, version."""
    codec = work.catalogue.dialect.codec
    table = tables.table_of(column, former=former)
    statement = update(table).values({column: bindparam("set", type_=table.c[column].type)})
    record = bindparam("at_id", type_=codec.column_type("id"))
    version = bindparam("at_version", type_=codec.column_type("integer"))
    if "version" in table.c:
        statement = statement.where(table.c.id == record, table.c.version == version)
    else:
        main = tables.current
        is_present = exists().where(main.c.id == table.c.id, main.c.version == version)
        statement = statement.where(table.c.id == record, is_present)
    return str(statement.compile(dialect=work.catalogue.engine))


def _complete(work: Work, tables: ModuleTables, column: str) -> None:
    """Make sure of a row of every record where `column` lies."""
    table = tables.table_of(column)
    if table is not tables.current:
        _run(work, completion(tables, table))


def _run(work: Work, statement: ClauseElement, parameters: Parameters | None = None) -> None:
    parameters = parameters or Parameters(work.catalogue.dialect.codec, {})
    text, bind = parameters.compiled(statement, work.catalogue.engine)
    work.cursor.execute(text, bind(()))


def _drop_index(work: Work, module: Module, number: int) -> None:
    tables = work.tables(module)
    name = _index_name(tables, number)
    if name in work.present().structure.indexes:
        work.define(DropIndex(Index(name, tables.current.c.id)))


def _index_name(tables: ModuleTables, number: int) -> str:
    return names.index_name(tables.current.name, f"key{number}")


def _same(digest: object) -> bytes:
    assert isinstance(digest, bytes)
    return digest
