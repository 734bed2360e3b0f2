"""The published suite over MySQL's protocol, on seekdb."""

from __future__ import annotations

import pytest
from tests.mysql.fixtures import Schemas

from crmcore.testing import BackendConformance, Gap, Opening
from crmcore_sql.backend import open_sql


class TestMysql(BackendConformance):
    """Everything but modules that no row can hold."""

    known_gaps = {"test_a_module_may_have_eight_hundred_fields": Gap.NOT_YET}

    @pytest.fixture
    def backend(self, mysql_schemas: Schemas) -> Opening:
        """A database for each store."""
        return lambda name="store": open_sql(mysql_schemas(name), create=True)
