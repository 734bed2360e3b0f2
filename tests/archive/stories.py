"""Workspaces with a past: edits, removals, an undo, fields that came and went."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta

from attrs import evolve, frozen

from crmcore import Field, Schema
from crmcore.clock import ManualClock
from crmcore.kinds import Text
from crmcore.storage import Backend
from crmcore.testing.living.story import acts, perform, state
from crmcore.testing.living.world import world
from crmcore.work import Workspace

Seen = dict[str, list[tuple[object, ...]]]


@frozen
class Told:
    """A workspace, its clock, the operation told last, and what was to be seen at positions."""

    crm: Workspace
    clock: ManualClock
    operation: str
    past: dict[int, Seen]


def told(backend: Backend, seed: int, rounds: int = 4) -> Told:
    """A workspace on the empty store `backend` that has a past; the same seed, the same past."""
    rng = random.Random(seed)
    here = world(backend, rng)
    past: dict[int, Seen] = {}
    operation = ""
    for number in range(rounds):
        if number == 1:
            with_fields(here.crm, Field("nick", Text()), Field("gone", Text()))
        if number == 2:
            _fill(here.crm, rng)
            retired(here.crm, "gone")
        operation = tell(here.crm, rng)
        here.clock.advance(timedelta(hours=2))
        position = here.crm.digest().position
        past[position] = state(here.crm, position)
    here.crm.undo(tell(here.crm, rng))
    return Told(here.crm, here.clock, operation, past)


def tell(crm: Workspace, rng: random.Random, count: int = 8) -> str:
    """Do random things as one operation; its name."""
    with crm.work() as work:
        perform(work, acts(rng, count))
        return work.operation


def with_fields(crm: Workspace, *fields: Field) -> None:
    """Give accounts more fields."""
    change_accounts(crm, (*crm.schema.module("account").fields, *fields))


def retired(crm: Workspace, name: str, is_retired: bool = True) -> None:
    """Hide a field of accounts, or bring it back."""
    fields = crm.schema.by_name["account"].fields
    change_accounts(
        crm, [evolve(one, retired=is_retired) if one.name == name else one for one in fields]
    )


def change_accounts(crm: Workspace, fields: Iterable[Field]) -> None:
    """Give accounts these fields instead."""
    modules = [
        evolve(one, fields=tuple(fields)) if one.name == "account" else one
        for one in crm.schema.modules
    ]
    crm.configure(Schema(modules))


def _fill(crm: Workspace, rng: random.Random) -> None:
    with crm.work() as work:
        for account in work.find("account"):
            values = {"gone": f"hidden {rng.random()}", "nick": "n"}
            work.update("account", account, values)


def same_past(crm: Workspace, past: dict[int, Seen]) -> bool:
    """Whether everything of the past is to be seen as it was."""
    return all(state(crm, position) == seen for position, seen in past.items())
