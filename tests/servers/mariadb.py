"""Fixtures of a running MariaDB server, one for all processes of a test session.

Where none can be had, what needs one is taken out of the session, and its last lines say
so and how to run it; `CRMCORE_REQUIRE=mariadb` makes it a failure.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from crmcore.testing.servers.mariadb import HOW, MariadbDatabases, is_available, mariadb_server

Schemas = Callable[[str], str]
"""The URL of a store by the name of its database."""

REQUIRED = "CRMCORE_REQUIRE"
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariadbDatabases]:
    """A MariaDB server. That it cannot be started is a failure."""
    base = tmp_path_factory.getbasetemp()
    # Workers of one session have their folders beside each other.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with mariadb_server(shared / "mariadb") as server:
        yield server


@pytest.fixture
def mariadb_schemas(mariadb: MariadbDatabases) -> Iterator[Schemas]:
    """URLs of stores of this test alone: each a database."""
    number = next(_NUMBERS)
    made: set[str] = set()

    def url(name: str) -> str:
        database = f"t{os.getpid()}_{number}_{name}".lower()
        made.add(database)
        return mariadb.of(database)

    yield url
    for database in made:
        mariadb.drop(database)


def needs_mariadb(item: pytest.Item) -> bool:
    """Whether a test asks for the server, by a fixture or as a parameter."""
    names: list[str] = getattr(item, "fixturenames", [])
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return any(name.startswith("mariadb") for name in names) or any(
        isinstance(value, str) and value == "mariadb" for value in parameters.values()
    )


def is_left_out() -> bool:
    """Whether no server can be had, and none is required."""
    return not is_available() and "mariadb" not in os.environ.get(REQUIRED, "").split(",")


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what cannot run here, unless that is required."""
    left = [item for item in items if needs_mariadb(item)]
    if left and is_left_out():
        items[:] = [item for item in items if not needs_mariadb(item)]
        config.hook.pytest_deselected(items=left)


def report(terminal: pytest.TerminalReporter) -> None:
    """Say what did not run. Counted by processes of their own, the tests are not named."""
    if is_left_out():
        terminal.write_line(f"not run: MariaDB: all that needs it; to run it, {HOW}", yellow=True)
