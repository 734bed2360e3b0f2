"""A unit's transaction: begun at the first statement, committed with its change set, or gone."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Literal, Self

from attrs import define

from crmcore.clock import to_milliseconds
from crmcore.errors import CrmError, StorageError, UnitOfWorkClosed
from crmcore.records import new_id
from crmcore.storage import Intent, Transaction
from crmcore.work.arguments import text
from crmcore.work.committing import POLICY_MODULES, Intention, write_commit
from crmcore.work.door import Door
from crmcore.work.journal import Journal
from crmcore.work.noting import Note
from crmcore.work.sealing import seal
from crmcore.work.session import Session, system_session
from crmcore.work.store import Principal, Store, behind


@define
class Unit:
    """One principal, one transaction, one step of one operation.

    Used in a `with` statement: commits on a clean exit, rolls back on an exception, seals
    after its own commit. With `rehearsal` the commit is a rollback. An operation that its
    caller `is_named` is kept even where it changed nothing: a retry finds it.
    """

    store: Store
    principal: Principal
    intention: Intention
    journal: Journal
    join: object = None
    rehearsal: bool = False
    is_named: bool = False
    result: object = None
    operation_state: str = "done"
    _state: Literal["new", "open", "over"] = "new"
    _transaction: Transaction | None = None
    _session: Session | None = None
    _door: Door | None = None
    _thread: int = 0
    _refusal: BaseException | None = None

    @property
    def session(self) -> Session:
        """Who works in which transaction; begins it. Raises `UnitOfWorkClosed`."""
        if self._state != "open":
            raise UnitOfWorkClosed("unit_not_entered" if self._state == "new" else "unit_over")
        return self._session or self._begun()

    def _begun(self) -> Session:
        self._transaction = self.store.backend.begin(Intent.WRITE, self.join)
        is_joined = self.join is not None
        self._session = self.store.session(self._transaction, self.principal, is_joined=is_joined)
        return self._session

    @property
    def door(self) -> Door:
        """The door of this unit."""
        if self._door is None or self._state != "open":
            self._door = Door(self.session, self.journal)
        return self._door

    @property
    def system_door(self) -> Door:
        """The same door in the name of policy."""
        return Door(system_session(self.session), self.journal)

    def abandon(self, error: BaseException | None = None) -> None:
        """Roll back and end this unit, because of `error` where there is one."""
        self._refusal = self._refusal or error
        if self._transaction is not None and self._state == "open":
            self._transaction.rollback()
        self._state = "over"

    def __enter__(self) -> Self:
        if self._state != "new":
            raise UnitOfWorkClosed("unit_over")
        self._thread = self.store.enter()
        self._state = "open"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_committed = False
        try:
            if kind is None:
                is_committed = self._commit()
        except CrmError as failure:
            error = failure
            raise
        finally:
            self.abandon(error)
            self.store.leave(self._thread)
            self._note(is_committed)
        if is_committed:
            # What is committed stays so: whoever comes next seals what could not be sealed.
            with suppress(StorageError):
                seal(self.store.backend)

    def _note(self, is_committed: bool) -> None:
        """Remember, now that the transaction is over, what is worth it."""
        notes = [] if self._session is None else list(self._session.notes)
        touched = sorted(POLICY_MODULES.intersection(self.journal.counts))
        if is_committed and touched:
            op_id = self.journal.op_id
            notes += [Note("configuration", module=one, operation=op_id) for one in touched]
        if is_committed and behind(self.principal) is not None:
            notes.append(Note("impersonation", operation=self.journal.op_id))
        # The host's transaction may go on: what would wait for it waits for a unit of ours.
        self.store.notebook.is_held = self.join is not None
        self.store.note(self.principal, notes, self._refusal)

    def _commit(self) -> bool:
        """Whether something of ours was committed and waits for sealing."""
        if self._state == "over":
            raise UnitOfWorkClosed("unit_broken")
        if self._session is None and self.is_named and not self.rehearsal:
            self._begun()
        if self._transaction is None or self._session is None:
            return False
        is_written = bool(self.journal.counts) or self.result is not None or self.is_named
        if is_written:
            write_commit(
                self._session, self.journal, self.intention, self.operation_state, self.result
            )
        if self.rehearsal or (not is_written and self.join is None):
            return False
        self._transaction.commit()
        self._state = "over"
        return is_written and self.join is None


def unit_of(
    store: Store,
    principal: Principal,
    intention: Intention,
    *,
    op_id: str | None = None,
    operation: str | None = None,
    step: int = 0,
    began: datetime | None = None,
    join: object = None,
    rehearsal: bool = False,
) -> Unit:
    """A unit that is step `step` of an operation; a new operation unless one is named."""
    if op_id is not None:
        op_id = text("op_id", op_id)
    moment = store.clock.now()
    made = operation or new_id(to_milliseconds(moment), store.entropy)
    journal = Journal(moment, store.entropy, made, op_id or made, began or moment, step)
    return Unit(store, principal, intention, journal, join, rehearsal, op_id is not None)
