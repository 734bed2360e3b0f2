"""The published suite on PostgreSQL."""

from __future__ import annotations

import pytest
from tests.servers.fixtures import Schemas

from crmcore.testing import BackendConformance, Opening
from crmcore_sql.backend import open_sql


class TestPostgresql(BackendConformance):
    """All of it."""

    @pytest.fixture
    def backend(self, postgresql_schemas: Schemas) -> Opening:
        """A schema for each store."""
        return lambda name="store": open_sql(postgresql_schemas(name), create=True)
