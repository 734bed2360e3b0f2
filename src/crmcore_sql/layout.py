"""The tables of a module: which there should be, and which there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import define, field, frozen
from sqlalchemy import Column, FromClause, MetaData, Table, and_
from sqlalchemy.types import NullType

from crmcore.errors import StorageError
from crmcore.schema import ENDINGS, STAMPS, Field, Module
from crmcore_sql import names
from crmcore_sql.dialect import Dialect, Structure
from crmcore_sql.forms import CUT, VALUE, Form, parts
from crmcore_sql.names import Place
from crmcore_sql.placing import tables_of
from crmcore_sql.twins import TWINS, twin_suffix

REQUIRED: Final = ("id", "version")
IS_LIVE: Final = "is_live"
"""A column of answers that are of live and of former versions: which of both a row is of."""


@frozen
class Wanted:
    """A column that a module needs: what it holds and what it is called if it is made now."""

    place: Place
    name: str
    form: Form
    scale: int = 0

    @property
    def described(self) -> str:
        """What must not change under a column with values."""
        return f"{self.form}:{self.scale}" if self.form == "scaled" else self.form


def field_columns(fields: Sequence[Field]) -> Iterator[Wanted]:
    """The columns of the values of `fields`."""
    for one in fields:
        for part in parts(one.kind):
            name = names.column_name(one, part.suffix)
            yield Wanted((one.number, one.generation, part.suffix), name, part.form, one.kind.scale)


def key_columns(module: Module) -> Iterator[Wanted]:
    """The columns of the digests of the unique keys of `module`."""
    for key in module.unique_keys:
        yield Wanted((key.number, 1, names.KEY_SUFFIX), names.key_column(key.number), "digest")


def current_columns(module: Module) -> list[Wanted]:
    """The columns of live records; retired fields keep theirs."""
    stored = [one for one in module.fields if one.stored]
    return [*field_columns(STAMPS), *field_columns(stored), *key_columns(module)]


def history_columns(module: Module) -> list[Wanted]:
    """The columns of former versions: the same without keys, and how each ended."""
    stored = [one for one in module.fields if one.stored]
    return [*field_columns(STAMPS), *field_columns(stored), *field_columns(ENDINGS)]


def made_table(
    dialect: Dialect,
    name: str,
    columns: Iterable[tuple[str, Form | None]],
    key: str | None = None,
    prefixes: Sequence[str] = (),
) -> Table:
    """A table called `name` with `columns`; those of no known form have no type.

    `key` is the column that is its primary key; `prefixes` are words before TABLE.
    """
    made: list[Column[Any]] = [
        Column(
            column,
            NullType() if form is None else dialect.codec.column_type(form),
            nullable=column not in REQUIRED,
            primary_key=column == key,
        )
        for column, form in columns
    ]
    return Table(name, MetaData(), *made, prefixes=list(prefixes), **dialect.table_options)


@frozen(eq=False)
class Sibling:
    """A pair of tables in which the records of a module go on, where one is full.

    The live ones are found by their id, former ones by id and version. Nothing is to be read
    from a row that is missing: it is as one without values.
    """

    current: Table
    history: Table | None


@define(eq=False)
class ModuleTables:
    """The tables of `module` as they are in the store, retired columns included."""

    module: Module
    current: Table
    history: Table | None
    places: Mapping[Place, str]
    siblings: Mapping[int, Sibling] = field(factory=dict)
    _homes: dict[str, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for number, one in self.siblings.items():
            self._homes.update(dict.fromkeys(one.current.c.keys(), number))
            for name in REQUIRED:
                self._homes.pop(name, None)

    def home(self, column: str) -> int:
        """The number of the table in which the column called so lies."""
        return self._homes.get(column, names.MAIN)

    def called(self, name: str) -> Table:
        """The table called `name`."""
        pairs = [Sibling(self.current, self.history), *self.siblings.values()]
        tables = [table for pair in pairs for table in (pair.current, pair.history)]
        return next(table for table in tables if table is not None and table.name == name)

    def table_of(self, column: str, *, former: bool = False) -> Table:
        """The table of live records, or of former versions, in which a column lies."""
        found = self.siblings.get(self.home(column), Sibling(self.current, self.history))
        table = found.history if former else found.current
        assert table is not None
        return table

    def joined(self, columns: Iterable[str], *, former: bool = False) -> FromClause:
        """The live records, or former versions, with the siblings in which `columns` lie."""
        main = self.history if former else self.current
        assert main is not None
        found: FromClause = main
        for table in {self.table_of(column, former=former): None for column in columns}:
            if table is not main:
                same = table.c.id == main.c.id
                if former:
                    same = and_(same, table.c.version == main.c.version)
                found = found.outerjoin(table, same)
        return found

    def column(self, one: Field, suffix: str = "") -> str:
        """The name of the column that holds a part of field `one`.

        Raises `StorageError` (`not_prepared`) where there is none.
        """
        if one.number < 0:
            return one.name
        found = self.places.get((one.number, one.generation, suffix))
        if found is None:
            raise StorageError("not_prepared", module=self.module.name, field=one.name)
        return found

    def compared(self, one: Field, suffix: str = VALUE) -> str:
        """The same, or its twin where that is what an index is made over."""
        name = self.column(one, suffix)
        if suffix or one.kind.shape not in ("text", "typed"):
            return name
        twin = twin_suffix(one.kind)
        return name if twin is None else self.places.get((one.number, one.generation, twin), name)

    def key(self, number: int) -> str:
        """The name of the column of the digests of unique key `number`."""
        found = self.places.get((number, 1, names.KEY_SUFFIX))
        if found is None:
            raise StorageError("not_prepared", module=self.module.name)
        return found

    def moved(self) -> list[str]:
        """The columns of a version that travel to history."""
        if self.history is None:
            return []
        return [column.name for column in self.history.c if column.name in self.current.c]


TablesOf = Callable[[Module], ModuleTables]


@define(eq=False)
class Tables:
    """The tables of every module asked for, under one structure of the store."""

    dialect: Dialect
    prefix: str
    structure: Structure
    _known: dict[int, tuple[Module, ModuleTables]] = field(factory=dict)

    def of(self, module: Module) -> ModuleTables:
        """The tables of `module`; raises `StorageError` (`not_prepared`)."""
        found = self._known.get(id(module))
        if found is None:
            # The module is kept with its tables, so that its identity stays taken.
            found = self._known[id(module)] = module, self._read(module)
        return found[1]

    def _read(self, module: Module) -> ModuleTables:
        current = names.current_table(self.prefix, module)
        if current not in self.structure.tables:
            raise StorageError("not_prepared", module=module.name)
        forms: dict[Place, Form] = {one.place: one.form for one in current_columns(module)}
        forms.update({one.place: one.form for one in history_columns(module)})
        places: dict[Place, str] = {}
        pairs: dict[int, Sibling] = {}
        for number, name in tables_of(self.structure, self.prefix, module):
            history = None
            former = names.history_table(self.prefix, module, number)
            is_made = number == names.MAIN or former in self.structure.tables
            if module.keeping == "history" and is_made:
                history = self._table(former, forms)
            pairs[number] = Sibling(self._table(name, forms), history)
            places = places_in(self.structure.tables[name]) | places
        main = pairs.pop(names.MAIN)
        return ModuleTables(module, main.current, main.history, places, pairs)

    def _table(self, name: str, forms: Mapping[Place, Form]) -> Table:
        columns: list[tuple[str, Form | None]] = []
        for column in self.structure.tables[name]:
            place = names.place_of(column)
            form: Form | None = None if place is None else forms.get(place)
            if place is not None and place[-1] in (*TWINS, CUT):
                form = "text"
            columns.append((column, form))
        return made_table(self.dialect, name, columns)


def places_in(columns: Iterable[str]) -> dict[Place, str]:
    """The columns that are ours, by what they hold."""
    found = ((names.place_of(column), column) for column in columns)
    return {place: column for place, column in found if place is not None}
