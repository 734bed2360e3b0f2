"""Fixtures of a running server that speaks MySQL's protocol, one for each process of a session.

The server is greedy even at rest, so what needs one is taken out of a session, whose last
lines say so, unless `CRMCORE_REQUIRE=mysql` or `CRMCORE_TRIES=deep` asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from crmcore.testing.servers.mariadb import MariadbDatabases
from crmcore.testing.servers.seekdb import HOW, is_available, seekdb_server

Schemas = Callable[[str], str]
"""The URL of a store by the name of its database."""

_NUMBERS = count(1)
_IS_REQUIRED = "mysql" in os.environ.get("CRMCORE_REQUIRE", "").split(",")
_IS_WANTED = _IS_REQUIRED or (os.environ.get("CRMCORE_TRIES") == "deep" and is_available())


@pytest.fixture(scope="session")
def mysql() -> Iterator[MariadbDatabases]:
    """A server. That it cannot be started is a failure."""
    with seekdb_server() as server:
        yield server


@pytest.fixture
def mysql_schemas(mysql: MariadbDatabases) -> Iterator[Schemas]:
    """URLs of stores of this test alone: each a database."""
    number = next(_NUMBERS)
    made: set[str] = set()

    def url(name: str) -> str:
        database = f"t{os.getpid()}_{number}_{name}".lower()
        made.add(database)
        return mysql.of(database)

    yield url
    for database in made:
        mysql.drop(database)


def needs_mysql(item: pytest.Item) -> bool:
    """Whether a test asks for the server."""
    names: list[str] = getattr(item, "fixturenames", [])
    return any(name.startswith("mysql") for name in names)


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what cannot run here, unless that is required."""
    left = [item for item in items if needs_mysql(item)]
    if left and not _IS_WANTED:
        items[:] = [item for item in items if not needs_mysql(item)]
        config.hook.pytest_deselected(items=left)


def report(terminal: pytest.TerminalReporter) -> None:
    """Say what did not run."""
    if not _IS_WANTED:
        how = "set CRMCORE_REQUIRE=mysql" if is_available() else HOW
        terminal.write_line(f"not run: MySQL's protocol; to run it, {how}", yellow=True)
