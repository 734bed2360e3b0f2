"""How many records one condition holds of and another does not, for very many pairs at once.

What a thousand people see differs in constants alone: `owner == me`. So records are counted
by whom they belong to, once; which of these groups a condition holds of is then a matter of
sets, not of records. What cannot be told by groups is counted in the store, pair by pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import define, evolve, frozen

from crmcore.evolving.cells import Cells, is_key_leaf, is_listing, leaves_of
from crmcore.query.bind import Binder
from crmcore.query.bound import (
    FALSE,
    ID_REF,
    TRUE,
    AnyOf,
    BoundNode,
    BoundQuery,
    Negation,
    Ref,
    Related,
    Within,
    both,
)
from crmcore.schema import Module
from crmcore.work.session import CHUNK, Session

Pair = tuple[BoundNode, BoundNode]
"""What held before, and what holds after."""

_FEW: Final = 6
_MOST_KEYS: Final = 4
_MOST_TESTS: Final = 4
_FEW_LISTINGS: Final = 2
_MOST_ANCHORS: Final = 2


@frozen
class Weight:
    """So many records come under the second condition of a pair, and so many leave the first."""

    gained: int = 0
    lost: int = 0


NOTHING: Final = Weight()


def may(binder: Binder, module: Module, operation: str) -> BoundNode:
    """The records on which `operation` is allowed: of what may be read, what it allows."""
    found = binder.visible(module, operation)
    if operation in ("read", "create"):
        return found
    seen = binder.visible(module)
    return found if seen == found else both(seen, found)


def weigh(session: Session, module: Module, pairs: Iterable[Pair]) -> Mapping[Pair, Weight]:
    """What those of `pairs` (bound over `module`) come to that differ; counted in the store.

    What is missing in the answer weighs nothing.
    """
    wanted = [one for one in dict.fromkeys(pairs) if one[0] != one[1]]
    if not wanted or not session.count(module):
        return {}
    if len(wanted) <= _FEW:
        return {one: _asked(session, module, one) for one in wanted}
    scales = _Scales.of(session, module, wanted)
    if scales is None:
        return {one: _asked(session, module, one) for one in wanted}
    return {one: scales.weight(one) for one in wanted}


def _asked(session: Session, module: Module, pair: Pair) -> Weight:
    """One pair, counted by two questions."""
    before, after = pair
    return Weight(
        _difference(session, module, after, before), _difference(session, module, before, after)
    )


def _difference(session: Session, module: Module, one: BoundNode, other: BoundNode) -> int:
    if one in (other, FALSE) or other == TRUE:
        return 0
    return session.count(module, both(one, TRUE if other == FALSE else Negation(other)))


@define
class _Scales:
    """The records of one module in groups; those that lists name somebody for, one by one.

    In `cells` no list names anybody; in `special` ones the lists say what they say.
    """

    session: Session
    module: Module
    cells: Cells
    special: Cells | None
    blind: Cells | None

    @classmethod
    def of(cls, session: Session, module: Module, pairs: Iterable[Pair]) -> _Scales | None:
        """Groups by which all of `pairs` can be told; `None` where there are none."""
        leaves = leaves_of(one for pair in pairs for one in pair)
        keys = tuple(dict.fromkeys(ref for one in leaves if (ref := is_key_leaf(one)) is not None))
        others = [one for one in leaves if is_key_leaf(one) is None]
        listings = [one for one in others if isinstance(one, Related) and is_listing(one)]
        if len(listings) <= _FEW_LISTINGS:
            listings = []
        tests = tuple(others if not listings else (one for one in others if not is_listing(one)))
        if len(keys) > _MOST_KEYS or len(tests) > _MOST_TESTS:
            return None
        found = _listed(session, listings)
        if found is None:
            return None
        cells = Cells.counted(session, module, keys, tests)
        anchors = tuple(found)
        terms = [Within(ref, _ids(some.values())) for ref, some in found.items()]
        if not terms:
            return cls(session, module, cells, None, None)
        where = terms[0] if len(terms) == 1 else AnyOf(tuple(terms))
        every = tuple(dict.fromkeys((*anchors, *keys)))
        blind = Cells.counted(session, module, every, tests, where)
        named: dict[BoundNode, int] = {
            listing: blind.where(ref, ids)
            for ref, some in found.items()
            for listing, ids in some.items()
        }
        return cls(session, module, cells, evolve(blind, listed=named, known={}), blind)

    def weight(self, pair: Pair) -> Weight:
        """What `pair` comes to."""
        found = _weight(self.cells, pair)
        if self.special is None or self.blind is None:
            return found
        # The groups were told that no list names anybody: where one does, it is put right.
        real, blind = _weight(self.special, pair), _weight(self.blind, pair)
        return Weight(
            found.gained + real.gained - blind.gained, found.lost + real.lost - blind.lost
        )


def _weight(cells: Cells, pair: Pair) -> Weight:
    before, after = (cells.holding(one) for one in pair)
    return Weight(cells.count(after & ~before), cells.count(before & ~after))


Listed = dict[Ref, dict[Related, tuple[str, ...]]]
"""Place of an id → lists that speak of it → the ids that they hold an entry for."""


def _listed(session: Session, listings: Iterable[Related]) -> Listed | None:
    """Which records `listings` hold an entry for; `None` where they are too many to be told."""
    found: Listed = {}
    by_child: dict[tuple[str, str], list[Related]] = {}
    for one in listings:
        by_child.setdefault((one.child.name, one.link.name), []).append(one)
    for some in by_child.values():
        for one, ids in _entries(session, some):
            if ids:
                found.setdefault(_anchor(one), {})[one] = ids
    too_many = any(len(_ids(some.values())) > CHUNK for some in found.values())
    return None if too_many or len(found) > _MOST_ANCHORS else found


def _entries(
    session: Session, listings: Sequence[Related]
) -> Iterator[tuple[Related, tuple[str, ...]]]:
    """The ids that each of `listings`, all over one module, holds an entry for."""
    child, link = listings[0].child, Ref((), listings[0].link)
    wheres = [both(one.visible, one.where) for one in listings]
    leaves = leaves_of(wheres)
    keys = dict.fromkeys(ref for one in leaves if (ref := is_key_leaf(one, texts=True)) is not None)
    tests = tuple(one for one in leaves if is_key_leaf(one, texts=True) is None)
    if len(tests) <= _MOST_TESTS:
        cells = Cells.counted(session, child, tuple(dict.fromkeys((link, *keys))), tests)
        for one, where in zip(listings, wheres, strict=True):
            yield one, _texts(cells.values(link, cells.holding(where)))
        return
    for one, where in zip(listings, wheres, strict=True):
        rows = session.rows(BoundQuery(child, (link,), where, limit=CHUNK + 1))
        yield one, _texts(row[0] for row in rows)


def _texts(ids: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted({str(one) for one in ids if one is not None}))


def _ids(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({one for some in groups for one in some}))


def _anchor(listing: Related) -> Ref:
    """Where a record holds the id that entries of `listing` speak of."""
    if not listing.steps:
        return ID_REF
    return Ref(listing.steps[:-1], listing.steps[-1].link)
