"""Roll-ups as the reader may know them: counted in his scope, at the moment he asks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmcore.query.bound import BoundGroup, BoundMeasure, BoundSummary, Ref, Within
from crmcore.query.evaluate import Row
from crmcore.query.text import parse
from crmcore.rules import RollUp
from crmcore.schema import Module
from crmcore.work.session import Session, chunks


def withheld(session: Session, module: Module, refs: Sequence[Ref]) -> Mapping[int, RollUp]:
    """Which of the columns `refs` are roll-ups of `module` whose stored value will not do."""
    binder = session.binder
    rules = {rule.field: rule for rule in session.configuration.counting(module.name)}
    if not rules:
        return {}
    return {
        place: rules[ref.field.name]
        for place, ref in enumerate(refs)
        if ref.field.computed == "roll_up"
        and not ref.steps
        and binder.is_partial(module, ref.field)
    }


def counted_anew(
    session: Session, rows: Sequence[Row], columns: Mapping[int, RollUp], id_place: int
) -> list[Row]:
    """`rows` with the values of `columns` computed from the children that the reader sees."""
    if not columns or not rows:
        return list(rows)
    ids = sorted({str(row[id_place]) for row in rows})
    found = {place: _figures(session, rule, ids) for place, rule in columns.items()}
    made: list[Row] = []
    for row in rows:
        values = list(row)
        for place, rule in columns.items():
            empty = 0 if rule.function == "count" else None
            values[place] = found[place].get(str(row[id_place]), empty)
        made.append(tuple(values))
    return made


def _figures(session: Session, rule: RollUp, ids: Sequence[str]) -> dict[str, object]:
    child = session.schema.by_name.get(rule.child)
    if child is None:
        # Of a moment before the child module was defined.
        return {}
    link = Ref((), child.by_name[rule.link])
    over = None if rule.over is None else Ref((), child.field(rule.over))
    where = None if rule.where is None else parse(rule.where)
    condition = session.policy_binder.condition(child, where)
    measure = BoundMeasure(rule.function, over, condition)
    scope = session.binder.visible(child)
    found: dict[str, object] = {}
    for some in chunks(ids):
        query = BoundSummary(
            child, (BoundGroup(link),), (measure,), Within(link, some), scope, session.as_of
        )
        for batch in session.transaction.summarize(query):
            found.update((str(row[0]), row[1]) for row in batch)
    return found
