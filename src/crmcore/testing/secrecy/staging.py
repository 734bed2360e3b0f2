"""A side of a pair as a live workspace, and the user who asks."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import define, evolve, field, frozen

from crmcore.access import ADMINISTRATOR, FieldRule, Grant, Role, role_values
from crmcore.approving import guard
from crmcore.clock import ManualClock
from crmcore.privacy import consent, for_purpose, withdraw
from crmcore.sharing import join_team, leave_team, share, unshare
from crmcore.storage import Backend
from crmcore.testing.secrecy.pair import (
    ABOVE,
    DEPARTMENTS,
    PURPOSE,
    REP,
    TERRITORIES,
    Event,
    Pair,
    Side,
)
from crmcore.work import UnitOfWork, Workspace, open_workspace

BEGINNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""Minute 0."""

END: Final = 100
"""The minute at which everything is asked."""


@frozen
class Stage:
    """A workspace as the user who asks; the owner's; the ids of records and users by key.

    Who `consumes` the feed of changes knows positions.
    """

    crm: Workspace
    owner: Workspace
    ids: Mapping[str, str]
    users: Mapping[str, str]
    consumes: bool = False

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
        return evolve(self, crm=self.owner)

    def knowing(self, ids: Mapping[str, str]) -> Stage:
        """The same with the ids of records that are elsewhere too."""
        return evolve(self, ids={**ids, **self.ids})


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
        backend, create=True, schema=pair.schema(), owner="boss", clock=clock, entropy=entropy
    )
    crm.configure(computed=pair.rules())
    play = _Play(crm, _people(crm, pair, side))
    for module in ("account", "deal"):
        fields = [one.partition(".")[2] for one in pair.guarded if one.startswith(f"{module}.")]
        if fields:
            guard(crm, module, fields)
    for event in side.events:
        clock.advance(BEGINNING + timedelta(minutes=event.minute) - clock.now())
        play(event)
    clock.advance(BEGINNING + timedelta(minutes=END) - clock.now())
    rep = crm.as_(play.named[REP])
    seen = for_purpose(rep, PURPOSE) if pair.purpose else rep
    return Stage(seen, crm, play.ids, play.named, pair.consumes)


def _people(crm: Workspace, pair: Pair, side: Side) -> dict[str, str]:
    """Users, departments, territories and roles; the ids of what values and shares may name."""
    found = {"boss": str(crm.principal)}
    with crm.work(op_id="people") as work:
        role = found[pair.role.name] = _role(work, pair.role)
        chiefs = [work.find("crm_role", f"name == '{ADMINISTRATOR.name}'")[0].id]
        if pair.classes:
            # What is sensitive is masked for who administers, too.
            chiefs.append(_role(work, _opening(pair)))
            work.update("crm_user", found["boss"], {"roles": chiefs})
        departments: dict[str, str] = {}
        for name, above in ABOVE.items():
            parent = None if above is None else departments[above]
            departments[name] = work.create("crm_department", {"name": name, "parent": parent}).id
        for login, department in DEPARTMENTS.items():
            given: dict[str, object] = {
                "name": side.names.get(login, login),
                "login": login,
                "department": department,
                "roles": [role] if login == REP else chiefs,
            }
            if login == "below":
                given["superior"] = found[REP]
            found[login] = work.create("crm_user", given).id
        for name, above in TERRITORIES.items():
            members = [found[REP]] if name == "hills" else []
            parent = None if above is None else found[above]
            values = {"name": name, "parent": parent, "members": members}
            found[name] = work.create("crm_territory", values).id
        for one in pair.others:
            held = found[one.role.name] = _role(work, one.role)
            dates = {"valid_from": _moment(one.since), "valid_until": _moment(one.until)}
            work.create("crm_role_assignment", {"user": found[REP], "role": held, **dates})
    return found


def _opening(pair: Pair) -> Role:
    places = [one.split(".") for one in pair.classes]
    grants = [Grant(module, "read") for module, _ in places]
    rules = [FieldRule(module, name, "write") for module, name in places]
    return Role("open", grants=grants, fields=rules)


def _role(work: UnitOfWork, role: Role) -> str:
    values = {key: one for key, one in role_values(role).items() if one is not None}
    return work.create("crm_role", values).id


def _moment(minute: int | None) -> datetime | None:
    return None if minute is None else BEGINNING + timedelta(minutes=minute)


@define
class _Play:
    """Carries out events; `named` are the ids of what is no record of a story."""

    crm: Workspace
    named: dict[str, str]
    ids: dict[str, str] = field(factory=dict)
    shares: dict[str, list[str]] = field(factory=dict)

    def __call__(self, event: Event) -> None:
        crm = self.crm.as_(self.named[event.actor])
        if event.verb in ("consent", "withdraw"):
            note = consent if event.verb == "consent" else withdraw
            note(crm, event.module, self.ids[event.key], PURPOSE)
            return
        with crm.work(op_id=f"event{event.minute}") as work:
            if event.verb == "create":
                self.ids[event.key] = work.create(event.module, self._values(event)).id
            elif event.verb == "update":
                work.update(event.module, self.ids[event.key], self._values(event))
            elif event.verb == "delete":
                work.delete(event.module, self.ids[event.key])
            else:
                self._list(work, event)

    def _list(self, work: UnitOfWork, event: Event) -> None:
        module, record = event.module, self.ids[event.key]
        level = str(event.values.get("level", "read"))
        if event.verb == "share":
            made = share(
                work, module, record, level=level, until=_moment(event.until), **self._to(event)
            )
            self.shares.setdefault(event.key, []).append(made)
        elif event.verb == "unshare":
            unshare(work, self.shares[event.key].pop())
        elif event.verb == "team":
            member = self.named[str(event.values.get("to", REP))]
            join_team(work, module, record, member, level=level)
        else:
            leave_team(work, module, record, self.named[REP])

    def _to(self, event: Event) -> dict[str, str]:
        """With whom something is shared."""
        to = str(event.values.get("to", REP))
        if to in ABOVE:
            return {"department": to}
        return {"user" if to in DEPARTMENTS else "role": self.named[to]}

    def _values(self, event: Event) -> dict[str, object]:
        return {
            name: (self.ids.get(one[1:]) or self.named[one[1:]])
            if isinstance(one, str) and one.startswith("@")
            else one
            for name, one in event.values.items()
        }
