"""Which computed fields read which fields: in what order they are computed, and circles."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from attrs import evolve

from crmcore.errors import CrmError, SchemaError
from crmcore.kinds import Link
from crmcore.query.bind import operand
from crmcore.query.bound import BoundNode, Ref
from crmcore.query.bound import Step as Hop
from crmcore.query.mentions import parts_of
from crmcore.query.text import parse
from crmcore.rules import ComputedRule, Formula, LinkedField, RollUp
from crmcore.schema import Field, Module, Schema
from crmcore.schema.field import Computed
from crmcore.work.session import Session

Place = tuple[str, str]
"""A module and a field of it, by name."""
T = TypeVar("T", bound=Hashable)
_FLAGS: Mapping[type, Computed] = {
    Formula: "local",
    LinkedField: "linked",
    RollUp: "roll_up",
}


def own_fields(node: BoundNode | None) -> set[str]:
    """The fields of the record itself that `node` reads, by name."""
    found = set[str]()
    waiting: list[BoundNode | Hop] = [] if node is None else [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Ref) and not part.steps:
            found.add(part.field.name)
        waiting.extend(() if isinstance(part, Hop) else parts_of(part))
    return found


def ordered(reads: Mapping[T, Iterable[T]]) -> list[T]:
    """What is read before what reads it; as it came where there is a circle."""
    graph = {one: [other for other in reads[one] if other in reads] for one in reads}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return list(reads)


def circles(reads: Mapping[Place, Iterable[Place]]) -> Iterator[list[Place]]:
    """The circles in which fields read each other: none of them shares a field with another."""
    left = {one: {other for other in reads[one] if other in reads} for one in reads}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            # Told from what is read to what reads it.
            circle: list[Place] = list(reversed(error.args[1]))[:-1]
            first = circle.index(min(circle))
            yield circle[first:] + circle[:first]
            left = {
                one: {other for other in left[one] if other not in circle}
                for one in left
                if one not in circle
            }
        else:
            return


def reads_of(session: Session, rules: Iterable[ComputedRule]) -> dict[Place, set[Place]]:
    """What each computed field reads, as far as its rule makes sense."""
    found: dict[Place, set[Place]] = {}
    for rule in rules:
        try:
            found[rule.module, rule.field] = _reads(session, rule)
        except (CrmError, KeyError):
            # What is wrong with it is told when it is checked.
            found[rule.module, rule.field] = set()
    return found


def _reads(session: Session, rule: ComputedRule) -> set[Place]:
    module = session.schema.module(rule.module)
    if isinstance(rule, Formula):
        scope = session.policy_binder.scope(module, formula=True)
        scope.reader = scope.reader.without_parameters()
        found = operand(scope, parse(rule.expression))
        return {(module.name, name) for name in own_fields(found.node)}
    if isinstance(rule, LinkedField):
        return {_end(session.schema, module, rule.path)}
    child = session.schema.module(rule.child)
    names = set() if rule.over is None else {child.field(rule.over).name}
    if rule.where is not None:
        names |= own_fields(session.policy_binder.condition(child, parse(rule.where)))
    return {(child.name, name) for name in names}


def _end(schema: Schema, module: Module, path: tuple[str, ...]) -> Place:
    for part in path[:-1]:
        kind = module.field(part).kind
        if not isinstance(kind, Link):
            raise SchemaError("not_a_schema", module=module.name, reason=part)
        module = schema.by_name[kind.target]
    return module.name, module.field(path[-1]).name


def flagged(schema: Schema, rules: Iterable[ComputedRule]) -> Schema:
    """`schema`, in which fields say how `rules` compute them."""
    flags: dict[tuple[str, str], Computed] = {
        (one.module, one.field): _FLAGS[type(one)] for one in rules
    }
    return Schema(
        evolve(one, fields=[_flag(one, f, flags) for f in one.fields]) for one in schema.modules
    )


def _flag(module: Module, one: Field, flags: dict[tuple[str, str], Computed]) -> Field:
    wanted = flags.get((module.name, one.name))
    return one if one.computed == wanted else evolve(one, computed=wanted)
