"""A desk to test a store from: commits of acts, questions as text, answers as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from zlib import crc32

from attrs import define, evolve, field

from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import (
    ID_REF,
    BoundQuery,
    BoundSummary,
    Ref,
    full_columns,
)
from crmcore.query.text import parse, parse_order, parse_path
from crmcore.schema import ENDINGS, Module, Schema
from crmcore.schema.reserved import CHANGE_SET, USER
from crmcore.storage import Backend, Insert, Intent, Replace, Row, Transaction, Write
from crmcore.testing.asking import SYSTEM, Asker, exact_row
from crmcore.testing.play import ask_all, live_rows
from crmcore.testing.rows import USER_ID, change_set_id, new_row, next_row, record_id
from crmcore.testing.scribe import Scribe
from crmcore.testing.script import RESERVED_PART, Act


def record_named(name: str) -> str:
    """The id of the record that a test calls `name`."""
    return record_id(10_000 + crc32(name.encode()))


def conditions_of(texts: Mapping[str, str]) -> dict[str, ast.Node]:
    """Conditions in text form, by module."""
    return {module: parse(text) for module, text in texts.items()}


def schema_of(*modules: Module) -> Schema:
    """A schema of `modules` with what a store cannot do without."""
    return Schema((*RESERVED_PART, *modules))


@define
class Desk:
    """A prepared store and what was committed to it so far."""

    backend: Backend
    schema: Schema
    commits: int = 0
    position: int = 0
    sealed: dict[int, int] = field(factory=dict)

    @classmethod
    def at(cls, backend: Backend, *modules: Module) -> Desk:
        """A desk at an empty store, which is prepared for `modules`."""
        desk = cls(backend, schema_of(*modules))
        backend.prepare(desk.schema)
        with desk.writing() as transaction:
            transaction.apply([Insert(USER, [new_row(USER, USER_ID, 0, {"name": "Anna"})])])
        return desk

    def prepare(self, *modules: Module) -> None:
        """Let the store evolve to `modules`."""
        self.backend.prepare(schema_of(*modules))
        self.schema = schema_of(*modules)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction that is committed, or rolled back where something is raised."""
        transaction = self.backend.begin(Intent.WRITE)
        try:
            yield transaction
            transaction.commit()
        except BaseException:
            transaction.rollback()
            raise

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that reads."""
        transaction = self.backend.begin(Intent.READ)
        try:
            yield transaction
        finally:
            transaction.rollback()

    def commit(self, *acts: Act, sealed: bool = True) -> int:
        """Commit `acts`, neighbors of one sort as one write; the position it was sealed at.

        Unsealed commits give -1. Raises what the store raises; then nothing was committed.
        """
        with self.writing() as transaction:
            for writes in self.writes(*acts, sealed=sealed):
                transaction.apply(writes)
        if not sealed:
            return -1
        self.position += 1
        self.sealed[self.commits] = self.position
        return self.position

    def writes(self, *acts: Act, sealed: bool = True) -> list[Sequence[Write]]:
        """The writes of the next commit: its change set, then `acts`."""
        self.commits += 1
        position = self.position + 1 if sealed else None
        scribe = Scribe(self.schema, lambda module: live_rows(self.backend, module))
        return [[scribe.change_set(self.commits, position)], scribe.writes(self.commits, acts)]

    def seal(self, *commits: int) -> None:
        """Give the next positions to the change sets of `commits`."""
        rows = live_rows(self.backend, CHANGE_SET)
        for commit in commits:
            self.position += 1
            former = rows[change_set_id(commit)]
            row = next_row(CHANGE_SET, former, commit, {"position": self.position})
            with self.writing() as transaction:
                transaction.apply([Replace(CHANGE_SET, [row], [former[1]])])  # type: ignore[list-item]

    def find(
        self,
        module: str,
        where: str | None = None,
        *columns: str,
        order: str | None = None,
        limit: int | None = None,
        after: tuple[object, ...] | None = None,
        as_of: int | None = None,
        asker: Asker = SYSTEM,
        within: Transaction | None = None,
    ) -> list[Any]:
        """An answer: tuples of the values of `columns`, or bare values where it is one.

        Without columns the title of each record is told. `within` asks in that transaction.
        """
        query = self.query(module, where, *columns, order=order, asker=asker)
        query = evolve(query, limit=limit, after=after, as_of=as_of)
        rows = self.rows(query, within)
        return [row[0] for row in rows] if len(query.columns) == 1 else rows

    def rows(self, query: BoundQuery, within: Transaction | None = None) -> list[Row]:
        """All rows of an answer, as tuples."""
        if within is None:
            return ask_all(self.backend, query)
        return [row for batch in within.select(query) for row in batch]

    def query(
        self,
        module: str,
        where: str | None = None,
        *columns: str,
        order: str | None = None,
        asker: Asker = SYSTEM,
    ) -> BoundQuery:
        """A question in text form, bound."""
        binder, found = Binder(self.schema, asker.reader), self.schema.module(module)
        title = (found.title or "id",)
        paths = [parse_path(column) for column in columns] or [title]
        terms = () if order is None else parse_order(order)
        return BoundQuery(
            found,
            tuple(binder.column(found, path) for path in paths),
            binder.condition(found, None if where is None else parse(where)),
            binder.visible(found),
            tuple(binder.order(found, term) for term in terms),
        )

    def pages(self, query: BoundQuery, size: int) -> list[list[Row]]:
        """The pages of an answer, each beginning behind the last record of the one before."""
        width = len(query.columns)
        keys = (*(term.ref for term in query.order), ID_REF)
        page = evolve(query, columns=(*query.columns, *keys), limit=size)
        found: list[list[Row]] = []
        cursors: set[str] = set()
        while rows := self.rows(page):
            found.append([row[:width] for row in rows])
            page = evolve(page, after=rows[-1][width:])
            cursor = exact_row(rows[-1][width:])
            assert cursor not in cursors, f"the pages go round in a circle at {cursor}"
            cursors.add(cursor)
        return found

    def versions(
        self, module: str, where: str | None = None, asker: Asker = SYSTEM, **changes: Any
    ) -> list[Row]:
        """All versions of a module: full rows with what ended them."""
        return self.rows(evolve(self.past(module, where, asker), **changes))

    def past(self, module: str, where: str | None = None, asker: Asker = SYSTEM) -> BoundQuery:
        """The question for all versions of a module."""
        found = self.schema.module(module)
        query = self.query(module, where, asker=asker)
        endings = tuple(Ref((), one) for one in ENDINGS)
        return evolve(query, columns=(*full_columns(found), *endings), versions=True)

    def summarize(
        self,
        module: str,
        *measures: str | ast.Measure,
        by: Sequence[str | ast.GroupBy] = (),
        where: str | None = None,
        as_of: int | None = None,
        asker: Asker = SYSTEM,
        within: Transaction | None = None,
    ) -> list[Row]:
        """Groups and figures (`count`, `sum:amount`), sorted as texts: they come in no order."""
        binder, found = Binder(self.schema, asker.reader), self.schema.module(module)
        groups = [ast.GroupBy(parse_path(one)) if isinstance(one, str) else one for one in by]
        asked = [_measure(one) for one in measures or ("count",)]
        query = BoundSummary(
            found,
            tuple(binder.group(found, group) for group in groups),
            tuple(part for one in asked for part in binder.measure(found, one)),
            binder.condition(found, None if where is None else parse(where)),
            binder.visible(found),
            as_of,
        )
        return self.summary(query, within)

    def summary(self, query: BoundSummary, within: Transaction | None = None) -> list[Row]:
        """All rows of a bound summary, sorted as texts."""
        if within is None:
            with self.reading() as transaction:
                return self.summary(query, transaction)
        rows = [row for batch in within.summarize(query) for row in batch]
        return sorted(rows, key=exact_row)


def _measure(one: str | ast.Measure) -> ast.Measure:
    if isinstance(one, ast.Measure):
        return one
    function, _, path = one.partition(":")
    return ast.Measure(function, parse_path(path) if path else ())
