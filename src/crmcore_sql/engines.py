"""The engines that are supported: their dialects, and what their URLs mean."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from crmcore.errors import MissingExtra, WorkspaceError
from crmcore_sql.dialect import Dialect
from crmcore_sql.names import checked_schema

_DRIVERS: Final[Mapping[str, tuple[str, ...]]] = {
    "sqlite": ("pysqlite", "aiosqlite"),
    "postgresql": ("psycopg", "psycopg_async", "psycopg2"),
    "mariadb": ("pymysql",),
    "mysql": ("pymysql",),
}
"""The drivers of each engine; URLs of our own use the first."""
_POOL_SECONDS: Final = 30
_SCHEMA: Final = "crm_schema"
_PREFIX: Final = "crm_prefix"
DEFAULT_SCHEMA: Final = "crm"


def dialect_for(engine: str, driver: str, durable: bool, schema: str | None) -> Dialect:
    """The dialect of an engine; raises `WorkspaceError` (`unknown_engine`, `bad_store_name`)."""
    drivers = _DRIVERS.get(engine, ())
    if driver not in drivers:
        known = ", ".join(f"{one}+{name}" for one, names in _DRIVERS.items() for name in names)
        raise WorkspaceError("unknown_engine", engine=f"{engine}+{driver}", known=known)
    if engine == "postgresql":
        from crmcore_sql.postgresql import postgresql

        return postgresql(None if schema is None else checked_schema(schema))
    if engine == "mariadb":
        from crmcore_sql.mariadb import mariadb

        return mariadb()
    if engine == "mysql":
        from crmcore_sql.mysql import mysql

        return mysql()
    from crmcore_sql.sqlite import sqlite

    return sqlite(durable)


@frozen
class StoreAt:
    """Where a store is: how to connect, in which schema, and what to do when it is closed."""

    url: URL
    words: Mapping[str, Any]
    schema: str | None = None
    durable: bool = True
    prefix: str = ""
    closing: tuple[Callable[[], object], ...] = field(default=())

    def engine(self) -> Engine:
        """An engine of our own."""
        return create_engine(
            self.url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=5,
            max_overflow=10,
            pool_timeout=_POOL_SECONDS,
            connect_args=dict(self.words),
        )


def store_at(target: str | URL, create: bool) -> StoreAt:
    """What the URL `target` names; raises `WorkspaceError` and `MissingExtra` as `open_sql`."""
    try:
        url = make_url(target)
        engine = url.get_backend_name()
        if "+" not in url.drivername and engine in _DRIVERS:
            url = url.set(drivername=f"{engine}+{_DRIVERS[engine][0]}")
        dialect_for(engine, url.get_driver_name(), True, None)
    except (ArgumentError, ValueError):
        raise WorkspaceError("bad_store_url") from None
    prefix = url.query.get(_PREFIX, "")
    if not isinstance(prefix, str):
        raise WorkspaceError("bad_store_url")
    url = url.difference_update_query([_PREFIX])
    if engine in ("mariadb", "mysql"):
        found = _mariadb_at(url, create)
    else:
        found = _postgresql_at(url) if engine == "postgresql" else _sqlite_at(url, create)
    return evolve(found, prefix=prefix)


def _sqlite_at(url: URL, create: bool) -> StoreAt:
    words = {"check_same_thread": False, "cached_statements": 512}
    if url.database not in (None, "", ":memory:"):
        path = Path(str(url.database))
        if not create and not path.is_file():
            raise WorkspaceError("no_such_store", name=path.name)
        return StoreAt(url, words)
    # Readers beside a writer need a file: SQLite gives no snapshots in memory.
    folder = tempfile.TemporaryDirectory(prefix="crmcore-", ignore_cleanup_errors=True)
    url = url.set(database=str(Path(folder.name) / "store.db"))
    return StoreAt(url, words, durable=False, closing=(folder.cleanup,))


def _postgresql_at(url: URL) -> StoreAt:
    package = "psycopg2" if url.get_driver_name() == "psycopg2" else "psycopg"
    if find_spec(package) is None:
        raise MissingExtra("missing_extra", package=package, extra="postgresql")
    named = url.query.get(_SCHEMA, DEFAULT_SCHEMA)
    if not isinstance(named, str):
        raise WorkspaceError("bad_store_url")
    words = {"application_name": "crmcore"} if "application_name" not in url.query else {}
    return StoreAt(url.difference_update_query([_SCHEMA]), words, checked_schema(named))


def _mariadb_at(url: URL, create: bool) -> StoreAt:
    if find_spec("pymysql") is None:
        raise MissingExtra("missing_extra", package="pymysql", extra="mariadb")
    if not url.database:
        raise WorkspaceError("bad_store_url")
    if create:
        from crmcore_sql.mariadb_places import make_database

        is_mysql = url.get_backend_name() == "mysql"
        make_database(url, "utf8mb4_bin" if is_mysql else "utf8mb4_nopad_bin")
    return StoreAt(url, {})
