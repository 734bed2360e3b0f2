"""What all ciphers here are made of: AES-256-GCM, and keys derived for one purpose each."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache
from typing import Any, Final

from crmcore.errors import MissingExtra

NONCE: Final = 12
"""Bytes of a nonce."""


def derived(key: bytes, purpose: bytes, salt: bytes = b"") -> bytes:
    """A key of 32 bytes for one purpose: HKDF (RFC 5869) with SHA-256, one block."""
    inner = hmac.digest(salt, key, hashlib.sha256)
    return hmac.digest(inner, purpose + b"\1", hashlib.sha256)


def gcm(key: bytes) -> Any:
    """The cipher AES-256-GCM under `key`; raises `MissingExtra`."""
    return _aes()(key)


@cache
def _aes() -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingExtra("missing_extra", package="cryptography", extra="crypto") from None
    return AESGCM
