"""Running servers, and the profiles of Hypothesis.

`dev` (the default), `ci` and `deep`, chosen by HYPOTHESIS_PROFILE.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from tests.faults import counts
from tests.faults.counts import counted as counted
from tests.mysql import fixtures as mysql_server
from tests.mysql.fixtures import mysql as mysql
from tests.mysql.fixtures import mysql_schemas as mysql_schemas
from tests.servers import mariadb as mariadb_server
from tests.servers import turns
from tests.servers.fixtures import postgresql as postgresql
from tests.servers.fixtures import postgresql_database as postgresql_database
from tests.servers.fixtures import postgresql_schemas as postgresql_schemas
from tests.servers.fixtures import short_folder as short_folder
from tests.servers.mariadb import mariadb as mariadb
from tests.servers.mariadb import mariadb_schemas as mariadb_schemas

# A busy machine is slow, and slowness is no defect of the code under test.
_PATIENT = [HealthCheck.too_slow]

settings.register_profile(
    "dev", max_examples=25, deadline=None, print_blob=True, suppress_health_check=_PATIENT
)
settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,
    print_blob=True,
    derandomize=True,
    suppress_health_check=_PATIENT,
)
settings.register_profile(
    "deep", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=_PATIENT
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out what needs a server that cannot be had here."""
    mariadb_server.leave_out(config, items)
    mysql_server.leave_out(config, items)
    turns.leave_out(config, items)
    turns.give_time(items)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was taken out."""
    mariadb_server.report(terminalreporter)
    mysql_server.report(terminalreporter)
    turns.report(terminalreporter)
    counts.report(terminalreporter)
