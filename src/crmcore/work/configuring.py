"""Changing the configuration of a live workspace: schema and computed fields, as one change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve

from crmcore.errors import AccessDenied, CrmError, Problem, SchemaError
from crmcore.query.bind import operand
from crmcore.query.bound import BoundQuery, Ref, Within, full_columns
from crmcore.query.text import parse
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module, Schema, SchemaStep, check, diff, numbered
from crmcore.schema.codec import schema_to_json
from crmcore.schema.field import Computed
from crmcore.schema.reserved import DEFINITION
from crmcore.storage import Derive
from crmcore.work.computing import Computation, roll_up
from crmcore.work.configuration import Configuration
from crmcore.work.definitions import COMPUTED, SCHEMA, computed_to_json
from crmcore.work.door import Door
from crmcore.work.session import Session

_FLAGS: Mapping[type, Computed] = {
    Formula: "local",
    LinkedField: "linked",
    RollUp: "roll_up",
}


def proposed(
    present: Configuration, schema: Schema | None, computed: Iterable[ComputedRule] | None
) -> tuple[Configuration, tuple[SchemaStep, ...]]:
    """The configuration that would be in force, and the steps to it; raises `SchemaError`."""
    rules = present.computed if computed is None else tuple(computed)
    wanted = present.schema if schema is None else schema
    wanted = _with_reserved(present.schema, wanted)
    wanted = numbered(_flagged(wanted, rules), present.schema)
    check(wanted)
    made = evolve(present, schema=wanted, computed=rules)
    return made, diff(present.schema, wanted)


def _with_reserved(present: Schema, wanted: Schema) -> Schema:
    reserved = [one for one in present.modules if one.name.startswith("crm_")]
    people = [one for one in wanted.modules if not one.name.startswith("crm_")]
    return Schema([*reserved, *people])


def _flagged(schema: Schema, rules: Iterable[ComputedRule]) -> Schema:
    flags: dict[tuple[str, str], Computed] = {
        (one.module, one.field): _FLAGS[type(one)] for one in rules
    }
    return Schema(
        evolve(one, fields=[_flag(one, f, flags) for f in one.fields]) for one in schema.modules
    )


def _flag(module: Module, one: Field, flags: dict[tuple[str, str], Computed]) -> Field:
    wanted = flags.get((module.name, one.name))
    if one.computed == wanted:
        return one
    return evolve(one, computed=wanted)


def check_right(session: Session) -> None:
    """Raise `AccessDenied` where the reader may not change the configuration."""
    if not has_right(session):
        raise AccessDenied("needs_configure")


def has_right(session: Session) -> bool:
    """Whether the reader may change the configuration."""
    return session.reader.system or session.reader.scope("*", "configure") is not None


def write(door: Door, made: Configuration) -> None:
    """Store `made` as the configuration of the next revision; raises `AccessDenied`."""
    check_right(door.session)
    _check_rules(door.session, made)
    system = Door(_system(door.session), door.journal)
    _put(system, SCHEMA, schema_to_json(made.schema))
    _put(system, COMPUTED, computed_to_json(made.computed))


def _system(session: Session) -> Session:
    return Session(session.transaction, session.configuration, evolve(session.reader, system=True))


def _put(door: Door, name: str, value: object) -> None:
    ref = Ref((), DEFINITION.by_name["name"])
    query = BoundQuery(DEFINITION, full_columns(DEFINITION), Within(ref, (name,)))
    for row in list(door.session.rows(query)):
        door.update(DEFINITION, [(str(row[0]), None, {"value": value})])
        return
    door.create(DEFINITION, [{"name": name, "value": value}])


def _check_rules(session: Session, made: Configuration) -> None:
    """Raise `SchemaError` where a computed field does not fit the schema."""
    problems: list[Problem] = []
    trial = Session(session.transaction, made, session.reader)
    for rule in made.computed:
        try:
            _check_rule(trial, rule)
        except CrmError as error:
            params = {"name": f"{rule.module}.{rule.field}", "reason": error.message()}
            problems.append(Problem("bad_rule", params, rule.module, None, rule.field))
    if problems:
        raise SchemaError(problems)


def _check_rule(session: Session, rule: ComputedRule) -> None:
    module = session.schema.module(rule.module)
    module.field(rule.field)
    if isinstance(rule, Formula):
        scope = session.policy_binder.scope(module, formula=True)
        scope.reader = scope.reader.without_parameters()
        operand(scope, parse(rule.expression))
    elif isinstance(rule, LinkedField):
        session.policy_binder.column(module, rule.path)
    else:
        child = session.schema.module(rule.child)
        child.field(rule.link)
        where = None if rule.where is None else parse(rule.where)
        session.policy_binder.condition(child, where)


def recompute(session: Session, former: Configuration) -> None:
    """Fill computed fields whose rule is new; no versions are made."""
    known = set(former.computed)
    for rule in session.configuration.computed:
        if rule in known or isinstance(rule, LinkedField):
            continue
        module = session.schema.module(rule.module)
        rows = list(session.rows(BoundQuery(module, full_columns(module))))
        ids = [str(row[0]) for row in rows]
        if isinstance(rule, RollUp):
            child = session.schema.module(rule.child)
            session.transaction.apply(roll_up(session, child, rule, ids))
            continue
        computation = Computation.of(session, module)
        assert computation is not None
        look = session.look()
        place = next(place for one, place, _ in computation.steps if one.name == rule.field)
        values = [computation.applied(row, look)[place] for row in rows]
        session.transaction.apply([Derive(module, rule.field, ids, values)])
