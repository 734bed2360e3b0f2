"""The chain of audit entries, walked from its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import define, field

from crmcore.errors import Problem
from crmcore.query.bound import BoundOrder, BoundQuery, Ref, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import layout_of
from crmcore.schema.reserved import AUDIT_ENTRY
from crmcore.work.remembering import START, AuditHead, audit_head_of, chained
from crmcore.work.session import Session

_PLACE: Final = layout_of(AUDIT_ENTRY).index
_POSITION: Final = Ref((), AUDIT_ENTRY.by_name["position"])


@define
class EntryCheck:
    """The entries of a store, held against their chain."""

    problems: list[Problem] = field(factory=list)
    chains: dict[int, str] = field(factory=dict)
    last: AuditHead = field(factory=lambda: AuditHead(0, None, START))

    def run(self, session: Session) -> None:
        """Collects what is amiss in `problems`."""
        for row in self._rows(session):
            self._check(row)
        head = audit_head_of(session.transaction)
        found = (self.last.position, self.last.chain, self.last.moment)
        if found != (head.position, head.chain, head.moment):
            params = {"position": self.last.position, "head": head.position}
            self.problems.append(Problem("audit_entry_head", params))

    def _rows(self, session: Session) -> Iterator[Row]:
        order = (BoundOrder(_POSITION),)
        query = BoundQuery(AUDIT_ENTRY, full_columns(AUDIT_ENTRY), order=order)
        return session.rows(query)

    def _check(self, row: Row) -> None:
        position, moment, chain = (row[_PLACE[name]] for name in ("position", "moment", "chain"))
        wanted = self.last.position + 1
        if position != wanted or moment is None:
            params = {"position": wanted, "found": position or "–"}
            self.problems.append(Problem("audit_entry_gap", params))
        else:
            after, _ = chained(self.last, row)
            # An earlier moment would have been moved behind the one before.
            if (after.chain, after.moment) != (chain, moment):
                self.problems.append(Problem("audit_entry_broken", {"position": wanted}))
        place = position if isinstance(position, int) else wanted
        self.chains[place] = str(chain)
        self.last = AuditHead(place, moment if isinstance(moment, datetime) else None, str(chain))
