"""MariaDB and MySQL below SQLAlchemy: connections, transactions, the catalogue, errors."""

from __future__ import annotations

import re
from typing import Any, Final, cast

from attrs import frozen
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from crmcore.errors import Conflict, CrmError, StorageError, StorageFull, WorkspaceError
from crmcore.storage import Intent
from crmcore_sql.dialect import Structure
from crmcore_sql.names import journal_table

NAMES: Final = "SET NAMES utf8mb4"
STRICT: Final = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,"
    "NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00',"
    " innodb_lock_wait_timeout = 30, lock_wait_timeout = 30"
)
# Texts are sorted by so many bytes; a buffer must hold 15 rows of them.
_SORTING: Final = "SET SESSION max_sort_length = 262144, sort_buffer_size = 33554432"
_SORTED_SO_FAR: Final = "SELECT @@max_sort_length, @@sort_buffer_size"
_SORTING_AGAIN: Final = "SET SESSION max_sort_length = %s, sort_buffer_size = %s"
_SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
_READ: Final = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_COMMITTED: Final = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
_WRITE: Final = "START TRANSACTION READ WRITE"
_IN_HOSTS_NAME: Final = "START TRANSACTION"
_KEEP: Final = "COMMIT AND CHAIN"
_ISOLATION: Final = (
    "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')"
)

_TABLES: Final = (
    "SELECT c.table_name, c.column_name FROM information_schema.columns AS c"
    " WHERE c.table_schema = DATABASE() AND c.table_name LIKE %s"
    " ORDER BY c.table_name, c.ordinal_position"
)
_INDEXES: Final = (
    "SELECT DISTINCT s.table_name, s.index_name FROM information_schema.statistics AS s"
    " WHERE s.table_schema = DATABASE() AND s.table_name LIKE %s"
)
_VERSION: Final = "SELECT number FROM `{}` ORDER BY number DESC LIMIT 1"
_LOCK_NAME: Final = "CONCAT('crmcore ', LEFT(SHA2(CONCAT(DATABASE(), ' ', %s), 256), 48))"
_LOCK: Final = f"SELECT GET_LOCK({_LOCK_NAME}, 30)"
_UNLOCK: Final = f"SELECT RELEASE_LOCK({_LOCK_NAME})"
_ABOUT: Final = "SELECT VERSION()"

_OLDEST: Final = {"MariaDB": (10, 6), "MySQL": (8, 0)}
_IN_TRANSACTION: Final = 1
_AUTOCOMMIT: Final = 2

_VIOLATION: Final = 1062
_RACES: Final = {
    1020,  # changed since the snapshot
    1062,
    1213,  # deadlock
    1412,  # the definition changed under a snapshot
}
_BUSY: Final = {1040, 1203, 1205, 1226, 1969, 3024}
_LOST: Final = {
    *(0, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184),
    *(1927, 2002, 2003, 2005, 2006, 2013, 2014, 2055),
}
_FULL: Final = {3, 28, 1021, 1041, 1114, 1153}
_NO_DATABASE: Final = 1049
_REFUSALS: Final = {
    1044: "store_forbids",
    1045: "store_forbids",
    1142: "store_forbids",
    1143: "store_forbids",
    1227: "store_forbids",
    1290: "store_read_only",
    1792: "store_read_only",
    1836: "store_read_only",
    1034: "store_damaged",
    1712: "store_damaged",
    1932: "store_damaged",
    1054: "not_prepared",
    1146: "not_prepared",
}
_FULL_WORDS: Final = re.compile(r"errno: (?:28|122)\b")


@frozen
class _Borrowed:
    """What a host's connection was set to."""

    autocommit: bool
    sorting: tuple[int, ...]


@frozen
class MariadbSessions:
    """Transactions are begun and ended by us on connections that commit by themselves."""

    def configure(self, connection: DBAPIConnection) -> None:
        """See `Sessions.configure`."""
        connection.autocommit(True)
        cursor = connection.cursor()
        cursor.execute(NAMES)
        cursor.execute(STRICT)
        cursor.execute(_SORTING)
        cursor.close()

    def settle(self, cursor: DBAPICursor) -> None:
        """See `Sessions.settle`."""

    def found(self, cursor: DBAPICursor, create: bool) -> None:
        """See `Sessions.found`; the database is there by now, and tables state their charset."""
        cursor.execute(_ABOUT)
        row = cursor.fetchone()
        assert row is not None
        engine, version = _about(str(row[0]))
        if version < _OLDEST[engine]:
            needed = ".".join(map(str, _OLDEST[engine]))
            shown = ".".join(map(str, version))
            raise WorkspaceError("engine_too_old", engine=engine, found=shown, needed=needed)

    def borrow(self, connection: DBAPIConnection) -> object:
        """See `Sessions.borrow`."""
        cursor = self.cursor(connection)
        cursor.execute(_SORTED_SO_FAR)
        sorting = cursor.fetchone()
        assert sorting is not None
        state = _Borrowed(bool(driver_of(connection).get_autocommit()), tuple(sorting))
        connection.autocommit(True)
        cursor.execute(_SORTING)
        cursor.close()
        return state

    def give_back(self, connection: DBAPIConnection, state: object) -> None:
        """See `Sessions.give_back`."""
        assert isinstance(state, _Borrowed)
        cursor = self.cursor(connection)
        cursor.execute(_SORTING_AGAIN, state.sorting)
        cursor.close()
        connection.autocommit(state.autocommit)

    def cursor(self, connection: Any) -> DBAPICursor:
        """See `Sessions.cursor`."""
        if type(driver_of(connection)).__module__.partition(".")[0] == "pymysql":
            from pymysql.cursors import Cursor

            return cast(DBAPICursor, connection.cursor(Cursor))
        return cast(DBAPICursor, connection.cursor())

    def begin(self, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.begin`."""
        cursor.execute(_COMMITTED if intent is Intent.WRITE else _SNAPSHOT)
        cursor.execute(_WRITE if intent is Intent.WRITE else _READ)

    def in_transaction(self, connection: DBAPIConnection) -> bool:
        """See `Sessions.in_transaction`."""
        return bool(driver_of(connection).server_status & _IN_TRANSACTION)

    def enter(self, connection: DBAPIConnection, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.enter`; how texts are sorted is all that stays set."""
        self.sort_whole(cursor)
        cursor.execute(_ISOLATION)
        for _, isolation in cursor.fetchall():
            if isolation == "READ-UNCOMMITTED":
                raise StorageError("join_refused", isolation="READ UNCOMMITTED")
        if self.in_transaction(connection):
            return
        if driver_of(connection).server_status & _AUTOCOMMIT:
            raise StorageError("join_refused", isolation="AUTOCOMMIT")
        cursor.execute(_IN_HOSTS_NAME)

    def sort_whole(self, cursor: DBAPICursor) -> None:
        """Let texts be sorted by more than their beginnings."""
        cursor.execute(_SORTING)

    def is_broken(self, connection: DBAPIConnection) -> bool:
        """See `Sessions.is_broken`."""
        return not driver_of(connection).open

    def structure_version(self, cursor: DBAPICursor, prefix: str) -> object:
        """See `Sessions.structure_version`: the last step of the journal."""
        # A name of ours, checked when the store was opened.
        statement = _VERSION.format(journal_table(prefix))
        cursor.execute(statement)
        return cursor.fetchone()

    def lock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """See `Sessions.lock_structure`; of the session, since definitions end transactions."""
        cursor.execute(_LOCK, (prefix,))
        row = cursor.fetchone()
        if row is None or row[0] != 1:
            raise StorageError("store_busy")

    def unlock_structure(self, cursor: DBAPICursor, prefix: str) -> None:
        """See `Sessions.unlock_structure`."""
        cursor.execute(_UNLOCK, (prefix,))
        cursor.fetchall()

    def keep(self, cursor: DBAPICursor) -> None:
        """See `Sessions.keep`."""
        cursor.execute(_KEEP)

    def structure(self, cursor: DBAPICursor, prefix: str) -> Structure:
        """See `Sessions.structure`."""
        start = prefix + "crm"
        pattern = start.replace("_", r"\_") + "%"
        tables: dict[str, list[str]] = {}
        cursor.execute(_TABLES, (pattern,))
        for table, column in cursor.fetchall():
            # Names are compared without regard to case here.
            if table.startswith(start):
                tables.setdefault(table, []).append(column)
        cursor.execute(_INDEXES, (pattern,))
        indexes = frozenset(index for table, index in cursor.fetchall() if table in tables)
        is_store = journal_table(prefix) in tables
        version = self.structure_version(cursor, prefix) if is_store else None
        return Structure(version, tables, indexes)

    def refusal(self, error: BaseException) -> CrmError | None:
        """See `Sessions.refusal`."""
        if not is_of_driver(error):
            return None
        code = code_of(error)
        if code in _RACES:
            # Whoever runs again finds what the other one wrote.
            return Conflict("record_changed")
        if code in _FULL or _FULL_WORDS.search(str(error)):
            return StorageFull("store_full")
        if code in _BUSY:
            return StorageError("store_busy")
        if code == _NO_DATABASE:
            return WorkspaceError("no_such_store", name=_quoted(error))
        if code in _LOST or type(error).__name__ == "InterfaceError":
            return StorageError("connection_lost")
        reason = f"{code} {type(error).__name__}"
        return StorageError(_REFUSALS.get(code, "store_failed"), reason=reason)

    def is_violation(self, error: BaseException) -> bool:
        """See `Sessions.is_violation`."""
        return is_of_driver(error) and code_of(error) == _VIOLATION


def driver_of(connection: DBAPIConnection) -> Any:
    """The connection of the driver, behind what SQLAlchemy puts around asynchronous ones."""
    return getattr(connection, "driver_connection", connection)


def _about(version: str) -> tuple[str, tuple[int, ...]]:
    found = re.match(r"(\d+)\.(\d+)", version)
    numbers = (0, 0) if found is None else (int(found[1]), int(found[2]))
    return ("MariaDB" if "mariadb" in version.lower() else "MySQL"), numbers


def _quoted(error: BaseException) -> str:
    """The name that a message is about."""
    return "".join(str(error.args[-1]).split("'")[1:2])


def code_of(error: BaseException) -> int:
    """The number that an error has, -1 for none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else -1


def is_of_driver(error: BaseException) -> bool:
    """Whether an error is one of the drivers of these engines."""
    return any(
        one.__name__ in ("MySQLError", "Error")
        and one.__module__.partition(".")[0] in ("pymysql", "MySQLdb")
        for one in type(error).__mro__
    )
