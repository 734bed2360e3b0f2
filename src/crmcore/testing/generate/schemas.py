"""Generated schemas: all kinds, links in every direction, keys, retired fields and options."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from attrs import evolve

from crmcore.kinds import Json, Kind, Link, LongText, MultiChoice, MultiLink, Text
from crmcore.schema import Field, Key, Module, Schema, numbered
from crmcore.testing.canonical import samples
from crmcore.testing.choices import Choices
from crmcore.testing.hostile import SQL_WORDS
from crmcore.testing.script import RESERVED_PART

MODULES: Final = ("thing", "order", "part")
_LINKS: Final = frozenset({"link", "multi_link"})
# What people ask most about comes up more often.
_WEIGHTS: Final = {"text": 6, "decimal_2": 3, "integer": 3, "date": 2, "datetime": 6, "choice": 3}


@cache
def sample_values() -> dict[str, tuple[Kind, tuple[Any, ...]]]:
    """Kind and canonical values by the name of the sample, without links."""
    return {one.name: (one.kind, one.values) for one in samples() if one.name not in _LINKS}


@cache
def _weighted() -> tuple[str, ...]:
    return tuple(name for name in sample_values() for _ in range(_WEIGHTS.get(name, 1)))


def sample_of(kind: Kind) -> tuple[Any, ...]:
    """Canonical values of a generated kind; none for links."""
    return next((values for known, values in sample_values().values() if known == kind), ())


def make_modules(choices: Choices) -> tuple[Module, ...]:
    """One to three modules, numbered, which link to each other and to themselves."""
    names = MODULES[: choices.between(1, 3)]
    modules = [_module(choices, name, names) for name in names]
    whole = numbered(Schema((*RESERVED_PART, *modules)))
    return whole.modules[len(RESERVED_PART) :]


def _module(choices: Choices, name: str, names: tuple[str, ...]) -> Module:
    words = choices.several(SQL_WORDS[1:], 3, 7)
    fields = [Field("name", Text(), unique=_unique(choices, Text()))]
    fields += [_field(choices, word, names) for word in words]
    fields.append(Field("parent", Link(choices.pick(names))))
    if choices.chance(20):
        fields.append(evolve(_field(choices, "gone", names), retired=True, unique=None))
    return Module(name, fields, title="name", keys=_keys(choices, fields))


def _field(choices: Choices, name: str, names: tuple[str, ...]) -> Field:
    if choices.chance(15):
        return Field(name, Link(choices.pick(names)))
    if choices.chance(5):
        return Field(name, MultiLink(choices.pick(names)))
    kind = sample_values()[choices.pick(_weighted())][0]
    return Field(name, kind, unique=_unique(choices, kind), indexed=choices.chance(20))


def _unique(choices: Choices, kind: Kind) -> Any:
    if not choices.chance(20) or isinstance(kind, (LongText, MultiChoice, MultiLink, Json)):
        return None
    folds = isinstance(kind, Text) and kind.sorted and choices.chance(50)
    return "folded" if folds else "exact"


def _keys(choices: Choices, fields: list[Field]) -> tuple[Key, ...]:
    able = [
        one.name
        for one in fields
        if not one.retired and not isinstance(one.kind, (LongText, MultiChoice, MultiLink, Json))
    ]
    if len(able) < 2 or not choices.chance(15):
        return ()
    return (Key(choices.several(able, 2, 2)),)
