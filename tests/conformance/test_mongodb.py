"""The published suite on MongoDB."""

from __future__ import annotations

import pytest
from tests.servers.mongodb import Databases
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore.testing import BackendConformance, Opening
from crmcore_mongo.backend import open_mongo


class TestMongodb(BackendConformance):
    """Everything, without a known gap."""

    @pytest.fixture
    def backend(self, mongodb_stores: Databases) -> Opening:
        """A database for each store."""
        return lambda name="store": open_mongo(mongodb_stores(name), create=True)
