"""Answers over rows of two places: narrowed where they lie, decided by the definition here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, Literal

from attrs import define, evolve, field, frozen

from crmcore.query import answer
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    AllOf,
    BoundNode,
    BoundOrder,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    Ref,
    Related,
    Step,
    both,
    full_columns,
)
from crmcore.query.evaluate import Row, condition, value
from crmcore.query.mentions import parts_of
from crmcore.schema import Module
from crmcore.storage.adopted_look import CHUNK, GatheredLook, chunks

_FEW: Final = 50
Direction = Literal["ascending", "descending"]
Own = Callable[[BoundQuery], list[Row]]
Hosts = Callable[
    [Module, Iterable[BoundNode], Direction | None, int | None], Iterator[Sequence[Row]]
]


@frozen
class Answering:
    """Where the rows of a question come from: `own` asks the store, `hosts` a host's table.

    `foreign` are the names of the modules that the store alone cannot answer for.
    """

    modules: Mapping[str, Module]
    foreign: frozenset[str]
    own: Own
    hosts: Hosts
    sorts: Callable[[Module], bool]

    def look(self) -> GatheredLook:
        """A look that follows links in both places."""
        return GatheredLook(self.fetch, self.modules)

    def fetch(self, module: Module, where: BoundNode) -> Iterable[Row]:
        """The rows of `module` that fulfil `where`, a condition over its own fields."""
        if module.name not in self.foreign:
            return self.own(BoundQuery(module, full_columns(module), where))
        holds, look = condition(where, module), self.look()
        found = chain.from_iterable(self.hosts(module, (where,), None, None))
        return [row for row in found if holds(row, look)]


def select(query: BoundQuery, answering: Answering) -> Iterator[Row]:
    """The rows of a list that names adopted modules."""
    look = answering.look()
    base = _Base(query.module, both(query.where, query.scope), answering, look)
    if _is_sorted(query, answering):
        found = base.matching(base.ordered(query))
        if query.limit is not None:
            found = islice(found, query.limit)
    else:
        whole = evolve(query, columns=full_columns(query.module))
        rows = list(base.matching(base.any(())))
        for some in chunks(rows):
            look.prepare(query.module, some, [one.ref for one in query.order])
        found = answer.arrange(whole, rows, look)
    places = [value(column, query.module) for column in query.columns]
    for some in chunks(found, min(CHUNK, query.limit or CHUNK)):
        look.prepare(query.module, some, query.columns)
        for row in some:
            yield tuple([place(row, look) for place in places])


def summarize(query: BoundSummary, answering: Answering) -> Iterator[Row]:
    """The rows of a summary that names adopted modules."""
    look = answering.look()
    base = _Base(query.module, both(query.where, query.scope), answering, look)
    nodes: list[BoundNode] = [group.ref for group in query.groups]
    for measure in query.measures:
        nodes.append(measure.where)
        if measure.ref is not None:
            nodes.append(measure.ref)

    def read_ahead() -> Iterator[Row]:
        for some in chunks(base.matching(base.any(()))):
            look.prepare(query.module, some, nodes)
            yield from some

    yield from answer.summarize(query, read_ahead(), look)


def _is_sorted(query: BoundQuery, answering: Answering) -> bool:
    """Whether rows can be read in the order of `query`, so that a page reads few of them."""
    foreign = answering.foreign
    if query.module.name not in foreign:
        return not any(names_foreign(one.ref, foreign) for one in query.order)
    by_id = all(one.ref == ID_REF for one in query.order)
    return by_id and answering.sorts(query.module)


@define
class _Base:
    """The rows of the module asked of."""

    module: Module
    where: BoundNode
    answering: Answering
    look: GatheredLook
    is_foreign: bool = field(init=False)
    narrow: list[BoundNode] = field(init=False)
    rest: list[BoundNode] = field(init=False)

    def __attrs_post_init__(self) -> None:
        terms, foreign = list(_terms(self.where)), self.answering.foreign
        self.is_foreign = self.module.name in foreign
        if self.is_foreign:
            # The host's table narrows as far as it can; everything is asked again here.
            self.narrow, self.rest = [one for one in terms if is_own(one)], terms
        else:
            self.rest = [one for one in terms if names_foreign(one, foreign)]
            self.narrow = [one for one in terms if one not in self.rest]

    def matching(self, rows: Iterator[Sequence[Row]]) -> Iterator[Row]:
        """Those of `rows` that fulfil the whole condition, in their order."""
        holds = condition(_all(self.rest), self.module)
        for some in rows:
            self.look.prepare(self.module, some, self.rest)
            for row in some:
                if holds(row, self.look):
                    yield row

    def any(self, order: tuple[BoundOrder, ...]) -> Iterator[Sequence[Row]]:
        """All rows, at least, that fulfil the condition, in any order."""
        if self.is_foreign:
            return self.answering.hosts(self.module, self.narrow, None, None)
        return self._pages(BoundQuery(self.module, (), TRUE))

    def ordered(self, query: BoundQuery) -> Iterator[Sequence[Row]]:
        """The same rows in the order of `query`, behind its cursor, a few at first."""
        if not self.is_foreign:
            return self._pages(query)
        down = bool(query.order) and query.order[-1].descending
        narrow = self.narrow
        if query.after is not None:
            behind = Comparison("<" if down else ">", ID_REF, Const(query.after[-1], ID_REF.kind))
            narrow = [*narrow, behind]
            self.rest = [*self.rest, behind]
        few = None if query.limit is None else query.limit
        direction: Direction = "descending" if down else "ascending"
        return self.answering.hosts(self.module, narrow, direction, few)

    def _pages(self, query: BoundQuery) -> Iterator[Sequence[Row]]:
        """Rows of the store, a page at a time: each is read before anything else is asked."""
        full = full_columns(self.module)
        columns = (*full, *(one.ref for one in query.order), ID_REF)
        size = CHUNK if query.limit is None else min(CHUNK, max(_FEW, query.limit))
        after = query.after
        while True:
            page = BoundQuery(
                self.module, columns, _all(self.narrow), TRUE, query.order, after, size
            )
            rows = self.answering.own(page)
            yield [row[: len(full)] for row in rows]
            if len(rows) < size:
                return
            after = rows[-1][len(full) :]
            size = min(CHUNK, size * 2)


def _terms(node: BoundNode) -> Iterator[BoundNode]:
    if isinstance(node, AllOf):
        for term in node.terms:
            yield from _terms(term)
    elif node != TRUE:
        yield node


def _all(terms: Sequence[BoundNode]) -> BoundNode:
    if not terms:
        return TRUE
    return terms[0] if len(terms) == 1 else AllOf(tuple(terms))


def names_foreign(node: BoundNode | Step, foreign: frozenset[str]) -> bool:
    """Whether answering `node` needs rows of a module of `foreign`."""
    if isinstance(node, Step):
        return node.target.name in foreign or names_foreign(node.visible, foreign)
    if isinstance(node, Related) and node.child.name in foreign:
        return True
    return any(names_foreign(part, foreign) for part in parts_of(node))


def is_own(node: BoundNode | Step) -> bool:
    """Whether `node` speaks of own fields of one record alone."""
    if isinstance(node, (Step, Related)) or (isinstance(node, Ref) and node.steps):
        return False
    return all(is_own(part) for part in parts_of(node))
