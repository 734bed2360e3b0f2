"""Workspaces in SQL databases, on SQLAlchemy Core: SQLite, PostgreSQL, MariaDB."""

from __future__ import annotations

from crmcore_sql import needs as needs
from crmcore_sql.backend import SqlBackend, open_sql
from crmcore_sql.hosts import dbapi
from crmcore_sql.own_tables import include_name, include_object

__all__ = ["SqlBackend", "dbapi", "include_name", "include_object", "open_sql"]
