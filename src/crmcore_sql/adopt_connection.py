"""The connection of a transaction, in the words of the host's library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, event
from sqlalchemy.exc import DBAPIError

from crmcore.errors import StorageError
from crmcore.storage import Transaction, innermost
from crmcore_sql.adopt_columns import HostSource
from crmcore_sql.connections import JoinedLink, PooledLink, as_ours
from crmcore_sql.transaction import SqlTransaction

Rows = Sequence[Row[Any]]
_ELSEWHERE: Final = "adopted_elsewhere"
_ENDINGS: Final = ("commit", "rollback")
_GONE: Final = ("42703", "42P01", 1054, 1146)
"""A column or a table is missing, on PostgreSQL and MariaDB."""

_GONE_WORDS: Final = ("no such column", "no such table")
_WORD: Final = re.compile(r"\w+")


def asked(transaction: Transaction, table: HostSource, statement: Select[Any]) -> Rows:
    """What `statement` gives of a host's `table`; a driver's error as one of ours.

    Raises `StorageError` (`adopted_changed`) where the host took something of it away.
    """
    inner = _of_sql(transaction)
    with _errors_as_ours(inner):
        try:
            return connection_of(inner).execute(statement).all()
        except DBAPIError as error:
            lost = _lost(error.orig, table)
            if lost is None:
                raise
            raise StorageError("adopted_changed", table=table.name, names=lost) from None


def _lost(error: Any, table: HostSource) -> str | None:
    """What of `table` is not there any more, as far as a driver tells it; else `None`."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    told = str(error).splitlines()[0] if str(error) else ""
    code = next(iter(getattr(error, "args", ())), None)
    if not (state in _GONE or code in _GONE or told.startswith(_GONE_WORDS)):
        return None
    # Words differ by engine and language; the names in them do not.
    words = set(_WORD.findall(told))
    columns = [column.name for column in table.columns if column.name in words - {"column"}]
    return ", ".join(columns) or table.name


def connection_of(transaction: SqlTransaction) -> Connection:
    """The connection that `transaction` works on: that of the host where it has joined one."""
    transaction._begin()
    link = transaction.link
    if isinstance(link, PooledLink):
        # Neither begun nor ended here: it lends its words, the transaction is ours.
        return Connection(transaction.store.engine, link._connection, _allow_autobegin=False)
    return _joined(link)


@contextmanager
def lent_connection(transaction: Transaction) -> Iterator[Connection]:
    """The connection of the host, which nobody ends the transaction of meanwhile.

    What our unit wrote would be kept without its change set. Raises `StorageError`
    (`adopted_needs_join`).
    """
    inner = _of_sql(transaction)
    inner._begin()
    if isinstance(inner.link, PooledLink):
        raise StorageError("adopted_needs_join")
    found = _joined(inner.link)
    for name in _ENDINGS:
        event.listen(found, name, _refuse)
    try:
        yield found
    finally:
        for name in _ENDINGS:
            event.remove(found, name, _refuse)


def _refuse(_: Connection) -> None:
    raise StorageError("writer_ends")


def _joined(link: object) -> Connection:
    host = link.host if isinstance(link, JoinedLink) else None
    if not isinstance(host, Connection):
        raise StorageError(_ELSEWHERE)
    return host


def _of_sql(transaction: Transaction) -> SqlTransaction:
    # Rows of a host are not encrypted: they are read beneath whatever encrypts ours.
    found = innermost(transaction)
    if not isinstance(found, SqlTransaction):
        raise StorageError(_ELSEWHERE)
    found._check()
    return found


@contextmanager
def _errors_as_ours(transaction: SqlTransaction) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        found = as_ours(transaction.store.dialect.sessions, error)
        if found is error:
            raise
        raise found from None
