"""Modules as tables for the statements of a host, where the store has tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol, runtime_checkable

from crmcore.errors import WorkspaceError
from crmcore.query.bound import TRUE, BoundQuery
from crmcore.query.mentions import modules_in
from crmcore.schema import STAMPS, Module, Schema
from crmcore.schema.field import ASKABLE_STAMPS
from crmcore.storage.adopted import storable
from crmcore.work.session import Session
from crmcore.work.store import Store

_STAMPS: Final = [one for one in STAMPS if one.name in ASKABLE_STAMPS]


@runtime_checkable
class Tabular(Protocol):
    """A backend whose records lie in tables that a host can read beside its own."""

    def table(self, module: Module) -> Any:
        """The live records of `module` with the declared names; raises `StorageError`."""
        ...

    def show(self, schema: Schema, shown: bool) -> None:
        """Make read-only views of the modules of `schema` from now on, or drop them."""
        ...

    def selectable(self, query: BoundQuery, names: Sequence[str]) -> Any:
        """The records that `query` finds, its columns called `names`."""
        ...


def table(session: Session, store: Store, name: str) -> Any:
    """See `Workspace.table`."""
    module = _kept(store, session.schema.module(name))
    return _tabular(store).table(module)


def select(session: Session, store: Store, name: str) -> Any:
    """See `Workspace.select`."""
    backend = _tabular(store)
    module = _kept(store, session.schema.module(name))
    # The statement outlives the snapshot: who is in a department is asked when it is run.
    binder = session.configuration.binder(session.reader)
    shown = [module.by_name[one.name] for one in binder.shown(module).live]
    readable = [one for one in (*_STAMPS, *shown) if binder.withheld(module, one) is None]
    names = [one.name for one in readable]
    columns = [binder.column(module, (name,)) for name in names]
    query = BoundQuery(module, tuple(columns), TRUE, binder.visible(module))
    for mentioned in modules_in(query).values():
        _kept(store, mentioned)
    return backend.selectable(query, names)


def show(crm_store: Store, shown: bool) -> None:
    """Let the store have views of what it keeps, from now on, or no more.

    Views bypass all rights: whoever may ask the database sees everything in them. Raises
    `WorkspaceError`: `no_tables`, `step_pending` where tables may not be changed.
    """
    _tabular(crm_store).show(storable(crm_store.configuration.schema), shown)


def _tabular(store: Store) -> Tabular:
    if not isinstance(store.backend, Tabular):
        raise WorkspaceError("no_tables", backend=store.backend.capabilities.name)
    return store.backend


def _kept(store: Store, module: Module) -> Module:
    if module.keeping == "adopted" or module.name in store.adopted:
        raise WorkspaceError("table_of_host", module=module.name)
    return module
