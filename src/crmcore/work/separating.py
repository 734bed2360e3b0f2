"""Separation of duties: who has what nobody should have together, and the refusal of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve, frozen

from crmcore.access import EVERYONE, SYSTEM_USER, DutyRule, User
from crmcore.errors import Invalid, Problem
from crmcore.query.bind import Binder
from crmcore.query.bound import FALSE
from crmcore.schema.reserved import USER
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import load_configuration
from crmcore.work.rostering import has_host_users
from crmcore.work.session import Session


@frozen
class Violation:
    """Somebody who has all duties of a rule, here (module, operation) by (module, operation)."""

    rule: DutyRule
    user: str
    name: str
    places: tuple[tuple[str, str], ...]


def violations(
    configuration: Configuration, now: datetime, zone: str, *, blocking: bool = False
) -> Iterator[Violation]:
    """Whoever has duties together that the rules of `configuration` keep apart.

    With `blocking`, by rules that refuse it alone. Roles that were given for a time to come
    count, those whose time is over do not.
    """
    rules = [one for one in configuration.duties if one.block or not blocking]
    if not rules:
        return
    lasting = evolve(configuration, assignments={})
    for key in sorted(configuration.users):
        user = _held(configuration, configuration.users[key], now)
        if key == SYSTEM_USER or not user.active:
            continue
        binder = lasting.binder(lasting.reader(user, now, zone))
        for rule in rules:
            for places in rule.combinations(configuration.schema):
                if all(_may(configuration, binder, *place) for place in places):
                    yield Violation(rule, key, user.name, places)


def check_separation(session: Session, is_rule_changed: bool) -> None:
    """Raise `Invalid` (`duties_together`) where what was written gives somebody such duties.

    What was so before is listed by reviews, and refuses nothing.
    """
    before, reader = session.configuration, session.reader
    if not is_rule_changed and not any(one.block for one in before.duties):
        return
    after = load_configuration(session.transaction, before.revision)
    found = {
        (one.rule.name, one.user, one.places): one
        for one in violations(after, reader.now, reader.zone, blocking=True)
    }
    # A rule that is new says of what is there already that it is wrong.
    known = evolve(before, duties=after.duties)
    for one in violations(known, reader.now, reader.zone, blocking=True):
        found.pop((one.rule.name, one.user, one.places), None)
    if found:
        raise Invalid([_problem(one) for one in found.values()])


def _problem(one: Violation) -> Problem:
    told = ", ".join(f"{operation} {module}" for module, operation in one.places)
    params = {"rule": one.rule.name, "user": one.name, "duties": told}
    return Problem("duties_together", params, USER.name, one.user)


def _held(configuration: Configuration, user: User, now: datetime) -> User:
    """`user` with all roles that he has or will have."""
    found = dict(zip(user.role_ids, user.roles, strict=True))
    for one in configuration.assignments.get(user.id, ()):
        if (one.until is None or now < one.until) and one.role in configuration.roles:
            found[one.role] = configuration.roles[one.role]
    found.update((key, one) for key, one in configuration.roles.items() if one.name == EVERYONE)
    active = user.active or (has_host_users(configuration) and bool(user.role_ids))
    return evolve(user, roles=tuple(found.values()), role_ids=tuple(found), active=active)


def _may(configuration: Configuration, binder: Binder, module: str, operation: str) -> bool:
    if (module, operation) not in binder.reader.scopes:
        return False
    definition = configuration.schema.by_name.get(module)
    if definition is None:
        return module == "*"
    return binder.visible(definition, operation) != FALSE
