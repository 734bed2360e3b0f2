"""Values as paths and constants: what is compared for equality, and what for order."""

from __future__ import annotations

from typing import Any, Final

from attrs import frozen

from crmcore.kinds import Choice, Kind
from crmcore.query.bound import BoundComparator, Ref
from crmcore.schema import Key
from crmcore_mongo.codec import encoder
from crmcore_mongo.forms import CURRENCY, KEY, VALUE, is_sorted_text, parts
from crmcore_mongo.frames import Frame

COMPARE: Final[dict[str, str]] = {
    "==": "$eq",
    "!=": "$ne",
    "<": "$lt",
    "<=": "$lte",
    ">": "$gt",
    ">=": "$gte",
}
MIRROR: Final[dict[BoundComparator, BoundComparator]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}


@frozen
class Constant:
    """A constant of `kind`, not empty."""

    value: object
    kind: Kind

    def part(self, suffix: str) -> Any:
        """One part of it, as documents hold it."""
        found = next(part for part in parts(self.kind) if part.suffix == suffix)
        return encoder(self.kind, found.form)(self.value)

    def order(self) -> list[Any]:
        """What it is ordered by, the deciding part first."""
        return [self.part(suffix) for suffix in order_suffixes(self.kind)]

    def identity(self) -> list[tuple[str, Any]]:
        """Suffixes and parts that are equal where values are."""
        return [(suffix, self.part(suffix)) for suffix in identity_suffixes(self.kind)]

    def position(self) -> int:
        """The place of the option that a choice is."""
        assert isinstance(self.kind, Choice)
        found = self.kind.sort_key(self.value)
        assert isinstance(found, int)
        return found


def identity_suffixes(kind: Kind) -> tuple[str, ...]:
    """The parts that are equal where values are."""
    return (CURRENCY, VALUE) if kind.shape == "money" else (VALUE,)


def order_suffixes(kind: Kind) -> tuple[str, ...]:
    """The parts that decide an order, the deciding one first; choices have a position besides."""
    return (KEY, VALUE) if is_sorted_text(kind) else identity_suffixes(kind)


def unique_key(frame: Frame, ref: Ref, *, folded: bool = False) -> Key | None:
    """The unique key made of the field of `ref` alone, where its digests can be asked."""
    if not frame.is_current or frame.past or ref.steps or ref.field.number < 0:
        return None
    for key in frame.module.unique_keys:
        if key.fields == (ref.field.name,) and key.folded == folded:
            return key
    return None


def is_always_there(ref: Ref) -> bool:
    """Whether there is a value in every record."""
    return not ref.steps and ref.field.number in (-1, -2)
