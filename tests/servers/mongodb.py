"""A fixture of a running MongoDB server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from crmcore.testing.servers.mongodb import MongodbServer

Databases = Callable[[str], str]
"""The URL of a store of this test by its name."""


@pytest.fixture(scope="session")
def mongodb() -> Iterator[MongodbServer]:
    """A server. That it cannot be started is a failure."""
    with MongodbServer() as server:
        yield server


@pytest.fixture
def mongodb_stores(mongodb: MongodbServer) -> Databases:
    """URLs of stores of this test alone: each a database."""
    known: dict[str, str] = {}

    def url(name: str) -> str:
        if name not in known:
            known[name] = mongodb.database()
        return known[name]

    return url
