"""How the shapes of values lie in columns: one to two parts each, every part of one form."""

from __future__ import annotations

from typing import Final, Literal

from attrs import frozen

from crmcore.kinds import Choice, Kind, LongText, Text

Form = Literal[
    "text",
    "key",  # search key of a sorted text
    "typed",  # what was typed, where it differs from the canonical form
    "integer",
    "scaled",
    "boolean",
    "date",
    "instant",
    "minutes",
    "milliseconds",
    "amount",  # of money, at scale 4
    "currency",
    "id",
    "codes",
    "json",
    "digest",  # of a unique key
]
"""What one column holds. Every dialect knows how to lay down each."""


@frozen
class Part:
    """One column of a value: the suffix of its name and its form."""

    suffix: str
    form: Form


VALUE: Final = ""
KEY: Final = "_k"
TYPED: Final = "_t"
CURRENCY: Final = "_c"
CUT: Final = "_o"
"""Of a column that an engine computes: the part of a search key that takes part in an order."""
LISTED: Final = 500
"""Code points of a text that stands in a list of short ones."""

_PLAIN: Final[tuple[Form, ...]] = (
    "text",
    "integer",
    "scaled",
    "boolean",
    "date",
    "instant",
    "minutes",
    "milliseconds",
    "id",
    "codes",
    "json",
)
_SINGLE: Final = {form: (Part(VALUE, form),) for form in _PLAIN}
_TYPED_PARTS: Final = (Part(VALUE, "text"), Part(TYPED, "typed"))
_MONEY_PARTS: Final = (Part(VALUE, "amount"), Part(CURRENCY, "currency"))
_SORTED_PARTS: Final = (Part(VALUE, "text"), Part(KEY, "key"))


def is_sorted_text(kind: Kind) -> bool:
    """Whether values of `kind` carry a search key."""
    return isinstance(kind, (Text, LongText)) and kind.sorted


def max_length(kind: Kind) -> int:
    """How many code points a value of `kind` may have; 0 for what is not free text."""
    return kind.max_length if isinstance(kind, (Text, LongText)) else 0


def is_choice(kind: Kind) -> bool:
    """Whether values of `kind` are ordered by the position of an option."""
    return isinstance(kind, Choice) and kind.shape == "text"


def parts(kind: Kind) -> tuple[Part, ...]:
    """The columns of a value of `kind`, the value itself first."""
    if is_sorted_text(kind):
        return _SORTED_PARTS
    if kind.shape == "typed":
        return _TYPED_PARTS
    if kind.shape == "money":
        return _MONEY_PARTS
    return _SINGLE[kind.shape]


def read_parts(kind: Kind) -> tuple[Part, ...]:
    """The columns that are read to get a value of `kind` back."""
    return tuple(part for part in parts(kind) if part.form != "key")
