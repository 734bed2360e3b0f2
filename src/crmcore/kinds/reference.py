"""Links to other records, and the opaque JSON value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from attrs import frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.unicode import forbidden_character

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
OnRemoval = Literal["restrict", "detach", "cascade"]
MAX_JSON: Final = 1_000_000
MAX_LINKS: Final = 1_000


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
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        found = getattr(value, "id", value)
        if not is_record_id(found):
            self.refuse("not_a_link", value, target=self.target)
        assert isinstance(found, str)
        return found

    @property
    def family(self) -> str:
        return f"link:{self.target}"


@frozen
class MultiLink(Link):
    """A set of ids of records of module `target`, as a sorted tuple; empty where there is none."""

    name: ClassVar[str] = "multi_link"
    shape: ClassVar[Shape] = "codes"
    ordered: ClassVar[bool] = False

    def normalize(self, value: object) -> tuple[str, ...] | None:  # type: ignore[override]
        if isinstance(value, str) or isinstance(value, Mapping) or hasattr(value, "id"):
            value = [value]
        if not isinstance(value, (list, tuple, set, frozenset)) or len(value) > MAX_LINKS:
            self.refuse("not_a_link", value, target=self.target)
        one = Link(self.target)
        found = {one.normalize(item) for item in value}
        return tuple(sorted(item for item in found if item is not None)) or None

    def to_json(self, value: object) -> object:
        return None if value is None else list(value)  # type: ignore[call-overload]


@frozen
class Json(Kind):
    """An opaque value in canonical JSON: only whether it is empty may be asked."""

    name: ClassVar[str] = "json"
    shape: ClassVar[Shape] = "json"
    ordered: ClassVar[bool] = False

    def normalize(self, value: object) -> object | None:
        if value is None:
            return None
        text = canonical_json(self, value)
        return text if value is None else json.loads(text)

    def identity(self, value: object) -> object:
        return canonical_json(self, value)

    def to_json(self, value: object) -> object:
        return value


def canonical_json(kind: Kind, value: object) -> str:
    """`value` as JSON with sorted names and no blanks; raises `Invalid` through `kind`."""
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
    except (TypeError, ValueError, RecursionError):
        kind.refuse("not_json", value)
    if len(text) > MAX_JSON:
        kind.refuse("text_too_long", "…", length=len(text), limit=MAX_JSON)
    if forbidden_character(text, multiline=True) is not None or "\\u0000" in text:
        kind.refuse("not_json", value)
    return text
