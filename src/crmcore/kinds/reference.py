"""Links to other records."""

from __future__ import annotations

import re
from typing import ClassVar, Final, Literal

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.opaque import Json, canonical_json
from crmcore.kinds.plain import attribute, items_of, plain_str

__all__ = ["ANY_RECORD", "Json", "Link", "MultiLink", "OnRemoval", "canonical_json", "is_record_id"]

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
OnRemoval = Literal["restrict", "detach", "cascade"]
MAX_LINKS: Final = 1_000
MAX_CASCADE: Final = 16
"""So many links one after another a removal follows to what goes with a record."""
ANY_RECORD: Final = "*"
"""The target of a link that may lead to a record of any module."""


def is_record_id(value: object) -> bool:
    """Whether `value` is a record id in normal form: 32 lower-case hexadecimal digits."""
    return type(value) is str and _ID.fullmatch(value) is not None


@frozen
class Link(Kind):
    """The id of a record of module `target`.

    Removing the target is refused (`restrict`), empties the link (`detach`) or removes
    this record too (`cascade`). A natural key (`{"code": "A001"}`) stands for the one
    record that has it; the unit of work looks it up.
    """

    name: ClassVar[str] = "link"
    shape: ClassVar[Shape] = "id"
    target: str = ""
    on_removal: OnRemoval = "restrict"

    def normalize(self, value: object) -> str | None:
        if type(value) is str and _ID.fullmatch(value):
            return value
        if value is None:
            return None
        text = plain_str(value)
        if text is None:
            text = plain_str(attribute(value, "id"))
        elif not text.strip():
            return None
        if text is None or _ID.fullmatch(text) is None:
            self.refuse("not_a_link", value, target=self.target)
        return text

    def comparable(self, other: Kind) -> bool:
        if not isinstance(other, Link) or self.name != other.name:
            return False
        return self.target == other.target or ANY_RECORD in (self.target, other.target)

    @property
    def family(self) -> str:
        return f"{self.name}:{self.target}"


@frozen
class MultiLink(Link):
    """A set of ids of records of module `target`, as a sorted tuple; empty where there is none."""

    name: ClassVar[str] = "multi_link"
    shape: ClassVar[Shape] = "codes"
    ordered: ClassVar[bool] = False

    def normalize(self, value: object) -> tuple[str, ...] | None:  # type: ignore[override]
        if value is None:
            return None
        items = items_of(value, MAX_LINKS)
        if items is None:
            items = [value]
        one = Link(self.target)
        found = {one.normalize(item) for item in items}
        return tuple(sorted(item for item in found if item is not None)) or None

    def to_json(self, value: object) -> object:
        return None if value is None else list(value)  # type: ignore[call-overload]
