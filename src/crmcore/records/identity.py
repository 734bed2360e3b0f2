"""Record ids: 16 bytes in UUIDv7 layout (RFC 9562), written as 32 hexadecimal digits."""

from __future__ import annotations

import hmac

from crmcore.clock import EntropySource


def _in_layout(milliseconds: int, tail: bytes) -> str:
    if not 0 <= milliseconds < 1 << 48 or len(tail) < 10:
        raise ValueError("an id is made of 48 bits of time since 1970 and 10 bytes")
    number = int.from_bytes(tail[:10], "big")
    high = (number >> 62) & 0xFFF
    low = number & 0x3FFF_FFFF_FFFF_FFFF
    value = (milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low
    return f"{value:032x}"


def new_id(milliseconds: int, entropy: EntropySource) -> str:
    """An id that starts with the moment `milliseconds` since 1970 and is random else.

    Ids sort by their moment; within a millisecond their order means nothing. Raises
    `ValueError` for a moment before 1970 or beyond the year 10,000.
    """
    return _in_layout(milliseconds, entropy(10))


def derived_id(milliseconds: int, operation: bytes, step: int, ordinal: int) -> str:
    """The id of the `ordinal`-th record made in `step` of an operation.

    Rehearsal, retry and resume of an operation derive the same ids: 48 bits of its
    moment, then HMAC-SHA-256 of (step, ordinal) under the operation's key.
    """
    return _in_layout(milliseconds, hmac.digest(operation, b"%d:%d" % (step, ordinal), "sha256"))
