"""Records of a module counted in groups, and conditions as sets of these groups.

A set of groups is one whole number with a bit for each: what holds together, either way and
not is `&`, `|` and `~` of numbers, whatever the number of records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final

from attrs import define, field

from crmcore.kinds import Choice, Link, MultiChoice, MultiLink, Text
from crmcore.query.bound import (
    TRUE,
    AllOf,
    Always,
    AnyOf,
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundSummary,
    Comparison,
    Const,
    IsEmpty,
    Negation,
    Ref,
    Related,
    Within,
)
from crmcore.schema import Module
from crmcore.work.session import Session

_EQUALITY: Final = ("==", "!=")


def is_key_leaf(node: BoundNode, *, texts: bool = False) -> Ref | None:
    """The place that `node` compares with constants for being equal, if that is all it does.

    Where `texts` repeat themselves, they may be grouped by too.
    """
    if isinstance(node, Comparison):
        constant = isinstance(node.right, Const) and node.comparator in _EQUALITY
        ref = node.left if constant else None
    elif isinstance(node, IsEmpty | Within):
        ref = node.operand
    else:
        ref = None
    return ref if isinstance(ref, Ref) and _is_key(ref, texts) else None


def _is_key(ref: Ref, texts: bool) -> bool:
    """Whether groups by `ref` are few, and told apart by what is equal."""
    kind = ref.kind
    if isinstance(kind, MultiLink | MultiChoice) or ref.field.name == "id":
        return False
    # Texts of the record itself may be different in each.
    is_few = texts or bool(ref.steps)
    return isinstance(kind, Link | Choice) or (isinstance(kind, Text) and is_few)


def is_listing(node: BoundNode) -> bool:
    """Whether `node` asks for an entry of a list, such as a share: without one it is false."""
    return isinstance(node, Related) and (node.comparator, node.count) == (">=", 1)


def leaves_of(nodes: Iterable[BoundNode]) -> tuple[BoundNode, ...]:
    """What `nodes` are composed of, each once."""
    found: dict[BoundNode, None] = {}
    waiting, seen = list(nodes), set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, AllOf | AnyOf):
            waiting.extend(node.terms)
        elif isinstance(node, Negation):
            waiting.append(node.term)
        elif not isinstance(node, Always):
            found[node] = None
    return tuple(found)


@define
class Cells:
    """Groups of records: how many are in each, and where each leaf of conditions holds."""

    keys: tuple[Ref, ...]
    _tests: dict[BoundNode, int]
    counts: Sequence[int]
    _values: tuple[dict[object, int], ...]
    _tested: tuple[int, ...]
    listed: dict[BoundNode, int] = field(factory=dict)
    _planes: tuple[int, ...] = field(init=False)
    _known: dict[int, tuple[BoundNode, int]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        # A digit of all counts at once: summing is counting bits.
        width = max(self.counts, default=0).bit_length()
        self._planes = tuple(
            _bits(place for place, count in enumerate(self.counts) if count >> digit & 1)
            for digit in range(width)
        )

    @classmethod
    def counted(
        cls,
        session: Session,
        module: Module,
        keys: tuple[Ref, ...],
        tests: tuple[BoundNode, ...],
        where: BoundNode = TRUE,
    ) -> Cells:
        """The records of `module` (`where`) by the values of `keys` and by which `tests` hold."""
        cases = list(product((False, True), repeat=len(tests)))
        measures = tuple(BoundMeasure("count", None, _case(tests, case)) for case in cases)
        query = BoundSummary(module, tuple(map(BoundGroup, keys)), measures, where)
        counts: list[int] = []
        values: list[dict[object, list[int]]] = [{} for _ in keys]
        tested: list[list[int]] = [[] for _ in tests]
        for batch in session.transaction.summarize(query):
            for row in batch:
                for case, count in zip(cases, row[len(keys) :], strict=True):
                    if not isinstance(count, int) or not count:
                        continue
                    for place, value in enumerate(row[: len(keys)]):
                        values[place].setdefault(value, []).append(len(counts))
                    for place, holds in enumerate(case):
                        if holds:
                            tested[place].append(len(counts))
                    counts.append(count)
        masks = tuple({value: _bits(places) for value, places in one.items()} for one in values)
        places = {one: place for place, one in enumerate(tests)}
        return cls(keys, places, counts, masks, tuple(map(_bits, tested)))

    def count(self, cells: int) -> int:
        """How many records are in `cells`."""
        planes = enumerate(self._planes)
        return sum((cells & plane).bit_count() << digit for digit, plane in planes)

    def where(self, ref: Ref, values: Iterable[object]) -> int:
        """The cells whose key `ref` is one of `values`."""
        known, found = self._values[self.keys.index(ref)], 0
        for value in values:
            found |= known.get(value, 0)
        return found

    def values(self, ref: Ref, cells: int) -> tuple[object, ...]:
        """The values of the key `ref` in `cells`."""
        known = self._values[self.keys.index(ref)]
        return tuple(value for value, places in known.items() if places & cells)

    def holding(self, node: BoundNode) -> int:
        """The cells that `node` holds in; what is neither key nor test is as `listed` says."""
        if isinstance(node, Always):
            return self._all if node.holds else 0
        if isinstance(node, Negation):
            return self._all & ~self.holding(node.term)
        if isinstance(node, AllOf):
            found = self._all
            for one in node.terms:
                found &= self.holding(one)
            return found
        if isinstance(node, AnyOf):
            found = 0
            for one in node.terms:
                found |= self.holding(one)
            return found
        return self._leaf(node)

    @property
    def _all(self) -> int:
        return (1 << len(self.counts)) - 1

    def _leaf(self, node: BoundNode) -> int:
        known = self._known.get(id(node))
        if known is None:
            # The node is kept with its place, so that no other one gets its address.
            known = self._known[id(node)] = (node, self._found(node))
        return known[1]

    def _found(self, node: BoundNode) -> int:
        if node in self._tests:
            return self._tested[self._tests[node]]
        ref = is_key_leaf(node, texts=True)
        if ref is None or ref not in self.keys:
            return self.listed.get(node, 0)
        if isinstance(node, Within):
            return self.where(ref, node.values)
        if isinstance(node, Comparison):
            assert isinstance(node.right, Const)
            equal = self.where(ref, (node.right.value,))
            return equal if node.comparator == "==" else self._all & ~equal
        return self.where(ref, (None,))


def _case(tests: Sequence[BoundNode], case: Sequence[bool]) -> BoundNode:
    """The condition that of `tests` those hold that `case` says, and the others not."""
    terms = [one if holds else Negation(one) for one, holds in zip(tests, case, strict=True)]
    return TRUE if not terms else terms[0] if len(terms) == 1 else AllOf(tuple(terms))


def _bits(places: Iterable[int]) -> int:
    found = bytearray()
    for place in places:
        at = place >> 3
        if at >= len(found):
            found.extend(bytes(at + 1 - len(found)))
        found[at] |= 1 << (place & 7)
    return int.from_bytes(found, "little")
