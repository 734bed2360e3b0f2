"""Empty stores of a kind, as many as are wanted: by the name of an installed backend."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.metadata import entry_points
from itertools import count
from pathlib import Path
from typing import Final

from crmcore.errors import WorkspaceError
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend
from crmcore.testing.opening import Opening

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
    numbers = count(1)
    with _stores(name) as store:
        yield lambda: store(next(numbers))


@contextmanager
def named_stores(name: str) -> Iterator[Callable[[], Opening]]:
    """What `BackendConformance` wants of a fixture: for each test stores of its own, by name.

    Starts what is needed, and raises, as `empty_stores` does.
    """
    numbers = count(1)
    with _stores(name) as store:

        def for_a_test() -> Opening:
            known: dict[str, int] = {}

            def opening(name: str = "store", /) -> Backend:
                return store(known.setdefault(name, next(numbers)))

            return opening

        yield for_a_test


@contextmanager
def _stores(name: str) -> Iterator[Callable[[int], Backend]]:
    """Opens stores of `name` by their numbers."""
    if name == "memory":
        yield lambda _number: MemoryBackend()
        return
    found = [entry for entry in entry_points(group="crmcore.backends") if entry.name == name]
    if not found or name not in _PLACES:
        known = sorted({entry.name for entry in entry_points(group="crmcore.backends")})
        raise WorkspaceError("unknown_scheme", url=name, known=", ".join(known))
    open_store = found[0].load()
    with _PLACES[name]() as url:

        def opened(number: int) -> Backend:
            backend: Backend = open_store(url(number), create=True)
            return backend

        yield opened


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
        yield cache(lambda _number: server.database())


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
