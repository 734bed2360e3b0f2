"""Where columns lie: in the main table of a module, or in a sibling where that is full.

Decided from the schema and from what the store has, so that whoever prepares it decides
alike; a column that is made stays where it is. Current and former versions are laid out
alike: what lies in a sibling of the one lies in that of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import define, field

from crmcore.errors import SchemaError
from crmcore.kinds import Link, MultiLink
from crmcore.schema import ENDINGS, STAMPS, Field, Key, Module
from crmcore_sql import names
from crmcore_sql.dialect import Dialect, Structure
from crmcore_sql.forms import CUT, KEY, Form, is_sorted_text, parts
from crmcore_sql.names import MAIN, Place
from crmcore_sql.rooms import INDEX, Size, added, larger
from crmcore_sql.twins import TWINS, twin_suffix

_Group = tuple[int, int, bool]
"""What lies together: all columns of one generation of a field, or the one of a key."""

_STAMP_INDEXES: Final = 3


def has_index(one: Field) -> bool:
    """Whether the values of `one`, which is live, are to be found by an index."""
    is_link = isinstance(one.kind, Link) and not isinstance(one.kind, MultiLink)
    return (one.indexed or is_link) and one.kind.shape != "json"


def tables_of(structure: Structure, prefix: str, module: Module) -> Iterator[tuple[int, str]]:
    """The tables of live records that there are, each with its number."""
    number = MAIN
    while (name := names.current_table(prefix, module, number)) in structure.tables:
        yield number, name
        number += 1


def places_of(structure: Structure, prefix: str, module: Module) -> dict[Place, int]:
    """In which table each column of live records lies that is there."""
    return {
        place: number
        for number, name in tables_of(structure, prefix, module)
        for column in structure.tables[name]
        if (place := names.place_of(column)) is not None and (number == MAIN or place[0] > 0)
    }


@define(eq=False)
class Placing:
    """The layout of one module; `recorded` is what the catalogue says of its columns."""

    module: Module
    dialect: Dialect
    there: Mapping[Place, int]
    recorded: Mapping[str, str]
    _used: dict[int, Size] = field(factory=dict)

    def tables(self) -> dict[Place, int]:
        """The number of the table of each column that the module needs, but stamps.

        Raises `SchemaError` (`row_too_wide`) where what is to join a field does not fit.
        """
        wanted = self._wanted()
        homes = {_group(place): number for place, number in self.there.items() if place[0] > 0}
        self._fill(wanted, homes)
        found: dict[Place, int] = {}
        for group, (places, size) in wanted.items():
            number = homes.get(group)
            if number is None:
                number = self._first_with_room(size)
                self._used[number] = added([size], self._of(number))
            found.update(dict.fromkeys(places, number))
        most = self.dialect.room.columns
        if any(self._of(number)[0] > most for number in set(found.values())):
            raise SchemaError("row_too_wide", module=self.module.name)
        return found

    def _wanted(self) -> dict[_Group, tuple[list[Place], Size]]:
        """What lies together, in order, and what it takes."""
        found: dict[_Group, tuple[list[Place], Size]] = {}
        for key in self.module.unique_keys:
            found[_group(_key(key))] = [_key(key)], self._size(["digest", INDEX])
        stored = [one for one in self.module.fields if one.stored]
        # What is found and sorted by an index is to lie with the records, if it can.
        for one in sorted(stored, key=lambda one: one.retired or not has_index(one)):
            own = parts(one.kind)
            places = [(one.number, one.generation, part.suffix) for part in own]
            sizes = [*(part.form for part in own), *self._indexed(one)]
            found[_group(places[0])] = places, self._size(sizes)
        return found

    def _indexed(self, one: Field) -> Iterator[str]:
        """What else a field takes because it is found by an index."""
        if one.retired or not has_index(one):
            return
        yield INDEX
        if self.dialect.indexing.has_twins and one.kind.shape in ("text", "typed"):
            if is_sorted_text(one.kind):
                yield CUT
            twin = twin_suffix(one.kind)
            if twin is not None:
                yield twin

    def _fill(
        self,
        wanted: Mapping[_Group, tuple[list[Place], Size]],
        homes: Mapping[_Group, int],
    ) -> None:
        """Count what lies in each table, with what is going to join it there."""
        stamps: list[Form] = [part.form for one in (*STAMPS, *ENDINGS) for part in parts(one.kind)]
        self._used[MAIN] = self._size([*stamps, *[INDEX] * _STAMP_INDEXES])
        forms = {_spelled(place): form for place, form in self._forms()}
        columns: dict[_Group, list[str]] = {}
        for place in self.there:
            if place[0] > 0:
                found = place[2] if place[2] in (*TWINS, CUT) else forms.get(_spelled(place))
                columns.setdefault(_group(place), []).append(found or self._recorded(place))
        for group, own in columns.items():
            size = self._size(own)
            if group in wanted:
                size = larger(size, wanted[group][1])
            self._used[homes[group]] = added([size], self._of(homes[group]))

    def _forms(self) -> Iterator[tuple[Place, Form]]:
        for one in self.module.fields:
            for part in parts(one.kind):
                yield (one.number, one.generation, part.suffix), part.form

    def _recorded(self, place: Place) -> str:
        """The form of a former generation, as it was noted."""
        if place[2] in (KEY, names.KEY_SUFFIX):
            return "key" if place[2] == KEY else "digest"
        return self.recorded.get(_spelled(place), "text").partition(":")[0]

    def _first_with_room(self, size: Size) -> int:
        number = MAIN
        # A table that is empty but for ids takes whatever one field needs.
        while number in self._used and not self.dialect.room.fits(added([size], self._of(number))):
            number += 1
        return number

    def _of(self, number: int) -> Size:
        found = self._used.get(number)
        if found is None:
            found = self._used[number] = self._size(["id", "integer", INDEX])
        return found

    def _size(self, what: Iterable[str]) -> Size:
        room = self.dialect.room
        return added((room.size(one) for one in what), room.nothing)


def _key(key: Key) -> Place:
    return key.number, 1, names.KEY_SUFFIX


def _group(place: Place) -> _Group:
    return place[0], place[1], place[2] == names.KEY_SUFFIX


def _spelled(place: Place) -> str:
    number, generation, suffix = place
    return f"{number}.{generation}{suffix}"
