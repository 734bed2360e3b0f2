"""The store behind all views of a workspace: backend, clock, and the configuration in force."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, evolve, field

from crmcore.access import SYSTEM_USER, System, reader_of, system_reader
from crmcore.clock import Clock, EntropySource
from crmcore.errors import AccessDenied, UnitOfWorkClosed, WorkspaceError
from crmcore.query.bound import BoundQuery, by_id, stamp_ref
from crmcore.query.reader import Reader
from crmcore.schema.reserved import HEAD
from crmcore.storage import Backend, Intent, Transaction
from crmcore.storage.adopted import AdoptedSource
from crmcore.work.committing import REVISION_ID
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import load_configuration
from crmcore.work.rostering import adopting_transaction, host_named, host_user
from crmcore.work.session import Session

Principal = str | System
"""Who acts: the id of a user, or the system, by name."""

_REVISION = BoundQuery(HEAD, (stamp_ref("version"),), by_id(REVISION_ID))


@define
class Store:
    """One open workspace, shared by all its views and threads."""

    backend: Backend
    clock: Clock
    entropy: EntropySource
    configuration: Configuration
    lock: threading.Lock = field(factory=threading.Lock)
    writing: set[int] = field(factory=set)
    adopted: dict[str, AdoptedSource] = field(factory=dict)

    def revision(self, transaction: Transaction) -> int:
        """The revision of the configuration that `transaction` sees."""
        for batch in transaction.select(_REVISION):
            for row in batch:
                assert isinstance(row[0], int)
                return row[0]
        raise WorkspaceError("not_a_workspace")

    def current(self, transaction: Transaction) -> Configuration:
        """The configuration that `transaction` sees, loaded again if it changed."""
        revision = self.revision(transaction)
        found = self.configuration
        if found.revision != revision:
            found = load_configuration(transaction, revision)
            with self.lock:
                if found.revision > self.configuration.revision:
                    self.configuration = found
        return found

    def refresh(self) -> None:
        """Look again at the configuration in force, after it was changed from here."""
        transaction = self.backend.begin(Intent.READ)
        try:
            self.current(transaction)
        finally:
            transaction.rollback()

    def reader(
        self, principal: Principal, configuration: Configuration, transaction: Transaction
    ) -> Reader:
        """The reader that `principal` is now; raises `AccessDenied` for unknown users."""
        now, zone = self.clock.now(), configuration.setting("zone", "UTC")
        if isinstance(principal, System):
            return system_reader(now, zone, configuration.revision)
        user = configuration.users.get(principal)
        theirs = host_user(transaction, configuration, principal)
        if theirs is not None and theirs.active:
            return reader_of(theirs, configuration.schema, now, zone, configuration.revision)
        if theirs is not None or user is None or not user.active:
            raise AccessDenied("unknown_user")
        scopes = configuration.scopes(user)
        return reader_of(user, configuration.schema, now, zone, configuration.revision, scopes)

    def session(self, transaction: Transaction, principal: Principal) -> Session:
        """`principal` in `transaction`."""
        configuration = self.current(transaction)
        found = adopting_transaction(transaction, configuration, self.adopted)
        reader = self.reader(principal, configuration, found)
        return Session(found, configuration, reader)

    @contextmanager
    def reading(self, principal: Principal) -> Iterator[Session]:
        """A short session that only reads, on one snapshot."""
        transaction = self.backend.begin(Intent.READ)
        try:
            yield self.session(transaction, principal)
        finally:
            transaction.rollback()

    def enter(self) -> int:
        """Note that this thread writes, and say which it is.

        A second unit on the same thread would wait for itself. Raises `UnitOfWorkClosed`.
        """
        thread = threading.get_ident()
        if thread in self.writing:
            raise UnitOfWorkClosed("second_unit")
        self.writing.add(thread)
        return thread

    def leave(self, thread: int) -> None:
        """Note that the thread that entered writes no more; another may have ended its unit."""
        self.writing.discard(thread)


def system_session(session: Session) -> Session:
    """The same transaction in the name of policy: sees everything, stamped by the same user."""
    reader = evolve(session.reader, system=True)
    return Session(session.transaction, session.configuration, reader)


def user_named(session: Session, name: str) -> str:
    """The id of the user whose id, login or only name is `name`; raises `AccessDenied`."""
    configuration = session.configuration
    theirs = host_named(session, name)
    if theirs is not None:
        return theirs
    if name in configuration.users:
        return name
    users = [one for one in configuration.users.values() if one.id != SYSTEM_USER]
    for matches in (
        [one for one in users if one.login == name],
        [one for one in users if one.name == name],
    ):
        if len(matches) == 1:
            return matches[0].id
    raise AccessDenied("unknown_user")
