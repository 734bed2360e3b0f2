"""A module: a named set of fields with a title by which people know its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from attrs import define, field, frozen

from crmcore.errors import SchemaError
from crmcore.kinds import Labels
from crmcore.kinds.labels import labels
from crmcore.schema.field import ASKABLE_STAMPS, STAMPS, Field
from crmcore.schema.names import nearest

Keeping = Literal["history", "journal", "state", "derived"]


@frozen
class Key:
    """A set of fields whose values no two records share; empty parts never collide."""

    fields: tuple[str, ...] = field(converter=lambda names: _texts(names))
    folded: bool = False
    number: int = 0


def _texts(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@frozen
class EntryTemplate:
    """A way of entering records: which fields, which of them required, which preset."""

    name: str
    label: Labels = field(default=Labels(), converter=labels)
    fields: tuple[str, ...] = field(default=(), converter=_texts)
    required: tuple[str, ...] = field(default=(), converter=_texts)
    presets: Mapping[str, object] = field(factory=dict)


@define(frozen=True, slots=False)
class Module:
    """One sort of records: account, contact, opportunity, or whatever a company invents.

    `title` names the field by which people know a record. `keeping` says whether former
    versions are kept (`history`) or why not. A disabled module is hidden from people.
    """

    name: str
    fields: tuple[Field, ...] = field(converter=tuple[Field, ...])
    title: str | None = None
    label: Labels = field(default=Labels(), converter=labels)
    help: str | None = None
    keys: tuple[Key, ...] = field(default=(), converter=tuple[Key, ...])
    templates: tuple[EntryTemplate, ...] = field(default=(), converter=tuple[EntryTemplate, ...])
    keeping: Keeping = "history"
    enabled: bool = True
    retired: bool = False
    number: int = 0

    @cached_property
    def live(self) -> tuple[Field, ...]:
        """The fields that are not retired, in order."""
        return tuple(found for found in self.fields if not found.retired)

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        """The live fields that have a place in storage, in order."""
        return tuple(found for found in self.live if found.stored)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Live fields and askable stamps by name."""
        found = {stamp.name: stamp for stamp in STAMPS}
        found.update({one.name: one for one in self.live})
        return found

    @cached_property
    def unique_keys(self) -> tuple[Key, ...]:
        """Declared keys and those of fields marked unique, in the order of their numbers.

        Keys of single fields are numbered after their field, compound ones from 10,000.
        """
        single = [
            Key((one.name,), one.unique == "folded", one.number)
            for one in self.live
            if one.unique is not None
        ]
        return (*single, *self.keys)

    @cached_property
    def _spellings(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for one in self.live:
            for spelling in one.label.all():
                found.setdefault(spelling.casefold(), set()).add(one.name)
        askable = (stamp for stamp in STAMPS if stamp.name in ASKABLE_STAMPS)
        for stamp in askable:
            for spelling in stamp.label.all():
                found.setdefault(spelling.casefold(), {stamp.name})
        return {spelling: frozenset(names) for spelling, names in found.items()}

    def field(self, name: str) -> Field:
        """The live field (or stamp) called `name`, a name or a label; raises `SchemaError`."""
        found = self.by_name.get(name)
        if found is not None:
            return found
        names = self._spellings.get(name.casefold(), frozenset())
        if len(names) == 1:
            return self.by_name[next(iter(names))]
        if names:
            meant = ", ".join(sorted(names))
            raise SchemaError("field_ambiguous", module=self.name, name=name, meant=meant)
        spellings = [*(one.name for one in self.live), *self._spellings]
        suggestion = nearest(name, spellings)
        raise SchemaError(
            "unknown_field",
            module=self.name,
            name=name,
            suggestion=suggestion,
            known=", ".join(one.name for one in self.live[:20]),
        )

    @property
    def title_field(self) -> Field | None:
        """The field by which people know a record, if one is declared."""
        return self.by_name.get(self.title) if self.title else None

    def links(self) -> tuple[Field, ...]:
        """The live fields that lead to other records."""
        return tuple(one for one in self.stored if one.kind.name in ("link", "multi_link"))
