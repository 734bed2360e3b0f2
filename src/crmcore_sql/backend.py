"""The SQL backend: one workspace in one database, or under a prefix in the database of a host."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from crmcore.errors import StorageError, UnitOfWorkClosed, WorkspaceError
from crmcore.schema import Schema
from crmcore.storage import Capability, Intent, Transaction
from crmcore_sql import preparation
from crmcore_sql.catalogue import Catalogue
from crmcore_sql.connections import JoinedLink, Link, PooledLink, as_ours, host_connection
from crmcore_sql.dialect import Dialect
from crmcore_sql.names import checked_prefix
from crmcore_sql.sqlite import sqlite
from crmcore_sql.store import Store
from crmcore_sql.transaction import SqlTransaction

_DIALECTS: Final[dict[str, Callable[[bool], Dialect]]] = {"sqlite": sqlite}
_POOL_SECONDS: Final = 30


def _dialect(engine: str, durable: bool) -> Dialect:
    made = _DIALECTS.get(engine)
    if made is None:
        raise WorkspaceError("unknown_engine", engine=engine, known=", ".join(_DIALECTS))
    return made(durable)


class SqlBackend:
    """A store in the database of a SQLAlchemy engine; see `Backend`.

    The engine of a host keeps all its settings: connections go back as they came. One
    that is owned is set up for us and disposed of by `close`. All tables are called
    `{prefix}crm…`. Raises `WorkspaceError` (`unknown_engine`, `bad_prefix`).
    """

    def __init__(
        self, engine: Engine, owns_engine: bool = False, prefix: str = "", durable: bool = True
    ) -> None:
        dialect = _dialect(engine.dialect.name, durable)
        turns = threading.Lock() if dialect.has_one_writer else None
        self._store = Store(
            engine, dialect, checked_prefix(prefix), not owns_engine, durable, turns
        )
        self._catalogue = Catalogue(dialect, engine.dialect, prefix)
        self._closing: list[Callable[[], object]] = []
        self._closed = False
        if owns_engine:
            self._closing.append(engine.dispose)
            configure = dialect.sessions.configure
            event.listen(engine, "connect", lambda connection, _: configure(connection))
            # Connections made before are not set up.
            engine.dispose()

    @property
    def capabilities(self) -> Capability:
        """See `Backend.capabilities`."""
        dialect = self._store.dialect
        writers = not dialect.has_one_writer
        return Capability(dialect.name, self._store.durable, writers, joins=("sqlalchemy",))

    def prepare(self, schema: Schema) -> None:
        """See `Backend.prepare`."""
        catalogue = self._catalogue

        def is_prepared(link: Link) -> bool:
            return preparation.is_prepared(catalogue, link.cursor(), schema)

        def prepare(link: Link) -> bool:
            preparation.prepare(catalogue, link.cursor(), schema)
            return True

        # Most workspaces are opened as they were left: no writer waits for that.
        if not self._within(Intent.READ, is_prepared):
            self._within(Intent.WRITE, prepare)

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`; `join` takes a SQLAlchemy `Connection` or `Session`.

        Raises `StorageError`: `cannot_join` for anything else or another engine;
        `join_refused` where the host's transaction promises too little.
        """
        if self._closed:
            raise UnitOfWorkClosed("backend_closed")
        store, sessions = self._store, self._store.dialect.sessions
        if join is None:
            return SqlTransaction(store, self._pooled(intent), intent)
        host = host_connection(join, store.dialect.name)
        return SqlTransaction(store, JoinedLink(host, sessions, intent), intent)

    def close(self) -> None:
        """See `Backend.close`."""
        self._closed = True
        while self._closing:
            self._closing.pop()()

    def _pooled(self, intent: Intent) -> PooledLink:
        store = self._store
        sessions = store.dialect.sessions
        return PooledLink(store.engine, sessions, intent, store.borrowed, store.turns)

    def _within(self, intent: Intent, run: Callable[[Link], bool]) -> bool:
        if self._closed:
            raise UnitOfWorkClosed("backend_closed")
        link = self._pooled(intent)
        try:
            link.open()
            try:
                found = run(link)
                link.commit()
            except BaseException:
                link.rollback()
                raise
        except Exception as error:
            ours = as_ours(self._store.dialect.sessions, error)
            if ours is error:
                raise
            raise ours from None
        return found


def open_sql(target: str | URL | Engine, *, create: bool = False) -> SqlBackend:
    """The store at a SQLAlchemy URL, such as `sqlite:///crm.db`, or in the engine of a host.

    `sqlite://` is a new store that vanishes when it is closed. Raises `WorkspaceError`:
    `bad_store_url`, `unknown_engine`; without `create`, `no_such_store` for a missing file
    and `not_a_store` for a database in which there is none.
    """
    backend = SqlBackend(target) if isinstance(target, Engine) else _opened(target, create)
    try:
        _settle(backend, create)
    except BaseException:
        backend.close()
        raise
    return backend


def _opened(target: str | URL, create: bool) -> SqlBackend:
    try:
        url = make_url(target)
        _dialect(url.get_backend_name(), True)
    except (ArgumentError, ValueError):
        raise WorkspaceError("bad_store_url") from None
    if url.database not in (None, "", ":memory:"):
        path = Path(str(url.database))
        if not create and not path.is_file():
            raise WorkspaceError("no_such_store", name=path.name)
        return _with_engine(url, durable=True)
    # Readers beside a writer need a file: SQLite gives no snapshots in memory.
    folder = tempfile.TemporaryDirectory(prefix="crmcore-", ignore_cleanup_errors=True)
    backend = _with_engine(url.set(database=str(Path(folder.name) / "store.db")), durable=False)
    backend._closing.insert(0, folder.cleanup)
    return backend


def _settle(backend: SqlBackend, create: bool) -> None:
    """Make sure that this is a store, or to become one, and set what it keeps for good."""
    catalogue = backend._catalogue

    def check(link: Link) -> bool:
        return preparation.is_store(catalogue, link.cursor()) or create

    store = backend._store
    try:
        is_ours = backend._within(Intent.READ, check)
    except StorageError as error:
        if error.code != "store_damaged":
            raise
        is_ours = False
    if not is_ours and store.durable:
        raise WorkspaceError("not_a_store")
    if store.borrowed:
        return
    connection = store.engine.raw_connection()
    try:
        store.dialect.sessions.settle(connection.cursor())
    except Exception as error:
        raise as_ours(store.dialect.sessions, error) from None
    finally:
        connection.close()


def _with_engine(url: URL, *, durable: bool) -> SqlBackend:
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=10,
        pool_timeout=_POOL_SECONDS,
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    return SqlBackend(engine, owns_engine=True, durable=durable)
