"""Empty stores of every backend, and workspaces that have a past."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.archive.stories import Told, told

from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend
from crmcore.work.opening import open_backend

BACKENDS = ("memory", "sqlite", "postgresql")
"""Every backend there is: all pairs of them are tried."""

Stores = Callable[[str], Backend]


@pytest.fixture
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """One more empty store of a backend, each time it is called."""
    numbers, opened = count(1), list[Backend]()

    def another(name: str) -> Backend:
        if name == "memory":
            return MemoryBackend()
        number = next(numbers)
        if name == "sqlite":
            url = f"sqlite:///{tmp_path / f'store{number}.db'}"
        else:
            url = request.getfixturevalue("postgresql_schemas")(f"a{number}")
        opened.append(open_backend(url, create=True))
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
