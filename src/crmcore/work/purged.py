"""Former generations of fields that were purged, and the past that cannot be asked any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import define, frozen

from crmcore.errors import BeyondHorizon, WorkspaceError
from crmcore.query.bound import BoundQuery, BoundSummary
from crmcore.query.mentions import modules_in
from crmcore.storage import Batch, Transaction, Write

PURGED = "purged"
"""The definition under which purged generations are listed."""


@frozen
class Purged:
    """Generation `generation` of a field, both by number: in force before position `until`."""

    module: int
    field: int
    generation: int
    until: int


def purged_to_json(purged: Sequence[Purged]) -> list[dict[str, int]]:
    """Purged generations as plain data."""
    return [
        {
            "module": one.module,
            "field": one.field,
            "generation": one.generation,
            "until": one.until,
        }
        for one in purged
    ]


def purged_from_json(data: object) -> tuple[Purged, ...]:
    """Purged generations of plain data; raises `WorkspaceError` where it is none."""
    try:
        return tuple(Purged(**dict(one)) for one in (data if isinstance(data, list) else ()))
    except (TypeError, ValueError):
        raise WorkspaceError("not_a_workspace") from None


def horizons(purged: Sequence[Purged]) -> Mapping[int, int]:
    """The first position that can be asked of, by the number of the module."""
    found: dict[int, int] = {}
    for one in purged:
        found[one.module] = max(one.until, found.get(one.module, 0))
    return found


@define(eq=False)
class Bounded:
    """A transaction that is asked of `position`, and refuses what lies beyond a horizon."""

    inner: Transaction
    position: int
    first: Mapping[int, int]

    def select(self, query: BoundQuery) -> Iterator[Batch]:
        """See `Transaction.select`; raises `BeyondHorizon`."""
        self._check(query)
        return self.inner.select(query)

    def summarize(self, query: BoundSummary) -> Iterator[Batch]:
        """See `Transaction.summarize`; raises `BeyondHorizon`."""
        self._check(query)
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

    def _check(self, query: BoundQuery | BoundSummary) -> None:
        if query.as_of is None:
            return
        for module in modules_in(query).values():
            if self.position < self.first.get(module.number, 0):
                first = self.first[module.number]
                raise BeyondHorizon("past_purged", module=module.name, first=first)
