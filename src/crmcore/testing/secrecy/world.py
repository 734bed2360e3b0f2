"""What there is after the events of a side, told without a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from crmcore.testing.secrecy.pair import DEPARTMENTS, Event, Side
from crmcore.testing.secrecy.staging import END


class Impossible(Exception):
    """The events cannot take place, or not in this order."""


@define
class Thing:
    """A record: its values after its last event, and all it went through."""

    module: str
    key: str
    values: dict[str, Any]
    trail: list[tuple[int, str, dict[str, Any]]]
    removed: int | None = None
    shares: list[tuple[str, int | None]] = field(factory=list)


@frozen
class World:
    """All records at the end of a side's events, removed ones with their last values."""

    things: Mapping[str, Thing]

    @classmethod
    def of(cls, side: Side) -> World:
        """What comes of the events of `side`; raises `Impossible`."""
        things: dict[str, Thing] = {}
        last = -1
        for event in side.events:
            if not last < event.minute < END:
                raise Impossible("two events at once")
            last = event.minute
            _play(things, event)
        return cls(things)

    def behind(self, thing: Thing, link: str) -> Thing | None:
        """The live record that a link leads to."""
        found = self.things.get(str(thing.values.get(link) or "")[1:])
        return None if found is None or found.removed is not None else found


def _play(things: dict[str, Thing], event: Event) -> None:
    known = things.get(event.key)
    for value in event.values.values():
        if isinstance(value, str) and value.startswith("@") and value[1:] not in DEPARTMENTS:
            target = things.get(value[1:])
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
    elif event.verb == "share":
        known.shares.append((str(event.values.get("level", "read")), event.until))
    else:
        known.values.update(event.values)
        known.trail.append((event.minute, event.actor, dict(known.values)))
    codes = [one.values.get("code") for one in things.values() if one.removed is None]
    taken = [one for one in codes if one is not None]
    if len(set(taken)) < len(taken):
        raise Impossible("a code is taken")


def _leads_to(one: Thing, account: Thing) -> bool:
    # Also of removed ones: what is behind the link of a removed record is another question.
    links = [values.get("account") for _, _, values in one.trail]
    return one.module == "deal" and f"@{account.key}" in links
