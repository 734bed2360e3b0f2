"""The store behind all views of a workspace: backend, clock, and the configuration in force."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import define, evolve, field

from crmcore.access import SYSTEM_USER, Impersonation, System, system_reader
from crmcore.clock import Clock, EntropySource
from crmcore.errors import AccessDenied, CrmError, UnitOfWorkClosed, WorkspaceError
from crmcore.query.bound import BoundQuery, by_id, stamp_ref
from crmcore.query.reader import Reader
from crmcore.schema.reserved import HEAD
from crmcore.storage import Backend, Intent, Transaction
from crmcore.storage.adopted import AdoptedSource
from crmcore.work.committing import REVISION_ID, stored_row
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import load_configuration
from crmcore.work.locking import check_keys
from crmcore.work.noting import Guard, Note, refused, rules_of
from crmcore.work.purposing import ForPurpose
from crmcore.work.remembering import Notebook
from crmcore.work.rostering import adopting_transaction, has_host_users, host_named, host_user
from crmcore.work.session import Session

Principal = str | System | Impersonation | ForPurpose
"""Who acts: the id of a user; the system, by name; somebody as another; a user for a purpose."""

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
    prepared: set[str] = field(factory=set)
    notebook: Notebook = field(factory=Notebook)
    guard: Guard | None = None

    def revision(self, transaction: Transaction) -> int:
        """The revision of the configuration that `transaction` sees."""
        for batch in transaction.select(_REVISION):
            for row in batch:
                assert isinstance(row[0], int)
                return row[0]
        raise WorkspaceError("not_a_workspace")

    def current(self, transaction: Transaction, *, is_joined: bool = False) -> Configuration:
        """The configuration that `transaction` sees, loaded again if it changed.

        What a host's transaction sees may never be: it is not kept for others. Raises
        `WorkspaceError` (`keys_needed`) where it has encrypted fields since.
        """
        revision = self.revision(transaction)
        found = self.configuration
        if found.revision != revision:
            found = load_configuration(transaction, revision)
            check_keys(self.backend, found.schema)
            if is_joined:
                return found
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
        """The reader that `principal` is now.

        Raises `AccessDenied` for unknown users, and for who may not be somebody else.
        """
        if isinstance(principal, Impersonation):
            found = self.reader(principal.user, configuration, transaction)
            check_impersonation(self.reader(principal.behalf, configuration, transaction), found)
            return found
        now, zone = self.clock.now(), configuration.setting("zone", "UTC")
        if isinstance(principal, System):
            return system_reader(now, zone, configuration.revision)
        purpose = principal.purpose if isinstance(principal, ForPurpose) else None
        named = user_of(principal)
        user = configuration.users.get(named)
        theirs = host_user(transaction, configuration, named)
        who = user if theirs is None else theirs
        if who is None or not who.active:
            raise AccessDenied("unknown_user")
        return configuration.reader(who, now, zone, purpose)

    def session(
        self, transaction: Transaction, principal: Principal, *, is_joined: bool = False
    ) -> Session:
        """`principal` in `transaction`, which may be a host's."""
        configuration = self.current(transaction, is_joined=is_joined)
        found = adopting_transaction(transaction, configuration, self.adopted)
        reader = self.reader(principal, configuration, found)
        guard = None if isinstance(principal, System) else self.guard
        return Session(found, configuration, reader, guard=guard)

    @contextmanager
    def reading(self, principal: Principal) -> Iterator[Session]:
        """A short session that only reads, on one snapshot."""
        transaction = self.backend.begin(Intent.READ)
        notes: list[Note] = []
        refusal: CrmError | None = None
        try:
            session = self.session(transaction, principal)
            # People of a host come and go without a change of the configuration.
            session.is_snapshot = not has_host_users(session.configuration)
            notes = session.notes
            yield session
        except CrmError as error:
            refusal = error
            raise
        finally:
            transaction.rollback()
            self.note(principal, notes, refusal)

    def note(
        self, principal: Principal, notes: Sequence[Note], error: BaseException | None = None
    ) -> None:
        """Remember what `principal` did, and what was refused him; see `crmcore.work.noting`."""
        user, behalf = user_of(principal), behind(principal)
        rules = rules_of(self.configuration)
        if rules.on and (notes or error is not None):
            found = [one if one.user else evolve(one, user=user, behalf=behalf) for one in notes]
            refusal = refused(error, user, behalf)
            if refusal is not None and self._is_there(refusal):
                found.append(refusal)
            self.notebook.add(self.clock.now(), found, rules)
        if self.notebook.waiting:
            self.keep_notes()

    def _is_there(self, refusal: Note) -> bool:
        """Whether what was not found is there, unseen: else nothing was denied."""
        if refusal.reason != "not_found":
            return True
        module = self.configuration.schema.by_name.get(refusal.module or "")
        if module is None or refusal.record is None or module.keeping == "adopted":
            return False
        transaction = self.backend.begin(Intent.READ)
        try:
            return stored_row(transaction, module, refusal.record) is not None
        finally:
            transaction.rollback()

    def keep_notes(self, *, at_once: bool = False) -> None:
        """Keep notes that are due, or all `at_once`, unless that would wait for a unit of ours."""
        book = self.notebook
        if not at_once and (book.is_held or not book.is_due()):
            return
        is_alone = not self.backend.capabilities.concurrent_writers
        # Whoever writes keeps them when his unit is over.
        if threading.get_ident() in self.writing or (is_alone and self.writing):
            return
        book.keep(self.backend, self.entropy)

    def close(self) -> None:
        """Keep all notes and release the store. Idempotent."""
        if self.notebook.waiting:
            self.keep_notes(at_once=True)
        self.backend.close()

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


def user_of(principal: Principal) -> str:
    """The user in whose name `principal` writes."""
    if isinstance(principal, System):
        return SYSTEM_USER
    return principal if isinstance(principal, str) else principal.user


def behind(principal: Principal) -> str | None:
    """The person behind `principal`, where that is not the user himself."""
    return None if isinstance(principal, str) else principal.behalf


def check_impersonation(who: Reader, whom: Reader) -> None:
    """Raise `AccessDenied` where `who` may not work as `whom`, or could do more as him."""
    if not who.may_impersonate:
        raise AccessDenied("not_allowed", operation="impersonate")
    for right in ("configure", "impersonate"):
        if whom.scope("*", right) is not None and who.scope("*", right) is None:
            raise AccessDenied("impersonated_may_more")
