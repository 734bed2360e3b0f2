"""The starter of MariaDB, and what is said where there is none."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine
from tests.servers import mariadb as fixtures

from crmcore.errors import StorageError
from crmcore.testing.servers import mariadb as servers
from crmcore.testing.servers.mariadb import MariadbDatabases, MariadbServer, mariadb_server


def test_databases_come_and_go(mariadb: MariadbDatabases) -> None:
    name = mariadb.unused()
    engine = create_engine(mariadb.create(name))
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT DATABASE(), @@collation_database").one()
    assert tuple(found) == (name, "utf8mb4_nopad_bin")
    engine.dispose()
    mariadb.drop(name)
    mariadb.drop(name)


def test_a_server_that_is_killed_keeps_what_was_committed(mariadb: MariadbDatabases) -> None:
    with tempfile.TemporaryDirectory(prefix="crm-m-", ignore_cleanup_errors=True) as folder:
        server = MariadbServer(Path(folder), durable=True)
        server.start()
        url = MariadbDatabases(server.url).create("kept")
        first = server.process
        server.restart(signal.SIGKILL)
        assert server.process != first
        engine = create_engine(url)
        engine.connect().close()
        engine.dispose()
        server.stop()
        server.stop()
        assert server.process is None


def test_a_server_that_is_named_is_used(
    mariadb: MariadbDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(servers.URL_VARIABLE, mariadb.url)
    with mariadb_server() as found:
        assert found.url == mariadb.url


def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_found", lambda _: None)
    monkeypatch.delenv(servers.URL_VARIABLE, raising=False)


def test_a_missing_program_is_an_error_that_tells_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing(monkeypatch)
    assert not servers.is_available()
    with pytest.raises(StorageError) as error:
        MariadbServer(tmp_path).start()
    assert "install mariadb-server" in error.value.message("en")


@pytest.mark.parametrize("required", [False, True])
def test_what_needs_a_server_is_taken_out_and_said_to_be(
    monkeypatch: pytest.MonkeyPatch, required: bool
) -> None:
    missing(monkeypatch)
    monkeypatch.setenv(fixtures.REQUIRED, "mariadb" if required else "")
    gone: list[Any] = []
    said: list[str] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: gone.extend(items))
    needing = [
        SimpleNamespace(fixturenames=["mariadb_schemas"]),
        SimpleNamespace(
            fixturenames=["store"], callspec=SimpleNamespace(params={"store": "mariadb"})
        ),
    ]
    others = [SimpleNamespace(fixturenames=["postgresql"]), SimpleNamespace()]
    items: list[Any] = [*needing, *others]
    fixtures.leave_out(SimpleNamespace(hook=hook), items)  # type: ignore[arg-type]
    fixtures.report(SimpleNamespace(write_line=lambda line, **_: said.append(line)))  # type: ignore[arg-type]
    if required:
        assert (items, gone, said) == ([*needing, *others], [], [])
    else:
        assert (items, gone) == (others, needing)
        assert said[0].startswith("not run: MariaDB")
        assert servers.URL_VARIABLE in said[0]
