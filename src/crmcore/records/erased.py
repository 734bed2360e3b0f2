"""What stands where a value was purged or erased: not empty, and not to be had any more."""

from __future__ import annotations

from typing import Final

from attrs import frozen


@frozen
class Erased:
    """A value that was there, or may have been, and is gone for good.

    `how` is a code: `purged` with the former kind of its field, or `erased` as personal.
    """

    how: str

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "–"


ERASED: Final = Erased("purged")
"""What stands where a former generation of a field was purged."""

FORGOTTEN: Final = Erased("erased")
"""What stands where personal values were erased."""
