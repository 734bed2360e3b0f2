"""One principal in one transaction: what every stage of the door and every question needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from attrs import define, evolve, field

from crmcore.query.bind import Binder
from crmcore.query.bound import (
    TRUE,
    BoundMeasure,
    BoundNode,
    BoundQuery,
    BoundSummary,
    Comparison,
    Const,
    Ref,
    by_id,
    by_ids,
    full_columns,
)
from crmcore.query.evaluate import Look, Row
from crmcore.query.reader import Reader
from crmcore.schema import Module, Schema
from crmcore.storage import Transaction
from crmcore.work.configuration import Configuration
from crmcore.work.noting import Guard, Note

CHUNK = 5_000


@define(slots=False)
class Session:
    """A transaction together with who works in it and under which configuration.

    `as_of` is the sealed position that questions are asked of; `None` is the present.
    `notes` are kept when the session is over; a `guard` may refuse what they tell of.
    `is_snapshot` where users are what the configuration says as long as the session lasts.
    """

    transaction: Transaction
    configuration: Configuration
    reader: Reader
    as_of: int | None = None
    notes: list[Note] = field(factory=list)
    guard: Guard | None = None
    is_snapshot: bool = False

    @cached_property
    def schema(self) -> Schema:
        """The schema in force."""
        return self.configuration.schema

    @cached_property
    def binder(self) -> Binder:
        """Checks the questions of the reader."""
        return self.configuration.binder(
            self.reader, is_past=self.as_of is not None, is_snapshot=self.is_snapshot
        )

    @cached_property
    def policy_binder(self) -> Binder:
        """Checks rules, which see everything."""
        return self.configuration.binder(evolve(self.reader, system=True))

    def rows(self, query: BoundQuery) -> Iterator[Row]:
        """The rows of an answer, one by one."""
        for batch in self.transaction.select(query):
            yield from batch

    def stored_rows(
        self, module: Module, ids: Iterable[str], scope: BoundNode = TRUE
    ) -> dict[str, Row]:
        """Full stored rows of those of `ids` that fulfil `scope`, by id."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Row] = {}
        for some in chunks(wanted):
            query = BoundQuery(module, full_columns(module), by_ids(some), scope)
            found.update((row[0], row) for row in self.rows(query))  # type: ignore[misc]
        return found

    def count(self, module: Module, where: BoundNode = TRUE, scope: BoundNode = TRUE) -> int:
        """How many records of `module` fulfil `where`, of those within `scope`."""
        query = BoundSummary(module, (), (BoundMeasure("count"),), where, scope)
        ((found,),) = (row for batch in self.transaction.summarize(query) for row in batch)
        assert isinstance(found, int)
        return found

    def look(self) -> Look:
        """Finds linked records while a condition is asked of a row in memory."""
        return TransactionLook(self)


@define
class TransactionLook:
    """Linked records and children at the moment of the session; forgets nothing it saw."""

    session: Session
    seen: dict[tuple[str, str], Row | None] = field(factory=dict)

    def target(self, module: str, record: str) -> Row | None:
        """See `Look.target`."""
        place = (module, record)
        if place not in self.seen:
            definition = self.session.schema.by_name[module]
            self.seen[place] = next(self._rows(definition, by_id(record)), None)
        return self.seen[place]

    def image(self, module: str, record: str) -> Row | None:
        """See `Look.image`."""
        return self.target(module, record)

    def children(self, module: str, link: str, record: str) -> Iterable[Row]:
        """See `Look.children`."""
        definition = self.session.schema.by_name[module]
        ref = Ref((), definition.by_name[link])
        return self._rows(definition, Comparison("==", ref, Const(record, ref.kind)))

    def _rows(self, module: Module, where: BoundNode) -> Iterator[Row]:
        as_of = self.session.as_of
        return self.session.rows(BoundQuery(module, full_columns(module), where, as_of=as_of))

    @property
    def present(self) -> Look:
        """See `Look.present`."""
        return self


def chunks(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """`ids` in parts that one question may name."""
    for start in range(0, len(ids), CHUNK):
        yield tuple(ids[start : start + CHUNK])


def system_session(session: Session) -> Session:
    """The same transaction in the name of policy: sees everything, stamped by the same user."""
    reader = evolve(session.reader, system=True)
    return Session(session.transaction, session.configuration, reader)
