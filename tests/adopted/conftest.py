"""Databases of a host, on each engine, with a table of customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import Engine, create_engine
from tests.adopted.erp import Erp

from crmcore.testing.servers import Databases
from crmcore.testing.servers.mariadb import MariadbDatabases

Databased = Callable[[], Engine]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databased]:
    """Makes engines of one empty database of a host."""
    engines: list[Engine] = []
    if request.param == "sqlite":
        url, drop = f"sqlite:///{tmp_path / 'erp.db'}", None
    else:
        server: Databases | MariadbDatabases = request.getfixturevalue(request.param)
        if isinstance(server, MariadbDatabases):
            # As hosts have it: neither case, nor accents, nor blanks at the end tell texts apart.
            server = evolve(server, collation="utf8mb4_general_ci")
        name = server.unused()
        url, drop = server.create(name), name

    def made() -> Engine:
        engines.append(create_engine(url))
        return engines[-1]

    yield made
    for engine in engines:
        engine.dispose()
    if drop is not None:
        server.drop(drop)


@pytest.fixture
def erp(database: Databased) -> Erp:
    """An application with customers, and a workspace that adopted them."""
    return Erp.made(database())
