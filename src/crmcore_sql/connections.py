"""The connection that a transaction works on: one of a pool, or one of a host."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable
from typing import Any, Final, Protocol

from attrs import define, field
from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crmcore.errors import StorageError
from crmcore.storage import Intent
from crmcore_sql.dialect import Sessions

_NUMBERS: Final = itertools.count(1)
_TURN_SECONDS: Final = 30
_STALE: Final = 20
"""Connections that are tried when those of a pool are found to be lost."""


def as_ours(sessions: Sessions, error: BaseException) -> BaseException:
    """A driver's error as one of ours, carrying no values; any other error as it is."""
    if isinstance(error, PoolTimeout):
        return StorageError("store_busy")
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    return sessions.refusal(error) or error


class Link(Protocol):
    """A connection in a transaction of ours, or in our part of a host's."""

    def open(self) -> None:
        """Take the connection and begin."""
        ...

    def cursor(self) -> DBAPICursor:
        """A new cursor."""
        ...

    def hold(self) -> None:
        """Make sure, before something is written, that the transaction is still the same one."""
        ...

    def commit(self) -> None:
        """Keep what was written and give the connection back."""
        ...

    def rollback(self) -> None:
        """Undo what was written, if it still stands, and give the connection back."""
        ...


@define(eq=False)
class PooledLink:
    """A connection of a pool, for one transaction of ours.

    A `borrowed` one belongs to the engine of a host and goes back as it came. Where an
    engine has one writer at a time, those of one program take `turns`: engines that let
    them try again and again starve some for seconds.
    """

    engine: Engine
    sessions: Sessions
    intent: Intent
    borrowed: bool
    turns: threading.Lock | None = None
    _connection: Any = None
    _state: object = None
    _turn: Callable[[], object] | None = None

    def open(self) -> None:
        """See `Link.open`."""
        if self.turns is not None and self.intent is Intent.WRITE:
            if not self.turns.acquire(timeout=_TURN_SECONDS):
                raise StorageError("store_busy")
            # Whoever forgets to end a transaction does not keep the others waiting for ever.
            self._turn = weakref.finalize(self, self.turns.release)
        try:
            self._connect()
        except BaseException:
            self._end_turn()
            raise

    def _connect(self) -> None:
        for _ in range(_STALE):
            try:
                self._begin()
                return
            except Exception as error:
                # A server that was started anew is not there for the connections of a pool.
                found = as_ours(self.sessions, error)
                if not isinstance(found, StorageError) or found.code != "connection_lost":
                    raise
        self._begin()

    def _begin(self) -> None:
        try:
            self._connection = self.engine.raw_connection()
        except Exception as error:
            found = as_ours(self.sessions, error)
            if isinstance(found, StorageError) and found.code == "connection_lost":
                reason = str(error).strip().splitlines()[-1:]
                raise StorageError("store_unreachable", reason="".join(reason)[:200]) from None
            raise
        try:
            if self.borrowed:
                self._state = self.sessions.borrow(self._connection.dbapi_connection)
            cursor = self.cursor()
            self.sessions.begin(cursor, self.intent)
            cursor.close()
        except BaseException:
            self._release()
            raise

    def cursor(self) -> DBAPICursor:
        """See `Link.cursor`."""
        return self.sessions.cursor(self._connection)

    def hold(self) -> None:
        """See `Link.hold`: nobody else ends what is ours."""

    def commit(self) -> None:
        """See `Link.commit`."""
        cursor = self.cursor()
        cursor.execute("COMMIT")
        cursor.close()
        self._release()

    def rollback(self) -> None:
        """See `Link.rollback`."""
        if self._connection is None:
            return
        # An engine that failed badly has rolled back by itself.
        try:
            if self.sessions.in_transaction(self._connection.dbapi_connection):
                cursor = self.cursor()
                cursor.execute("ROLLBACK")
                cursor.close()
        finally:
            self._release()

    def _release(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if self.sessions.is_broken(connection.dbapi_connection):
                connection.invalidate()
            elif self._state is not None:
                self.sessions.give_back(connection.dbapi_connection, self._state)
        except BaseException:
            connection.invalidate()
            raise
        finally:
            connection.close()
            self._end_turn()

    def _end_turn(self) -> None:
        if self._turn is not None:
            self._turn()


@define(eq=False)
class JoinedLink:
    """Our part of the transaction that a host has on its connection: one savepoint.

    The host's transaction is never committed or rolled back here; where the host had not
    begun one, it is begun in his name: by SQLAlchemy where it is his library (`begins`).
    """

    host: Connection
    sessions: Sessions
    intent: Intent
    begins: bool = True
    _savepoint: str = field(init=False)
    _mark: str = field(init=False)

    def open(self) -> None:
        """See `Link.open`."""
        try:
            if self.begins and not self.host.in_transaction():
                self.host.begin()
        except InvalidRequestError:
            raise StorageError("join_refused", isolation="closed") from None
        cursor = self.cursor()
        self.sessions.enter(self._driver(), cursor, self.intent)
        self._savepoint = f"crm_{next(_NUMBERS)}"
        self._mark = f"{self._savepoint}_held"
        self._say("SAVEPOINT", self._savepoint, cursor)
        self._say("SAVEPOINT", self._mark, self.cursor())

    def cursor(self) -> DBAPICursor:
        """See `Link.cursor`."""
        return self.sessions.cursor(self._driver())

    def hold(self) -> None:
        """See `Link.hold`: a host that ended its transaction took our savepoints with it."""
        try:
            self._say("RELEASE SAVEPOINT", self._mark, self.cursor())
        except Exception:
            raise StorageError("host_transaction_over") from None
        self._say("SAVEPOINT", self._mark, self.cursor())

    def commit(self) -> None:
        """See `Link.commit`."""
        self.hold()
        self._say("RELEASE SAVEPOINT", self._savepoint, self.cursor())

    def rollback(self) -> None:
        """See `Link.rollback`."""
        if not self.host.closed and self.sessions.in_transaction(self._driver()):
            try:
                self.hold()
            except StorageError:
                # What stood before was kept or undone by the host; none of ours is left.
                return
            self._say("ROLLBACK TO SAVEPOINT", self._savepoint, self.cursor())
            self._say("RELEASE SAVEPOINT", self._savepoint, self.cursor())

    def _driver(self) -> Any:
        return self.host.connection.dbapi_connection

    def _say(self, words: str, name: str, cursor: DBAPICursor) -> None:
        # The name is a number of ours.
        statement = f"{words} {name}"
        cursor.execute(statement)
        cursor.close()


def host_connection(join: object, dialect: str) -> Connection:
    """The connection behind a host's `Connection` or `Session`.

    Raises `StorageError` (`cannot_join`) for anything else.
    """
    found = join
    if not isinstance(found, Connection):
        connection = getattr(found, "connection", None)
        found = connection() if callable(connection) else None
    if not isinstance(found, Connection) or found.dialect.name != dialect:
        raise StorageError("cannot_join", backend=dialect)
    return found
