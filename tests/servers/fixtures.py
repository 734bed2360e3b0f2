"""Fixtures of running servers, one for all processes of a test session."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from crmcore.testing.servers import Databases, postgresql_server
from crmcore.testing.servers.postgresql import URL_VARIABLE

Schemas = Callable[[str], str]
"""The URL of a store by the name of its schema."""

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """A PostgreSQL server. That it cannot be started is a failure."""
    base = tmp_path_factory.getbasetemp()
    # Workers of one session have their folders beside each other.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with postgresql_server(shared / "postgresql") as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_database(postgresql: Databases) -> Iterator[str]:
    """The URL of a database of this process."""
    name = postgresql.unused()
    yield postgresql.create(name)
    if os.environ.get(URL_VARIABLE):
        # A server of ours goes as a whole.
        postgresql.drop(name)


@pytest.fixture
def postgresql_schemas(postgresql_database: str) -> Schemas:
    """URLs of stores of this test alone: each a schema in one database."""
    number = next(_NUMBERS)

    def url(name: str) -> str:
        joint = "&" if "?" in postgresql_database else "?"
        return f"{postgresql_database}{joint}crm_schema=t{number}_{name}"

    return url


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose name leaves room for that of a socket."""
    with tempfile.TemporaryDirectory(prefix="crm-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
