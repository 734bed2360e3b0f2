"""Whose rights change: how many records each user gains and loses, operation by operation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from attrs import evolve, frozen

from crmcore.access import Rights, User
from crmcore.access.roles import LIMITED
from crmcore.evolving.opening import taken_out
from crmcore.evolving.plans import MAX_EXAMPLES, Consequence, Effect, Example
from crmcore.evolving.weighing import NOTHING, Pair, may, weigh
from crmcore.query.bind import Binder
from crmcore.query.reader import Reader
from crmcore.schema import Module
from crmcore.schema.reserved import ROLE, USER
from crmcore.work import Configuration
from crmcore.work.separating import Violation, violations
from crmcore.work.session import Session

OPERATIONS: Final = ("read", "update", "delete", "export")
MAX_COUNTED: Final = 2_000
"""So many pairs of user and module are counted; a plan that would need more says so."""


@frozen
class _Change:
    """An active user whose roles change, with what they come to before and after."""

    user: User
    before: Rights
    after: Rights

    def is_about(self, module: Module) -> bool:
        """Whether it makes a difference for `module`."""
        places = [(module.name, operation) for operation in OPERATIONS]
        if any(_at(self.before, place) != _at(self.after, place) for place in places):
            return True
        return _kept(self.before, module) != _kept(self.after, module)


def changed_rights(session: Session, after: Configuration) -> tuple[list[Consequence], bool]:
    """What users gain and lose by `after`; and whether there were too many of them to count."""
    changes = list(_changes(session, after))
    affected = list(islice(_affected(session, changes), MAX_COUNTED + 1))
    kept = affected[:MAX_COUNTED]
    told: list[tuple[User, Module, str, str | None, Pair]] = []
    for user, module in kept:
        old = _binder(session, session.configuration, user)
        new = _binder(session, after, after.users[user.id])
        for operation in OPERATIONS:
            pair = may(old, module, operation), may(new, module, operation)
            told.append((user, module, operation, None, pair))
        for pair, names in taken_out(old, new, module):
            told += [(user, module, "export", name, pair) for name in names]
    weights = {
        module.name: weigh(session, module, (one[-1] for one in told if one[1] is module))
        for module in {module.name: module for _, module in kept}.values()
    }
    found: list[Consequence] = []
    for user, module, operation, field, pair in told:
        weight = weights[module.name].get(pair, NOTHING)
        counts: tuple[tuple[Effect, int], ...] = (("gained", weight.gained), ("lost", weight.lost))
        for effect, count in counts:
            if count:
                found.append(_told(effect, module.name, field, count, user, operation))
    found += islice(_limits(changes), MAX_COUNTED)
    return found, len(affected) > MAX_COUNTED


def _changes(session: Session, after: Configuration) -> Iterator[_Change]:
    before, moment = session.configuration, session.reader.now
    for record, user in before.users.items():
        then, now = before.in_force(user, moment), after.in_force(after.users[record], moment)
        if user.active and then.roles != now.roles:
            yield _Change(user, before.rights(then), after.rights(now))


def _affected(session: Session, changes: Iterable[_Change]) -> Iterator[tuple[User, Module]]:
    for one in changes:
        for module in session.schema.modules:
            if module.keeping == "history" and not module.retired and one.is_about(module):
                yield one.user, module


def _limits(changes: Iterable[_Change]) -> Iterator[Consequence]:
    """Whose limits change on what he may do before and after."""
    for one in changes:
        for operation, old, new in changed_limits(one.before, one.after):
            limits = ("∞" if limit is None else f"{limit:,}" for limit in (old, new))
            made = _told("limited", ROLE.name, None, 1, one.user, operation)
            yield evolve(made, detail=" → ".join(limits))


def _told(
    effect: Effect, module: str, field: str | None, count: int, user: User, operation: str
) -> Consequence:
    return Consequence(effect, module, field, count, user=user.name, operation=operation)


def changed_limits(
    before: Rights | Reader, after: Rights | Reader
) -> Iterator[tuple[str, int | None, int | None]]:
    """Operations of which another number of records at once is allowed; `None`: any number.

    Who gains or loses an operation altogether gains or loses it whatever the limit.
    """
    for operation in LIMITED:
        both = [any(place[1] == operation for place in side.scopes) for side in (before, after)]
        old, new = before.limits.get(operation), after.limits.get(operation)
        if all(both) and old != new:
            yield operation, old, new


def _at(rights: Rights, place: tuple[str, str]) -> tuple[object, object]:
    return rights.scopes.get(place), rights.denials.get(place)


def _kept(rights: Rights, module: Module) -> set[str]:
    return {name for place, name in rights.kept_in if place == module.name}


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
