"""Encryption of archives: AES-256-GCM per entry, under a key of the archive's own.

The key of the caller never encrypts anything itself: each archive derives one of its own
from it and a random salt, so that no nonce is ever used twice under one key.
"""

from __future__ import annotations

import os
from typing import Any, Final

from attrs import define, field

from crmcore.encrypting.primitives import NONCE, derived, gcm
from crmcore.errors import Invalid, SourceError

NAME: Final = "AES-256-GCM"
_KEY: Final = 32
_PURPOSE: Final = b"crmcore archive 1"


@define
class Cipher:
    """Encrypts the entries of one archive, each once, in their order."""

    salt: bytes
    _cipher: Any
    _count: int = field(default=0, init=False)

    def encrypted(self, name: str, data: bytes) -> bytes:
        """The nonce, then `data` encrypted and bound to the entry `name`."""
        self._count += 1
        nonce = self._count.to_bytes(NONCE, "big")
        sealed: bytes = self._cipher.encrypt(nonce, data, name.encode())
        return nonce + sealed

    def decrypted(self, file: str, name: str, data: bytes) -> bytes:
        """What was encrypted as the entry `name`; raises `SourceError` (`archive_key`)."""
        from cryptography.exceptions import InvalidTag

        try:
            found: bytes = self._cipher.decrypt(data[:NONCE], data[NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise SourceError("archive_key", file=file) from None
        return found


def cipher_of(key: bytes, salt: bytes | None = None) -> Cipher:
    """The cipher of an archive under the caller's `key` of 32 bytes; a new one without `salt`.

    Raises `Invalid` (`bad_archive_key`), `MissingExtra`.
    """
    if type(key) is not bytes or len(key) != _KEY:
        raise Invalid("bad_archive_key", size=_KEY)
    made = os.urandom(_KEY) if salt is None else salt
    return Cipher(made, gcm(derived(key, _PURPOSE, made)))
