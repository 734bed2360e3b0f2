"""The opaque JSON value: kept as it came, in canonical form, frozen."""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any, ClassVar, Final, NoReturn

from attrs import define, frozen

from crmcore.kinds.kind import Kind, Shape
from crmcore.kinds.plain import is_a, items_of, pairs_of, plain_int, plain_str

MAX_JSON: Final = 1_000_000
MAX_DEPTH: Final = 64
MAX_NODES: Final = 100_000
MAX_LARGE_JSON: Final = 7_000_000
MAX_LARGE_NODES: Final = 1_000_000
_MAX_INTEGER: Final = 10**40
_NO_JSON = re.compile("[\0\ud800-\udfff]")


def _refuse(self: object, *args: object, **named: object) -> NoReturn:
    raise TypeError("values of records are immutable")


_unchangeable: Final[Any] = _refuse


class FrozenDict(dict[str, object]):
    """A JSON object that cannot be changed; equal to a dict of the same members."""

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _unchangeable
    clear = pop = popitem = setdefault = update = _unchangeable

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> FrozenDict:
        return self

    def __deepcopy__(self, memory: object) -> FrozenDict:
        return self

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, object]]]:
        return FrozenDict, (dict(self),)


class FrozenList(list[object]):
    """A JSON array that cannot be changed; equal to a list of the same members."""

    __slots__ = ()

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _unchangeable
    append = clear = extend = insert = _unchangeable
    pop = remove = reverse = sort = _unchangeable

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __copy__(self) -> FrozenList:
        return self

    def __deepcopy__(self, memory: object) -> FrozenList:
        return self

    def __reduce__(self) -> tuple[type[FrozenList], tuple[list[object]]]:
        return FrozenList, (list(self),)


@frozen
class Json(Kind):
    """An opaque value in canonical JSON: only whether it is empty may be asked.

    Objects and arrays become `FrozenDict` and `FrozenList`. A `large` one holds definitions,
    of which a workspace with thousands of fields has many.
    """

    name: ClassVar[str] = "json"
    shape: ClassVar[Shape] = "json"
    ordered: ClassVar[bool] = False
    large: bool = False

    def __attrs_post_init__(self) -> None:
        self.demand(type(self.large) is bool, "large", "true or false")

    @property
    def most_letters(self) -> int:
        """How long its canonical text may be."""
        return MAX_LARGE_JSON if self.large else MAX_JSON

    @property
    def most_nodes(self) -> int:
        """How many values it may hold, one in the other."""
        return MAX_LARGE_NODES if self.large else MAX_NODES

    def normalize(self, value: object) -> object | None:
        if value is None:
            return None
        found = _Copy(self, self.most_nodes, self.most_letters).node(value, 0)
        canonical_json(self, found)
        return found

    def identity(self, value: object) -> object:
        return canonical_json(self, value)

    def sort_key(self, value: object) -> object:
        return canonical_json(self, value)

    def to_json(self, value: object) -> object:
        return value


@define
class _Copy:
    """A frozen plain copy in the making, and how many more nodes and letters it may hold."""

    kind: Json
    nodes: int
    letters: int

    def node(self, value: object, depth: int) -> object:
        self.nodes -= 1
        if self.nodes < 0:
            self.kind.refuse("too_many_items", value, limit=self.kind.most_nodes)
        if value is None or value is True or value is False:
            return value
        text = plain_str(value)
        if text is not None:
            return self.text(text)
        number = self.number(value)
        return self.branch(value, depth) if number is None else number

    def text(self, text: str) -> str:
        self.letters -= len(text)
        if self.letters < 0:
            self.kind.refuse("text_too_long", text, length=len(text), limit=self.kind.most_letters)
        if _NO_JSON.search(text):
            self.kind.refuse("not_json", text)
        return text

    def number(self, value: object) -> int | float | None:
        whole = plain_int(value)
        if whole is not None:
            small = -_MAX_INTEGER < whole < _MAX_INTEGER
            return whole if small else self.kind.refuse("number_too_large", "…")
        if not is_a(value, float):
            return None
        number = float.__pos__(value)
        return number if isfinite(number) else self.kind.refuse("not_json", value)

    def branch(self, value: object, depth: int) -> object:
        pairs = pairs_of(value, self.kind.most_nodes)
        ordered = is_a(value, list) or is_a(value, tuple)
        items = items_of(value, self.kind.most_nodes) if ordered else None
        if depth >= MAX_DEPTH or (items is None and pairs is None):
            self.kind.refuse("not_json", value)
        if pairs is None:
            return FrozenList([self.node(item, depth + 1) for item in items or ()])
        return FrozenDict({self.name(name): self.node(pairs[name], depth + 1) for name in pairs})

    def name(self, value: object) -> str:
        text = plain_str(value)
        return self.kind.refuse("not_json", value) if text is None else self.text(text)


def canonical_json(kind: Kind, value: object) -> str:
    """`value` as JSON with sorted names and no blanks; raises `Invalid` through `kind`."""
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
        )
    except (TypeError, ValueError, RecursionError):
        kind.refuse("not_json", value)
    limit = kind.most_letters if isinstance(kind, Json) else MAX_JSON
    if len(text) > limit:
        kind.refuse("text_too_long", "…", length=len(text), limit=limit)
    return text
