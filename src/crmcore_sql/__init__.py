"""Workspaces in SQL databases, on SQLAlchemy Core: SQLite now."""

from __future__ import annotations

from crmcore_sql import needs as needs
from crmcore_sql.backend import SqlBackend, open_sql

__all__ = ["SqlBackend", "open_sql"]
