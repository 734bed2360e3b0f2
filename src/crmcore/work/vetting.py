"""Computed fields are looked at before they are in force: what they read, and what they replace."""

from __future__ import annotations

from collections.abc import Iterable

from crmcore.errors import CrmError, Problem, SchemaError
from crmcore.kinds import Link, MultiLink
from crmcore.query import ast
from crmcore.query.bind import operand
from crmcore.query.bind.refusal import refuse_encrypted
from crmcore.query.bound import BoundNode, BoundQuery, IsEmpty, Negation, Ref, Related, Step
from crmcore.query.mentions import parts_of
from crmcore.query.text import parse
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module
from crmcore.work.configuration import Configuration
from crmcore.work.depending import Place, circles, reads_of
from crmcore.work.session import Session


def check_rules(session: Session, made: Configuration) -> None:
    """Raise `SchemaError` where a computed field of `made` does not fit its schema.

    `session` is under the configuration that is still in force.
    """
    problems: list[Problem] = []
    trial = Session(session.transaction, made, session.reader)
    told = set[Place]()
    for circle in circles(reads_of(trial, made.computed)):
        told.update(circle)
        names = " → ".join(map(".".join, [*circle, circle[0]]))
        module, one = circle[0]
        problems.append(Problem("computed_in_circle", {"names": names}, module, None, one))
    for rule in made.computed:
        if (rule.module, rule.field) in told:
            continue
        try:
            _check_rule(trial, rule)
            _check_replaced(session, trial.schema.module(rule.module), rule)
        except CrmError as error:
            params = {"name": f"{rule.module}.{rule.field}", "reason": error.message()}
            problems.append(Problem("bad_rule", params, rule.module, None, rule.field))
    if problems:
        raise SchemaError(problems)


def _check_rule(session: Session, rule: ComputedRule) -> None:
    module = session.schema.module(rule.module)
    one = module.field(rule.field)
    if isinstance(rule, Formula):
        scope = session.policy_binder.scope(module, formula=True)
        scope.reader = scope.reader.without_parameters()
        found = operand(scope, parse(rule.expression))
        _check_local([] if found.node is None else [found.node])
    elif isinstance(rule, LinkedField):
        session.policy_binder.column(module, rule.path)
    else:
        _check_roll_up(session, one, rule)


def _check_roll_up(session: Session, one: Field, rule: RollUp) -> None:
    child, binder = session.schema.module(rule.child), session.policy_binder
    link = child.field(rule.link)
    kind = link.kind
    if not isinstance(kind, Link) or isinstance(kind, MultiLink) or kind.target != rule.module:
        raise SchemaError("roll_up_link", name=rule.link, target=rule.module)
    where = None if rule.where is None else parse(rule.where)
    over = () if rule.over is None else (rule.over,)
    (measure,) = binder.measure(child, ast.Measure(rule.function, over))
    _check_local([binder.condition(child, where), *([measure.ref] if measure.ref else ())])
    counted = None if measure.ref is None else measure.ref.kind
    fits = one.kind.family == "number" if counted is None else one.kind.family == counted.family
    if counted is not None and counted.shape == "money":
        fits = one.kind.shape == "money"
    if not fits:
        raise SchemaError("roll_up_kind", name=one.name, kind=one.kind.name, function=rule.function)


def _check_local(nodes: Iterable[BoundNode | Step]) -> None:
    """Raise `SchemaError` where something beyond the record is read: a change there is not seen.

    So are roll-ups: they change with other records, and each reader has his own.
    Raises `QueryError` where it is encrypted: the result would lie open.
    """
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (Step, Related)):
            raise SchemaError("not_local")
        if isinstance(node, Ref) and node.field.computed == "roll_up":
            raise SchemaError("reads_roll_up", name=node.field.name)
        refuse_encrypted(node if isinstance(node, Ref) else None)
        waiting.extend(parts_of(node))


def _check_replaced(session: Session, module: Module, rule: ComputedRule) -> None:
    """Raise `SchemaError` where people's values would be replaced by computed ones."""
    former = session.schema.by_name.get(module.name)
    number = module.field(rule.field).number
    known = [] if former is None else [one for one in former.fields if one.number == number]
    for one in known:
        if former is None or one.computed is not None:
            continue
        filled = Negation(IsEmpty(Ref((), one)))
        if next(session.rows(BoundQuery(former, (Ref((), one),), filled, limit=1)), None):
            raise SchemaError("values_replaced", name=one.name)
