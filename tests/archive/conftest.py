"""Empty stores of every backend, and workspaces that have a past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.archive.stories import Told, told
from tests.servers.mongodb import mongodb as mongodb
from tests.servers.mongodb import mongodb_stores as mongodb_stores

from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend
from crmcore.work.opening import open_backend

BACKENDS = ("memory", "sqlite", "postgresql", "mariadb", "mongodb")
"""Every backend there is: all pairs of them are tried, those on servers by turns."""

_SERVERS = {
    "postgresql": "postgresql_schemas",
    "mariadb": "mariadb_schemas",
    "mongodb": "mongodb_stores",
}

Stores = Callable[[str], Backend]
Urls = Callable[[str], str]


@pytest.fixture
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Urls:
    """The URL of one more empty store of a backend, each time it is called."""
    numbers = count(1)

    def another(name: str) -> str:
        number = next(numbers)
        if name == "sqlite":
            return f"sqlite:///{tmp_path / f'store{number}.db'}"
        url: str = request.getfixturevalue(_SERVERS[name])(f"a{number}")
        return url

    return another


@pytest.fixture
def stores(urls: Urls) -> Iterator[Stores]:
    """One more empty store of a backend, each time it is called."""
    opened: list[Backend] = []

    def another(name: str) -> Backend:
        opened.append(
            MemoryBackend() if name == "memory" else open_backend(urls(name), create=True)
        )
        return opened[-1]

    yield another
    for backend in opened:
        backend.close()


@pytest.fixture
def source() -> Told:
    """A workspace in memory that has a past."""
    return told(MemoryBackend(), seed=1)


@pytest.fixture
def archive(source: Told, tmp_path: Path) -> Path:
    """An archive of `source`."""
    from crmcore.archive import backup

    file = tmp_path / "source.crmz"
    backup(source.crm, file)
    return file
