"""The records that a statement reads: as they are now, as of a position, in all versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from attrs import define, field
from sqlalchemy import FromClause, Integer, Table, Text, func, literal_column, null, select

from crmcore.query.bound import BoundNode
from crmcore.schema import ENDINGS, STAMPS, Field, Module
from crmcore.schema.reserved import CHANGE_SET
from crmcore_sql.dialect import Condition, Dialect, Expression, Parameter
from crmcore_sql.forms import VALUE, parts
from crmcore_sql.junction import all_of, any_of
from crmcore_sql.layout import IS_LIVE, ModuleTables, Sibling, TablesOf
from crmcore_sql.names import MAIN
from crmcore_sql.parameters import Parameters
from crmcore_sql.signature import Signature

_STAMPS: Final = {stamp.name: stamp for stamp in (*STAMPS, *ENDINGS)}
_POSITION: Final = CHANGE_SET.by_name["position"]
Join = Callable[[FromClause, Condition], None]
ONE: Final[Expression] = literal_column("1", Integer())
ZERO: Final[Expression] = literal_column("0", Integer())
_LAST: Final[Expression] = literal_column("9223372036854775807", Integer())


@define(eq=False)
class Relation:
    """Records of one module under names of their own in a statement.

    One in two `places` lies in at most one of them: among the live records or in history.
    """

    tables: ModuleTables
    places: tuple[FromClause, ...]
    is_current: bool = False
    join: Join | None = None
    """What joins a sibling to the records, where one of its columns is asked for."""
    _joined: dict[int, tuple[FromClause, ...]] = field(factory=dict)

    def column(self, one: Field, suffix: str = VALUE) -> Expression:
        """The column that holds a part of field `one`."""
        twin = self.tables.compared(one, suffix)
        if all(twin in place.c for place in self._places(twin)):
            return self.named(twin)
        return self.named(self.tables.column(one, suffix))

    def named(self, column: str) -> Expression:
        """The column called so in the tables."""
        places = self._places(column)
        found: list[Expression] = [place.c[column] for place in places if column in place.c]
        return found[0] if len(found) == 1 else func.coalesce(*found, type_=found[0].type)

    def _places(self, column: str) -> tuple[FromClause, ...]:
        """Where the column called so lies."""
        number = self.tables.home(column)
        if number == MAIN:
            return self.places
        if number not in self._joined:
            self._joined[number] = tuple(self._siblings(self.tables.siblings[number]))
        return self._joined[number]

    def _siblings(self, sibling: Sibling) -> Iterator[FromClause]:
        """Where the records go on, joined to each place that they may be found in."""
        assert self.join is not None
        for place in self.places:
            table = getattr(place, "element", None)
            is_mixed = table not in (self.tables.current, self.tables.history)
            if table is not self.tables.history:
                found = sibling.current.alias()
                terms = [found.c.id == place.c.id]
                if is_mixed:
                    terms.append(place.c[IS_LIVE] == ONE)
                self.join(found, all_of(terms))
                yield found
            if table is not self.tables.current and sibling.history is not None:
                found = sibling.history.alias()
                terms = [found.c.id == place.c.id, found.c.version == place.c.version]
                if is_mixed:
                    terms.append(place.c[IS_LIVE] == ZERO)
                self.join(found, all_of(terms))
                yield found

    def stamp(self, name: str) -> Expression:
        """The column of a stamp or ending."""
        return self.column(_STAMPS[name])

    @property
    def id(self) -> Expression:
        """The record id."""
        return self.stamp("id")


@define(eq=False)
class Context:
    """What the parts of one statement share while it is made.

    `condition` compiles a bound condition over a frame; `as_of` carries the position that
    a question about the past is asked of.
    """

    dialect: Dialect
    tables: TablesOf
    signature: Signature
    parameters: Parameters
    condition: Callable[[Any, BoundNode], Condition]
    as_of: Parameter | None = None

    def present(self, module: Module) -> Relation:
        """The live records of `module`."""
        tables = self.tables(module)
        return Relation(tables, (tables.current.alias(),), is_current=True)

    def asked(self, module: Module) -> Relation:
        """The records of `module` at the moment that the question is about."""
        if self.as_of is None:
            return self.present(module)
        tables = self.tables(module)
        found = [
            select(*_columns(tables, place)).where(all_of(terms))
            for place, terms in self.valid(tables)
        ]
        return Relation(tables, (found[0].union_all(*found[1:]).subquery(),))

    def valid(self, tables: ModuleTables) -> list[tuple[FromClause, list[Condition]]]:
        """Where versions lie that may have been valid at that moment, and when they were."""
        places: list[Table] = [tables.current]
        if tables.history is not None:
            places.append(tables.history)
        return [self._valid(tables, place) for place in places]

    def _valid(self, tables: ModuleTables, table: Table) -> tuple[FromClause, list[Condition]]:
        here = table.alias()
        began = self._position(here.c[tables.column(_STAMPS["change_set"])])
        terms: list[Condition] = [began <= self.as_of]
        if table is tables.history:
            # What ended by a change set that is not yet sealed has not ended.
            end = func.coalesce(self._position(here.c[ENDINGS[0].name]), _LAST)
            terms.append(end > self.as_of)
        return here, terms

    def _position(self, change_set: Expression) -> Expression:
        tables = self.tables(CHANGE_SET)
        column = tables.column(_POSITION)
        sets = tables.table_of(column).alias()
        position = select(sets.c[column]).where(sets.c.id == change_set)
        return position.correlate_except(sets).scalar_subquery()

    def versions(self, module: Module, touched_by: Parameter | None) -> Relation:
        """All versions of `module`, the former ones with their endings.

        With `touched_by`, those that one of these change sets began or ended.
        """
        tables, among = self.tables(module), self.dialect.expressions.among
        current = tables.current.alias()
        endings = [
            null().cast(Text()).label("ended_by"),
            null().cast(Integer()).label("removed"),
        ]
        present = select(*_columns(tables, current), *endings)
        if touched_by is not None:
            present = present.where(among(current.c.change_set, touched_by))
        if tables.history is None:
            return Relation(tables, (present.subquery(),))
        former = tables.history.alias()
        ended = select(*_columns(tables, former), *(former.c[one.name] for one in ENDINGS))
        if touched_by is not None:
            touched = [former.c.change_set, former.c.ended_by]
            ended = ended.where(any_of([among(column, touched_by) for column in touched]))
        return Relation(tables, (present.union_all(ended).subquery(),))


def _columns(tables: ModuleTables, table: FromClause) -> list[Expression]:
    """The columns of versions in their main table; which of both it is, where it has siblings."""
    found: list[Expression] = []
    for one in (*STAMPS, *tables.module.stored):
        columns = (tables.column(one, part.suffix) for part in parts(one.kind))
        found += [table.c[column] for column in columns if tables.home(column) == MAIN]
    if tables.siblings:
        is_live = getattr(table, "element", None) is tables.current
        found.append((ONE if is_live else ZERO).label(IS_LIVE))
    return found
