"""Users who are alike to a record: what is decided for one of them holds for all.

A condition tells users apart by what `me` means in it, and only where that meets something
that it comes across: the record, what it is linked with, the lists it stands on. Two users of
the same roles who are both nothing to anything of that (neither they, nor those above and below
them, nor their departments) get the same answer from every step of its evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field

from crmcore.access import Rights, User
from crmcore.query import ast
from crmcore.query.evaluate import Look, Row
from crmcore.query.walking import parts_of, within
from crmcore.work.configuration import Configuration

_WORDS: Final = ("name", "login", "job_title")
_EQUAL: Final = ("==", "!=", "in")
Likeness = tuple[object, ...]


@define
class Neighborhood:
    """Rows that conditions come across, read once; `met` are all ids and texts in them."""

    look: Look
    met: set[str]
    _targets: dict[tuple[str, str], Row | None] = field(factory=dict)
    _children: dict[tuple[str, str, str], Sequence[Row]] = field(factory=dict)

    def target(self, module: str, record: str) -> Row | None:
        """See `Look.target`."""
        place = (module, record)
        if place not in self._targets:
            self._targets[place] = found = self.look.target(module, record)
            self.met.update(() if found is None else texts_in(found))
        return self._targets[place]

    def image(self, module: str, record: str) -> Row | None:
        """See `Look.image`."""
        return self.target(module, record)

    def children(self, module: str, link: str, record: str) -> Iterable[Row]:
        """See `Look.children`."""
        place = (module, link, record)
        if place not in self._children:
            self._children[place] = found = list(self.look.children(*place))
            for row in found:
                self.met.update(texts_in(row))
        return self._children[place]

    @property
    def present(self) -> Look:
        """See `Look.present`."""
        return self


def texts_in(row: Row) -> Iterator[str]:
    """All ids and texts in a row, alone or among others."""
    for value in row:
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str):
                yield str(one)


@define(slots=False)
class Likenesses:
    """What sets users apart, given the ids and texts that were come across."""

    configuration: Configuration
    met: frozenset[str]

    def __attrs_post_init__(self) -> None:
        found = self.configuration.organization
        # Who stands above a user that was met, near or far, has him among his subordinates.
        self._below: dict[str, list[str]] = {}
        self._just_below: dict[str, list[str]] = {}
        for one in sorted(self.met.intersection(self.configuration.users)):
            line = found.superiors_of(one)
            for place, above in enumerate(line):
                self._below.setdefault(above, []).append(one)
                if place == 0:
                    self._just_below.setdefault(above, []).append(one)
        self._superiors = frozenset(
            above for above in found.superiors.values() if above is not None
        )
        self._departments: dict[str, Likeness] = {}
        self._spoken: dict[tuple[str, ...], frozenset[str]] = {}

    def of(self, user: User) -> Likeness:
        """What `user` (with the roles in force) is to the record, as far as policy can tell."""
        met, me = self.met, user.id
        superior = user.superior
        spoken = self._spoken.get(user.role_ids)
        if spoken is None:
            spoken = _spoken_of(self.configuration.rights(user))
            self._spoken[user.role_ids] = spoken
        return (
            user.role_ids,
            self._department(user.department, is_whole="department" in spoken),
            me if me in met else None,
            superior if superior in met else superior is None,
            tuple(self._below.get(me, ())),
            tuple(self._just_below.get(me, ())),
            me in self._superiors,
            *(getattr(user, one) for one in _WORDS if one in spoken),
            self._territories(me) if "territories" in spoken else None,
        )

    def _department(self, name: str | None, *, is_whole: bool) -> Likeness:
        if is_whole or name is None:
            return (name,)
        known = self._departments.get(name)
        if known is None:
            line = self.configuration.organization
            met = self.met
            below = tuple(one for one in line.departments_below(name) if one in met)
            above = tuple(one for one in line.departments_above(name) if one in met)
            known = self._departments[name] = (name in met, below, above)
        return known

    def _territories(self, user: str) -> tuple[str, ...]:
        return self.configuration.organization.territories_of(user)


def named_in(rights: Rights) -> set[str]:
    """The constants of all conditions: texts, by which users may be named."""
    return {
        one.value
        for node in _conditions(rights)
        for one in within(node)
        if isinstance(one, ast.Value) and isinstance(one.value, str)
    }


def _spoken_of(rights: Rights) -> frozenset[str]:
    """Words about me that are not only set equal to something."""
    found: set[str] = set()
    for node in _conditions(rights):
        for one in within(node):
            is_plain = isinstance(one, ast.Compare) and one.comparator in _EQUAL
            for part in parts_of(one):
                if isinstance(part, ast.Name) and part.parts[0] == "me" and len(part.parts) > 1:
                    word = part.parts[1]
                    if not is_plain or word in (*_WORDS, "territories"):
                        found.add(word)
    return frozenset(found)


def _conditions(rights: Rights) -> Iterator[ast.Node]:
    yield from rights.scopes.values()
    for some in rights.denials.values():
        yield from some.values()


def users_alike(
    users: Iterable[User], configuration: Configuration, met: Iterable[str]
) -> Mapping[Likeness, Sequence[User]]:
    """`users` (with the roles in force) by what they are to a record and to all that is `met`."""
    likenesses = Likenesses(configuration, frozenset(met))
    found: dict[Likeness, list[User]] = {}
    for one in users:
        found.setdefault(likenesses.of(one), []).append(one)
    return found
