"""Real servers for tests and proofs, started from wheels; each in a file of its own."""

from __future__ import annotations

from crmcore.testing.servers.postgresql import Databases, PostgresqlServer, postgresql_server

__all__ = ["Databases", "PostgresqlServer", "postgresql_server"]
