"""Masks: what is shown of a value that somebody may not know whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from crmcore.errors import SchemaError

FULL: Final = "****"
"""What stands for a value of which nothing is shown, and for none."""

_KEEP: Final = re.compile(r"keep:([0-9]{1,2}),([0-9]{1,2})", re.ASCII)


def check_mask(name: str) -> None:
    """Raise `SchemaError` (`unknown_mask`) unless `name` is a mask."""
    if name not in MASKS and _KEEP.fullmatch(name) is None:
        known = ", ".join((*MASKS, "keep:3,4"))
        raise SchemaError("unknown_mask", name=name, known=known)


def masked(mask: str, value: object) -> str:
    """What `mask` shows of `value`; of an empty one the same as of one without characters."""
    if value is None:
        return FULL
    kept = _KEEP.fullmatch(mask)
    if kept is not None:
        return _kept(str(value), int(kept[1]), int(kept[2]))
    return MASKS[mask](value)


def _kept(text: str, first: int, last: int) -> str:
    # A text that would be shown whole, or nearly, is not shown at all.
    if len(text) < first + last + 3:
        return FULL
    return text[:first] + FULL + (text[-last:] if last else "")


def _domain(value: object) -> str:
    _, at, domain = str(value).rpartition("@")
    return f"{FULL}@{domain}" if at else FULL


def _initials(value: object) -> str:
    words = str(value).split()
    if not words:
        return FULL
    if words[0][0] > "\u2e80":
        return words[0][0] + "**"
    return " ".join(f"{word[0]}." for word in words)


def _bucket(value: object) -> str:
    """The power of ten that a number lies in: `10,000–99,999`."""
    amount = getattr(value, "amount", value)
    if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)):
        return FULL
    digits = len(str(abs(int(amount))))
    low = 0 if digits == 1 else 10 ** (digits - 1)
    sign = "-" if amount < 0 else ""
    return f"{sign}{low:,}–{sign}{10**digits - 1:,}"


MASKS: Final[dict[str, Callable[[object], str]]] = {
    "full": lambda _: FULL,
    "last4": lambda value: _kept(str(value), 0, 4),
    "phone": lambda value: _kept(str(value), 3, 4),
    "domain": _domain,
    "initials": _initials,
    "bucket": _bucket,
}
"""The masks by name; `keep:3,4` shows the first three and the last four characters."""
