"""All that a user may be told of a side, which is what must not differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmcore.testing.secrecy.oracle import OPERATIONS, Eyes
from crmcore.testing.secrecy.pair import REP, SCHEMA, Pair, Side
from crmcore.testing.secrecy.world import Thing, World

_ALL: Final = (*OPERATIONS, "approve", "bulk_update", "import", "merge", "restore")


def view(pair: Pair, side: Side) -> dict[str, object]:
    """All that the user of `pair` may be told of `side`, what is on the closed list included."""
    eyes = Eyes(pair, World.of(side, pair.guarded))
    things = eyes.world.things.values()
    live = [one for one in things if one.removed is None]
    codes = sorted(str(code) for one in live if (code := one.values.get("code")) is not None)
    used = sorted({str(one.values.get("account")) for one in live if one.module == "deal"})
    seen = {one.key: _told(eyes, one) for one in things if eyes.may(one, "read")}
    in_use = [key for key in used if key[1:] in seen]
    unseen = {str(one.values.get("account")) for one in live if one.key not in seen}
    held = sorted(key for key in unseen if key[1:] in seen)
    knows_users = any(one.module == "crm_user" for role in eyes.roles for one in role.grants)
    names = sorted(side.names.items()) if knows_users else []
    # Of those who report to him he may ask what they may do: he knows who they are.
    own = [side.names.get(one, one) for one in (REP, "below")]
    used_by = {"in use": in_use, "in use unseen": held}
    return {"seen": seen, "codes": codes, **used_by, "users": names, "own": own}


def _told(eyes: Eyes, thing: Thing) -> dict[str, object]:
    operations = [one for one in _ALL if eyes.may(thing, one)]
    found: dict[str, object] = {
        "module": thing.module,
        "trail": list(_trail(eyes, thing)),
        "removed": thing.removed,
        "operations": operations,
        "lists": (eyes.levels(thing), thing.team),
        "writable": [
            one.name
            for one in SCHEMA.by_name[thing.module].live
            if eyes.level(thing, one.name)[0] == "write"
        ],
    }
    if "approve" in operations:
        found["wishes"] = list(_wishes(eyes, thing))
    if "update" in operations:
        found["consents"] = thing.consents
    return found


def _wishes(eyes: Eyes, thing: Thing) -> Iterator[object]:
    for one in thing.wishes:
        old, new = (
            eyes.shown(thing, {name: pair[place] for name, pair in one.changes.items()})
            for place in (0, 1)
        )
        told = {name: (old.get(name), new.get(name)) for name in one.changes}
        yield one.minute, one.actor, told


def _trail(eyes: Eyes, thing: Thing) -> Iterator[tuple[int, str, dict[str, object]]]:
    """The changes of a record that may be told; one of nothing that is shown is none."""
    before: dict[str, object] | None = None
    for minute, actor, values in thing.trail:
        shown = eyes.shown(thing, values)
        if shown != before:
            yield minute, actor, shown
        before = shown
