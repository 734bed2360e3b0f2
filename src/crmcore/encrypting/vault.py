"""What encrypts and decrypts: ciphers and blind indexes, each under a key of its own place.

A workspace has a secret of its own, kept in its store encrypted under the current key. All
keys of places are derived from it, those of ciphers from a key of the keyring besides, so that
a store without keys tells nothing, nor does a key without the store.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any, Final

from attrs import define, field

from crmcore.clock import EntropySource, system_entropy
from crmcore.encrypting.keyring import Keyring
from crmcore.encrypting.primitives import NONCE, derived, gcm
from crmcore.errors import WorkspaceError

FORM: Final = "1"
"""How values are laid down; goes up where that changes."""
_SECRET_OF: Final = b"crmcore workspace secret 1"
_CIPHER: Final = b"crmcore cipher 1 "
_BLIND: Final = b"crmcore blind index 1 "


class Unsound(ValueError):
    """What was stored is not what was encrypted for that place and record."""


@define(eq=False, repr=False)
class Vault:
    """Encrypts for one workspace: `secret` is its own."""

    keyring: Keyring
    secret: bytes
    entropy: EntropySource = system_entropy
    _ciphers: dict[tuple[str, str], Any] = field(factory=dict)
    _blinds: dict[str, bytes] = field(factory=dict)

    def sealed(self, place: str, record: str, text: str) -> str:
        """`text` encrypted for `place` in `record`: nobody can move it elsewhere."""
        key = self.keyring.current
        nonce = self.entropy(NONCE)
        cipher = self._cipher(key, place)
        found: bytes = cipher.encrypt(nonce, text.encode(), self._bound(place, record))
        return f"{FORM}.{key}.{base64.b64encode(nonce + found).decode()}"

    def opened(self, place: str, record: str, sealed: object) -> str:
        """The text that was `sealed` for `place` in `record`.

        Raises `Unsound`, and `WorkspaceError` (`key_missing`).
        """
        from cryptography.exceptions import InvalidTag

        key, data = taken_apart(sealed)
        try:
            found: bytes = self._cipher(key, place).decrypt(
                data[:NONCE], data[NONCE:], self._bound(place, record)
            )
        except InvalidTag:
            raise Unsound from None
        return found.decode()

    def blind(self, place: str, text: str) -> str:
        """What stands for `text` in `place` wherever it is compared: equal for equal texts."""
        key = self._blinds.get(place)
        if key is None:
            key = self._blinds[place] = derived(self.secret, _BLIND + place.encode())
        return base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()

    def _bound(self, place: str, record: str) -> bytes:
        # The key of the place is one of this workspace alone; the record is not in it.
        return f"{FORM} {place} {record}".encode()

    def _cipher(self, key: str, place: str) -> Any:
        found = self._ciphers.get((key, place))
        if found is None:
            master = known_key(self.keyring, key)
            own = derived(master + self.secret, _CIPHER + place.encode())
            found = self._ciphers[key, place] = gcm(own)
        return found


def wrapped(keyring: Keyring, secret: bytes, entropy: EntropySource) -> str:
    """The secret of a workspace, encrypted under the current key."""
    nonce = entropy(NONCE)
    cipher = gcm(derived(known_key(keyring, keyring.current), _SECRET_OF))
    data: bytes = cipher.encrypt(nonce, secret, _SECRET_OF)
    return f"{FORM}.{keyring.current}.{base64.b64encode(nonce + data).decode()}"


def unwrapped(keyring: Keyring, text: object) -> tuple[str, bytes]:
    """The id of the key that it is encrypted under, and the secret of a workspace.

    Raises `WorkspaceError`: `key_missing`, `key_wrong`.
    """
    from cryptography.exceptions import InvalidTag

    try:
        name, data = taken_apart(text)
    except Unsound:
        raise WorkspaceError("key_lost") from None
    cipher = gcm(derived(known_key(keyring, name), _SECRET_OF))
    try:
        secret: bytes = cipher.decrypt(data[:NONCE], data[NONCE:], _SECRET_OF)
    except InvalidTag:
        raise WorkspaceError("key_wrong", name=name) from None
    return name, secret


def known_key(keyring: Keyring, name: str) -> bytes:
    """The key of that id; raises `WorkspaceError` (`key_missing`)."""
    found = keyring.key(name)
    if found is None:
        raise WorkspaceError("key_missing", name=name, known=", ".join(keyring.ids))
    return found


def taken_apart(sealed: object) -> tuple[str, bytes]:
    """The id of the key, and what it encrypts; raises `Unsound`."""
    parts = sealed.split(".") if isinstance(sealed, str) else []
    if len(parts) != 3 or parts[0] != FORM:
        raise Unsound
    try:
        data = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError):
        raise Unsound from None
    if len(data) <= NONCE:
        raise Unsound
    return parts[1], data
