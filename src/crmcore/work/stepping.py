"""Operations of many steps, each committed with its row in the ledger: a crash loses none.

A step that is in the ledger is done; whoever calls again with the same `op_id` goes on with
the first that is not. A rehearsal goes through the same steps in one transaction that is
rolled back: each step sees what the steps before it wrote, with the very ids of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from attrs import define

from crmcore.clock import to_milliseconds
from crmcore.query.bound import BoundQuery, Ref, Within
from crmcore.records import new_id
from crmcore.schema.reserved import STEP
from crmcore.storage import Insert
from crmcore.work import operations
from crmcore.work.committing import Intention, reserved_row, stamped
from crmcore.work.door import Door
from crmcore.work.journal import Journal
from crmcore.work.operations import Operation
from crmcore.work.session import Session, chunks
from crmcore.work.workspace import Workspace


def new_op_id(crm: Workspace) -> str:
    """An `op_id` for an operation that nobody named."""
    return new_id(to_milliseconds(crm.clock.now()), crm._store.entropy)


def reading(crm: Workspace) -> AbstractContextManager[Session]:
    """A short session that only reads, as the user of `crm`."""
    return crm._store.reading(crm.principal)


@define
class Step:
    """One step under way: its door, and what the ledger and the operation will say of it."""

    door: Door
    entry: object = None
    result: object = None
    last: bool = False


@define
class SteppedOperation:
    """An operation in steps. `known` is what the store held of it when it was opened."""

    crm: Workspace
    intention: Intention
    op_id: str
    operation: str
    began: datetime
    known: Operation | None

    @classmethod
    def opened(
        cls,
        crm: Workspace,
        intention: Intention,
        op_id: str,
        began: datetime | None = None,
    ) -> SteppedOperation:
        """The operation `op_id`, known or new. Raises `OpMismatch` where it was another request."""
        known = crm._operation(op_id)
        if known is not None:
            operations.same_request(known, intention.request or "", crm._user)
            return cls(crm, intention, op_id, known.id, known.moment, known)
        moment = began or crm.clock.now()
        operation = new_id(to_milliseconds(moment), crm._store.entropy)
        return cls(crm, intention, op_id, operation, moment, None)

    @property
    def is_done(self) -> bool:
        """Whether all of it is done."""
        return self.known is not None and self.known.state == "done"

    def entries(self, steps: Sequence[int]) -> dict[int, object]:
        """What the ledger says of `steps`, by step; those that are not done are missing."""
        if self.known is None:
            return {}
        with self.crm._store.reading(self.crm.principal) as session:
            return self._entries(session, steps)

    def _entries(self, session: Session, steps: Sequence[int]) -> dict[int, object]:
        keys = {f"{self.operation}:{step}": step for step in steps}
        key, result = (Ref((), STEP.by_name[name]) for name in ("key", "result"))
        names, found = list(keys), {}
        for some in chunks(names):
            where = Within(key, some)
            for row in session.rows(BoundQuery(STEP, (key, result), where)):
                found[keys[str(row[0])]] = STEP.by_name["result"].kind.to_json(row[1])
        return found

    @contextmanager
    def step(self, number: int) -> Iterator[Step]:
        """A step in a unit of its own, committed with its ledger row on a clean exit."""
        unit = self.crm._unit(
            self.intention,
            op_id=self.op_id,
            operation=self.operation,
            step=number,
            began=self.began,
        )
        with unit:
            made = Step(unit.door)
            yield made
            _enter(made, f"{self.operation}:{number}")
            unit.result = made.result
            unit.operation_state = "done" if made.last else "running"

    @contextmanager
    def rehearsal(self) -> Iterator[Callable[[int], Door]]:
        """Doors of steps, one after the other, in one transaction that is rolled back.

        Every step has a journal of its own, and with it the caps of a unit.
        """
        # The operation may be known already, and is none of the rehearsal's: it is not named.
        unit = self.crm._unit(self.intention, rehearsal=True)
        with unit:
            session = unit.session

            def door(number: int) -> Door:
                clock, entropy = self.crm.clock, self.crm._store.entropy
                operation, began = self.operation, self.began
                now = clock.now()
                return Door(session, Journal(now, entropy, operation, self.op_id, began, number))

            yield door


def _enter(step: Step, key: str) -> None:
    """Write the row of the ledger, in the transaction of what it tells of."""
    session, journal = step.door.session, step.door.journal
    stamps = stamped(STEP, journal.next_id(), journal, session.reader.user)
    kind = STEP.by_name["result"].kind
    values = {"key": key, "result": kind.normalize(step.entry)}
    row = reserved_row(STEP, stamps, values)
    session.transaction.apply([Insert(STEP, [row])])
    journal.entered(STEP, row)
