"""The secret of a workspace in its store: a row of the head, encrypted under the current key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from crmcore.clock import EntropySource
from crmcore.encrypting.keyring import SIZE, Keyring
from crmcore.encrypting.vault import unwrapped, wrapped
from crmcore.errors import Conflict
from crmcore.query.bound import BoundQuery, by_id, full_columns
from crmcore.records import layout_of
from crmcore.schema.reserved import HEAD
from crmcore.storage import Backend, Insert, Intent, Replace, Row, Transaction

SECRET_ID: Final = "0" * 31 + "5"
"""The record that holds it."""

_NOBODY: Final = "0" * 32
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LAYOUT: Final = layout_of(HEAD)
_PLACE: Final = _LAYOUT.index["key"]


def kept_secret(backend: Backend, keyring: Keyring, entropy: EntropySource) -> bytes:
    """The secret of the workspace in `backend`, which is made where it has none.

    It is encrypted anew where another key is current. Raises `WorkspaceError`: `key_missing`,
    `key_wrong`.
    """
    former = _read(backend)
    if former is not None:
        name, secret = unwrapped(keyring, former[_PLACE])
        if name == keyring.current:
            return secret
    try:
        return _written(backend, keyring, entropy)
    except Conflict:
        # Somebody else was faster.
        found = _read(backend)
        assert found is not None
        return unwrapped(keyring, found[_PLACE])[1]


def has_secret(transaction: Transaction) -> bool:
    """Whether the workspace that `transaction` sees was ever opened with keys."""
    return _row(transaction) is not None


def _read(backend: Backend) -> Row | None:
    transaction = backend.begin(Intent.READ)
    try:
        return _row(transaction)
    finally:
        transaction.rollback()


def _row(transaction: Transaction) -> Row | None:
    query = BoundQuery(HEAD, full_columns(HEAD), by_id(SECRET_ID))
    return next((row for batch in transaction.select(query) for row in batch), None)


def _written(backend: Backend, keyring: Keyring, entropy: EntropySource) -> bytes:
    transaction = backend.begin(Intent.WRITE)
    try:
        former = _row(transaction)
        version = 0 if former is None else former[1]
        assert isinstance(version, int)
        secret = entropy(SIZE) if former is None else unwrapped(keyring, former[_PLACE])[1]
        stamps = (SECRET_ID, version + 1, _LONG_AGO, _NOBODY, _LONG_AGO, _NOBODY, _NOBODY, _NOBODY)
        row: list[object] = [*stamps, *[None] * (_LAYOUT.stored - len(stamps))]
        row[_PLACE] = wrapped(keyring, secret, entropy)
        rows = [tuple(row)]
        transaction.apply([Replace(HEAD, rows, [version]) if former else Insert(HEAD, rows)])
        transaction.commit()
        return secret
    finally:
        transaction.rollback()
