"""How much one table of an engine holds: what decides when a module goes on in another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

Size = tuple[int, ...]
"""What something takes of a table in each of its measures; the first one is columns."""

INDEX: Final = "index"
"""What an index takes, among `Room.sizes`."""


@frozen
class Room:
    """What fits into one table, in as many measures as the engine has limits.

    New fields fill a table up to `limits`. What later joins a field in its table, such as a
    search key or an index, may take what is left: `columns` is all that the engine takes.
    `sizes` are those of forms, of twins by their suffix, and of an index; others take `usual`.
    They are what a value takes of a row at worst, wherever longer ones go.
    """

    limits: Size
    columns: int
    usual: Size
    sizes: Mapping[str, Size] = field(factory=dict)

    @property
    def nothing(self) -> Size:
        """The size of nothing."""
        return (0,) * len(self.limits)

    def size(self, what: str) -> Size:
        """What a column of the form `what` takes, or whatever else has a size."""
        return self.sizes.get(what, self.usual)

    def fits(self, size: Size) -> bool:
        """Whether new fields may fill a table so far."""
        return all(one <= limit for one, limit in zip(size, self.limits, strict=True))


def added(sizes: Iterable[Size], start: Size) -> Size:
    """`start` and all of `sizes` together."""
    found = start
    for size in sizes:
        found = tuple(one + other for one, other in zip(found, size, strict=True))
    return found


def larger(first: Size, second: Size) -> Size:
    """The larger of both in each measure."""
    return tuple(max(one, other) for one, other in zip(first, second, strict=True))
