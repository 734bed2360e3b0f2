"""Stores whose shape is not changed in passing: what would have to be done is listed."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

from crmcore.errors import CrmError, WorkspaceError
from crmcore.schema import Schema
from crmcore.schema.reserved import with_reserved
from crmcore.storage import Backend, Intent
from crmcore.storage.adopted import storable
from crmcore.work.definitions import load_configuration
from crmcore.work.locking import check_keys
from crmcore.work.store import Store

Evolve = Literal["apply", "check"]
"""Whether opening a workspace, and changing its schema, may change tables and indexes."""


@runtime_checkable
class Evolving(Protocol):
    """A backend that can say what preparing it would take."""

    def check_only(self) -> None:
        """From now on `prepare` changes nothing; it raises `WorkspaceError` (`step_pending`)."""
        ...

    def pending(self, schema: Schema) -> tuple[str, ...]:
        """What `prepare` would do, step by step; raises as it does."""
        ...

    def script(self, schema: Schema) -> str:
        """The same as statements, without asking or changing any record."""
        ...


def evolving(backend: Backend) -> Evolving:
    """`backend` as one that can say; raises `WorkspaceError` (`cannot_check`)."""
    if not isinstance(backend, Evolving):
        raise WorkspaceError("cannot_check", backend=backend.capabilities.name)
    return backend


def hold_still(store: Store) -> None:
    """Change nothing from now on; raises `WorkspaceError` (`step_pending`: a problem each)."""
    evolving(store.backend).check_only()
    store.backend.prepare(wanted(store))


def wanted(store: Store) -> Schema:
    """What the store has to hold: the reserved modules, and those of people if they are known."""
    reserved = with_reserved(Schema())
    transaction = store.backend.begin(Intent.READ)
    try:
        found = load_configuration(transaction, store.revision(transaction)).schema
    except CrmError:
        # What the definitions lie in has to be brought up to date first.
        return reserved
    finally:
        transaction.rollback()
    check_keys(store.backend, found)
    own = [one for one in found.modules if one.name not in reserved.by_name]
    return storable(Schema([*reserved.modules, *own]))
