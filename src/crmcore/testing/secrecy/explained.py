"""What `why` says, beside what is decided and what happens when it is tried."""

from __future__ import annotations

from typing import Final

from attrs import define, evolve

from crmcore.access import role_values
from crmcore.access.scopes import level_of
from crmcore.errors import AccessDenied, CrmError, NotFound
from crmcore.explaining import Explanation, Obstacle, Remedy, can, who_can, why
from crmcore.sharing import claim, share
from crmcore.storage import Backend
from crmcore.testing.secrecy.agreeing import Said
from crmcore.testing.secrecy.openness import INPUTS
from crmcore.testing.secrecy.oracle import OPERATIONS, Eyes
from crmcore.testing.secrecy.pair import REP, SCHEMA, Pair
from crmcore.testing.secrecy.staging import END, Stage, staged
from crmcore.testing.secrecy.world import Thing, World

_TRIED: Final = ("read", "update", "delete")


class _Undone(Exception):
    """What was tried is taken back."""


def misexplained(pair: Pair, store: Backend) -> Said:
    """Ask why of every record, operation and field of the first side of `pair`.

    In the end one denial is remedied as its explanation says.
    """
    # Explanations are of the roles, whatever view somebody looks through.
    pair = evolve(pair, purpose=False)
    world = World.of(pair.first, pair.guarded)
    stage, eyes = staged(store, pair, pair.first), Eyes(pair, world)
    inquiry = _Inquiry(stage, eyes)
    for thing in eyes.world.things.values():
        if thing.removed is None:
            for operation in OPERATIONS:
                inquiry.ask(thing, operation)
            inquiry.ask_fields(thing)
    inquiry.remedy()
    return inquiry.said


@define(slots=False)
class _Inquiry:
    stage: Stage
    eyes: Eyes

    def __attrs_post_init__(self) -> None:
        self.said = Said()
        self.denied: tuple[Thing, Explanation] | None = None

    def ask(self, thing: Thing, operation: str) -> None:
        """Set the explanation beside the decision, all who can, and an attempt."""
        owner, record = self.stage.owner, self.stage.ids[thing.key]
        expected = self.eyes.may(thing, "read") and self.eyes.may(thing, operation)
        found = why(owner, REP, operation, thing.module, record)
        told = can(owner, REP, operation, thing.module, record)
        people = {one.user for one in who_can(owner, thing.module, record, operation)}
        answers = {
            "explained": found.allowed,
            "told": told,
            "among those who can": self.stage.users[REP] in people,
        }
        if operation in _TRIED:
            answers["done"] = self._is_done(thing, record, operation)
        for how, answer in answers.items():
            what = f"{thing.module} {thing.key} {operation}, {how}"
            self.said.ask(what, expected, answer, trivial=False)
        self._check(thing, operation, found)
        if found.remedies:
            self.denied = thing, found

    def _check(self, thing: Thing, operation: str, found: Explanation) -> None:
        what = f"{thing.module} {thing.key} {operation}"
        for reason in found.reasons:
            is_so = self.eyes.supports(thing, operation, reason.scope)
            is_so = is_so and all(atom.holds is not False for atom in reason.atoms)
            self.said.ask(f"{what}, by {reason.role} {reason.scope}", True, is_so, trivial=False)
        for obstacle in found.obstacles:
            is_so = self._stands(thing, operation, obstacle)
            self.said.ask(f"{what}, against it {obstacle.code}", True, is_so, trivial=False)
        is_founded = bool(found.reasons if found.allowed else found.obstacles)
        self.said.ask(f"{what}, founded", True, is_founded, trivial=True)

    def _stands(self, thing: Thing, operation: str, obstacle: Obstacle) -> bool:
        eyes = self.eyes
        if obstacle.code == "denied":
            asked = {"read", operation}
            return any(obstacle.name in eyes.denials_of(thing, one) for one in asked)
        if obstacle.code == "role_not_in_force":
            held = [one for one in eyes.pair.others if one.role.name == obstacle.name]
            return not any(one.is_valid(END) for one in held)
        if obstacle.code == "in_pool":
            return thing.values.get("owner") is None and not eyes.may(thing, operation)
        if obstacle.code == "not_readable":
            return not eyes.is_granted(thing, "read")
        is_open = eyes.is_granted(thing, operation)
        return not is_open and (obstacle.code == "outside") == eyes.has_grant(thing, operation)

    def ask_fields(self, thing: Thing) -> None:
        """The same of reading and writing each field."""
        record = self.stage.ids[thing.key]
        for one in SCHEMA.by_name[thing.module].live:
            if f"{thing.module}.{one.name}" in INPUTS:
                continue
            level = self.eyes.level(thing, one.name)[0]
            for operation, enough in (("read", ("read", "write")), ("update", ("write",))):
                is_open = self.eyes.may(thing, "read") and self.eyes.may(thing, operation)
                found = why(self.stage.owner, REP, operation, thing.module, record, one.name)
                what = f"{thing.module} {thing.key}.{one.name} {operation}, explained"
                expected = is_open and level in enough
                self.said.ask(what, expected, found.allowed, trivial=not is_open)

    def remedy(self) -> None:
        """Carry out the first remedy of the last denial: it must help."""
        if self.denied is None:
            return
        thing, found = self.denied
        remedy = found.remedies[0]
        self._carry_out(remedy, found)
        helps = can(self.stage.owner, REP, found.operation, found.module, found.record)
        what = f"{thing.module} {thing.key} {found.operation}, after {remedy.code} {remedy.name}"
        self.said.ask(what, True, helps, trivial=False)

    def _carry_out(self, remedy: Remedy, found: Explanation) -> None:
        user, pair = self.stage.users[REP], self.eyes.pair
        if remedy.code == "claim":
            with self.stage.crm.work() as work:
                claim(work, found.module, found.record)
            return
        with self.stage.owner.work() as work:
            names = {one["name"]: one.id for one in work.find("crm_role")}
            if remedy.code == "share":
                level = level_of(found.operation)
                share(work, found.module, found.record, user=user, level=level)
            elif remedy.code == "role":
                roles = [names[pair.role.name], names[remedy.name]]
                work.update("crm_user", user, {"roles": roles})
            else:
                for role in (pair.role, *(one.role for one in pair.others)):
                    kept = [one for one in role.denials if one.name != remedy.name]
                    lifted = role_values(evolve(role, denials=kept))
                    work.update("crm_role", names[role.name], {"denials": lifted["denials"]})

    def _is_done(self, thing: Thing, record: str, operation: str) -> bool:
        try:
            with self.stage.crm.work() as work:
                if operation == "read":
                    work.get(thing.module, record)
                elif operation == "update":
                    work.update(thing.module, record, {})
                else:
                    work.delete(thing.module, record)
                raise _Undone
        except _Undone:
            return True
        except CrmError as error:
            # What else stands against it, such as records that need this one, is no right.
            return not isinstance(error, AccessDenied | NotFound)
