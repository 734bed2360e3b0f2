"""Pairs made up by a seed: a policy, a story, and another one that must look the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from attrs import define, evolve

from crmcore.access import Denial, FieldRule, Grant, Role
from crmcore.testing.choices import Choices, seeded
from crmcore.testing.secrecy.oracle import INPUTS, Eyes, view
from crmcore.testing.secrecy.pair import REP, Event, Pair, Side
from crmcore.testing.secrecy.questions import make_asks
from crmcore.testing.secrecy.world import Impossible, World

_READING: Final = ("read", "report", "export")
_WRITING: Final = ("create", "update", "delete", "transfer", "share", "import", "restore")
_PEOPLE: Final = ("rep", "peer", "below", "other")
_ACTORS: Final = ("boss", "below", "other")
_AMOUNTS: Final = (None, "5", "50", "500", "5000", "7", "70")
_PHONES: Final = (None, "13800138000", "13900138000", "13800139999")
_REGIONS: Final = ("east", "south", None)
_WHERE: Final = (
    None,
    None,
    None,
    None,
    "region == 'east'",
    "amount > 100",
    "owner == me",
    "owner != me",
)
_DEAL_WHERE: Final = (None, None, None, "amount > 100", "owner == me", "account.region == 'east'")
_SCOPES: Final = (
    (),
    (),
    (),
    ("own",),
    ("department",),
    ("subordinates",),
    ("shared",),
    ("shared",),
    ("pool",),
)
_FIELDS: Final = {
    "account": ("amount", "phone", "code", "owner", "region", "name"),
    "deal": ("amount", "account", "title", "owner"),
}
_SLOT: Final = 4
"""Minutes between two events of the first story: room for those of the second."""
_TRIES: Final = 24


def make_pair(seed: int, ordinal: int) -> Pair:
    """The pair number `ordinal` of `seed`, with questions about it."""
    choices = seeded(seed, ordinal)
    computed = tuple(one for one in INPUTS if not choices.chance(25))
    role = _Policy(choices).role()
    names = {one: one for one in _PEOPLE}
    first = Side(_possible(_story(choices)), names)
    pair = Pair(role, first, first, (), computed)
    pair = evolve(pair, second=_other(choices, pair))
    return evolve(pair, asks=make_asks(choices, pair))


@define
class _Policy:
    choices: Choices

    def role(self) -> Role:
        """A role that opens some of both modules, most of the time."""
        grants = [*self._grants("account", _WHERE), *self._grants("deal", _DEAL_WHERE)]
        if self.choices.chance(40):
            grants.append(Grant("crm_user", ("read",)))
        denials = [*self._denials()]
        fields = [*self._fields("account", _WHERE), *self._fields("deal", _DEAL_WHERE)]
        return Role("secrecy", grants=grants, denials=denials, fields=fields)

    def _grants(self, module: str, conditions: Sequence[str | None]) -> Iterator[Grant]:
        choices = self.choices
        scopes = (*_SCOPES, ("via:account",), ("via:account",)) if module == "deal" else _SCOPES
        for _ in range(choices.between(1, 2)):
            reading = _READING if not choices.chance(15) else ("read",)
            operations = (*reading, *(one for one in _WRITING if not choices.chance(30)))
            yield Grant(module, operations, choices.pick(conditions), choices.pick(scopes))
        if choices.chance(20):
            yield Grant(module, ("read", "claim"), None, "pool")

    def _denials(self) -> Iterator[Denial]:
        choices = self.choices
        if choices.chance(35):
            operations = choices.pick((("read",), ("read", "update"), ("report",), ("update",)))
            where = choices.pick(("region != 'east'", "amount == null", "amount > 100"))
            yield Denial("no", "account", operations, where)
        if choices.chance(25):
            yield Denial("less", "account", choices.pick((("read",), ("update",))), None, "amount")
        if choices.chance(15):
            yield Denial("some", "account", ("read",), "region == 'east'", ("phone", "code"))

    def _fields(self, module: str, conditions: Sequence[str | None]) -> Iterator[FieldRule]:
        choices = self.choices
        for _ in range(choices.between(1, 3) if module == "account" else choices.below(3)):
            names = choices.several(_FIELDS[module], 1, 2)
            level = choices.pick(("hidden", "masked", "hidden", "masked", "read"))
            mask = choices.pick(("full", "last4", "bucket"))
            where = choices.pick(conditions)
            yield FieldRule(module, names, level, mask, where)  # type: ignore[arg-type]


def _story(choices: Choices) -> Iterator[Event]:
    accounts = [f"a{number}" for number in range(choices.between(2, 4))]
    deals = [f"d{number}" for number in range(choices.between(1, 4))]
    minute = 0
    for key in (*accounts, *deals):
        minute += _SLOT
        values = _values(choices, key, accounts)
        yield Event(minute, "create", _module(key), key, values, choices.pick(_ACTORS))
    for _ in range(choices.between(1, 5)):
        minute += _SLOT
        key = choices.pick((*accounts, *deals))
        name = choices.pick(_FIELDS[_module(key)])
        value = _value(choices, key, name, accounts)
        yield Event(minute, "update", _module(key), key, {name: value}, choices.pick(_ACTORS))
    if choices.chance(80):
        key = choices.pick((*accounts, *deals))
        until = choices.pick((None, 90, 90, 200))
        level = choices.pick(("read", "full"))
        minute += _SLOT
        yield Event(minute, "share", _module(key), key, {"level": level}, "boss", until)
    if choices.chance(40):
        minute += _SLOT
        yield Event(minute, "delete", "deal", deals[-1])


def _possible(events: Iterable[Event]) -> tuple[Event, ...]:
    """Those of `events` that can take place after the others."""
    kept: list[Event] = []
    for one in events:
        try:
            World.of(Side((*kept, one)))
        except Impossible:
            continue
        kept.append(one)
    return tuple(kept)


def _module(key: str) -> str:
    return "account" if key.startswith("a") else "deal"


def _values(choices: Choices, key: str, accounts: Sequence[str]) -> dict[str, Any]:
    names = _FIELDS[_module(key)]
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
        side = _changed(choices, found, hiding)
        try:
            if view(pair, side) == wanted:
                found = side
        except Impossible:
            continue
    return found


def _hiding(pair: Pair) -> list[tuple[str, str]]:
    """Fields that are not shown of records that are, or of others where there are none."""
    eyes = Eyes(pair, World.of(pair.first))
    things = eyes.world.things.items()
    seen = [
        (key, name)
        for key, one in things
        for name in _FIELDS[one.module]
        if eyes.may(one, "read") and eyes.level(one, name)[0] in ("hidden", "masked")
    ]
    return seen or [(key, name) for key, one in things for name in _FIELDS[one.module]]


def _changed(choices: Choices, side: Side, hiding: Sequence[tuple[str, str]]) -> Side:
    events = list(side.events)
    accounts = [one.key for one in events if one.verb == "create" and one.module == "account"]
    what = choices.below(8)
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
    else:
        named = [at for at, one in enumerate(events) if one.key in dict(hiding)]
        place = choices.pick(named) if named and what > 4 else choices.below(len(events))
        one = events[place]
        if one.verb in ("delete", "share"):
            del events[place]
        else:
            known = [name for key, name in hiding if key == one.key] or _FIELDS[one.module]
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
