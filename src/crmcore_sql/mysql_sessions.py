"""MySQL's protocol below SQLAlchemy, where engines differ from MariaDB."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, cast

from attrs import frozen
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor

from crmcore.errors import CrmError, SchemaError, StorageError, WorkspaceError
from crmcore.storage import Intent
from crmcore_sql.mariadb_sessions import (
    NAMES,
    STRICT,
    MariadbSessions,
    code_of,
    driver_of,
    is_of_driver,
)

_ABOUT: Final = "SELECT VERSION()"
_TRIED: Final = "oceanbase"
_PATIENCE: Final = (3_600_000_000, 30_000_000)
"""Microseconds: a statement has an hour, not ten seconds; a lock half a minute."""
_SO_FAR: Final = (
    "SHOW SESSION VARIABLES WHERE Variable_name IN ('ob_query_timeout', 'ob_trx_lock_timeout')"
)
_SET: Final = "SET SESSION ob_query_timeout = %s, ob_trx_lock_timeout = %s"
_PIN: Final = "SELECT 1 FROM information_schema.schemata LIMIT 1"
_COMMIT: Final = "COMMIT"
_AGAIN: Final = "START TRANSACTION"
_TOO_SLOW: Final = {4012, 6002, 6210, 6212, 6224, 6225}
_TOO_WIDE: Final = 1118


@frozen
class _Borrowed:
    """What a host's connection was set to."""

    autocommit: bool
    patience: tuple[int, int] | None


@frozen
class MysqlSessions(MariadbSessions):
    """As on MariaDB; texts are read as bytes, and a snapshot begins with the first look."""

    def configure(self, connection: DBAPIConnection) -> None:
        """See `Sessions.configure`."""
        driver_of(connection).autocommit(True)
        cursor = connection.cursor()
        cursor.execute(NAMES)
        cursor.execute(STRICT)
        _wait(cursor)
        cursor.close()

    def found(self, cursor: DBAPICursor, create: bool) -> None:
        """See `Sessions.found`; raises `WorkspaceError` (`use_mariadb`, `engine_untried`)."""
        cursor.execute(_ABOUT)
        row = cursor.fetchone()
        version = "" if row is None else str(row[0])
        if "mariadb" in version.lower():
            raise WorkspaceError("use_mariadb")
        if _TRIED not in version.lower():
            raise WorkspaceError("engine_untried", engine=f"MySQL {version[:40]}")

    def borrow(self, connection: DBAPIConnection) -> object:
        """See `Sessions.borrow`."""
        driver = driver_of(connection)
        cursor = self.cursor(connection)
        state = _Borrowed(bool(driver.get_autocommit()), _wait(cursor))
        driver.autocommit(True)
        cursor.close()
        return state

    def give_back(self, connection: DBAPIConnection, state: object) -> None:
        """See `Sessions.give_back`."""
        assert isinstance(state, _Borrowed)
        if state.patience is not None:
            cursor = self.cursor(connection)
            cursor.execute(_SET, state.patience)
            cursor.close()
        driver_of(connection).autocommit(state.autocommit)

    def cursor(self, connection: Any) -> DBAPICursor:
        """See `Sessions.cursor`: bytes are given as the texts that they spell."""
        return cast(DBAPICursor, connection.cursor(_text_cursor()))

    def begin(self, cursor: DBAPICursor, intent: Intent) -> None:
        """See `Sessions.begin`."""
        super().begin(cursor, intent)
        if intent is Intent.READ:
            cursor.execute(_PIN)
            cursor.fetchall()

    def sort_whole(self, cursor: DBAPICursor) -> None:
        """See `MariadbSessions.sort_whole`; these engines always do."""

    def keep(self, cursor: DBAPICursor) -> None:
        """See `Sessions.keep`."""
        cursor.execute(_COMMIT)
        cursor.execute(_AGAIN)

    def refusal(self, error: BaseException) -> CrmError | None:
        """See `Sessions.refusal`."""
        if is_of_driver(error):
            if code_of(error) in _TOO_SLOW:
                return StorageError("store_busy")
            if code_of(error) == _TOO_WIDE:
                return SchemaError("row_too_wide", module="")
        return super().refusal(error)


def _wait(cursor: DBAPICursor) -> tuple[int, int] | None:
    """Have patience; what there was before, `None` where the engine is another one."""
    cursor.execute(_SO_FAR)
    found = {str(name): int(value) for name, value in cursor.fetchall()}
    if len(found) < len(_PATIENCE):
        return None
    cursor.execute(_SET, _PATIENCE)
    return found["ob_query_timeout"], found["ob_trx_lock_timeout"]


@cache
def _text_cursor() -> type[Any]:
    from pymysql.cursors import Cursor

    class TextCursor(Cursor):  # type: ignore[misc, unused-ignore]
        """Gives plain tuples without bytes."""

        def fetchone(self) -> Any:
            """See `Cursor.fetchone`."""
            row = super().fetchone()
            return None if row is None else _texts(row)

        def fetchmany(self, size: Any = None) -> Any:
            """See `Cursor.fetchmany`."""
            return [_texts(row) for row in super().fetchmany(size)]

        def fetchall(self) -> Any:
            """See `Cursor.fetchall`."""
            return [_texts(row) for row in super().fetchall()]

    return TextCursor


def _texts(row: Any) -> tuple[object, ...]:
    return tuple([one.decode() if isinstance(one, bytes) else one for one in row])
