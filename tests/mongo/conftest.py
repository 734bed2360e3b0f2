"""The server of the tests of MongoDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.servers.mongodb import Databases
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore.testing.conformance.desk import Desk
from crmcore.testing.conformance.golden_links import COMPANY, DEAL
from crmcore_mongo.backend import open_mongo


@pytest.fixture
def desk(mongodb_stores: Databases) -> Iterator[Desk]:
    """A store prepared for companies and deals."""
    backend = open_mongo(mongodb_stores("store"), create=True)
    yield Desk.at(backend, COMPANY, DEAL)
    backend.close()
