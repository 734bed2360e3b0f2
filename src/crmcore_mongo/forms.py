"""How the shapes of values lie in documents: one to three fields each, every one of one form."""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

from crmcore.kinds import Choice, Kind, LongText, Text

Form = Literal[
    "text",
    "key",  # search key of a sorted text, as far as it takes part in an order
    "whole",  # the whole search key, where it is longer than that
    "typed",  # what was typed, where it differs from the canonical form
    "integer",
    "scaled",  # a 64-bit integer of the smallest units
    "boolean",
    "date",  # the instant at which it begins in UTC
    "instant",
    "minutes",
    "milliseconds",
    "amount",  # of money, at scale 4
    "currency",
    "id",
    "codes",
    "json",  # the canonical text
]
"""What one field of a document holds."""


@frozen
class Part:
    """One field of a value: the suffix of its name and its form."""

    suffix: str
    form: Form


VALUE: Final = ""
KEY: Final = "_k"
WHOLE: Final = "_w"
TYPED: Final = "_t"
CURRENCY: Final = "_c"

_SINGLE: Final[dict[str, tuple[Part, ...]]] = {
    "text": (Part(VALUE, "text"),),
    "integer": (Part(VALUE, "integer"),),
    "scaled": (Part(VALUE, "scaled"),),
    "boolean": (Part(VALUE, "boolean"),),
    "date": (Part(VALUE, "date"),),
    "instant": (Part(VALUE, "instant"),),
    "minutes": (Part(VALUE, "minutes"),),
    "milliseconds": (Part(VALUE, "milliseconds"),),
    "id": (Part(VALUE, "id"),),
    "codes": (Part(VALUE, "codes"),),
    "json": (Part(VALUE, "json"),),
    "typed": (Part(VALUE, "text"), Part(TYPED, "typed")),
    "money": (Part(VALUE, "amount"), Part(CURRENCY, "currency")),
}
_SORTED: Final = (Part(VALUE, "text"), Part(KEY, "key"), Part(WHOLE, "whole"))


def is_sorted_text(kind: Kind) -> bool:
    """Whether values of `kind` carry a search key."""
    return isinstance(kind, (Text, LongText)) and kind.sorted


def is_choice(kind: Kind) -> bool:
    """Whether values of `kind` are ordered by the position of an option."""
    return isinstance(kind, Choice) and kind.shape == "text"


def parts(kind: Kind) -> tuple[Part, ...]:
    """The fields of a value of `kind`, the value itself first."""
    return _SORTED if is_sorted_text(kind) else _SINGLE[kind.shape]


def read_parts(kind: Kind) -> tuple[Part, ...]:
    """The fields that are read to get a value of `kind` back."""
    return tuple(part for part in parts(kind) if part.form not in ("key", "whole"))
