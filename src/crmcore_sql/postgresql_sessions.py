"""PostgreSQL below SQLAlchemy: connections, transactions, the catalogue, errors."""

from __future__ import annotations

from typing import Any, Final, cast

from attrs import frozen
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from crmcore.errors import Conflict, CrmError, StorageError, StorageFull, WorkspaceError
from crmcore.storage import Intent
from crmcore_sql.dialect import Structure
from crmcore_sql.names import journal_table

_PATIENCE: Final = "SET lock_timeout = '30s'"
_NO_JIT: Final = "SET jit = off"
_OLDEST: Final = 130_000
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_FAILED: Final = 3
_IN_TRANSACTION: Final = (1, 2, _FAILED)
"""Of the states of a connection: active, in a transaction, in a failed one."""

_TABLES: Final = (
    "SELECT c.relname::text, a.attname::text FROM pg_catalog.pg_class AS c"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid"
    " WHERE n.nspname = coalesce(%s::name, current_schema()) AND c.relkind IN ('r', 'p')"
    " AND starts_with(c.relname::text, %s::text) AND a.attnum > 0 AND NOT a.attisdropped"
    " ORDER BY c.relname, a.attnum"
)
_INDEXES: Final = (
    "SELECT i.relname::text FROM pg_catalog.pg_index AS x"
    " JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid"
    " JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = coalesce(%s::name, current_schema()) AND x.indisvalid"
    " AND starts_with(c.relname::text, %s::text)"
)
_VERSION: Final = 'SELECT tableoid, number FROM "{}" ORDER BY number DESC LIMIT 1'
_VERSION_IN: Final = 'SELECT tableoid, number FROM "{}"."{}" ORDER BY number DESC LIMIT 1'
_LOCK: Final = (
    "SELECT pg_advisory_xact_lock(hashtextextended("
    "'crmcore ' || coalesce(%s::text, current_schema()::text) || ' ' || %s::text, 0))"
)
_SCHEMA_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('crmcore ' || %s::text, 1))"
_SCHEMA: Final = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s::name"
_MAKE_SCHEMA: Final = 'CREATE SCHEMA "{}"'
_ABOUT: Final = "SELECT current_setting('server_version_num'), current_setting('server_encoding')"

_BUSY: Final = {"55P03", "57014", "53300", "55006"}
_LOST: Final = {"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"}
_RACES: Final = {"40001", "40P01", "23505"}
_REFUSALS: Final = {
    "25006": "store_read_only",
    "XX001": "store_damaged",
    "XX002": "store_damaged",
    "42501": "store_forbids",
    "42P01": "not_prepared",
    "42703": "not_prepared",
}
_TYPES_OF_PSYCOPG2: Final = (
    *("BOOLEAN", "INTEGER", "LONGINTEGER", "DECIMAL", "FLOAT", "PYDATE", "UNICODE"),
    *("UNICODEARRAY", "LONGINTEGERARRAY"),
)
"""What our columns and figures are made of; a host may have registered others for all."""
_VIOLATION: Final = "23505"
_NO_DATABASE: Final = "3D000"


@frozen
class PostgresqlSessions:
    """Transactions are begun and ended by us on connections that the driver leaves alone."""

    schema: str | None

    def configure(self, connection: DBAPIConnection) -> None:
        """See `Sessions.configure`."""
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_PATIENCE)
        # Compiling costs more than it gains for what a list or a page asks.
        cursor.execute(_NO_JIT)
        cursor.close()

    def settle(self, cursor: DBAPICursor) -> None:
        """See `Sessions.settle`."""

    def borrow(self, connection: DBAPIConnection) -> object:
        """See `Sessions.borrow`."""
        state = bool(connection.autocommit)
        connection.autocommit = True
        return state

    def give_back(self, connection: DBAPIConnection, state: object) -> None:
        """See `Sessions.give_back`."""
        connection.autocommit = state

    def cursor(self, connection: Any) -> DBAPICursor:
        """See `Sessions.cursor`."""
        driver = _driver(connection)
        kinds = [one.__module__.partition(".")[0] for one in type(driver).__mro__]
        if "psycopg" in kinds and not hasattr(driver, "__aenter__"):
            from psycopg import Cursor
            from psycopg.rows import tuple_row

            # Those that a host makes by default may put values into the text themselves.
            return cast(DBAPICursor, Cursor(driver, row_factory=tuple_row))
        if "psycopg2" in kinds:
            return _plain(driver)
        return cast(DBAPICursor, connection.cursor())

    def begin(self, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.begin`."""
        cursor.execute(_WRITE if intent is Intent.WRITE else _READ)

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        """See `Sessions.in_transaction`."""
        return _status(connection) in _IN_TRANSACTION

    def is_broken(self, connection: DBAPIConnection) -> bool:
        """See `Sessions.is_broken`."""
        return bool(_driver(connection).closed)

    def enter(self, connection: DBAPIConnection, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.enter`; the laxest isolation of this engine is read committed."""
        if not self.in_transaction(connection) and _driver(connection).autocommit:
            # The driver would not begin one, and a savepoint needs it.
            raise StorageError("join_refused", isolation="AUTOCOMMIT")
        if _status(connection) == _FAILED:
            raise StorageError("join_refused", isolation="FAILED TRANSACTION")
        encoding = getattr(_driver(connection), "encoding", "UTF8")
        if encoding != "UTF8" and isinstance(encoding, str):
            raise WorkspaceError("not_utf8", found=encoding)

    def structure_version(self, cursor: DBAPICursor, prefix: str) -> object:
        """See `Sessions.structure_version`: the last step of the journal, and of which journal."""
        journal = journal_table(prefix)
        # Names of ours, checked when the store was opened.
        statement = _VERSION.format(journal)
        if self.schema is not None:
            statement = _VERSION_IN.format(self.schema, journal)
        cursor.execute(statement)
        return cursor.fetchone()

    def lock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """See `Sessions.lock_structure`."""
        cursor.execute(_LOCK, (self.schema, prefix))

    def unlock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """See `Sessions.unlock_structure`; the lock ends with the transaction."""

    def keep(self, cursor: DBAPICursor) -> None:
        """See `Sessions.keep`; definitions are undone with their transaction."""

    def structure(self, cursor: DBAPICursor, prefix: str) -> Structure:
        """See `Sessions.structure`."""
        start = prefix + "crm"
        tables: dict[str, list[str]] = {}
        cursor.execute(_TABLES, (self.schema, start))
        for table, column in cursor.fetchall():
            tables.setdefault(table, []).append(column)
        cursor.execute(_INDEXES, (self.schema, start))
        indexes = frozenset(name for (name,) in cursor.fetchall())
        is_store = journal_table(prefix) in tables
        version = self.structure_version(cursor, prefix) if is_store else None
        return Structure(version, tables, indexes)

    def found(self, cursor: DBAPICursor, create: bool) -> None:
        """See `Sessions.found`; a store is a schema."""
        cursor.execute(_ABOUT)
        row = cursor.fetchone()
        assert row is not None
        version, encoding = int(row[0]), row[1]
        if version < _OLDEST:
            shown = str(version // 10_000)
            raise WorkspaceError("engine_too_old", engine="PostgreSQL", found=shown, needed="13")
        if encoding != "UTF8":
            raise WorkspaceError("not_utf8", found=encoding)
        if self.schema is None:
            return
        if create:
            cursor.execute(_SCHEMA_LOCK, (self.schema,))
        cursor.execute(_SCHEMA, (self.schema,))
        if cursor.fetchone() is None:
            if not create:
                raise WorkspaceError("no_such_store", name=self.schema)
            # A name that was checked.
            statement = _MAKE_SCHEMA.format(self.schema)
            cursor.execute(statement)

    def refusal(self, error: BaseException) -> CrmError | None:
        """See `Sessions.refusal`."""
        if not _is_of_driver(error):
            return None
        state: str | None = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        if state in _RACES:
            # Whoever runs again finds what the other one wrote.
            return Conflict("record_changed")
        if state in ("53100", "53200"):
            return StorageFull("store_full")
        if state in _BUSY:
            return StorageError("store_busy")
        if state is None:
            return _without_state(error)
        if state in _LOST or state.startswith("08"):
            return StorageError("connection_lost")
        reason = f"{state} {type(error).__name__}"
        return StorageError(_REFUSALS.get(state, "store_failed"), reason=reason)

    def is_violation(self, error: BaseException) -> bool:
        """See `Sessions.is_violation`."""
        return (getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)) == _VIOLATION


def _driver(connection: DBAPIConnection) -> Any:
    """The connection of the driver, behind what SQLAlchemy puts around asynchronous ones."""
    return getattr(connection, "driver_connection", connection)


def _plain(driver: Any) -> DBAPICursor:
    """A cursor of psycopg2 that gives what the driver gives by itself, whatever the host set."""
    from psycopg2 import extensions

    cursor = driver.cursor(cursor_factory=extensions.cursor)
    for name in _TYPES_OF_PSYCOPG2:
        extensions.register_type(getattr(extensions, name), cursor)
    return cast(DBAPICursor, cursor)


def _status(connection: DBAPIConnection) -> int:
    driver = _driver(connection)
    info: Any = driver.info
    return int(info.transaction_status)


def _is_of_driver(error: BaseException) -> bool:
    return any(
        one.__name__ == "Error" and one.__module__.partition(".")[0] in ("psycopg", "psycopg2")
        for one in type(error).__mro__
    )


def _without_state(error: BaseException) -> CrmError:
    """What the driver says by itself: that it lost, or never got, the server."""
    if type(error).__name__ == "ConnectionTimeout":
        return StorageError("store_unreachable", reason="ConnectionTimeout")
    if type(error).__name__ in ("OperationalError", "InterfaceError"):
        return StorageError("connection_lost")
    return StorageError("store_failed", reason=type(error).__name__)
