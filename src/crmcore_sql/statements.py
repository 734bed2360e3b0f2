"""The statements by which one module is written, and the encoders of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from attrs import define, field
from sqlalchemy import (
    ClauseElement,
    Table,
    bindparam,
    delete,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy import Dialect as Engine
from sqlalchemy.types import Integer

from crmcore.records import layout_of
from crmcore.schema import ENDINGS, STAMPS
from crmcore_sql.codec import (
    Encode,
    RowEncoder,
    Stored,
    digest_encoder,
    encoder,
    list_encoder,
    row_encoder,
    tuple_encoder,
)
from crmcore_sql.dialect import Dialect, Expression
from crmcore_sql.forms import parts
from crmcore_sql.layout import ModuleTables
from crmcore_sql.names import MAIN
from crmcore_sql.siblings import SiblingWriter

_ID: Final = STAMPS[0]
_CHANGED: Final = literal_column("0", Integer())
_REMOVED: Final = literal_column("1", Integer())


@define(eq=False, slots=False)
class ModuleStatements:
    """Texts of statements, each with its parameters in the order that is stated."""

    tables: ModuleTables
    dialect: Dialect
    engine: Engine
    inserted: Sequence[str] = ()
    """The columns of `insert`, in the order of its parameters."""
    _versions: dict[tuple[bool, bool], tuple[str, Encode]] = field(factory=dict)
    _taken: dict[int, str] = field(factory=dict)
    _derive: dict[str, tuple[str, RowEncoder]] = field(factory=dict)

    @cached_property
    def insert(self) -> tuple[str, RowEncoder]:
        """A new record."""
        table, columns = self.tables.current, self._columns(MAIN)
        values = {name: bindparam(f"p_{name}", type_=table.c[name].type) for name in columns}
        text, names = self._compiled(insert(table).values(values))
        self.inserted = [name.removeprefix("p_") for name in names]
        return text, self._encoder([columns[name] for name in self.inserted])

    @cached_property
    def update(self) -> tuple[str, RowEncoder]:
        """A new version; the version that it replaces follows as the last parameter."""
        table, columns = self.tables.current, self._columns(MAIN)
        values = {
            name: bindparam(f"p_{name}", type_=table.c[name].type)
            for name in columns
            if name != "id"
        }
        text, names = self._compiled(update(table).values(values).where(*self._at_version()))
        assert names[-2:] == ["at_id", "at_version"]
        order = [columns[name.removeprefix("p_")] for name in names[:-2]]
        return text, self._encoder([*order, columns["id"]])

    @cached_property
    def load_former(self) -> tuple[str, Sequence[str], RowEncoder]:
        """A former version as it stood elsewhere: the statement, its columns, their encoder."""
        table, columns = self.tables.history, self._former_columns()
        assert table is not None
        values = {name: bindparam(f"p_{name}", type_=table.c[name].type) for name in columns}
        text, names = self._compiled(insert(table).values(values))
        order = [name.removeprefix("p_") for name in names]
        width = layout_of(self.tables.module).stored + len(ENDINGS)
        encode = tuple_encoder(self.dialect.codec, width, [columns[name] for name in order])
        return text, order, encode

    @cached_property
    def clear(self) -> Sequence[str]:
        """What empties the main tables, that of former versions included."""
        tables = (self.tables.current, self.tables.history)
        return [self._compiled(delete(one))[0] for one in tables if one is not None]

    @cached_property
    def siblings(self) -> Sequence[SiblingWriter]:
        """What writes the siblings, none for most modules."""
        return [
            SiblingWriter(self.tables, number, self._columns(number), self.dialect, self.engine)
            for number in self.tables.siblings
        ]

    @cached_property
    def remove(self) -> tuple[str, Encode]:
        """A removal that leaves no version: id."""
        codec = self.dialect.codec
        text, _ = self._compiled(delete(self.tables.current).where(self._at_version()[0]))
        return text, encoder(codec, _ID.kind, "id")

    @cached_property
    def delete(self) -> str:
        """A removal: id, version."""
        text, names = self._compiled(delete(self.tables.current).where(*self._at_version()))
        assert names == ["at_id", "at_version"]
        return text

    @cached_property
    def move_changed(self) -> str:
        """To history, by a change: the change set that ends the version, id, version."""
        return self._move(_CHANGED)

    @cached_property
    def move_removed(self) -> str:
        """To history, by a removal: the change set that ends the version, id, version."""
        return self._move(_REMOVED)

    def versions(self, *, alone: bool) -> tuple[str, Encode]:
        """Ids and present versions of listed records, kept from changing: the list.

        `alone`: nobody else keeps them from changing meanwhile.
        """
        return self._locked(alone, listed=True)

    def version(self, *, alone: bool) -> tuple[str, Encode]:
        """Id and present version of one record, kept from changing: its id.

        Where lists are tables, a small table is scanned for one, and whoever scans waits
        for all that others write there.
        """
        return self._locked(alone, listed=False)

    def _locked(self, alone: bool, listed: bool) -> tuple[str, Encode]:
        found = self._versions.get((alone, listed))
        if found is None:
            found = self._versions[alone, listed] = self._make_locked(alone, listed)
        return found

    def _make_locked(self, alone: bool, listed: bool) -> tuple[str, Encode]:
        table, codec = self.tables.current, self.dialect.codec
        query = select(table.c.id, table.c.version)
        if listed:
            ids = bindparam("ids", type_=codec.list_type("id"))
            # In one order, so that two who expect the same records do not wait for each other.
            query = query.where(self.dialect.expressions.among(table.c.id, ids))
            query, encode = query.order_by(table.c.id), list_encoder(codec, _ID.kind, "id")
        else:
            query, encode = query.where(self._at_version()[0]), encoder(codec, _ID.kind, "id")
        text, _ = self._compiled(query.with_for_update(read=not alone, key_share=alone))
        return text, encode

    @cached_property
    def encode_digest(self) -> Encode:
        """From the digest of a key to what the driver takes."""
        return digest_encoder(self.dialect.codec, _same)

    def taken(self, number: int) -> str:
        """Whether a key is taken: digest, id of the record that may have it."""
        text = self._taken.get(number)
        if text is None:
            name, codec = self.tables.key(number), self.dialect.codec
            table = self.tables.table_of(name)
            column = table.c[name]
            query = select(literal_column("1", Integer())).where(
                column == bindparam("digest", type_=codec.column_type("digest")),
                table.c.id != bindparam("at_id", type_=codec.column_type("id")),
            )
            text, names = self._compiled(query)
            assert names == ["digest", "at_id"]
            self._taken[number] = text
        return text

    def sibling_of(self, name: str) -> SiblingWriter | None:
        """The sibling in which the field `name` lies, if it lies in one."""
        home = self.tables.home(self.tables.column(self.tables.module.by_name[name]))
        return next((one for one in self.siblings if one.number == home), None)

    def derive(self, name: str) -> tuple[str, RowEncoder]:
        """Another value of the field `name`, in place; from rows of value and id."""
        found = self._derive.get(name)
        if found is None:
            one = self.tables.module.by_name[name]
            table = self.tables.table_of(self.tables.column(one))
            columns = {self.tables.column(one, part.suffix): part for part in parts(one.kind)}
            values = {
                column: bindparam(f"p_{column}", type_=table.c[column].type) for column in columns
            }
            at_id = bindparam("at_id", type_=self.dialect.codec.column_type("id"))
            statement = update(table).values(values).where(table.c.id == at_id)
            text, order = self._compiled(statement)
            found_parts = [columns[parameter.removeprefix("p_")] for parameter in order[:-1]]
            stored = [Stored(0, one.kind, part.form) for part in found_parts]
            encode = tuple_encoder(self.dialect.codec, 2, [*stored, Stored(1, _ID.kind, "id")])
            found = self._derive[name] = text, encode
        return found

    def emptying(self, names: Sequence[str]) -> list[str]:
        """What empties all columns of the fields `names`, in every table of the module."""
        tables, found = self.tables, dict[Table, list[str]]()
        for one in (tables.module.by_name[name] for name in names):
            for name in (tables.column(one, part.suffix) for part in parts(one.kind)):
                for former in (False, True) if tables.history is not None else (False,):
                    found.setdefault(tables.table_of(name, former=former), []).append(name)
        made: list[str] = []
        for table, columns in found.items():
            held = or_(*(table.c[name].is_not(None) for name in columns))
            nothing = {table.c[name]: null() for name in columns}
            made.append(self._compiled(update(table).values(nothing).where(held))[0])
        return made

    def _columns(self, number: int) -> dict[str, Stored]:
        """Where the value of each column of one of the tables lies in a row."""
        tables, module = self.tables, self.tables.module
        index = layout_of(module).index
        found: dict[str, Stored] = {}
        for one in (*STAMPS, *module.stored):
            for part in parts(one.kind):
                name = tables.column(one, part.suffix)
                found[name] = Stored(index[one.name], one.kind, part.form)
        for key in module.unique_keys:
            found[tables.key(key.number)] = Stored(key.number, None, "digest")
        return {name: one for name, one in found.items() if tables.home(name) == number}

    def _former_columns(self) -> dict[str, Stored]:
        tables, layout = self.tables, layout_of(self.tables.module)
        place = dict(layout.index) | {
            one.name: layout.stored + number for number, one in enumerate(ENDINGS)
        }
        return {
            column: Stored(place[one.name], one.kind, part.form)
            for one in (*STAMPS, *layout.module.stored, *ENDINGS)
            for part in parts(one.kind)
            if tables.home(column := tables.column(one, part.suffix)) == MAIN
        }

    def _encoder(self, columns: Sequence[Stored]) -> RowEncoder:
        return row_encoder(self.dialect.codec, self.tables.module, columns)

    def _at_version(self) -> list[Any]:
        table, codec = self.tables.current, self.dialect.codec
        return [
            table.c.id == bindparam("at_id", type_=codec.column_type("id")),
            table.c.version == bindparam("at_version", type_=codec.column_type("integer")),
        ]

    def _move(self, removed: Expression) -> str:
        history, current = self.tables.history, self.tables.current
        assert history is not None
        moved = self.tables.moved()
        ended_by = bindparam("ended_by", type_=self.dialect.codec.column_type("id"))
        query = select(*(current.c[name] for name in moved), ended_by, removed)
        endings = [ending.name for ending in ENDINGS]
        statement = insert(history).from_select(
            [*moved, *endings], query.where(*self._at_version())
        )
        text, names = self._compiled(statement)
        assert names == ["ended_by", "at_id", "at_version"]
        return text

    def _compiled(self, statement: ClauseElement) -> tuple[str, list[str]]:
        made = statement.compile(dialect=self.engine)
        return str(made), list(getattr(made, "positiontup", ()))


def _same(digest: object) -> bytes:
    assert isinstance(digest, bytes)
    return digest
