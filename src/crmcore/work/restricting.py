"""Persons whose records are stored and nothing else: a denial that everybody is under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from crmcore.access import Denial, Role
from crmcore.kinds import Link, MultiLink
from crmcore.kinds.reference import MAX_CASCADE
from crmcore.schema import Field, Module, Schema

RESTRICTED: Final = "restricted"
"""The name of the rule, as explanations tell it."""

_AT_ONCE: Final = 200
_MOST_HOPS: Final = 24
"""So many links a question about one module may follow for this: engines join no more."""


@frozen
class Place:
    """How records of `module` name a person: by `path`, the last of which leads to him.

    Where `is_closed`, what the path leads to cannot be told: whoever has its first link goes.
    """

    module: str
    path: tuple[str, ...]
    is_set: bool = False
    is_closed: bool = False

    def condition(self, ids: Sequence[str]) -> str:
        """The records whose person is one of `ids`, as text."""
        listed = ", ".join(f"'{one}'" for one in ids)
        name = ".".join(self.path)
        if self.is_closed:
            return f"not ({self.path[0]} == null)"
        return f"contains_any({name}, [{listed}])" if self.is_set else f"{name} in [{listed}]"


def restricted_role(schema: Schema, persons: Mapping[str, Sequence[str]]) -> Role | None:
    """What denies everybody the records of `persons` (ids by module) and what goes with them."""
    denials: list[Denial] = []
    for name in sorted(persons):
        if name not in schema.by_name:
            continue
        ids = sorted(set(persons[name]))
        for place in _Places(schema, name).found():
            for start in range(0, 1 if place.is_closed else len(ids), _AT_ONCE):
                # Rules that take away are told apart by their names.
                called = f"{RESTRICTED} {len(denials) + 1}" if denials else RESTRICTED
                where = place.condition(ids[start : start + _AT_ONCE])
                denials.append(Denial(called, place.module, where=where))
    return Role(RESTRICTED, denials=denials) if denials else None


@define
class _Places:
    """Where a person of `module` is named: in his record, and by what goes with it, level by level.

    As far down as a removal goes. Where there are more ways than a question can follow, or a
    way leads through a set of links, records that have such a link are denied whoever they are.
    """

    schema: Schema
    module: str
    _hops: dict[str, set[tuple[str, ...]]] = field(factory=dict)
    _closed: set[tuple[str, str]] = field(factory=set)

    def found(self) -> Iterator[Place]:
        """All places, the nearest first."""
        yield Place(self.module, ("id",))
        level = [Place(self.module, ())]
        for _ in range(MAX_CASCADE):
            level = [one for above in level for one in self._below(above)]
            yield from level

    def _below(self, above: Place) -> Iterator[Place]:
        for child, link in self.schema.children(above.module):
            is_host = "adopted" in (child.keeping, self.schema.by_name[above.module].keeping)
            if _goes_with(link) and not (above.path and is_host):
                made = self._place(child, link, above)
                if made is not None:
                    yield made

    def _place(self, child: Module, link: Field, above: Place) -> Place | None:
        """The place of `child` whose `link` leads to `above`; `None` where it is closed already."""
        is_set = isinstance(link.kind, MultiLink)
        if (child.name, link.name) in self._closed:
            return None
        path = (link.name, *above.path)
        hops = self._hops.setdefault(child.name, set())
        hops |= {path[:end] for end in range(1, len(path))}
        if above.is_closed or (is_set and above.path) or len(hops) > _MOST_HOPS:
            self._closed.add((child.name, link.name))
            return Place(child.name, (link.name,), is_closed=True)
        return Place(child.name, path, above.is_set if above.path else is_set)


def _goes_with(link: Field) -> bool:
    return isinstance(link.kind, Link) and link.kind.on_removal == "cascade"
