"""A module: a named set of fields with a title by which people know its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from attrs import define, evolve, field, frozen

from crmcore.errors import SchemaError
from crmcore.kinds import Kind, Labels, Link
from crmcore.kinds.labels import labels
from crmcore.kinds.opaque import FrozenDict
from crmcore.kinds.plain import plain_str
from crmcore.kinds.reference import ANY_RECORD
from crmcore.schema.field import ASKABLE_STAMPS, STAMPS, Field, normal_default
from crmcore.schema.names import LABEL_LENGTH, Spellings, nearest

Keeping = Literal["history", "journal", "state", "derived", "adopted"]


def _texts(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@frozen
class Key:
    """A set of fields whose values no two records share; empty parts never collide."""

    fields: tuple[str, ...] = field(converter=_texts)
    folded: bool = False
    number: int = 0


@frozen
class EntryTemplate:
    """A way of entering records: which fields (all if none is named), required, preset.

    A preset is a constant or a `Preset` by the name of its field.
    """

    name: str
    label: Labels = field(default=Labels(), converter=labels)
    fields: tuple[str, ...] = field(default=(), converter=_texts)
    required: tuple[str, ...] = field(default=(), converter=_texts)
    presets: Mapping[str, object] = field(factory=FrozenDict, converter=FrozenDict)

    def normalized(self, kinds: Mapping[str, Kind]) -> EntryTemplate:
        """This template with its presets in the normal forms of `kinds`."""
        presets = {
            name: normal_default(kinds[name], value) if name in kinds else value
            for name, value in self.presets.items()
        }
        return evolve(self, presets=presets)


@define(frozen=True, slots=False, cache_hash=True, getstate_setstate=True)
class Module:
    """One sort of records: account, contact, opportunity, or whatever a company invents.

    `title` names the field by which people know a record. `keeping` says whether former
    versions are kept (`history`) or why not; those of an `adopted` module lie in a table of
    a host. A disabled module is hidden from people. `last_key` is the highest number that a
    compound key of it ever had.
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
    last_key: int = 0

    def __attrs_post_init__(self) -> None:
        kinds = {one.name: one.kind for one in self.fields}
        templates = tuple(template.normalized(kinds) for template in self.templates)
        object.__setattr__(self, "templates", templates)

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
        """Live fields and stamps by name; people may ask for `ASKABLE_STAMPS` only."""
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
    def _labels(self) -> Spellings:
        return Spellings((one.name, one.label) for one in self.live)

    @cached_property
    def _stamp_labels(self) -> Spellings:
        askable = (stamp for stamp in STAMPS if stamp.name in ASKABLE_STAMPS)
        return Spellings((stamp.name, stamp.label) for stamp in askable)

    def field(self, name: str) -> Field:
        """The live field (or stamp) called `name`, a name or a label; raises `SchemaError`.

        Labels of fields go before those of stamps; a label of two fields is an error.
        """
        text = plain_str(name) or ""
        found = self.by_name.get(text)
        if found is not None:
            return found
        names = self._labels.meant(text) or self._stamp_labels.meant(text)
        if len(names) == 1:
            return self.by_name[names[0]]
        if names:
            meant = ", ".join(names)
            raise SchemaError("field_ambiguous", module=self.name, name=text, meant=meant)
        raise SchemaError(
            "unknown_field",
            module=self.name,
            name=text[:LABEL_LENGTH],
            suggestion=nearest(text, [*(one.name for one in self.live), *self._labels]),
            known=", ".join(one.name for one in self.live[:20]),
        )

    def named(self, names: Iterable[str]) -> frozenset[str]:
        """The live fields that rules mean by `names`: their names, labels, or former names."""
        live = {one.name for one in self.live}
        found = [[text] if text in live else self._labels.meant(text) for text in names]
        return frozenset(name for some in found for name in some)

    @property
    def title_field(self) -> Field | None:
        """The field by which people know a record, if one is declared."""
        return self.by_name.get(self.title) if self.title else None

    def links(self) -> tuple[Field, ...]:
        """The live fields that lead to records of one module."""
        return tuple(
            one
            for one in self.stored
            if isinstance(one.kind, Link) and one.kind.target != ANY_RECORD
        )
