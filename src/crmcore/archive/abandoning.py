"""`abandon`: a store that a restore left unfinished becomes an empty one."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from crmcore.archive.loading import give_up
from crmcore.errors import WorkspaceError
from crmcore.schema import Schema
from crmcore.schema.reserved import with_reserved
from crmcore.storage import Backend
from crmcore.work.opening import open_backend


class Emptying(Protocol):
    """A backend that can be emptied."""

    def empty(self) -> tuple[str, ...]:
        """Remove every record and every table of a module; what was removed, by name.

        The store is then as if it had just been made. Only for one that nobody works with.
        """
        ...


@frozen
class Abandoned:
    """What was removed: the tables or collections, by name."""

    tables: tuple[str, ...]


def abandon(target: object) -> Abandoned:
    """Remove from `target` (a URL, an engine, a backend) what an unfinished restore left there.

    Whoever is still restoring into it is stopped. A workspace that is live is never touched.
    Raises `WorkspaceError`: `abandon_live`, `nothing_to_abandon`, `not_a_store`,
    `no_such_store`, `cannot_abandon`; `Conflict` where somebody else holds on to it.
    """
    backend = open_backend(target, create=False)
    try:
        return _abandoned(backend)
    finally:
        if backend is not target:
            backend.close()


def _abandoned(backend: Backend) -> Abandoned:
    empty = getattr(backend, "empty", None)
    if empty is None:
        raise WorkspaceError("cannot_abandon", backend=backend.capabilities.name)
    backend.prepare(with_reserved(Schema()))
    give_up(backend)
    return Abandoned(tuple(empty()))
