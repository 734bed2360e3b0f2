"""Tokens: 256 random bits, shown once; the store keeps a digest that is bound to a purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final, Literal

from crmcore.clock import EntropySource

Purpose = Literal["session", "invitation", "reset", "api"]

_SIZE: Final = 32
_ID_BITS: Final = (1 << 128) - 1
_LONGEST: Final = 200


def new_token(purpose: Purpose, entropy: EntropySource) -> str:
    """A fresh token; its beginning tells scanners for leaked secrets what it is."""
    text = base64.urlsafe_b64encode(entropy(_SIZE)).decode().rstrip("=")
    return f"crmcore_{purpose}_{text}"


def digest(purpose: str, token: object) -> str:
    """What is kept of a token: that of another purpose never fits."""
    text = token if isinstance(token, str) and len(token) <= _LONGEST else ""
    data = f"crmcore {purpose}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()


def place(digested: str) -> str:
    """The id of the cell of a digest: its first half, in the layout of version 8."""
    number = int(digested[:32], 16) & _ID_BITS
    number = (number & ~(0xF << 76)) | (0x8 << 76)
    number = (number & ~(0b11 << 62)) | (0b10 << 62)
    return f"{number:032x}"


def same(kept: object, digested: str) -> bool:
    """Whether `kept` is `digested`, compared in constant time."""
    return isinstance(kept, str) and hmac.compare_digest(kept.encode(), digested.encode())
