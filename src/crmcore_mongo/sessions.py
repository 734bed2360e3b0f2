"""The session that a transaction works in: one of ours, or the one of a host."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import SystemRandom
from typing import Any, Final, Protocol

from attrs import define, field
from pymongo import MongoClient, ReadPreference
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from crmcore.errors import StorageError
from crmcore_mongo.refusals import is_unknown

DURABLE: Final = WriteConcern("majority", j=True)
"""Acknowledged by most of the servers, each of which has it on its disk."""

SNAPSHOT: Final = ReadConcern("snapshot")
MAJORITY: Final = ReadConcern("majority")

_PATIENCE: Final = 30.0
_LONGEST_PAUSE: Final = 0.25
_FIRST_PAUSE: Final = 0.002
_RANDOM: Final = SystemRandom()


def pauses() -> Iterator[None]:
    """One turn at once, then more after ever longer pauses of chance length, for half a minute."""
    until, longest = time.monotonic() + _PATIENCE, _FIRST_PAUSE
    while True:
        yield
        if time.monotonic() > until:
            return
        time.sleep(_RANDOM.uniform(0, longest))
        longest = min(2 * longest, _LONGEST_PAUSE)


class Link(Protocol):
    """A session in a transaction of ours, or in our part of a host's."""

    can_restart: bool
    """Whether the transaction may be ended and begun anew."""

    def open(self) -> None:
        """Begin."""
        ...

    @property
    def is_held(self) -> bool:
        """Whether the transaction is still the one that was begun or joined."""
        ...

    @property
    def session(self) -> ClientSession | None:
        """What reads and writes are told to work in.

        Raises `StorageError` (`host_transaction_over`) where a host has ended it.
        """
        ...

    def restart(self) -> None:
        """Undo what was written and begin anew, with a new snapshot."""
        ...

    def commit(self) -> None:
        """Keep what was written."""
        ...

    def rollback(self) -> None:
        """Undo what was written, if it still stands."""
        ...


@define(eq=False)
class OwnLink:
    """A session of ours, for one transaction: snapshot reads, durable commits."""

    client: MongoClient[Any]
    can_restart: bool = True
    _session: ClientSession | None = None

    def open(self) -> None:
        """See `Link.open`."""
        self._session = self.client.start_session(causal_consistency=False)
        self._start()

    @property
    def is_held(self) -> bool:
        """See `Link.is_held`."""
        return True

    @property
    def session(self) -> ClientSession | None:
        """See `Link.session`."""
        return self._session

    def restart(self) -> None:
        """See `Link.restart`."""
        self._abort()
        self._start()

    def commit(self) -> None:
        """See `Link.commit`."""
        assert self._session is not None
        for _ in pauses():
            try:
                self._session.commit_transaction()
            except PyMongoError as error:
                if not is_unknown(error):
                    raise
            else:
                self._end()
                return
        raise StorageError("connection_lost")

    def rollback(self) -> None:
        """See `Link.rollback`."""
        if self._session is not None:
            try:
                self._abort()
            finally:
                self._end()

    def _start(self) -> None:
        assert self._session is not None
        self._session.start_transaction(SNAPSHOT, DURABLE, ReadPreference.PRIMARY)

    def _abort(self) -> None:
        # The server may have ended it by itself; the driver passes over what it says.
        assert self._session is not None
        if self._session.in_transaction:
            self._session.abort_transaction()

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.end_session()


@define(eq=False)
class LooseLink:
    """No session at all, on a server without transactions: what is written is there at once."""

    can_restart: bool = field(default=False, init=False)

    def open(self) -> None:
        """See `Link.open`."""

    @property
    def is_held(self) -> bool:
        """See `Link.is_held`."""
        return True

    @property
    def session(self) -> ClientSession | None:
        """See `Link.session`."""
        return None

    def restart(self) -> None:
        """See `Link.restart`."""
        raise StorageError("store_busy")

    def commit(self) -> None:
        """See `Link.commit`: there is nothing left to do."""

    def rollback(self) -> None:
        """See `Link.rollback`: what was written is undone one by one."""


@define(eq=False)
class JoinedLink:
    """Our part of the transaction that a host has in its session.

    It is never committed or aborted here; where the host had not begun one, it is begun in
    his name. One that reads less than a snapshot, or whose commit may be lost, is refused.
    """

    host: ClientSession
    can_restart: bool = field(default=False, init=False)
    _number: int = field(default=0, init=False)

    def open(self) -> None:
        """See `Link.open`."""
        if self.host.has_ended:
            raise StorageError("join_refused", isolation="closed")
        if not self.host.in_transaction:
            self.host.start_transaction(SNAPSHOT, DURABLE, ReadPreference.PRIMARY)
        self._check_concerns()
        self._number = self.host._transaction_id

    def _check_concerns(self) -> None:
        """Raise `StorageError` (`join_too_lax`) where the host's transaction promises less."""
        told = self.host._transaction.opts
        reads = None if told is None or told.read_concern is None else told.read_concern.level
        writes = None if told is None or told.write_concern is None else told.write_concern.document
        # What is left open is up to the server, and to whoever configures it.
        if reads != SNAPSHOT.level or any(
            (writes or {}).get(name) != wanted for name, wanted in DURABLE.document.items()
        ):
            found = ", ".join(f"{name}={value}" for name, value in sorted((writes or {}).items()))
            raise StorageError("join_too_lax", reads=reads or "", writes=found)

    @property
    def is_held(self) -> bool:
        """See `Link.is_held`."""
        is_open = not self.host.has_ended and self.host.in_transaction
        return is_open and self.host._transaction_id == self._number

    @property
    def session(self) -> ClientSession | None:
        """See `Link.session`."""
        if not self.is_held:
            raise StorageError("host_transaction_over")
        return self.host

    def restart(self) -> None:
        """See `Link.restart`."""
        raise StorageError("store_busy")

    def commit(self) -> None:
        """See `Link.commit`: left to the host, whose transaction must still be there."""
        if not self.is_held:
            raise StorageError("host_transaction_over")

    def rollback(self) -> None:
        """See `Link.rollback`: left to the host."""
