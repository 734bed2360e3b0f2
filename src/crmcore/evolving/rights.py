"""Whose rights change: how many records each user gains and loses, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmcore.access import Rights, User, rights_of
from crmcore.evolving.plans import Consequence, Effect
from crmcore.query.bound import FALSE, TRUE, BoundNode, Negation, both
from crmcore.schema import Module
from crmcore.work import Configuration
from crmcore.work.session import Session

OPERATIONS: Final = ("read", "update", "delete")
MAX_COUNTED: Final = 2_000
"""So many pairs of user and module are counted; a plan that would need more says so."""


def changed_rights(session: Session, after: Configuration) -> tuple[list[Consequence], bool]:
    """What users gain and lose by `after`; and whether there were too many of them to count."""
    found: list[Consequence] = []
    for done, (user, module) in enumerate(_affected(session.configuration, after)):
        if done == MAX_COUNTED:
            return found, True
        found.extend(_differences(session, after, user, module))
    return found, False


def _affected(before: Configuration, after: Configuration) -> Iterator[tuple[User, Module]]:
    """Active users whose roles change, with the modules for which that makes a difference."""
    for record, user in before.users.items():
        now = after.users[record]
        if not user.active or user.roles == now.roles:
            continue
        old, new = (rights_of(one.roles, before.schema) for one in (user, now))
        for module in before.schema.modules:
            if module.keeping != "history" or module.retired:
                continue
            places = [(module.name, operation) for operation in OPERATIONS]
            if any(_at(old, place) != _at(new, place) for place in places):
                yield user, module


def _differences(
    session: Session, after: Configuration, user: User, module: Module
) -> Iterator[Consequence]:
    for operation in OPERATIONS:
        before = _visible(session, session.configuration, user, module, operation)
        now = _visible(session, after, after.users[user.id], module, operation)
        pairs: tuple[tuple[Effect, BoundNode, BoundNode], ...] = (
            ("gained", now, before),
            ("lost", before, now),
        )
        for effect, one, other in pairs:
            if one in (other, FALSE) or other == TRUE:
                continue
            count = session.count(module, both(one, Negation(other)))
            if count:
                yield Consequence(
                    effect, module.name, None, count, user=user.name, operation=operation
                )


def _at(rights: Rights, place: tuple[str, str]) -> tuple[object, object]:
    return rights.scopes.get(place), rights.denials.get(place)


def _visible(
    session: Session, configuration: Configuration, user: User, module: Module, operation: str
) -> BoundNode:
    reader = configuration.reader(user, session.reader.now, session.reader.zone)
    return configuration.binder(reader).visible(module, operation)
