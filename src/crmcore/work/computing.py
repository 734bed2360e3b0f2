"""Computed fields at the door: local formulas at write, roll-ups by the commit of a child."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from crmcore.errors import Invalid, Problem
from crmcore.query.ast import Node
from crmcore.query.bind import operand
from crmcore.query.bound import (
    BoundGroup,
    BoundMeasure,
    BoundNode,
    BoundSummary,
    Const,
    Ref,
    Within,
)
from crmcore.query.evaluate import Look, Place, Row, value
from crmcore.query.text import parse
from crmcore.records import layout_of
from crmcore.rules import Formula, RollUp
from crmcore.schema import Field, Module
from crmcore.storage import Derive, Expect, Write
from crmcore.work.depending import ordered, own_fields
from crmcore.work.session import Session, chunks


@frozen
class Computation:
    """The local formulas of one module, compiled."""

    module: Module
    steps: tuple[tuple[Field, int, Place], ...]

    @classmethod
    def of(cls, session: Session, module: Module) -> Computation | None:
        """The formulas of `module`; `None` where there are none."""
        formulas = session.configuration.formulas.get(module.name)
        if not formulas:
            return None
        place = f"_computation_{session.configuration.revision}"
        found: Computation | None = module.__dict__.get(place)
        if found is None:
            found = module.__dict__[place] = cls(module, _steps(session, module, formulas))
        return found

    def applied(self, row: Row, look: Look) -> Row:
        """`row` with its computed fields; raises `Invalid` where a result does not fit."""
        made = list(row)
        for one, position, place in self.steps:
            try:
                found = place(tuple(made), look)
                made[position] = None if found is None else one.kind.normalize(found)
            except Invalid as error:
                raise Invalid(
                    Problem(problem.code, problem.params, self.module.name, str(row[0]), one.name)
                    for problem in error.problems
                ) from None
        return tuple(made)


def _steps(
    session: Session, module: Module, formulas: Sequence[Formula]
) -> tuple[tuple[Field, int, Place], ...]:
    """Field, place in a row and function of each formula: what is read by others comes first."""
    reads: dict[str, set[str]] = {}
    steps: dict[str, tuple[Field, int, Place]] = {}
    for formula in formulas:
        one, node = module.field(formula.field), _bound(session, module, formula)
        reads[one.name] = own_fields(node)
        steps[one.name] = one, layout_of(module).index[one.name], value(node, module)
    return tuple(steps[name] for name in ordered(reads))


def _bound(session: Session, module: Module, formula: Formula) -> BoundNode:
    scope = session.policy_binder.scope(module, formula=True)
    # What is stored must not depend on who looks, or when.
    scope.reader = session.policy_binder.reader.without_parameters()
    found = operand(scope, expression(formula.expression))
    if found.node is not None:
        return found.node
    kind = module.field(formula.field).kind
    return Const(None if found.value is None else kind.normalize(found.value), kind)


def expression(text: str) -> Node:
    """The expression of a rule."""
    return parse(text)


def roll_up_writes(
    session: Session, child: Module, formers: Sequence[Row], rows: Sequence[Row]
) -> list[Write]:
    """New values of the roll-ups that count records of `child`, after `rows` were written."""
    writes: list[Write] = []
    for rule in session.configuration.roll_ups.get(child.name, ()):
        place = layout_of(child).index[rule.link]
        parents = {str(row[place]) for row in (*formers, *rows) if row[place] is not None}
        if parents:
            writes.extend(roll_up(session, child, rule, sorted(parents)))
    return writes


def roll_up(session: Session, child: Module, rule: RollUp, parents: Sequence[str]) -> list[Write]:
    """The values of one roll-up for `parents`, computed from their children."""
    module = session.schema.module(rule.module)
    one = module.field(rule.field)
    if module.name != child.name:
        # Two commits that each add a child take turns at the parent.
        present = list(session.stored_rows(module, parents))
        session.transaction.apply([Expect(module, present, alone=True)])
    link = Ref((), child.by_name[rule.link])
    over = None if rule.over is None else Ref((), child.field(rule.over))
    binder = session.policy_binder
    where = binder.condition(child, None if rule.where is None else expression(rule.where))
    measure = BoundMeasure(rule.function, over, where)
    found: dict[str, object] = {}
    for some in chunks(parents):
        among = Within(link, some)
        query = BoundSummary(child, (BoundGroup(link),), (measure,), among)
        for batch in session.transaction.summarize(query):
            found.update((str(row[0]), row[1]) for row in batch)
    empty = 0 if rule.function == "count" else None
    values = [_fitting(one, found.get(parent, empty)) for parent in parents]
    return [Derive(module, one.name, list(parents), values)]


def _fitting(one: Field, found: object) -> object:
    return None if found is None else one.kind.normalize(found)
