"""Which rows of a sheet could mean each other: by keys, titles, and links to their own module."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Final

from attrs import frozen

from crmcore.importing.convert import Column
from crmcore.importing.entries import Entry
from crmcore.importing.finding import normal_or_none
from crmcore.kinds import Link, search_key
from crmcore.records import layout_of
from crmcore.schema import STAMPS, Module

_TITLE: Final = -1
_LINKED: Final = -2
_KEYED: Final = -3
_CONTENT: Final = -4

Marks = list[Hashable]
"""What a row could be known by; rows with a mark in common could be one record."""


@frozen
class OwnLink:
    """A link to its own module: the field looked up in the target, and its place in values."""

    name: str
    lookup: str
    place: int


@frozen
class Waves:
    """Cuts rows where a later one could mean a record that an earlier one makes."""

    module: Module
    links: tuple[OwnLink, ...]
    linked_keys: tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
    title: int | None

    @classmethod
    def of(cls, module: Module, columns: Collection[Column], title: int | None) -> Waves:
        """How rows of `columns` could mean each other; `title` is its place, where it counts."""
        links = [column for column in columns if isinstance(column.field.kind, Link)]
        return cls(module, _own_links(module, links), _linked_keys(module, links), title)

    def cut(self, entries: Sequence[Entry], start: int) -> list[Entry]:
        """Entries from `start` on of which none could mean a record that another makes."""
        seen: set[Hashable] = set()
        wave: list[Entry] = []
        circle = entries[start].circle
        for place in range(start, len(entries)):
            one = entries[place]
            marks = self.marks(one)
            if one.circle != circle:
                break
            if wave and not circle and not seen.isdisjoint((*marks, *self.meant(one))):
                break
            wave.append(one)
            seen.update(marks)
        return wave

    def marks(self, one: Entry) -> Marks:
        """What later rows could know this one by."""
        if self.title is None and not self.links and not self.linked_keys and one.keys:
            return one.keys  # type: ignore[return-value]
        marks: Marks = [*one.keys]
        if not one.keys:
            marks.append((_CONTENT, (*one.intake.values, *one.texts.items())))
        for number, parts in self.linked_keys:
            # The records are not looked up yet: texts that agree mean the same record.
            texts = [one.texts.get(name) or one.intake.values[place] for name, place in parts]
            marks.append((_KEYED, (number, *texts)))
        values = one.intake.values
        if self.title is not None and isinstance(values[self.title], str):
            marks.append((_TITLE, search_key(str(values[self.title]))))
        for link in self.links:
            value = values[link.place]
            if value is not None:
                marks.append((_LINKED, link.lookup, _folded(value)))
        return marks

    def meant(self, one: Entry) -> Marks:
        """The rows of this sheet that this one may link to."""
        marks: Marks = []
        for link in self.links:
            texts = one.texts.get(link.name, ())
            for text in texts if isinstance(texts, tuple) else (texts,):
                value = normal_or_none(self.module.by_name[link.lookup].kind, text.text)
                marks.append((_LINKED, link.lookup, _folded(value)))
        return marks


def _own_links(module: Module, links: Collection[Column]) -> tuple[OwnLink, ...]:
    found: list[OwnLink] = []
    for column in links:
        lookup = column.lookup or module.title
        assert isinstance(column.field.kind, Link)
        if column.field.kind.target == module.name and lookup in module.by_name:
            found.append(OwnLink(column.field.name, str(lookup), place_of(module, str(lookup))))
    return tuple(found)


def _linked_keys(
    module: Module, links: Collection[Column]
) -> tuple[tuple[int, tuple[tuple[str, int], ...]], ...]:
    """Unique keys that a link is part of: their numbers, fields and places."""
    names = {column.field.name for column in links}
    return tuple(
        (key.number, tuple((name, place_of(module, name)) for name in key.fields))
        for key in module.unique_keys
        if not names.isdisjoint(key.fields)
    )


def place_of(module: Module, name: str) -> int:
    """Where a field lies in values."""
    return layout_of(module).index[name] - len(STAMPS)


def _folded(value: object) -> object:
    return search_key(value) if isinstance(value, str) else value
