"""A MariaDB server made of the programs that the system has, or the one that a URL names.

The server runs as the user of the process; for root as `mysql`, whom the packages of the
system have made. It listens to a socket in its own folder and needs no password.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from crmcore.errors import MissingExtra, StorageError
from crmcore.testing.servers.sharing import enter, is_alive, leave, locked

URL_VARIABLE: Final = "CRMCORE_MARIADB_URL"
"""Names a server that is running: a URL of a user who may create databases."""

PROGRAM: Final = "mariadbd"
HOW: Final = f"install mariadb-server and pymysql, or set {URL_VARIABLE}"
"""How to enable what needs a server."""

_INSTALLER: Final = "mariadb-install-db"
_SECONDS: Final = 60
_PAUSE_SECONDS: Final = 0.05
_NUMBERS: Final = count(1)
_LEFT_TO_OTHERS: Final[list[MariadbServer]] = []
"""Servers that this process started and others use; a collected `Popen` would complain."""
_COMMON: Final = ("--no-defaults", "--innodb-log-file-size=16M")
_SETTINGS: Final = (
    "--skip-networking",
    "--innodb-buffer-pool-size=64M",
    "--skip-log-bin",
    "--max-connections=200",
    "--character-set-server=utf8mb4",
)
_QUICK: Final = (
    "--innodb-flush-log-at-trx-commit=0",
    "--skip-innodb-doublewrite",
    "--skip-innodb-file-per-table",
    "--debug-no-sync",
)


def is_available() -> bool:
    """Whether a server can be had here: one that is named, or the programs and the driver."""
    if find_spec("pymysql") is None:
        return False
    return bool(os.environ.get(URL_VARIABLE)) or _found(PROGRAM) is not None


@frozen
class MariadbDatabases:
    """Databases on a server; `url` leads to the server, without a database."""

    url: str
    collation: str = "utf8mb4_nopad_bin"

    def create(self, name: str) -> str:
        """The URL of a new, empty database."""
        self._run(f"CREATE DATABASE {{}} CHARACTER SET utf8mb4 COLLATE {self.collation}", name)
        return self.of(name)

    def drop(self, name: str) -> None:
        """Remove a database."""
        self._run("DROP DATABASE IF EXISTS {}", name)

    def of(self, name: str) -> str:
        """The URL of the database `name`."""
        head, mark, query = self.url.partition("?")
        return f"{head.rpartition('/')[0]}/{name}{mark}{query}"

    def unused(self) -> str:
        """A name that no other process and no other call is given."""
        return f"crm_{os.getpid()}_{next(_NUMBERS)}"

    def _run(self, words: str, name: str) -> None:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        engine = create_engine(self.url, poolclass=NullPool)
        connection = engine.raw_connection()
        try:
            # Names are made of letters and numbers of ours.
            statement = words.format(name)
            connection.cursor().execute(statement)
        finally:
            connection.close()
            engine.dispose()


@define(eq=False)
class MariadbServer:
    """A server with its data in `folder`; `durable` forces commits to disk."""

    folder: Path
    durable: bool = False
    _process: Any = field(init=False, default=None)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mariadb+pymysql://root@/?unix_socket={self._socket}"

    @property
    def process(self) -> int | None:
        """The process of the server, `None` where it is not running."""
        try:
            return int(self._pid.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def start(self) -> None:
        """Start it, with new data the first time.

        Raises `StorageError` (`server_not_started`) and `MissingExtra` (extra `mariadb`).
        """
        if find_spec("pymysql") is None:
            raise MissingExtra("missing_extra", package="pymysql", extra="mariadb")
        if not self._data.exists():
            self._make()
        self._pid.unlink(missing_ok=True)
        words = [*self._common(), *_SETTINGS, *(() if self.durable else _QUICK)]
        words += [f"--socket={self._socket}", f"--pid-file={self._pid}"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [_program(PROGRAM), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._wait(lambda: self.process is not None and self._answers())

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop it by a signal: in order, or as in a crash by `SIGKILL`. Idempotent."""
        process = self.process
        if process is None:
            return
        os.kill(process, how)
        if self._process is not None:
            self._process.wait(_SECONDS)
        if how == signal.SIGTERM:
            self._wait(lambda: self.process is None or not is_alive(process))
        self._pid.unlink(missing_ok=True)

    def restart(self, how: int = signal.SIGTERM) -> None:
        """Stop and start it; connections are lost."""
        self.stop(how)
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _socket(self) -> Path:
        return self.folder / "s.sock"

    @property
    def _pid(self) -> Path:
        return self.folder / "pid"

    def _common(self) -> tuple[str, ...]:
        who = ("--user=mysql",) if _is_root() else ()
        return (*_COMMON, *who, f"--datadir={self._data}", f"--tmpdir={self.folder}")

    def _make(self) -> None:
        if _is_root():
            # The server must be let in.
            shutil.chown(self.folder, "mysql")
        words = ("--auth-root-authentication-method=normal", "--skip-test-db")
        done = subprocess.run(  # noqa: S603
            [_program(_INSTALLER), *self._common(), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS * 2,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            reason = f"{_INSTALLER}: {''.join(said)}"
            raise StorageError("server_not_started", server="MariaDB", reason=reason)

    def _answers(self) -> bool:
        import pymysql

        try:
            pymysql.connect(unix_socket=str(self._socket), user="root").close()
        except pymysql.err.OperationalError:
            return False
        return True

    def _wait(self, until: Any) -> None:
        for _ in range(int(_SECONDS / _PAUSE_SECONDS)):
            if until():
                return
            if self._process is not None and self._process.poll():
                break
            time.sleep(_PAUSE_SECONDS)
        raise StorageError("server_not_started", server="MariaDB", reason=f"{self.folder.name}")


@contextmanager
def mariadb_server(shared: Path | None = None) -> Iterator[MariadbDatabases]:
    """A running server: the one that `CRMCORE_MARIADB_URL` names, or one of the system's programs.

    Processes that give the same folder `shared` share one, which the last of them stops.
    Raises `StorageError` (`server_not_started`) and `MissingExtra` (extra `mariadb`).
    """
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield MariadbDatabases(given)
        return
    if shared is None:
        with tempfile.TemporaryDirectory(prefix="crm-m-", ignore_cleanup_errors=True) as folder:
            server = MariadbServer(Path(folder))
            server.start()
            try:
                yield MariadbDatabases(server.url)
            finally:
                server.stop(signal.SIGKILL)
        return
    shared.mkdir(exist_ok=True)
    with locked(shared):
        server = _shared(shared)
    try:
        yield MariadbDatabases(server.url)
    finally:
        with locked(shared):
            if leave(shared):
                server.stop(signal.SIGKILL)
                shutil.rmtree(server.folder, ignore_errors=True)
            else:
                _LEFT_TO_OTHERS.append(server)


def _shared(shared: Path) -> MariadbServer:
    """The server of all who share a folder; its own folder has a name short enough for sockets."""
    where = shared / "where"
    if not enter(shared) and where.exists():
        return MariadbServer(Path(where.read_text()))
    server = MariadbServer(Path(tempfile.mkdtemp(prefix="crm-m-")))
    server.start()
    where.write_text(str(server.folder))
    return server


def _found(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def _program(name: str) -> str:
    found = _found(name)
    if found is None:
        raise StorageError("server_not_started", server="MariaDB", reason=f"no {name}: {HOW}")
    return found


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
