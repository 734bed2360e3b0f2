"""The SQL backend: one workspace in one database, or under a prefix in the database of a host."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import URL, Engine, Select, Subquery, event
from sqlalchemy.engine.interfaces import DBAPICursor

from crmcore.errors import CrmError, Problem, UnitOfWorkClosed, WorkspaceError
from crmcore.query.bound import BoundQuery
from crmcore.schema import Module, Schema
from crmcore.storage import Capability, Intent, Transaction
from crmcore_sql import preparation
from crmcore_sql.catalogue import Catalogue
from crmcore_sql.connections import Link, PooledLink, as_ours
from crmcore_sql.emptying import empty
from crmcore_sql.engines import dialect_for, store_at
from crmcore_sql.hosts import host_link
from crmcore_sql.names import checked_prefix
from crmcore_sql.selectable import select_of, table_of
from crmcore_sql.sketching import script
from crmcore_sql.store import Store
from crmcore_sql.transaction import SqlTransaction

Made = TypeVar("Made")


class SqlBackend:
    """A store in the database of a SQLAlchemy engine; see `Backend`.

    The engine of a host keeps all its settings: connections go back as they came. One
    that is owned is set up for us and disposed of by `close`. All tables are called
    `{prefix}crm…`, in `schema` where the engine has such. Raises `WorkspaceError`
    (`unknown_engine`, `bad_prefix`, `bad_store_name`).
    """

    def __init__(
        self,
        engine: Engine,
        owns_engine: bool = False,
        prefix: str = "",
        durable: bool = True,
        schema: str | None = None,
    ) -> None:
        dialect = dialect_for(engine.dialect.name, engine.dialect.driver, durable, schema)
        turns = threading.Lock() if dialect.has_one_writer else None
        self._store = Store(
            engine, dialect, checked_prefix(prefix), not owns_engine, durable, turns
        )
        self._catalogue = Catalogue(dialect, self._store.compiler, prefix)
        self._closing: list[Callable[[], object]] = []
        self._closed = False
        self._is_checking = False
        if owns_engine:
            # Connections are closed though nobody asks for it, and once.
            self._closing.append(weakref.finalize(self, engine.dispose))
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
        if self._is_checking:
            self._check(schema)
            return

        def is_prepared(link: Link) -> bool:
            return preparation.is_prepared(catalogue, link.cursor(), schema)

        def prepare(link: Link) -> bool:
            preparation.prepare(catalogue, link.cursor(), schema)
            return True

        # Most workspaces are opened as they were left: no writer waits for that.
        if not self._within(Intent.READ, is_prepared):
            self._within(Intent.WRITE, prepare)

    def check_only(self) -> None:
        """See `Evolving.check_only`."""
        self._is_checking = True

    def pending(self, schema: Schema) -> tuple[str, ...]:
        """See `Evolving.pending`."""
        return self._looked(
            lambda cursor: tuple(
                step.described for step in preparation.pending(self._catalogue, cursor, schema)
            )
        )

    def script(self, schema: Schema) -> str:
        """See `Evolving.script`."""
        catalogue = self._catalogue
        return self._looked(
            lambda cursor: script(catalogue, cursor, preparation.pending(catalogue, cursor, schema))
        )

    def show(self, schema: Schema, shown: bool) -> None:
        """See `Tabular.show`."""
        if self._is_checking:
            raise WorkspaceError("step_pending", step="create or drop views")

        def note(link: Link) -> bool:
            preparation.want_views(self._catalogue, link.cursor(), shown)
            return True

        self._within(Intent.WRITE, note)
        self.prepare(schema)

    def _check(self, schema: Schema) -> None:
        steps = self.pending(schema)
        if steps:
            raise WorkspaceError([Problem("step_pending", {"step": step}) for step in steps])

    def empty(self) -> tuple[str, ...]:
        """Drop the tables of all modules; their names. See `crmcore.archive.abandon`."""
        found: list[tuple[str, ...]] = []

        def drop(link: Link) -> bool:
            found.append(empty(self._catalogue, link.cursor()))
            return True

        self._within(Intent.WRITE, drop)
        return found[0]

    def begin(self, intent: Intent, join: object = None) -> Transaction:
        """See `Backend.begin`; `join` takes what `host_link` does.

        Raises `StorageError`: `cannot_join` for anything else or another engine;
        `join_refused` where the host's transaction promises too little.
        """
        if self._closed:
            raise UnitOfWorkClosed("backend_closed")
        store, sessions = self._store, self._store.dialect.sessions
        if join is None:
            return SqlTransaction(store, self._pooled(intent), intent)
        link = host_link(join, store.engine, sessions, intent, store.dialect.name)
        return SqlTransaction(store, link, intent)

    def table(self, module: Module) -> Subquery:
        """See `Tabular.table`."""
        store = self._store
        return self._looked(
            lambda cursor: table_of(store.dialect, store.prepared(cursor).tables, module)
        )

    def selectable(self, query: BoundQuery, names: Sequence[str]) -> Select[Any]:
        """See `Tabular.selectable`."""
        store = self._store
        return self._looked(
            lambda cursor: select_of(store.dialect, store.prepared(cursor).tables, query, names)
        )

    def _looked(self, look: Callable[[DBAPICursor], Made]) -> Made:
        """What `look` finds in a transaction that only reads."""
        found: list[Made] = []

        def run(link: Link) -> bool:
            found.append(look(link.cursor()))
            return True

        self._within(Intent.READ, run)
        return found[0]

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


def open_sql(
    target: str | URL | Engine, *, create: bool = False, prefix: str = "", schema: str | None = None
) -> SqlBackend:
    """The store at a SQLAlchemy URL, such as `sqlite:///crm.db`, or in the engine of a host.

    `sqlite://` is a new store that vanishes when it is closed. On PostgreSQL a store is a
    schema: of a URL the one that it names (`?crm_schema=…`, `crm` by default), of an engine
    `schema`, or the first one of its search path; tables are called `{prefix}crm…`, with the
    `prefix` that is given, or that a URL names (`?crm_prefix=…`). Raises
    `WorkspaceError`: `bad_store_url`, `bad_store_name`, `bad_prefix`, `unknown_engine`,
    `engine_too_old`, `not_utf8`; without `create`, `no_such_store` for a missing file or
    schema and `not_a_store` for a place in which there is none; `StorageError`
    (`store_unreachable`), `MissingExtra`.
    """
    if isinstance(target, Engine):
        backend = SqlBackend(target, prefix=prefix, schema=schema)
    else:
        place = store_at(target, create)
        named = prefix or place.prefix
        backend = SqlBackend(place.engine(), True, named, place.durable, schema or place.schema)
        backend._closing.extend(place.closing)
    try:
        _settle(backend, create)
    except BaseException:
        backend.close()
        raise
    return backend


def _settle(backend: SqlBackend, create: bool) -> None:
    """Make sure that this is a store, or to become one, and set what it keeps for good."""
    catalogue, store = backend._catalogue, backend._store
    sessions = store.dialect.sessions

    def check(link: Link) -> bool:
        sessions.found(link.cursor(), create=False)
        return preparation.is_store(catalogue, link.cursor()) or create

    def make(link: Link) -> bool:
        sessions.found(link.cursor(), create=True)
        return True

    try:
        is_ours = backend._within(Intent.READ, check)
    except CrmError as error:
        if error.code == "no_such_store" and create:
            is_ours = backend._within(Intent.WRITE, make)
        elif error.code == "store_damaged":
            is_ours = False
        else:
            raise
    if not is_ours and store.durable:
        raise WorkspaceError("not_a_store")
    if store.borrowed:
        return
    connection = store.engine.raw_connection()
    try:
        sessions.settle(connection.cursor())
    except Exception as error:
        raise as_ours(sessions, error) from None
    finally:
        connection.close()
