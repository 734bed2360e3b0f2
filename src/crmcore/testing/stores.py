"""Empty stores of a kind, as many as are wanted: by the name of an installed backend."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import entry_points
from itertools import count
from pathlib import Path
from typing import Final

from crmcore.errors import WorkspaceError
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend

Stores = Callable[[], Backend]
"""Opens one more empty store each time it is called."""

Urls = Callable[[int], str]
"""The URL of a new place for a store, by its number."""


@contextmanager
def empty_stores(name: str) -> Iterator[Stores]:
    """Empty stores of `name` (`memory`, `sqlite`, `postgresql`, `mariadb`), removed after.

    The server that a backend needs is started, and stopped after; see `crmcore.testing.servers`.
    Raises `WorkspaceError` (`unknown_scheme`) where no such backend is installed, or none that
    is known how to give places to; `MissingExtra` and `StorageError` where a server is missing.
    """
    if name == "memory":
        yield MemoryBackend
        return
    found = [entry for entry in entry_points(group="crmcore.backends") if entry.name == name]
    if not found or name not in _PLACES:
        known = sorted({entry.name for entry in entry_points(group="crmcore.backends")})
        raise WorkspaceError("unknown_scheme", url=name, known=", ".join(known))
    open_store, numbers = found[0].load(), count(1)
    with _PLACES[name]() as url:

        def another() -> Backend:
            backend: Backend = open_store(url(next(numbers)), create=True)
            return backend

        yield another


@contextmanager
def _files() -> Iterator[Urls]:
    with tempfile.TemporaryDirectory(prefix="crmcore-") as folder:
        yield lambda number: f"sqlite:///{Path(folder, f'{number}.db').as_posix()}"


@contextmanager
def _postgresql_schemas() -> Iterator[Urls]:
    from crmcore.testing.servers import postgresql_server

    with postgresql_server() as server:
        name = server.unused()
        database = server.create(name)
        joint = "&" if "?" in database else "?"
        try:
            yield lambda number: f"{database}{joint}crm_schema=s{number}"
        finally:
            server.drop(name)


@contextmanager
def _mongodb_databases() -> Iterator[Urls]:
    from crmcore.testing.servers.mongodb import MongodbServer

    with MongodbServer() as server:
        yield lambda _number: server.database()


@contextmanager
def _mariadb_databases() -> Iterator[Urls]:
    from crmcore.testing.servers.mariadb import mariadb_server

    with mariadb_server() as server:
        first, made = server.unused(), set[str]()

        def url(number: int) -> str:
            made.add(f"{first}_{number}")
            return server.of(f"{first}_{number}")

        try:
            yield url
        finally:
            for name in made:
                server.drop(name)


_PLACES: Final[Mapping[str, Callable[[], AbstractContextManager[Urls]]]] = {
    "sqlite": _files,
    "postgresql": _postgresql_schemas,
    "mariadb": _mariadb_databases,
    "mongodb": _mongodb_databases,
}
