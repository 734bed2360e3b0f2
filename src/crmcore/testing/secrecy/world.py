"""What there is after the events of a side, told without a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import define, field, frozen

from crmcore.testing.secrecy.pair import NAMED, REP, Event, Side
from crmcore.testing.secrecy.staging import END


class Impossible(Exception):
    """The events cannot take place, or not in this order."""


@frozen
class Shared:
    """A share of a record: with whom (a user, department or role, by name), and how far."""

    level: str
    until: int | None
    to: str


@frozen
class Wish:
    """A change that waits for approval: when, by whom, and field → (old, new)."""

    minute: int
    actor: str
    changes: Mapping[str, tuple[Any, Any]]


@define
class Thing:
    """A record: its values after its last event, and all it went through."""

    module: str
    key: str
    values: dict[str, Any]
    trail: list[tuple[int, str, dict[str, Any]]]
    removed: int | None = None
    shares: list[Shared] = field(factory=list)
    team: str | None = None
    consents: list[tuple[str, int]] = field(factory=list)
    wishes: list[Wish] = field(factory=list)

    @property
    def consented(self) -> bool:
        """Whether the person consented to the purpose, and did not withdraw it."""
        return bool(self.consents) and self.consents[-1][0] == "consent"


@frozen
class World:
    """All records at the end of a side's events, removed ones with their last values."""

    things: Mapping[str, Thing]

    @classmethod
    def of(cls, side: Side, guarded: tuple[str, ...] = ()) -> World:
        """What comes of the events of `side`, where a second person must approve `guarded`.

        Raises `Impossible`.
        """
        things: dict[str, Thing] = {}
        last = -1
        for event in side.events:
            if not last < event.minute < END:
                raise Impossible("two events at once")
            last = event.minute
            _play(things, event, guarded)
        return cls(things)

    def behind(self, thing: Thing, link: str) -> Thing | None:
        """The live record that a link leads to."""
        found = self.things.get(str(thing.values.get(link) or "")[1:])
        return None if found is None or found.removed is not None else found


def _play(things: dict[str, Thing], event: Event, guarded: tuple[str, ...]) -> None:
    known = things.get(event.key)
    for value in _links(event):
        target = things.get(value)
        if target is None or target.removed is not None:
            raise Impossible("a link to nothing")
    if event.verb == "create":
        if known is not None:
            raise Impossible("made twice")
        values = {"owner": f"@{event.actor}", **event.values}
        trail = [(event.minute, event.actor, dict(values))]
        things[event.key] = Thing(event.module, event.key, dict(values), trail)
    elif known is None or known.removed is not None:
        raise Impossible("nothing to change")
    elif event.verb == "delete":
        if event.module == "account" and any(_leads_to(one, known) for one in things.values()):
            raise Impossible("in use")
        known.removed = event.minute
    elif event.verb == "update":
        _update(known, event, guarded)
    else:
        _LISTS[event.verb](known, event)
    codes = [one.values.get("code") for one in things.values() if one.removed is None]
    taken = [one for one in codes if one is not None]
    if len(set(taken)) < len(taken):
        raise Impossible("a code is taken")


def _links(event: Event) -> Iterator[str]:
    """The keys of the records that the values of an event link to."""
    for value in event.values.values():
        if isinstance(value, str) and value.startswith("@") and value[1:] not in NAMED:
            yield value[1:]


def _update(known: Thing, event: Event, guarded: tuple[str, ...]) -> None:
    free = dict(event.values)
    wished: dict[str, tuple[Any, Any]] = {}
    for name, value in event.values.items():
        if f"{event.module}.{name}" in guarded:
            del free[name]
            if value != known.values.get(name):
                wished[name] = (known.values.get(name), value)
    if wished:
        known.wishes.append(Wish(event.minute, event.actor, wished))
    if free:
        known.values.update(free)
        known.trail.append((event.minute, event.actor, dict(known.values)))


def _share(known: Thing, event: Event) -> None:
    level, to = str(event.values.get("level", "read")), str(event.values.get("to", REP))
    known.shares.append(Shared(level, event.until, to))


def _unshare(known: Thing, _: Event) -> None:
    if not known.shares:
        raise Impossible("not shared")
    known.shares.pop()


def _join(known: Thing, event: Event) -> None:
    if event.values.get("to", REP) != REP:
        return
    if known.team is not None:
        raise Impossible("in the team")
    known.team = str(event.values.get("level", "read"))


def _leave(known: Thing, _: Event) -> None:
    if known.team is None:
        raise Impossible("not in the team")
    known.team = None


def _consent(known: Thing, event: Event) -> None:
    if known.consented == (event.verb == "consent"):
        raise Impossible("nothing new")
    known.consents.append((event.verb, event.minute))


_LISTS: Final = {
    "share": _share,
    "unshare": _unshare,
    "team": _join,
    "leave": _leave,
    "consent": _consent,
    "withdraw": _consent,
}
"""What is noted about a record, beside its values."""


def _leads_to(one: Thing, account: Thing) -> bool:
    # Also of removed ones: what is behind the link of a removed record is another question.
    links = [values.get("account") for _, _, values in one.trail]
    return one.module == "deal" and f"@{account.key}" in links
