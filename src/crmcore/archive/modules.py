"""What of each module an archive carries: every column it ever had, under one layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from crmcore.kinds import Kind
from crmcore.query.bound import Ref, full_columns
from crmcore.records import layout_of
from crmcore.schema import ENDINGS, STAMPS, Field, Module, Schema

Column = tuple[int, int]
"""The number and the generation of a field: what a column of a store belongs to."""


@frozen
class ArchivedModule:
    """A module in the revision in force, and `whole`: its fields, then all columns it ever had.

    A row of `whole` begins with a row of `module` in stored layout and ends with the
    endings of a version. Questions about the past read the older columns.
    """

    module: Module
    whole: Module
    is_current: bool

    @property
    def columns(self) -> tuple[Ref, ...]:
        """The columns of a reading of versions."""
        return (*full_columns(self.whole), *(Ref((), one) for one in ENDINGS))

    @property
    def width(self) -> int:
        """How many values of a row come before the endings."""
        return layout_of(self.whole).stored

    @property
    def counted(self) -> tuple[tuple[int, Field], ...]:
        """The places of what digests speak of: stamps, fields that are not computed, endings."""
        fields = [*STAMPS, *self.module.stored]
        found = [(place, one) for place, one in enumerate(fields) if one.computed is None]
        return (*found, *((self.width + place, one) for place, one in enumerate(ENDINGS)))

    @property
    def further(self) -> tuple[tuple[int, Field], ...]:
        """The places of computed values, and of columns out of use."""
        fields = self.whole.stored
        known = len(self.module.stored)
        return tuple(
            (len(STAMPS) + place, one)
            for place, one in enumerate(fields)
            if place >= known or one.computed is not None
        )


def archived_modules(revisions: Sequence[Schema]) -> tuple[ArchivedModule, ...]:
    """What is archived of a workspace whose schema had these revisions, the present one last.

    Only what is kept as history or journal; in the order of the modules' numbers.
    """
    latest: dict[str, Module] = {}
    for schema in revisions:
        latest.update(schema.by_name)
    present = revisions[-1].by_name
    kept = [one for one in latest.values() if one.keeping in ("history", "journal")]
    return tuple(
        ArchivedModule(one, _whole(one, revisions), one.name in present)
        for one in sorted(kept, key=lambda one: one.number)
    )


def _whole(module: Module, revisions: Iterable[Schema]) -> Module:
    kinds: dict[Column, list[Kind]] = {}
    encrypted: set[int] = set()
    for schema in revisions:
        known = schema.by_name.get(module.name)
        for one in known.fields if known is not None else ():
            if one.stored:
                kinds.setdefault((one.number, one.generation), []).append(one.kind)
                encrypted.update([one.number] if one.encrypted else [])
    fields = [evolve(one, kind=_widest(kinds[_column(one)])) for one in module.stored]
    used = {_column(one) for one in fields}
    names = {one.name for one in fields}
    for number, generation in sorted(kinds.keys() - used):
        name = f"column_{number}_{generation}"
        while name in names:
            name += "_"
        kind = _widest(kinds[number, generation])
        is_encrypted = number in encrypted
        fields.append(
            Field(name, kind, encrypted=is_encrypted, number=number, generation=generation)
        )
    return Module(
        module.name, fields, keys=module.keys, keeping=module.keeping, number=module.number
    )


def _column(one: Field) -> Column:
    return one.number, one.generation


def _widest(kinds: Sequence[Kind]) -> Kind:
    """The last of `kinds` whose values carry a search key, which the past is searched by."""
    keyed = [kind for kind in kinds if getattr(kind, "sorted", False)]
    return (keyed or kinds)[-1]
