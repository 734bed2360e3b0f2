"""Whose transaction is joined: a connection of SQLAlchemy, of Django, or of a driver."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen
from sqlalchemy import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.errors import StorageError
from crmcore.storage import Intent
from crmcore_sql.connections import JoinedLink, host_connection
from crmcore_sql.dialect import Sessions

_DRIVERS: Final = {
    "sqlite": ("sqlite3",),
    "postgresql": ("psycopg", "psycopg2"),
    "mariadb": ("pymysql",),
    "mysql": ("pymysql",),
}
_ALSO: Final = {"mariadb": "mysql"}
"""What a host may call an engine of ours as well, as Django does."""


@frozen(eq=False)
class Dbapi:
    """A connection of a driver (`sqlite3`, `psycopg`, `psycopg2`, `pymysql`) to an engine."""

    connection: Any
    dialect: str


def dbapi(connection: object, dialect: str) -> Dbapi:
    """What `join` takes for a `connection` that a host has opened by the driver itself.

    `dialect` is `sqlite`, `postgresql`, `mariadb` or `mysql`. The connection must not commit
    by itself (`autocommit`); whether it is of the right driver is told when it is joined.
    """
    return Dbapi(connection, dialect)


@frozen(eq=False)
class Lent:
    """A driver's connection in the place where SQLAlchemy has one of its pool."""

    dbapi_connection: Any
    sessions: Sessions

    @property
    def driver_connection(self) -> Any:
        """The connection of the driver."""
        return self.dbapi_connection

    def cursor(self) -> DBAPICursor:
        """A cursor that gives plain tuples, whatever the host set."""
        return self.sessions.cursor(self.dbapi_connection)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dbapi_connection, name)


def host_link(
    join: object, engine: Engine, sessions: Sessions, intent: Intent, dialect: str
) -> JoinedLink:
    """Our part of the transaction of the host `join`, on an engine called `dialect`.

    Raises `StorageError`: `cannot_join` for anything else than a `Connection` or `Session` of
    SQLAlchemy, a connection of Django, or `dbapi(…)`; `join_refused` where none is begun.
    """
    theirs = _of_django(join) if hasattr(join, "ensure_connection") else join
    if not isinstance(theirs, Dbapi):
        return JoinedLink(host_connection(join, dialect), sessions, intent)
    kinds = type(theirs.connection).__mro__
    drivers = _DRIVERS.get(dialect, ())
    is_known = any(one.__module__.partition(".")[0] in drivers for one in kinds)
    if theirs.dialect not in (dialect, _ALSO.get(dialect)) or not is_known:
        raise StorageError("cannot_join", backend=dialect)
    # Neither begun nor ended by SQLAlchemy, which lends its words: it would roll back.
    lent: Any = Lent(theirs.connection, sessions)
    words = Connection(engine, lent, _has_events=False, _allow_autobegin=False)
    return JoinedLink(words, sessions, intent, begins=False)


def _of_django(join: Any) -> Dbapi:
    join.ensure_connection()
    # Whether there is a transaction at all, the driver's connection tells.
    if join.in_atomic_block and join.needs_rollback:
        raise StorageError("join_refused", isolation="FAILED TRANSACTION")
    return dbapi(join.connection, str(join.vendor))
