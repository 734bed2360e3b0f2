"""A side of a pair as a live workspace, and the user who asks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import define, frozen

from crmcore.access import ADMINISTRATOR, role_values
from crmcore.clock import ManualClock
from crmcore.sharing import share
from crmcore.storage import Backend
from crmcore.testing.secrecy.pair import DEPARTMENTS, REP, SCHEMA, Event, Pair, Side
from crmcore.work import UnitOfWork, Workspace, open_workspace

BEGINNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""Minute 0."""

END: Final = 100
"""The minute at which everything is asked."""


@frozen
class Stage:
    """A workspace as the user who asks; the owner's; the ids of records and users by key."""

    crm: Workspace
    owner: Workspace
    ids: Mapping[str, str]
    users: Mapping[str, str]

    def id(self, key: str) -> str:
        """The id of the record called `key`, which there may be in another store alone."""
        return self.ids.get(key, "0" * 31 + "9")

    def named(self, text: str) -> str:
        """`text` with ids in the place of keys (`@a1`)."""
        for key in sorted((*self.ids, *self.users), key=len, reverse=True):
            text = text.replace(f"@{key}", self.ids.get(key) or self.users.get(key, ""))
        return text

    def value(self, text: str) -> str | None:
        """What is written: empty text is none."""
        return self.named(text) or None

    def values(self, items: tuple[str, ...]) -> dict[str, object]:
        """Values given as `name=value`."""
        pairs = (one.partition("=") for one in items)
        return {name: self.value(value) for name, _, value in pairs}

    def moment(self, minute: int) -> datetime:
        """The moment of a minute of the story."""
        return BEGINNING + timedelta(minutes=minute)

    def as_owner(self) -> Stage:
        """The same asked by the owner."""
        return Stage(self.owner, self.owner, self.ids, self.users)

    def knowing(self, ids: Mapping[str, str]) -> Stage:
        """The same with the ids of records that are elsewhere too."""
        return Stage(self.crm, self.owner, {**ids, **self.ids}, self.users)


@define
class _Entropy:
    """Random bytes that depend on the moment alone: what one store did before changes none."""

    clock: ManualClock
    moment: datetime | None = None
    drawn: int = 0

    def __call__(self, count: int) -> bytes:
        if self.clock.now() != self.moment:
            self.moment, self.drawn = self.clock.now(), 0
        self.drawn += 1
        return random.Random(f"{self.moment} {self.drawn}").randbytes(count)


def staged(backend: Backend, pair: Pair, side: Side) -> Stage:
    """`side` of `pair` in an empty store, asked at minute `END`."""
    clock = ManualClock(BEGINNING - timedelta(hours=1))
    entropy = _Entropy(clock)
    crm = open_workspace(
        backend, create=True, schema=SCHEMA, owner="boss", clock=clock, entropy=entropy
    )
    crm.configure(computed=pair.rules())
    users = _people(crm, pair, side)
    ids: dict[str, str] = {}
    for event in side.events:
        clock.advance(BEGINNING + timedelta(minutes=event.minute) - clock.now())
        with crm.as_(users[event.actor]).work(op_id=f"event{event.minute}") as work:
            _play(work, event, ids, users)
    clock.advance(BEGINNING + timedelta(minutes=END) - clock.now())
    return Stage(crm.as_(users[REP]), crm, ids, users)


def _people(crm: Workspace, pair: Pair, side: Side) -> dict[str, str]:
    users = {"boss": str(crm.principal)}
    with crm.work(op_id="people") as work:
        values = {key: one for key, one in role_values(pair.role).items() if one is not None}
        role = work.create("crm_role", values).id
        chief = work.find("crm_role", f"name == '{ADMINISTRATOR.name}'")[0].id
        for name in sorted(set(DEPARTMENTS.values())):
            work.create("crm_department", {"name": name})
        for login, department in DEPARTMENTS.items():
            given: dict[str, object] = {
                "name": side.names.get(login, login),
                "login": login,
                "department": department,
                "roles": [role if login == REP else chief],
            }
            if login == "below":
                given["superior"] = users[REP]
            users[login] = work.create("crm_user", given).id
    return users


def _play(work: UnitOfWork, event: Event, ids: dict[str, str], users: Mapping[str, str]) -> None:
    values = {
        name: (ids.get(one[1:]) or users[one[1:]])
        if isinstance(one, str) and one.startswith("@")
        else one
        for name, one in event.values.items()
    }
    if event.verb == "create":
        ids[event.key] = work.create(event.module, values).id
    elif event.verb == "update":
        work.update(event.module, ids[event.key], values)
    elif event.verb == "delete":
        work.delete(event.module, ids[event.key])
    else:
        until = None if event.until is None else BEGINNING + timedelta(minutes=event.until)
        level = str(event.values.get("level", "read"))
        share(work, event.module, ids[event.key], user=users[REP], level=level, until=until)
