"""The FROM clauses of a statement: records, and what they link to, each path joined once."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field
from sqlalchemy import FromClause, exists, not_, select

from crmcore.query.bound import TRUE, BoundNode, Ref, Step
from crmcore.schema import Module
from crmcore_sql.dialect import Condition, Expression
from crmcore_sql.forms import VALUE
from crmcore_sql.junction import all_of, any_of
from crmcore_sql.relations import ONE, Context, Relation


@define(eq=False)
class Frame:
    """One FROM clause: records, and one LEFT JOIN for each distinct path from them.

    `past` frames are asked of the moment of the question, with visibility decided today.
    """

    context: Context
    root: Relation
    past: bool = False
    source: FromClause = field(init=False)
    joined: dict[tuple[int, int], Relation] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        (self.source,) = self.root.places
        self.root.join = self._go_on

    def relation(self, steps: Iterable[Step]) -> Relation:
        """What `steps` lead to; its columns are NULL where they lead nowhere."""
        found = self.root
        for step in steps:
            number = self.context.signature.steps[id(step)]
            parent = found
            known = self.joined.get((id(parent), number))
            found = known if known is not None else self._join(parent, step, number)
        return found

    def column(self, ref: Ref, suffix: str = VALUE) -> Expression:
        """The column of one part of the value at `ref`."""
        return self.relation(ref.steps).column(ref.field, suffix)

    def exists(self, terms: Iterable[Condition]) -> Condition:
        """Some record of this frame fulfils `terms`, which are made by now."""
        return exists(select(ONE).select_from(self.source).where(all_of(terms)))

    @property
    def is_joined(self) -> bool:
        """Whether anything is joined to the records."""
        return self.source is not self.root.places[0]

    def _go_on(self, sibling: FromClause, same: Condition) -> None:
        self.source = self.source.outerjoin(sibling, same)

    def _join(self, parent: Relation, step: Step, number: int) -> Relation:
        context, link = self.context, parent.column(step.link)
        target = context.present(step.target)
        found = [(place, list[Condition]()) for place in target.places]
        if self.past:
            found = context.valid(target.tables)
            target = Relation(target.tables, tuple(place for place, _ in found))
        visible = context.signature.leads[number]
        for place, terms in found:
            if visible != TRUE:
                one = Relation(target.tables, (place,), is_current=not self.past)
                terms.append(self.visible(one, visible))
            terms.append(place.c.id == link)
            self.source = self.source.outerjoin(place, all_of(terms))
        target.join = self._go_on
        self.joined[(id(parent), number)] = target
        return target

    def visible(self, target: Relation, condition: BoundNode) -> Condition:
        """`condition` holds today for the record that stands in `target`."""
        module = target.tables.module
        if self.past:
            return image_fulfils(self.context, module, target.id, condition)
        inline = Frame(self.context, target)
        found = self.context.condition(inline, condition)
        if not inline.is_joined:
            return found
        own = Frame(self.context, self.context.present(module))
        return own.exists([self.context.condition(own, condition), own.root.id == target.id])


def image_fulfils(
    context: Context, module: Module, record: Expression, condition: BoundNode
) -> Condition:
    """The current (if removed: last) version of `record` fulfils `condition` today."""
    present = Frame(context, context.present(module))
    here = present.exists([present.root.id == record, context.condition(present, condition)])
    tables = present.root.tables
    if tables.history is None:
        return here
    gone = Frame(context, Relation(tables, (tables.history.alias(),)))
    later = Relation(tables, (tables.history.alias(),))
    again = Relation(tables, (tables.current.alias(),))
    is_later = exists().where(
        later.id == gone.root.id,
        later.stamp("removed") == ONE,
        later.stamp("version") > gone.root.stamp("version"),
    )
    last = gone.exists(
        [
            context.condition(gone, condition),
            gone.root.id == record,
            gone.root.stamp("removed") == ONE,
            not_(is_later),
            not_(exists().where(again.id == gone.root.id)),
        ]
    )
    return any_of([here, last])
