"""What a store needs before this version of the library works on it: listed, written, done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen

from crmcore.clock import SystemClock, system_entropy
from crmcore.encrypting import Keyring
from crmcore.schema import Schema
from crmcore.schema.reserved import with_reserved
from crmcore.work.checking import evolving, wanted
from crmcore.work.configuration import Configuration
from crmcore.work.locking import unlocked
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


def migration(target: object, *, keys: Keyring | None = None) -> Migration:
    """What the workspace in `target` (URL, engine or backend) needs; changes nothing.

    Raises `WorkspaceError`: `cannot_check` where a store has no such steps, and as
    `open_workspace` does.
    """
    with _opened(target, keys) as store:
        schema, backend = wanted(store), evolving(store.backend)
        return Migration(backend.pending(schema), backend.script(schema))


def migrate(target: object, *, keys: Keyring | None = None) -> tuple[str, ...]:
    """Do what the workspace in `target` needs; the steps that were pending.

    Raises as `migration`, and `Duplicate` where records share what is to be unique.
    """
    with _opened(target, keys) as store:
        found = evolving(store.backend).pending(wanted(store))
        store.backend.prepare(with_reserved(Schema()))
        with_configuration(store)
        return found


def views(target: object, *, shown: bool = True, keys: Keyring | None = None) -> None:
    """Let the workspace in `target` (URL, engine or backend) have read-only SQL views, or none.

    They carry the declared names, show the ciphers of encrypted fields, and follow every
    change of the schema. They bypass all rights: give the database user that reads them
    nothing else, and nobody else that user.
    Raises `WorkspaceError`: `no_tables`, and as `open_workspace` does.
    """
    with _opened(target, keys) as store:
        with_configuration(store)
        show(store, shown)


@contextmanager
def _opened(target: object, keys: Keyring | None) -> Iterator[Store]:
    """The store of `target`; the backend of a caller stays his, others are closed at the end."""
    opened = open_backend(target, create=False)
    backend, reserved = unlocked(opened, keys), Configuration(with_reserved(Schema()))
    try:
        yield Store(backend, SystemClock(), system_entropy, reserved)
    finally:
        if opened is not target:
            backend.close()
