"""Whose rights change: how many records each user gains and loses, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from attrs import evolve

from crmcore.access import Rights, User, rights_of
from crmcore.evolving.plans import MAX_EXAMPLES, Consequence, Effect, Example
from crmcore.evolving.weighing import NOTHING, Pair, may, weigh
from crmcore.query.bind import Binder
from crmcore.schema import Module
from crmcore.schema.reserved import USER
from crmcore.work import Configuration
from crmcore.work.separating import Violation, violations
from crmcore.work.session import Session

OPERATIONS: Final = ("read", "update", "delete")
MAX_COUNTED: Final = 2_000
"""So many pairs of user and module are counted; a plan that would need more says so."""


def changed_rights(session: Session, after: Configuration) -> tuple[list[Consequence], bool]:
    """What users gain and lose by `after`; and whether there were too many of them to count."""
    affected = list(islice(_affected(session, after), MAX_COUNTED + 1))
    kept = affected[:MAX_COUNTED]
    told: dict[tuple[str, str, str], tuple[Module, User, Pair]] = {}
    for user, module in kept:
        for operation in OPERATIONS:
            pair = _pair(session, after, user, module, operation)
            told[user.id, module.name, operation] = (module, user, pair)
    weights = {
        module.name: weigh(session, module, (p for m, _, p in told.values() if m is module))
        for module in {module.name: module for _, module in kept}.values()
    }
    found: list[Consequence] = []
    for (_, name, operation), (_, user, pair) in told.items():
        weight = weights[name].get(pair, NOTHING)
        counts: tuple[tuple[Effect, int], ...] = (("gained", weight.gained), ("lost", weight.lost))
        for effect, count in counts:
            if count:
                found.append(
                    Consequence(effect, name, None, count, user=user.name, operation=operation)
                )
    return found, len(affected) > MAX_COUNTED


def _affected(session: Session, after: Configuration) -> Iterator[tuple[User, Module]]:
    """Active users whose roles change, with the modules for which that makes a difference."""
    before, moment = session.configuration, session.reader.now
    for record, user in before.users.items():
        then, now = before.in_force(user, moment), after.in_force(after.users[record], moment)
        if not user.active or then.roles == now.roles:
            continue
        old, new = (rights_of(one.roles, before.schema) for one in (then, now))
        for module in before.schema.modules:
            if module.keeping != "history" or module.retired:
                continue
            places = [(module.name, operation) for operation in OPERATIONS]
            if any(_at(old, place) != _at(new, place) for place in places):
                yield user, module


def _at(rights: Rights, place: tuple[str, str]) -> tuple[object, object]:
    return rights.scopes.get(place), rights.denials.get(place)


def _pair(
    session: Session, after: Configuration, user: User, module: Module, operation: str
) -> Pair:
    before = _binder(session, session.configuration, user)
    now = _binder(session, after, after.users[user.id])
    return may(before, module, operation), may(now, module, operation)


def _binder(session: Session, configuration: Configuration, user: User) -> Binder:
    reader = session.reader
    return configuration.binder(configuration.reader(user, reader.now, reader.zone))


def duties_together(session: Session, after: Configuration) -> Iterator[Consequence]:
    """Who would come to have duties that rules keep apart, a consequence for each rule.

    Who has them already refuses no rule that is new: he is told.
    """
    before, reader = session.configuration, session.reader
    known = set(map(_place, violations(before, reader.now, reader.zone)))
    under = evolve(before, duties=after.duties)
    held = set(map(_place, violations(under, reader.now, reader.zone)))
    found: dict[tuple[str, bool], list[Violation]] = {}
    for one in violations(after, reader.now, reader.zone):
        if _place(one) not in known:
            found.setdefault((one.rule.name, _place(one) in held), []).append(one)
    for (rule, is_old), some in found.items():
        people = {one.user: one.name for one in some}
        examples = [Example((user,), name) for user, name in people.items()][:MAX_EXAMPLES]
        effect: Effect = "together_already" if is_old else "together"
        blocks, first = some[0].rule.block and not is_old, next(iter(people.values()))
        yield Consequence(
            effect, USER.name, None, len(people), blocks, examples, first, detail=rule
        )


def _place(one: Violation) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return one.rule.name, one.user, one.places
