"""A backend that hands everything on to another: the ground on which bugs are planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import define

from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.schema import Schema
from crmcore.storage import Backend, Batch, Capability, Intent, Row, Transaction, Write


@define
class PassedOn:
    """A transaction that hands everything on. Bugs override what they spoil."""

    inner: Transaction
    backend: Spoiled

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`."""
        return self.inner.select(query)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`."""
        return self.inner.summarize(query)

    def apply(self, writes: Sequence[Write]) -> None:
        """See `Transaction.apply`."""
        self.inner.apply(writes)

    def commit(self) -> None:
        """See `Transaction.commit`."""
        self.inner.commit()

    def rollback(self) -> None:
        """See `Transaction.rollback`."""
        self.inner.rollback()

    def rows(self, query: BoundQuery) -> list[Row]:
        """All rows of the true answer."""
        return [row for batch in self.inner.select(query) for row in batch]


Spoil = Callable[[Transaction, "Spoiled"], Transaction]


class Spoiled:
    """A backend whose transactions are spoiled by `spoil`; `memory` is for the bug's own use."""

    def __init__(self, inner: Backend, spoil: Spoil) -> None:
        self.inner = inner
        self.spoil = spoil
        self.memory: set[str] = set()

    @property
    def capabilities(self) -> Capability:
        """See `Backend.capabilities`."""
        return self.inner.capabilities

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        self.inner.prepare(schema)

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`."""
        return self.spoil(self.inner.begin(intent, join), self)

    def close(self) -> None:
        """See `Backend.close`."""
        self.inner.close()


def in_batches(rows: Sequence[Row]) -> Iterator[Batch]:
    """`rows` as one batch, or none."""
    if rows:
        yield list(rows)
