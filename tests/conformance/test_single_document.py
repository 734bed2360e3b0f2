"""The published suite on MongoDB without transactions: the promises that are left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crmcore.testing import Opening, SingleDocumentConformance
from crmcore.testing.servers.mongodb import MongodbServer
from crmcore_mongo.backend import open_mongo


@pytest.fixture(scope="module")
def standalone() -> Iterator[MongodbServer]:
    """A server that has no transactions."""
    with MongodbServer(standalone=True) as server:
        yield server


class TestSingleDocument(SingleDocumentConformance):
    """What is left without transactions."""

    @pytest.fixture
    def backend(self, standalone: MongodbServer) -> Opening:
        """A database for each store, by name."""
        urls: dict[str, str] = {}

        def opened(name: str = "store") -> object:
            url = urls.setdefault(name, standalone.database())
            return open_mongo(f"{url}?crm_single_document=true", create=True)

        return opened  # type: ignore[return-value]
