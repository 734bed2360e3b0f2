"""Ciphers of the same values under another key."""

from __future__ import annotations

from crmcore.encrypting.places import Encrypted, Hidden
from crmcore.encrypting.values import MARK, is_open
from crmcore.encrypting.vault import Unsound, Vault, taken_apart
from crmcore.errors import StorageError


def is_under(key: str, what: Encrypted | Hidden, stored: object) -> bool:
    """Whether nothing is to be done: `stored` is under the key of that id, or in the open.

    Raises `StorageError` (`bad_cipher`).
    """
    if is_open(what, stored):
        return True
    try:
        return taken_apart(_sealed(what, stored))[0] == key
    except Unsound:
        raise _bad(what) from None


def renewed(vault: Vault, what: Encrypted | Hidden, record: object, stored: object) -> str:
    """What is stored in `record` of the value of `stored` under the current key.

    Raises `StorageError` (`bad_cipher`), `WorkspaceError` (`key_missing`).
    """
    try:
        text = vault.opened(what.place, str(record), _sealed(what, stored))
    except Unsound:
        raise _bad(what) from None
    made = vault.sealed(what.place, str(record), text)
    return MARK + made if isinstance(what, Hidden) else made


def _sealed(what: Encrypted | Hidden, stored: object) -> object:
    is_marked = isinstance(what, Hidden) and isinstance(stored, str)
    return str(stored).removeprefix(MARK) if is_marked else stored


def _bad(what: Encrypted | Hidden) -> StorageError:
    return StorageError("bad_cipher", field=what.field.name, name=what.field.name)
