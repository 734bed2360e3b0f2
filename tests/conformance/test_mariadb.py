"""The published suite on MariaDB."""

from __future__ import annotations

import pytest
from tests.servers.mariadb import Schemas

from crmcore.testing import BackendConformance, Opening
from crmcore_sql.backend import open_sql


class TestMariadb(BackendConformance):
    """All of it."""

    @pytest.fixture
    def backend(self, mariadb_schemas: Schemas) -> Opening:
        """A database for each store."""
        return lambda name="store": open_sql(mariadb_schemas(name), create=True)
