"""What stands where a value was purged: not empty, and not to be had any more."""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class Erased:
    """A value that was there, or may have been, and was purged. It equals nothing but itself."""

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "–"


ERASED: Final = Erased()
"""The one value of its class."""
