"""The published suite on MariaDB."""

from __future__ import annotations

import pytest
from tests.servers.mariadb import Schemas

from crmcore.testing import BackendConformance, Gap, Opening
from crmcore_sql.backend import open_sql


class TestMariadb(BackendConformance):
    """Everything but modules that no row can hold."""

    known_gaps = {"test_a_module_may_have_eight_hundred_fields": Gap.NOT_YET}

    @pytest.fixture
    def backend(self, mariadb_schemas: Schemas) -> Opening:
        """A database for each store."""
        return lambda name="store": open_sql(mariadb_schemas(name), create=True)
