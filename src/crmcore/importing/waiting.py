"""Rows that point to rows below them: put aside, and taken when what they point to is there.

In memory are the places of such rows and what they could mean each other by; their cells lie
in a temporary file.
"""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import BinaryIO, Final, cast

from attrs import define, field

from crmcore.importing.sources import Row
from crmcore.importing.sources.plain import from_json, to_json

_LONGEST_CIRCLE: Final = 2_000

Marks = tuple[int, ...]


def hashed(marks: Iterable[Hashable]) -> Marks:
    """`marks` in little memory."""
    return tuple(map(hash, marks))


@define
class _Aside:
    """Rows in a temporary file, read by their place."""

    starts: array[int] = field(factory=lambda: array("Q"))
    file: BinaryIO | None = None

    def add(self, row: Row) -> None:
        if self.file is None:
            self.file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - see below
            weakref.finalize(self.starts, self.file.close)
        self.starts.append(self.file.seek(0, 2))
        self.file.write(b"%d " % row.number + to_json(row.cells).encode() + b"\n")

    def row(self, place: int) -> Row:
        assert self.file is not None
        self.file.seek(self.starts[place])
        number, _, cells = self.file.readline().partition(b" ")
        return Row(int(number), from_json(cells))


@define
class Waiting:
    """The rows of one sheet that wait for others of it."""

    numbers: dict[int, int] = field(factory=dict)
    own: list[Marks] = field(factory=list)
    meant: list[Marks] = field(factory=list)
    known: set[int] = field(factory=set)
    circles: dict[int, int] | None = None
    _aside: _Aside = field(factory=_Aside)

    def add(self, row: Row, own: Marks, meant: Marks) -> None:
        """Put `row` aside, which others know by `own` and which points to `meant`."""
        if row.number in self.numbers:
            return
        self.numbers[row.number] = len(self.numbers)
        self.own.append(own)
        self.meant.append(meant)
        self.known.update(own)
        self._aside.add(row)

    def ordered(self) -> Iterator[list[Row]]:
        """All rows, each after those it points to; rows that form a circle are together.

        Afterwards `circles` has the number of the circle of each row (by its number in the
        sheet), 0 for none.
        """
        found = _layers(self._edges())
        numbers = list(self.numbers)
        self.circles = {numbers[place]: circle for circle, places in found for place in places}
        for circle, places in found:
            rows = map(self._aside.row, places)
            yield from [list(rows)] if circle else ([row] for row in rows)

    def _edges(self) -> list[set[int]]:
        """What each row comes after: rows it points to, and earlier ones of the same key."""
        holders: dict[int, list[int]] = {}
        for place, marks in enumerate(self.own):
            for mark in marks:
                holders.setdefault(mark, []).append(place)
        edges: list[set[int]] = []
        for place, (own, meant) in enumerate(zip(self.own, self.meant, strict=True)):
            after = {other for mark in meant for other in holders.get(mark, ())}
            after.update(o for mark in own for o in holders[mark][:1] if o < place)
            edges.append(after)
        return edges


def _layers(edges: Sequence[set[int]]) -> list[tuple[int, list[int]]]:
    """Groups of places, those first that need none of the others: number of circle, places."""
    components = _components(edges)
    component_of = {place: n for n, places in enumerate(components) for place in places}
    depths: list[int] = []
    for number, places in enumerate(components):
        needed = {component_of[other] for place in places for other in edges[place]} - {number}
        depths.append(1 + max((depths[one] for one in needed), default=0))
    order = sorted(range(len(components)), key=lambda n: (depths[n], min(components[n])))
    layers: list[tuple[int, list[int]]] = []
    for circle, number in enumerate(order, 1):
        places = sorted(components[number])
        is_circle = len(places) > 1 or places[0] in edges[places[0]]
        layers.append((circle if is_circle and len(places) <= _LONGEST_CIRCLE else 0, places))
    return layers


def _components(edges: Sequence[set[int]]) -> list[list[int]]:
    """Strongly connected places, each after what it leads to (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    path: list[tuple[int, Iterator[int]]] = []

    def enter(place: int) -> None:
        index[place] = low[place] = len(index)
        stack.append(place)
        on_stack.add(place)
        path.append((place, iter(sorted(edges[place]))))

    def leave(place: int) -> None:
        path.pop()
        if path:
            above = path[-1][0]
            low[above] = min(low[above], low[place])
        if low[place] == index[place]:
            component: list[int] = []
            while not component or component[-1] != place:
                component.append(stack.pop())
            on_stack.difference_update(component)
            found.append(component)

    for root in range(len(edges)):
        if root not in index:
            enter(root)
        while path:
            place, rest = path[-1]
            other = next(rest, None)
            if other is None:
                leave(place)
            elif other not in index:
                enter(other)
            elif other in on_stack:
                low[place] = min(low[place], index[other])
    return found
