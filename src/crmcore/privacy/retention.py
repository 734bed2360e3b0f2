"""How long data is kept: rules of which records are due, looked at first, and then carried out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from attrs import field, frozen

from crmcore.errors import CapacityExceeded, Invalid, NotFound, Problem, QueryError, SchemaError
from crmcore.privacy.asked import PastErasure
from crmcore.privacy.taking_out import carry_out
from crmcore.query.bound import ID_REF, BoundQuery, Ref, Within
from crmcore.rules import RetentionAction, RetentionRule, retention_rule_values
from crmcore.schema.reserved import RETENTION
from crmcore.work import Workspace, configuring
from crmcore.work.committing import Intention
from crmcore.work.operations import repeated
from crmcore.work.removing import remove
from crmcore.work.retaining import checked_retention, due
from crmcore.work.session import Session
from crmcore.work.titles import titles_by_id

Rule = RetentionRule
__all__ = [
    "Applied",
    "Preview",
    "RetentionAction",
    "Rule",
    "apply",
    "drop",
    "keep",
    "preview",
    "rules",
]

_ORIGIN: Final = "privacy"
_EXAMPLES: Final = 5


@frozen
class Preview:
    """What is due by `rule`: how many records, and (id, title) of the first.

    The title is the id where the asker does not see it. `problem` tells why the rule cannot be
    asked any more, such as a field that is gone.
    """

    rule: Rule
    count: int
    examples: tuple[tuple[str, str], ...] = field(default=(), converter=tuple[tuple[str, str], ...])
    problem: Problem | None = None


@frozen
class Applied:
    """What was done by `rule`: to how many records, and which refused (in use by others)."""

    rule: Rule
    count: int
    refused: tuple[Problem, ...] = field(default=(), converter=tuple[Problem, ...])


def rules(crm: Workspace) -> tuple[Rule, ...]:
    """All rules, by name. Raises `AccessDenied` for who may not configure."""
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        return _rules(session)


def keep(crm: Workspace, rule: Rule) -> str:
    """Put `rule` into force, in the place of the one of its name; the operation, to be undone.

    Nothing is done to records; the module may be named by its label. Raises `Invalid`
    (`not_a_subject`, `unknown_action`), `QueryError`, `SchemaError`, and `AccessDenied` for who
    may not configure.
    """

    def attempt() -> str:
        with crm._unit(Intention("retention", origin=_ORIGIN, reason=rule.reason)) as unit:
            configuring.check_right(unit.session)
            values = retention_rule_values(checked_retention(unit.session, rule))
            known_as = _known(unit.session, rule.name)
            if known_as is None:
                unit.system_door.create(RETENTION, [values])
            else:
                unit.system_door.update(RETENTION, [(known_as, None, values)])
            return unit.journal.operation

    return repeated(attempt)


def drop(crm: Workspace, name: str) -> str:
    """End the rule called `name`; the operation. Raises `NotFound`, `AccessDenied`."""

    def attempt() -> str:
        with crm._unit(Intention("retention", origin=_ORIGIN)) as unit:
            configuring.check_right(unit.session)
            known = _known(unit.session, name)
            if known is None:
                raise NotFound("not_found", module=RETENTION.name, record=name)
            unit.system_door.delete(RETENTION, [(known, None)])
            return unit.journal.operation

    return repeated(attempt)


def preview(crm: Workspace) -> tuple[Preview, ...]:
    """What is due now by each rule; nothing is done.

    Records of persons whose data is restricted are not due, nor those that were made anonymous
    and did not change since. Raises `AccessDenied` for who may not configure.
    """
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        return tuple(_preview(session, one) for one in _rules(session))


def apply(crm: Workspace, names: Sequence[str] | None = None) -> tuple[Applied, ...]:
    """Do what is due by all rules, or by those called `names`.

    Each record is a unit of its own, looked at again in it: whoever calls again after a crash
    goes on with the rest. Raises `NotFound` for unknown names, `AccessDenied`.
    """
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        found = {one.name: one for one in _rules(session)}
    for name in names or ():
        if name not in found:
            raise NotFound("not_found", module=RETENTION.name, record=name)
    return tuple(_applied(crm, found[name]) for name in (found if names is None else names))


def _applied(crm: Workspace, rule: Rule) -> Applied:
    with crm._store.reading(crm.principal) as session:
        try:
            ids = sorted(due(session, rule))
        except (QueryError, SchemaError) as error:
            return Applied(rule, 0, error.problems)
    count, refused = 0, list[Problem]()
    for record in ids:
        try:
            count += repeated(partial(_done, crm, rule, record))
        except (Invalid, CapacityExceeded) as error:
            refused.extend(error.problems)
    crm._store.refresh()
    return Applied(rule, count, refused)


def _done(crm: Workspace, rule: Rule, record: str) -> bool:
    """Carry out `rule` on one record; `False` where it is not due any more."""
    reason = f"retention: {rule.name}"
    kind = "retention" if rule.action == "delete" else rule.action
    with crm._unit(Intention(kind, origin=_ORIGIN, reason=reason)) as unit:
        configuring.check_right(unit.session)
        if record not in due(unit.session, rule, record):
            return False
        if rule.action == "delete":
            module = unit.session.schema.module(rule.module)
            remove(unit.system_door, unit.system_door, module, [(record, None)])
        else:
            user, moment = unit.session.reader.user, unit.journal.moment
            asked = PastErasure(rule.module, record, rule.action, moment, user, reason)
            carry_out(unit, asked, crm.backend_name)
    return True


def _preview(session: Session, rule: Rule) -> Preview:
    try:
        ids = sorted(due(session, rule))
    except (QueryError, SchemaError) as error:
        return Preview(rule, 0, problem=error.problems[0])
    named = ids[:_EXAMPLES]
    titles = titles_by_id(session, session.schema.module(rule.module), named)
    return Preview(rule, len(ids), [(one, titles.get(one, one)) for one in named])


def _rules(session: Session) -> tuple[Rule, ...]:
    return tuple(sorted(session.configuration.retention, key=lambda one: one.name))


def _known(session: Session, name: str) -> str | None:
    where = Within(Ref((), RETENTION.by_name["name"]), (name,))
    return next(
        (str(row[0]) for row in session.rows(BoundQuery(RETENTION, (ID_REF,), where))), None
    )
