"""The published suite on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from tests.servers.fixtures import Schemas

from crmcore.testing import BackendConformance, Gap, Opening
from crmcore_sql.backend import open_sql


class TestPostgresql(BackendConformance):
    """Everything but rows wider than a page holds: they need tables beside each other."""

    known_gaps: ClassVar[Mapping[str, Gap]] = {
        "test_a_module_may_have_eight_hundred_fields": Gap.NOT_YET
    }

    @pytest.fixture
    def backend(self, postgresql_schemas: Schemas) -> Opening:
        """A schema for each store."""
        return lambda name="store": open_sql(postgresql_schemas(name), create=True)
