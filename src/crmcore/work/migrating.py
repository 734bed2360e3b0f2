"""What a store needs before this version of the library works on it: listed, written, done."""

from __future__ import annotations

from attrs import frozen

from crmcore.clock import SystemClock, system_entropy
from crmcore.schema import Schema
from crmcore.schema.reserved import with_reserved
from crmcore.work.checking import evolving, wanted
from crmcore.work.configuration import Configuration
from crmcore.work.opening import open_backend, with_configuration
from crmcore.work.store import Store
from crmcore.work.tabling import show


@frozen
class Migration:
    """The pending steps of a store in words, and the statements that they are.

    Statements that read and rewrite rows are comments: only `migrate` can do them.
    """

    steps: tuple[str, ...]
    sql: str


def migration(target: object) -> Migration:
    """What the workspace in `target` (URL, engine or backend) needs; changes nothing.

    Raises `WorkspaceError`: `cannot_check` where a store has no such steps, and as
    `open_workspace` does.
    """
    store = _store(target)
    try:
        schema, backend = wanted(store), evolving(store.backend)
        return Migration(backend.pending(schema), backend.script(schema))
    finally:
        _close(store, target)


def migrate(target: object) -> tuple[str, ...]:
    """Do what the workspace in `target` needs; the steps that were pending.

    Raises as `migration`, and `Duplicate` where records share what is to be unique.
    """
    store = _store(target)
    try:
        found = evolving(store.backend).pending(wanted(store))
        store.backend.prepare(with_reserved(Schema()))
        with_configuration(store)
        return found
    finally:
        _close(store, target)


def views(target: object, *, shown: bool = True) -> None:
    """Let the workspace in `target` (URL, engine or backend) have read-only SQL views, or none.

    They carry the declared names and follow every change of the schema. They bypass all
    rights: give the database user that reads them nothing else, and nobody else that user.
    Raises `WorkspaceError`: `no_tables`, and as `open_workspace` does.
    """
    store = _store(target)
    try:
        with_configuration(store)
        show(store, shown)
    finally:
        _close(store, target)


def _store(target: object) -> Store:
    backend = open_backend(target, create=False)
    return Store(backend, SystemClock(), system_entropy, Configuration(with_reserved(Schema())))


def _close(store: Store, target: object) -> None:
    # The backend of a caller stays his.
    if store.backend is not target:
        store.backend.close()
