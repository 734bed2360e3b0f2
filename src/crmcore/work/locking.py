"""Workspaces with encrypted fields: they are read and written with their keys, or not at all."""

from __future__ import annotations

from crmcore.encrypting import Keyring, encrypting
from crmcore.encrypting.keeping import has_secret
from crmcore.errors import WorkspaceError
from crmcore.schema import Schema
from crmcore.schema.encryption import is_encrypted
from crmcore.storage import Backend, Intent


def unlocked(backend: Backend, keys: Keyring | None) -> Backend:
    """`backend` with encrypted fields under `keys`, if there are any; raises `MissingExtra`."""
    return backend if keys is None else encrypting(backend, keys)


def refuse_locked(backend: Backend) -> None:
    """Raise `WorkspaceError` (`keys_needed`) where a workspace was ever opened with keys."""
    if backend.capabilities.encrypts:
        return
    transaction = backend.begin(Intent.READ)
    try:
        if has_secret(transaction):
            raise WorkspaceError("keys_needed")
    finally:
        transaction.rollback()


def check_keys(backend: Backend, schema: Schema) -> None:
    """Raise `WorkspaceError` (`keys_needed`) where `backend` cannot hide fields of `schema`."""
    if not backend.capabilities.encrypts and is_encrypted(schema):
        raise WorkspaceError("keys_needed")
