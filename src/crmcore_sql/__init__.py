"""Workspaces in SQL databases, on SQLAlchemy Core: SQLite now."""

from __future__ import annotations

from crmcore.errors import MissingExtra

try:
    import sqlalchemy as _sqlalchemy
except ImportError:
    raise MissingExtra("missing_extra", package="sqlalchemy", extra="sql") from None

del _sqlalchemy

from crmcore_sql.backend import SqlBackend, open_sql  # noqa: E402 - after the check above

__all__ = ["SqlBackend", "open_sql"]
