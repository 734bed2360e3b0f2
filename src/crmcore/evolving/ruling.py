"""The sections of duties kept apart and of retention: rules that are known by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from crmcore.access import Duty, DutyRule, duty_rule_of, duty_rule_values
from crmcore.access.roles import EVERY_MODULE
from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.evolving.describing import duty_data, kept_data
from crmcore.evolving.fields import copied
from crmcore.evolving.granting import module_problem
from crmcore.evolving.named import label_of, refuse_vanished
from crmcore.evolving.plans import MAX_EXAMPLES, Consequence, Example
from crmcore.evolving.wanted import NamedRecord
from crmcore.rules import RetentionRule, retention_rule_of, retention_rule_values
from crmcore.schema.reserved import DUTY_RULE, RETENTION
from crmcore.work import Configuration
from crmcore.work.retaining import checked_retention, due
from crmcore.work.session import Session

R = TypeVar("R", DutyRule, RetentionRule)
_DUTY: Final = frozenset({"label", "duties", "block"})
_KEPT: Final = frozenset({"module", "where", "action", "reason"})


def wanted_duties(
    section: Mapping[str, object], present: Configuration, partial: bool
) -> Iterator[NamedRecord]:
    """What leads to the rules of `section`; raises `SchemaError` for those that vanished."""
    known = {one.name: one for one in present.duties}
    for name, rule in _wanted(section, known, partial, duty_data, _duty_rule):
        values = None if rule is None else _nameless(duty_rule_values(rule))
        yield NamedRecord(DUTY_RULE.name, name, values, name not in known)


def wanted_retention(
    section: Mapping[str, object], present: Configuration, partial: bool
) -> Iterator[NamedRecord]:
    """What leads to the rules of `section`; raises `SchemaError` for those that vanished."""
    known = {one.name: one for one in present.retention}
    for name, rule in _wanted(section, known, partial, kept_data, _retention_rule):
        values = None if rule is None else _nameless(retention_rule_values(rule))
        yield NamedRecord(RETENTION.name, name, values, name not in known)


def _wanted(
    section: Mapping[str, object],
    known: Mapping[str, R],
    partial: bool,
    told: Callable[[R], dict[str, object]],
    read: Callable[[str, dict[str, Any]], R],
) -> Iterator[tuple[str, R | None]]:
    """Rules that change, by name; `None` for one that ends."""
    refuse_vanished(set(known), section, partial)
    for name in section:
        data = copied(section[name], name)
        if data.pop("retire", False) is True:
            if name in known:
                yield name, None
            continue
        if partial and name in known:
            data = {**told(known[name]), **data}
        rule = read(name, data)
        if known.get(name) != rule:
            yield name, rule


def _nameless(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name != "name"}


def _duty_rule(name: str, data: dict[str, Any]) -> DutyRule:
    block = data.get("block", True)
    if not data.keys() <= _DUTY or not isinstance(block, bool):
        raise SchemaError("bad_duty_rule", name=name)
    label = label_of(data, "bad_duty_rule", name)
    found = duty_rule_of({"name": name, "duties": data.get("duties")})
    return DutyRule(name, found.duties, block, label)


def _retention_rule(name: str, data: dict[str, Any]) -> RetentionRule:
    needed = _KEPT - {"reason"}
    sound = all(isinstance(value, str) for value in data.values())
    if not sound or not needed <= data.keys() <= _KEPT:
        raise SchemaError("bad_retention", name=name)
    return retention_rule_of({**data, "name": name})


def after_rules(present: Configuration, wanted: Iterable[NamedRecord]) -> tuple[DutyRule, ...]:
    """The rules of duties as they would be."""
    rules = {one.name: one for one in present.duties}
    for one in wanted:
        if one.module == DUTY_RULE.name:
            rules.pop(one.name, None)
            if one.values is not None:
                rules[one.name] = duty_rule_of({**one.values, "name": one.name})
    return tuple(rules.values())


def check_ruling(session: Session, made: Configuration, wanted: Iterable[NamedRecord]) -> None:
    """Raise `SchemaError` where rules that change speak of what `made` does not have."""
    trial = Session(session.transaction, made, session.reader)
    problems: list[Problem] = []
    for one in wanted:
        if one.values is not None and one.module == DUTY_RULE.name:
            rule = duty_rule_of({**one.values, "name": one.name})
            problems += _unknown_modules(trial, one.name, rule.duties)
        elif one.values is not None and one.module == RETENTION.name:
            problems += _bad_retention(trial, retention_rule_of({**one.values, "name": one.name}))
    if problems:
        raise SchemaError(problems)


def _unknown_modules(session: Session, rule: str, duties: Iterable[Duty]) -> Iterator[Problem]:
    for one in duties:
        if one.module != EVERY_MODULE and one.module not in session.schema.by_name:
            yield module_problem(session, "rule_without_module", one.module, rule=rule)


def _bad_retention(session: Session, rule: RetentionRule) -> Iterator[Problem]:
    if rule.module not in session.schema.by_name:
        yield module_problem(session, "rule_without_module", rule.module, rule=rule.name)
        return
    try:
        checked_retention(session, rule)
    except CrmError as error:
        for one in error.problems:
            params = {"rule": rule.name, "of": rule.module, "reason": one.message()}
            yield Problem("retention_refused", params)


def coming_due(session: Session, wanted: Iterable[NamedRecord]) -> Iterator[Consequence]:
    """How many records that are there are due by rules that change, a consequence for each."""
    for one in wanted:
        if one.module != RETENTION.name or one.values is None:
            continue
        rule = retention_rule_of({**one.values, "name": one.name})
        try:
            ids = sorted(due(session, rule))
        except CrmError:
            # It speaks of what the same plan makes: nothing that is there holds it.
            continue
        if ids:
            examples = [Example([found]) for found in ids[:MAX_EXAMPLES]]
            detail = f"{one.name}: {rule.action}"
            yield Consequence("due", rule.module, None, len(ids), False, examples, detail=detail)
