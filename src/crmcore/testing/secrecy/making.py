"""Pairs made up by a seed: a policy, a story, and another one that must look the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from attrs import evolve

from crmcore.testing.choices import Choices, seeded
from crmcore.testing.secrecy.openness import INPUTS
from crmcore.testing.secrecy.oracle import Eyes
from crmcore.testing.secrecy.pair import ABOVE, REP, TERRITORIES, Event, Pair, Side
from crmcore.testing.secrecy.policies import FIELDS, FIRST, Policy
from crmcore.testing.secrecy.questions import make_asks
from crmcore.testing.secrecy.viewing import view
from crmcore.testing.secrecy.world import Impossible, World

_PEOPLE: Final = ("rep", "peer", "below", "other")
_ACTORS: Final = ("boss", "below", "other")
_AMOUNTS: Final = (None, "5", "50", "500", "5000", "7", "70")
_PHONES: Final = (None, "13800138000", "13900138000", "13800139999")
_REGIONS: Final = ("east", "south", None)
_GUARDED: Final = ("account.amount", "account.name", "account.region", "deal.amount")
_ENDS: Final = (None, 90, 99, 100, 101, 200)
_SLOT: Final = 3
"""Minutes between two events of the first story: room for those of the second."""
_LAST: Final = 96
_TRIES: Final = 24


def make_pair(seed: int, ordinal: int) -> Pair:
    """The pair number `ordinal` of `seed`, with questions about it."""
    choices = seeded(seed, ordinal)
    computed = tuple(one for one in INPUTS if not choices.chance(25))
    policy = Policy(choices)
    role, others, classes = policy.role(), tuple(policy.others()), policy.classes()
    guarded = choices.several(_GUARDED, 1, 2) if choices.chance(25) else ()
    pair = Pair(role, Side(), Side(), (), computed, others, classes, guarded)
    if classes:
        pair = evolve(pair, cascade=choices.chance(40), purpose=choices.chance(50))
    names = {one: one for one in _PEOPLE}
    first = Side(_possible(pair, _story(choices, pair)), names)
    pair = evolve(pair, first=first, second=first)
    pair = evolve(pair, second=_other(choices, pair))
    return evolve(pair, asks=make_asks(choices, pair))


def _story(choices: Choices, pair: Pair) -> Iterator[Event]:
    accounts = [f"a{number}" for number in range(choices.between(2, 4))]
    deals = [f"d{number}" for number in range(choices.between(1, 4))]
    keys = (*accounts, *deals)
    minutes = iter(range(_SLOT, _LAST, _SLOT))
    for key in keys:
        values = _values(choices, key, accounts)
        yield Event(next(minutes), "create", _module(key), key, values, choices.pick(_ACTORS))
    for _ in range(choices.between(1, 5)):
        key = choices.pick(keys)
        name = choices.pick(FIELDS[_module(key)])
        values = {name: _value(choices, key, name, accounts)}
        yield Event(next(minutes), "update", _module(key), key, values, choices.pick(_ACTORS))
    if pair.purpose:
        for key in keys:
            if choices.chance(70):
                yield Event(next(minutes), "consent", _module(key), key)
    for _ in range(choices.pick((0, 1, 1, 1, 2, 3))):
        yield _noted(choices, pair, next(minutes), choices.pick(keys))
    if choices.chance(40):
        yield Event(next(minutes), "delete", "deal", deals[-1])


def _noted(choices: Choices, pair: Pair, minute: int, key: str) -> Event:
    """Something that is noted about a record: a share, a place in its team, a consent."""
    verbs = ("share", "share", "share", "team", "unshare", "leave")
    verb = choices.pick((*verbs, "consent", "withdraw", "withdraw") if pair.purpose else verbs)
    if verb == "share":
        values = {"level": choices.pick(("read", "full"))}
        to = choices.pick((REP, REP, *ABOVE, FIRST, *(one.role.name for one in pair.others)))
        if to != REP:
            values["to"] = to
        return Event(minute, verb, _module(key), key, values, "boss", choices.pick(_ENDS))
    values = {"level": choices.pick(("read", "full"))} if verb == "team" else {}
    if verb == "team" and choices.chance(40):
        values["to"] = "peer"
    return Event(minute, verb, _module(key), key, values)


def _possible(pair: Pair, events: Iterable[Event]) -> tuple[Event, ...]:
    """Those of `events` that can take place after the others."""
    kept: list[Event] = []
    for one in events:
        try:
            World.of(Side((*kept, one)), pair.guarded)
        except Impossible:
            continue
        kept.append(one)
    return tuple(kept)


def _module(key: str) -> str:
    return "account" if key.startswith("a") else "deal"


def _values(choices: Choices, key: str, accounts: Sequence[str]) -> dict[str, Any]:
    names = FIELDS[_module(key)]
    found = {name: _value(choices, key, name, accounts) for name in names}
    return {name: value for name, value in found.items() if value is not None or name == "owner"}


def _value(choices: Choices, key: str, name: str, accounts: Sequence[str]) -> str | None:
    if name == "amount":
        return choices.pick(_AMOUNTS)
    if name == "phone":
        return choices.pick(_PHONES)
    if name == "code":
        return choices.pick((None, f"C{key}", f"K{choices.below(6)}"))
    if name == "region":
        return choices.pick(_REGIONS)
    if name == "owner":
        return choices.pick((*(f"@{one}" for one in (REP, REP, "peer", "below", "other")), None))
    if name == "territory":
        return choices.pick((None, *(f"@{one}" for one in TERRITORIES)))
    if name == "account":
        return f"@{choices.pick(accounts)}"
    return f"{choices.pick(('north', 'lake', 'hill'))} {key}{choices.below(3)}"


def _other(choices: Choices, pair: Pair) -> Side:
    """The first story with as many changes as look the same to who asks."""
    found = pair.first
    try:
        wanted = view(pair, found)
    except Impossible:
        return found
    hiding = _hiding(pair)
    for _ in range(_TRIES):
        side = _changed(choices, pair, found, hiding)
        try:
            if view(pair, side) == wanted:
                found = side
        except Impossible:
            continue
    return found


def _hiding(pair: Pair) -> list[tuple[str, str]]:
    """Fields that are not shown of records that are, or of others where there are none."""
    eyes = Eyes(pair, World.of(pair.first, pair.guarded))
    things = eyes.world.things.items()
    seen = [
        (key, name)
        for key, one in things
        for name in FIELDS[one.module]
        if eyes.may(one, "read") and eyes.level(one, name)[0] in ("hidden", "masked")
    ]
    return seen or [(key, name) for key, one in things for name in FIELDS[one.module]]


def _changed(choices: Choices, pair: Pair, side: Side, hiding: Sequence[tuple[str, str]]) -> Side:
    events = list(side.events)
    if not events:
        return side
    accounts = [one.key for one in events if one.verb == "create" and one.module == "account"]
    what = choices.below(9)
    if what == 0:
        who = choices.pick(("peer", "below", "other"))
        return evolve(side, names={**side.names, who: f"{who} {choices.below(3)}"})
    minutes = {one.minute for one in events}
    minute = choices.pick([one for one in range(1, 99) if one not in minutes])
    if what == 1:
        key = f"{choices.pick('ad')}{choices.between(5, 7)}"
        values = _values(choices, key, accounts)
        events.append(Event(minute, "create", _module(key), key, values, choices.pick(_ACTORS)))
    elif what == 2:
        dropped = choices.pick(events).key
        events = [one for one in events if one.key != dropped]
    elif what == 3 and hiding:
        key, name = choices.pick(hiding)
        values = {name: _value(choices, key, name, accounts)}
        events.append(Event(minute, "update", _module(key), key, values, choices.pick(_ACTORS)))
    elif what == 7:
        events = _exchanged(choices, events)
    elif what == 8:
        events.append(_noted(choices, pair, minute, choices.pick(events).key))
    else:
        named = [at for at, one in enumerate(events) if one.key in dict(hiding)]
        place = choices.pick(named) if named and what > 4 else choices.below(len(events))
        one = events[place]
        if one.verb not in ("create", "update"):
            del events[place]
        else:
            known = [name for key, name in hiding if key == one.key] or FIELDS[one.module]
            name = choices.pick([name for name in known if name in one.values] or known)
            values = {**one.values, name: _value(choices, one.key, name, accounts)}
            events[place] = evolve(one, values=values)
    return evolve(side, events=sorted(events, key=lambda one: one.minute))


def _exchanged(choices: Choices, events: list[Event]) -> list[Event]:
    """`events` in which two accounts are made with the codes of each other."""
    made = [at for at, one in enumerate(events) if one.verb == "create" and one.key[0] == "a"]
    one, other = choices.pick(made), choices.pick(made)
    codes = [events[at].values.get("code") for at in (one, other)]
    for at, code in zip((other, one), codes, strict=True):
        kept = {name: value for name, value in events[at].values.items() if name != "code"}
        values = kept if code is None else {**kept, "code": code}
        events[at] = evolve(events[at], values=values)
    return events
