"""The organization: who reports to whom, which department lies in which, whose a territory is.

Trees are small and asked of often, so they are kept in memory with the configuration; what
lies below somebody is handed to conditions as a list (`me.subordinates`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import define, field


@define(frozen=True, slots=False)
class Organization:
    """Trees of the workspace.

    `superiors`: user → his superior; `departments`: name → the department above it;
    `territories`: id → the territory above it; `members`: territory → the users in it.
    """

    superiors: Mapping[str, str | None] = field(factory=dict)
    departments: Mapping[str, str | None] = field(factory=dict)
    territories: Mapping[str, str | None] = field(factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(factory=dict)
    _known: dict[str, tuple[str, ...]] = field(factory=dict, init=False, eq=False, repr=False)

    @cached_property
    def _subordinates(self) -> Mapping[str, list[str]]:
        return _children(self.superiors)

    @cached_property
    def _departments_in(self) -> Mapping[str, list[str]]:
        return _children(self.departments)

    @cached_property
    def _territories_in(self) -> Mapping[str, list[str]]:
        return _children(self.territories)

    def direct_subordinates(self, user: str) -> tuple[str, ...]:
        """Who reports to `user` himself."""
        return tuple(sorted(self._subordinates.get(user, ())))

    def subordinates(self, user: str) -> tuple[str, ...]:
        """Who reports to `user`, himself or along others; never `user`."""
        found = self._known.get(user)
        if found is None:
            found = tuple(sorted(_below(self._subordinates, [user]) - {user}))
            self._known[user] = found
        return found

    def superiors_of(self, user: str) -> tuple[str, ...]:
        """The line above `user`, nearest first."""
        return _line(self.superiors, user)[1:]

    def departments_below(self, name: str | None) -> tuple[str, ...]:
        """The department `name` and all that lie in it."""
        return () if name is None else tuple(sorted(_below(self._departments_in, [name])))

    def departments_above(self, name: str | None) -> tuple[str, ...]:
        """The department `name` and those that it lies in, nearest first."""
        return () if name is None else _line(self.departments, name)

    def territories_of(self, user: str) -> tuple[str, ...]:
        """The territories that `user` is a member of, and all that lie in them."""
        own = [one for one, members in self.members.items() if user in members]
        return tuple(sorted(_below(self._territories_in, own)))


def _children(parents: Mapping[str, str | None]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for child, parent in parents.items():
        if parent is not None:
            found.setdefault(parent, []).append(child)
    return found


def _below(children: Mapping[str, list[str]], roots: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(children.get(one, ()))
    return found


def _line(parents: Mapping[str, str | None], start: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    one: str | None = start
    while one is not None and one not in found:
        found[one] = None
        one = parents.get(one)
    return tuple(found)
