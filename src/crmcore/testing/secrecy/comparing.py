"""Asking both stores of a pair, and the smallest pair that still tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final

from attrs import evolve, frozen

from crmcore.access import Role
from crmcore.testing.secrecy.ask import Ask
from crmcore.testing.secrecy.asks import READING, REFUSAL, answer
from crmcore.testing.secrecy.leaks import planted, spoiled
from crmcore.testing.secrecy.pair import Event, Pair, Side
from crmcore.testing.secrecy.staging import staged
from crmcore.testing.secrecy.viewing import view
from crmcore.testing.secrecy.world import Impossible
from crmcore.testing.stores import Stores, empty_stores

ATTEMPTS: Final = 80
"""How often a leak is tried to be made smaller."""


@frozen
class Compared:
    """What came of asking one pair.

    `leak` says what was told differently, and `number` which question it was. `refused`
    counts refusals; `mattered` says whether the owner is told what differs.
    """

    questions: int
    refused: int
    mattered: bool
    number: int = -1
    leak: str | None = None


def compare(pair: Pair, stores: Stores) -> Compared:
    """Ask both stores of `pair` the same, until an answer differs."""
    with closing(stores()) as one, closing(stores()) as other:
        first, second = staged(one, pair, pair.first), staged(other, pair, pair.second)
        ids = {**first.ids, **second.ids}
        first, second = first.knowing(ids), second.knowing(ids)
        mattered = any(
            answer(ask, first.as_owner(), 0) != answer(ask, second.as_owner(), 0)
            for ask in _of_owner(pair)
        )
        refused = 0
        for number, ask in enumerate(pair.asks):
            told = answer(ask, first, number), answer(ask, second, number)
            if told[0] != told[1]:
                leak = f"{ask}:\n" + "\n".join(_differing(*told))
                return Compared(number + 1, refused, mattered, number, leak)
            refused += REFUSAL in told[0]
        return Compared(len(pair.asks), refused, mattered)


def _of_owner(pair: Pair) -> Iterator[Ask]:
    yield from (Ask("find", module, ("", "id")) for module in ("account", "deal", "crm_user"))
    yield from (one for one in pair.asks if one.call in READING)


def _differing(first: str, second: str) -> Iterator[str]:
    lines, others = first.splitlines(), second.splitlines()
    yield from (f"  in the first:  {one}" for one in lines if one not in others)
    yield from (f"  in the second: {one}" for one in others if one not in lines)


def leak_on(pair: Pair, backend: str, sabotage: str | None = None) -> str | None:
    """What `pair` tells on the installed backend; `None` where nothing."""
    with empty_stores(backend) as stores, planted(sabotage):
        return compare(pair, spoiled(stores, sabotage)).leak


def check(pair: Pair, backend: str, sabotage: str | None = None) -> None:
    """Raise `AssertionError` where `rep` is told different things on the installed backend."""
    found = leak_on(pair, backend, sabotage)
    assert found is None, found


def smallest(pair: Pair, number: int, stores: Stores) -> tuple[Pair, str]:
    """`pair` without all that its leak does without, and the leak."""
    pair = evolve(pair, asks=pair.asks[: number + 1])
    left = ATTEMPTS
    leak = ""

    def leaks(smaller: Pair) -> bool:
        nonlocal left, leak
        left -= 1
        try:
            if view(smaller, smaller.first) != view(smaller, smaller.second):
                return False
        except Impossible:
            return False
        try:
            found = compare(smaller, stores).leak
        except Exception:
            # What cannot be staged is no smaller leak.
            return False
        leak = found or leak
        return found is not None

    if not leaks(pair):
        return pair, leak
    again = True
    while again and left > 0:
        again = False
        for smaller in _smaller(pair):
            if left > 0 and leaks(smaller):
                pair, again = smaller, True
                break
    return pair, leak


def _smaller(pair: Pair) -> Iterator[Pair]:
    """`pair` without one question, event, change of a value, rule or computed field."""
    if len(pair.asks) > 1:
        yield evolve(pair, asks=pair.asks[-1:])
        yield from (evolve(pair, asks=_without(pair.asks, at)) for at in range(len(pair.asks)))
    yield from _fewer_events(pair)
    role = pair.role
    for name in ("fields", "denials", "grants"):
        found = getattr(role, name)
        for at in range(len(found)):
            change: dict[str, Any] = {name: _without(found, at)}
            yield evolve(pair, role=evolve(role, **change))
    yield from _plainer(pair, role)
    for name in ("computed", "others", "guarded"):
        for at in range(len(getattr(pair, name))):
            part: dict[str, Any] = {name: _without(getattr(pair, name), at)}
            yield evolve(pair, **part)
    if pair.classes:
        yield evolve(pair, classes={}, purpose=False, cascade=False)


def _fewer_events(pair: Pair) -> Iterator[Pair]:
    events = (*pair.first.events, *pair.second.events)
    for key in dict.fromkeys(one.key for one in events):
        yield _kept(pair, lambda event, key=key: event.key != key)  # type: ignore[misc]
    minutes = sorted({one.minute for one in events})
    for minute in minutes:
        yield _kept(pair, lambda event, at=minute: event.minute != at)  # type: ignore[misc]
    if pair.first.names or pair.second.names:
        first, second = evolve(pair.first, names={}), evolve(pair.second, names={})
        yield evolve(pair, first=first, second=second)
    for minute in minutes:
        yield from _fewer_values(pair, minute)


def _fewer_values(pair: Pair, minute: int) -> Iterator[Pair]:
    sides = pair.first, pair.second
    named = [one.values for side in sides for one in side.events if one.minute == minute]
    for name in dict.fromkeys(name for values in named for name in values):
        first, second = (_valued(side, minute, name) for side in sides)
        yield evolve(pair, first=first, second=second)


def _valued(side: Side, minute: int, name: str) -> Side:
    """`side` without the value of `name` in the event of a minute."""
    events = list(side.events)
    for at, one in enumerate(events):
        if one.minute == minute:
            kept = {key: value for key, value in one.values.items() if key != name}
            events[at] = evolve(one, values=kept)
    return evolve(side, events=events)


def _kept(pair: Pair, keeps: Callable[[Event], bool]) -> Pair:
    first, second = (
        evolve(side, events=filter(keeps, side.events)) for side in (pair.first, pair.second)
    )
    return evolve(pair, first=first, second=second)


def _plainer(pair: Pair, role: Role) -> Iterator[Pair]:
    for at, grant in enumerate(role.grants):
        plainer: tuple[dict[str, Any], ...] = (
            {"operations": ("read",), "exports": ()},
            {"exports": ()},
            {"scopes": ()},
            {"where": None},
        )
        for change in plainer:
            if any(getattr(grant, name) != plain for name, plain in change.items()):
                grants = list(role.grants)
                grants[at] = evolve(grant, **change)
                yield evolve(pair, role=evolve(role, grants=grants))


def _without(items: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return (*items[:at], *items[at + 1 :])
