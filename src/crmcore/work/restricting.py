"""Persons whose records are stored and nothing else: a denial that everybody is under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from crmcore.access import Denial, Role
from crmcore.kinds import Link, MultiLink
from crmcore.schema import Schema

RESTRICTED: Final = "restricted"
"""The name of the rule, as explanations tell it."""

_AT_ONCE: Final = 200


def restricted_role(schema: Schema, persons: Mapping[str, Sequence[str]]) -> Role | None:
    """What denies everybody the records of `persons` (ids by module) and what goes with them."""
    denials: list[Denial] = []
    for place, name in _places(schema, persons):
        ids = sorted(set(persons[name]))
        for start in range(0, len(ids), _AT_ONCE):
            listed = ", ".join(f"'{one}'" for one in ids[start : start + _AT_ONCE])
            # Rules that take away are told apart by their names.
            called = f"{RESTRICTED} {len(denials) + 1}" if denials else RESTRICTED
            module, field = place
            denials.append(Denial(called, module, where=f"{field} in [{listed}]"))
    return Role(RESTRICTED, denials=denials) if denials else None


def _places(
    schema: Schema, persons: Mapping[str, Sequence[str]]
) -> Iterator[tuple[tuple[str, str], str]]:
    """(module, field) that name a person of a module: his record, and what goes with it."""
    for name in sorted(persons):
        if name in schema.by_name:
            yield (name, "id"), name
        for child, link in schema.children(name):
            kind = link.kind
            assert isinstance(kind, Link)
            if kind.on_removal == "cascade" and not isinstance(kind, MultiLink):
                yield (child.name, link.name), name
