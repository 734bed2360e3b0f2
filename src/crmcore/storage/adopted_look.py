"""Linked records and children of rows that lie in two places, read for many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

from attrs import define, field

from crmcore.query.bound import (
    TRUE,
    BoundNode,
    Ref,
    Related,
    Step,
    Within,
    by_ids,
)
from crmcore.query.evaluate import Look, Row
from crmcore.query.mentions import parts_of
from crmcore.records import layout_of
from crmcore.schema import Module

CHUNK: Final = 1_000
"""Rows whose links are followed together, and ids in one question."""

Fetch = Callable[[Module, BoundNode], Iterable[Row]]
"""The present rows of a module that fulfil a condition over its own fields."""

T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """`items` in lists of `size`."""
    source = iter(items)
    while found := list(islice(source, size)):
        yield found


@define
class GatheredLook:
    """Follows links by reading what many rows lead to at once; keeps what it saw.

    `modules` are those of the question. `prepare` reads ahead; what was not read ahead is
    read when it is needed.
    """

    fetch: Fetch
    modules: Mapping[str, Module]
    _rows: dict[str, dict[str, Row | None]] = field(factory=dict)
    _children: dict[tuple[str, str], dict[str, list[Row]]] = field(factory=dict)

    @property
    def present(self) -> Look:
        """See `Look.present`."""
        return self

    def target(self, module: str, record: str) -> Row | None:
        """See `Look.target`."""
        known = self._rows.get(module)
        if known is None or record not in known:
            self._read(self.modules[module], {record})
        return self._rows[module][record]

    def image(self, module: str, record: str) -> Row | None:
        """See `Look.image`."""
        return self.target(module, record)

    def children(self, module: str, link: str, record: str) -> Iterable[Row]:
        """See `Look.children`."""
        found = self._children.get((module, link))
        if found is None or record not in found:
            self._gather(self.modules[module], link, {record})
        return self._children[(module, link)][record]

    def prepare(self, module: Module, rows: Sequence[Row], nodes: Iterable[BoundNode]) -> None:
        """Read what `nodes`, asked of `rows` of `module`, will look at."""
        waiting: list[BoundNode | Step] = list(nodes)
        while waiting and rows:
            node = waiting.pop()
            if isinstance(node, Ref):
                self._follow(module, rows, node.steps)
            elif isinstance(node, Related):
                self._relate(node, self._follow(module, rows, node.steps))
            elif isinstance(node, BoundNode):
                waiting.extend(parts_of(node))

    def _follow(
        self, module: Module, rows: Sequence[Row], steps: tuple[Step, ...]
    ) -> Sequence[Row]:
        """The rows at the ends of `steps`, whoever may see them."""
        for step in steps:
            place = layout_of(module).index[step.link.name]
            ids = {str(row[place]) for row in rows if row[place] is not None}
            self._read(step.target, ids)
            known = self._rows[step.target.name]
            rows = [row for record in sorted(ids) if (row := known[record]) is not None]
            if step.visible != TRUE:
                self.prepare(step.target, rows, (step.visible,))
            module = step.target
        return rows

    def _relate(self, node: Related, anchors: Sequence[Row]) -> None:
        ids = {str(row[0]) for row in anchors}
        self._gather(node.child, node.link.name, ids)
        found = self._children[(node.child.name, node.link.name)]
        rows = [row for record in sorted(ids) for row in found[record]]
        self.prepare(node.child, rows, (node.visible, node.where))

    def _read(self, module: Module, ids: set[str]) -> None:
        known = self._rows.setdefault(module.name, {})
        for some in chunks(sorted(ids.difference(known))):
            known.update(dict.fromkeys(some))
            for row in self.fetch(module, by_ids(tuple(some))):
                known[str(row[0])] = row

    def _gather(self, module: Module, link: str, ids: set[str]) -> None:
        known = self._children.setdefault((module.name, link), {})
        place = layout_of(module).index[link]
        ref = Ref((), module.by_name[link])
        for some in chunks(sorted(ids.difference(known))):
            known.update((record, []) for record in some)
            for row in self.fetch(module, Within(ref, tuple(some))):
                known[str(row[place])].append(row)
