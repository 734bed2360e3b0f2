"""SQLite below SQLAlchemy: connections, transactions, the catalogue, errors, files."""

from __future__ import annotations

import sqlite3
from typing import Any, Final, cast

from attrs import frozen
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from crmcore.errors import CrmError, StorageError, StorageFull
from crmcore.storage import Intent
from crmcore_sql.dialect import Structure

_PATIENCE: Final = "PRAGMA busy_timeout = 30000"
_CACHE_OF_20_MB: Final = "PRAGMA cache_size = -20480"
_RARE_CHECKPOINTS: Final = "PRAGMA wal_autocheckpoint = 4000"
_SYNCHRONOUS: Final = {
    0: "PRAGMA synchronous = OFF",
    1: "PRAGMA synchronous = NORMAL",
    2: "PRAGMA synchronous = FULL",
    3: "PRAGMA synchronous = EXTRA",
}
LEGACY_TRANSACTIONS: Final = -1
"""`sqlite3.LEGACY_TRANSACTION_CONTROL` of Python 3.12: what `isolation_level` says holds."""

_TABLES: Final = (
    "SELECT m.name, p.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p"
    " WHERE m.type = 'table' AND substr(m.name, 1, ?) = ? ORDER BY m.name, p.cid"
)
_INDEXES: Final = (
    "SELECT name FROM sqlite_master WHERE type = 'index' AND substr(tbl_name, 1, ?) = ?"
)


@frozen
class _Borrowed:
    """What a host's connection was set to."""

    isolation_level: str | None
    autocommit: int | None
    foreign_keys: int
    synchronous: int


@frozen
class SqliteSessions:
    """Transactions are begun and ended by us, whatever the driver would do by itself."""

    durable: bool

    def configure(self, connection: DBAPIConnection) -> None:
        """See `Sessions.configure`."""
        self._take(connection)
        cursor = connection.cursor()
        cursor.execute(_PATIENCE)
        cursor.execute(_CACHE_OF_20_MB)
        cursor.execute(_RARE_CHECKPOINTS)
        cursor.close()

    def _take(self, connection: DBAPIConnection) -> None:
        """What must hold on any connection that we begin transactions on."""
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(_SYNCHRONOUS[2 if self.durable else 0])
        cursor.close()

    def settle(self, cursor: DBAPICursor) -> None:
        """See `Sessions.settle`."""
        cursor.execute("PRAGMA journal_mode = WAL")

    def found(self, cursor: DBAPICursor, create: bool) -> None:
        """See `Sessions.found`; the file is there by now."""

    def borrow(self, connection: DBAPIConnection) -> object:
        """See `Sessions.borrow`."""
        cursor = connection.cursor()
        state = _Borrowed(
            connection.isolation_level,
            getattr(connection, "autocommit", None),
            _one(cursor, "PRAGMA foreign_keys"),
            _one(cursor, "PRAGMA synchronous"),
        )
        cursor.close()
        if state.autocommit is not None:
            connection.autocommit = LEGACY_TRANSACTIONS
        self._take(connection)
        return state

    def give_back(self, connection: DBAPIConnection, state: object) -> None:
        """See `Sessions.give_back`."""
        assert isinstance(state, _Borrowed)
        cursor = connection.cursor()
        cursor.execute(
            "PRAGMA foreign_keys = ON" if state.foreign_keys else "PRAGMA foreign_keys = OFF"
        )
        cursor.execute(_SYNCHRONOUS[state.synchronous])
        cursor.close()
        connection.isolation_level = state.isolation_level
        if state.autocommit is not None:
            connection.autocommit = state.autocommit

    def cursor(self, connection: Any) -> DBAPICursor:
        """See `Sessions.cursor`."""
        found: Any = connection.cursor()
        if getattr(connection, "row_factory", None) is not None:
            found.row_factory = None
        return cast(DBAPICursor, found)

    def begin(self, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.begin`."""
        # A deferred transaction that comes to write later loses to whoever wrote meanwhile.
        cursor.execute("BEGIN IMMEDIATE" if intent is Intent.WRITE else "BEGIN")

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        """See `Sessions.in_transaction`."""
        return bool(_driver(connection).in_transaction)

    def enter(self, connection: DBAPIConnection, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.enter`."""
        if _one(cursor, "PRAGMA read_uncommitted"):
            raise StorageError("join_refused", isolation="READ UNCOMMITTED")
        if not self.in_transaction(connection):
            driver = _driver(connection)
            if driver.isolation_level is None or getattr(driver, "autocommit", 0) is True:
                raise StorageError("join_refused", isolation="AUTOCOMMIT")
            # A savepoint outside of a transaction would outlive the rollback of the host.
            self.begin(cursor, intent)

    def is_broken(self, connection: DBAPIConnection) -> bool:
        """See `Sessions.is_broken`."""
        return False

    def structure_version(self, cursor: DBAPICursor, prefix: str) -> object:
        """See `Sessions.structure_version`."""
        return _one(cursor, "PRAGMA schema_version")

    def lock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """See `Sessions.lock_structure`; a transaction that writes is alone already."""

    def unlock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """See `Sessions.unlock_structure`; the lock ends with the transaction."""

    def keep(self, cursor: DBAPICursor) -> None:
        """See `Sessions.keep`; definitions are undone with their transaction."""

    def structure(self, cursor: DBAPICursor, prefix: str) -> Structure:
        """See `Sessions.structure`."""
        version = self.structure_version(cursor, prefix)
        start = prefix + "crm"
        tables: dict[str, list[str]] = {}
        cursor.execute(_TABLES, (len(start), start))
        for table, column in cursor.fetchall():
            tables.setdefault(table, []).append(column)
        cursor.execute(_INDEXES, (len(start), start))
        return Structure(version, tables, frozenset(name for (name,) in cursor.fetchall()))

    def refusal(self, error: BaseException) -> CrmError | None:
        """See `Sessions.refusal`."""
        if not isinstance(error, sqlite3.Error):
            return None
        name: str = getattr(error, "sqlite_errorname", None) or type(error).__name__
        if name == "SQLITE_FULL":
            return StorageFull("store_full")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return StorageError("store_busy")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return StorageError("store_damaged", reason=name)
        return StorageError("store_failed", reason=name)

    def is_violation(self, error: BaseException) -> bool:
        """See `Sessions.is_violation`."""
        name = getattr(error, "sqlite_errorname", None)
        return name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")


def _driver(connection: DBAPIConnection) -> Any:
    """The connection of the driver, behind what SQLAlchemy puts around asynchronous ones."""
    return getattr(connection, "driver_connection", connection)


def _one(cursor: DBAPICursor, statement: str) -> int:
    cursor.execute(statement)
    row = cursor.fetchone()
    assert row is not None
    found: int = row[0]
    return found
