"""Values on their way into and out of a store: encrypted, and decrypted again."""

from __future__ import annotations

import json
from typing import Final

from crmcore.encrypting.places import Encrypted, Hidden
from crmcore.encrypting.vault import Unsound, Vault
from crmcore.errors import StorageError
from crmcore.records import canonical_json
from crmcore.records.values import value_reader
from crmcore.storage.unique import canonical_text

MARK: Final = "crmcore-sealed:"
"""What values of reserved modules begin with that are encrypted in place."""


def stored_of(vault: Vault, what: Encrypted | Hidden, record: object, value: object) -> str:
    """What is stored of `value`, which is not empty, in `record`."""
    text = canonical_json(what.field.kind.to_json(value)).decode()
    found = vault.sealed(what.place, str(record), text)
    return MARK + found if isinstance(what, Hidden) else found


def blind_of(vault: Vault, one: Encrypted, value: object) -> str:
    """What stands for `value`, which is not empty, wherever it is compared."""
    kind = one.field.kind
    return vault.blind(one.place, canonical_text(kind)(kind.identity(value)))


def opened(vault: Vault, what: Encrypted | Hidden, record: object, stored: object) -> object:
    """The value of which `stored` is in the store; raises `StorageError` (`bad_cipher`).

    Raises `WorkspaceError` (`key_missing`).
    """
    if isinstance(what, Hidden):
        stored = stored.removeprefix(MARK) if isinstance(stored, str) else stored
    one = what.field
    try:
        text = vault.opened(what.place, str(record), stored)
        return value_reader(one.kind)(json.loads(text))
    except (Unsound, ValueError):
        raise StorageError("bad_cipher", field=one.name, name=one.name) from None


def is_open(what: Encrypted | Hidden, stored: object) -> bool:
    """Whether `stored` was written before the workspace had keys."""
    if isinstance(what, Encrypted):
        return False
    return not (isinstance(stored, str) and stored.startswith(MARK))
