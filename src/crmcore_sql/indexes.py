"""The indexes of a module: which there should be, and the steps that make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import define, field, frozen
from sqlalchemy import Index
from sqlalchemy.schema import CreateIndex, DropIndex

from crmcore.kinds import MultiLink
from crmcore.schema import ENDINGS, STAMPS, Field, Module
from crmcore_sql import names
from crmcore_sql.dialect import Expression, Indexing, Structure
from crmcore_sql.forms import CURRENCY, KEY, VALUE, is_sorted_text, max_length
from crmcore_sql.layout import REQUIRED, made_table, places_in
from crmcore_sql.names import KEY_SUFFIX, MAIN, Place
from crmcore_sql.placing import has_index
from crmcore_sql.steps import Work
from crmcore_sql.twins import TWINS, AddTwin, DropTwin, needs_twin, twin_suffix

_STAMPS: Final = {stamp.name: stamp for stamp in (*STAMPS, *ENDINGS)}


@frozen
class MakeIndex:
    """An index of `table` over parts of fields; search keys as far as they take part in an order.

    `words` are what the engine calls an index that is not ordered; `twins` where it needs
    virtual columns.
    """

    module: Module
    name: str
    table: str
    parts: tuple[tuple[Field, str], ...]
    words: Mapping[str, Any] | None = None
    twins: bool = False

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"create index {self.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        if self.twins:
            self._make_twins(work)
        tables = work.tables(self.module)
        table = tables.called(self.table)
        expressions = work.catalogue.dialect.expressions
        found: list[Any] = []
        for one, suffix in self.parts:
            name = tables.column(one, suffix) if self.words else tables.compared(one, suffix)
            part: Expression = table.c[name]
            if suffix == KEY:
                part = expressions.order_key(part)
            is_ordered = self.words is None and one.name not in REQUIRED
            found.append(expressions.index_part(part) if is_ordered else part)
        work.define(CreateIndex(Index(self.name, *found, **(self.words or {}))))

    def _make_twins(self, work: Work) -> None:
        for one, suffix in self.parts:
            tables = work.tables(self.module)
            column = tables.called(self.table).c[tables.column(one, suffix)]
            if needs_twin(column, one.kind, suffix):
                work.define(AddTwin(column, one.kind, suffix))


@frozen
class GiveUpIndex:
    """An index that cannot hold what a field may have by now, with its virtual column."""

    name: str
    table: str
    twin: str | None = None
    is_there: bool = True

    @property
    def described(self) -> str:
        """See `Step.described`."""
        return f"drop index {self.name}"

    def run(self, work: Work) -> None:
        """See `Step.run`."""
        table = made_table(work.catalogue.dialect, self.table, [("id", "id")])
        if self.twin is None:
            work.define(DropIndex(Index(self.name, table.c.id)))
        else:
            work.define(DropTwin(table, self.twin, self.name if self.is_there else None))


@define(eq=False)
class ModuleIndexes:
    """The indexes that are missing over the tables of one module, or in the way."""

    module: Module
    structure: Structure
    prefix: str
    indexing: Indexing
    homes: Mapping[Place, int]
    """The table of each column that there is or will be."""
    current: str = field(init=False)
    """What indexes are named after, whichever table they are made over."""

    def __attrs_post_init__(self) -> None:
        self.current = names.current_table(self.prefix, self.module)

    def _table_of(self, one: Field) -> str:
        number = self.homes[one.number, one.generation, VALUE]
        return names.current_table(self.prefix, self.module, number)

    def steps(self) -> Iterator[MakeIndex | GiveUpIndex]:
        """What is to be done."""
        for found in (*self._live(), *self._of_history()):
            is_there = found.name in self.structure.indexes
            if isinstance(found, GiveUpIndex):
                if is_there or found.twin is not None:
                    yield found
            elif not is_there:
                yield found

    def _live(self) -> Iterator[MakeIndex | GiveUpIndex]:
        for one in self.module.stored:
            kind = one.kind
            if kind.shape == "codes":
                if (one.indexed or isinstance(kind, MultiLink)) and self.indexing.codes is not None:
                    yield self._unordered(one, self.indexing.codes)
            elif has_index(one):
                yield from self._ordered(one, is_sorted_text(kind))
        what = names.index_name(self.current, "change_set")
        yield MakeIndex(self.module, what, self.current, ((_STAMPS["change_set"], VALUE),))

    def _ordered(self, one: Field, is_sorted: bool) -> Iterator[MakeIndex | GiveUpIndex]:
        parts = [(one, VALUE), (_STAMPS["id"], VALUE)]
        if is_sorted:
            parts.insert(0, (one, KEY))
        elif one.kind.shape == "money":
            parts.insert(0, (one, CURRENCY))
        what = f"{one.number}_{one.generation}{KEY if is_sorted else ''}"
        if self.indexing.has_twins and one.kind.shape in ("text", "typed"):
            yield from self._over_twins(one, what, tuple(parts))
            return
        name = names.index_name(self.current, what)
        longest = self.indexing.longest
        if longest is None or max_length(one.kind) <= longest:
            yield MakeIndex(self.module, name, self._table_of(one), tuple(parts))
            return
        yield GiveUpIndex(name, self._table_of(one))
        yield self._of_long(one, what, tuple(parts), twins=False)

    def _over_twins(
        self, one: Field, what: str, parts: tuple[tuple[Field, str], ...]
    ) -> Iterator[MakeIndex | GiveUpIndex]:
        """The index over the twin that holds what the field may have; others are given up."""
        wanted = twin_suffix(one.kind)
        table = self._table_of(one)
        there = places_in(self.structure.tables.get(table, ()))
        for suffix in TWINS:
            name = names.index_name(self.current, what + suffix)
            if suffix == wanted:
                yield MakeIndex(self.module, name, table, parts, twins=True)
                continue
            twin = there.get((one.number, one.generation, suffix))
            if twin is not None:
                is_there = name in self.structure.indexes
                yield GiveUpIndex(name, table, twin, is_there)
        if wanted is None:
            yield self._of_long(one, what, parts, twins=True)

    def _of_long(
        self, one: Field, what: str, parts: tuple[tuple[Field, str], ...], *, twins: bool
    ) -> MakeIndex:
        if len(parts) == 2:
            return self._unordered(one, self.indexing.long_text)
        name = names.index_name(self.current, f"{what}_cut")
        return MakeIndex(self.module, name, self._table_of(one), (parts[0], parts[-1]), twins=twins)

    def _unordered(self, one: Field, words: Mapping[str, Any]) -> MakeIndex:
        name = names.index_name(self.current, f"{one.number}_{one.generation}_in")
        return MakeIndex(self.module, name, self._table_of(one), ((one, VALUE),), words=words)

    def _of_history(self) -> Iterator[MakeIndex]:
        if self.module.keeping != "history":
            return
        found: list[tuple[str, ...]]
        former = {number for place, number in self.homes.items() if place[2] != KEY_SUFFIX}
        for number in sorted({MAIN, *former}):
            table = names.history_table(self.prefix, self.module, number)
            found = [("id", "version")]
            if number == MAIN:
                found += [("change_set",), ("ended_by",)]
            for stamps in found:
                name = names.index_name(table, stamps[0])
                parts = tuple((_STAMPS[stamp], VALUE) for stamp in stamps)
                yield MakeIndex(self.module, name, table, parts)
