"""Empty stores of a kind, as many as are wanted: by the name of an installed backend."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from itertools import count
from pathlib import Path

from crmcore.errors import WorkspaceError
from crmcore.storage import Backend
from crmcore.storage.memory import MemoryBackend

Stores = Callable[[], Backend]
"""Opens one more empty store each time it is called."""


@contextmanager
def empty_stores(name: str) -> Iterator[Stores]:
    """Empty stores of the backend `name` (`memory`, `sqlite`), in a folder that is removed after.

    Raises `WorkspaceError` (`unknown_scheme`) where no such backend is installed.
    """
    if name == "memory":
        yield MemoryBackend
        return
    found = [entry for entry in entry_points(group="crmcore.backends") if entry.name == name]
    if not found:
        known = sorted({entry.name for entry in entry_points(group="crmcore.backends")})
        raise WorkspaceError("unknown_scheme", url=name, known=", ".join(known))
    open_store = found[0].load()
    numbers = count(1)
    with tempfile.TemporaryDirectory(prefix="crmcore-") as folder:

        def another() -> Backend:
            file = Path(folder) / f"{next(numbers)}.db"
            backend: Backend = open_store(f"{name}:///{file.as_posix()}", create=True)
            return backend

        yield another
