"""What a SELECT reads from: records now, as of a position or in all versions, and what
they link to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from attrs import define, field
from sqlalchemy import (
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    exists,
    literal_column,
    not_,
    null,
    select,
)

from crmcore.query.bound import TRUE, BoundNode, Ref, Step
from crmcore.schema import ENDINGS, STAMPS, Field, Module
from crmcore.schema.reserved import CHANGE_SET
from crmcore_sql.dialect import Condition, Dialect, Expression, Parameter
from crmcore_sql.forms import VALUE, parts
from crmcore_sql.junction import all_of, any_of
from crmcore_sql.layout import ModuleTables, TablesOf
from crmcore_sql.parameters import Parameters
from crmcore_sql.signature import Signature

_STAMPS: Final = {stamp.name: stamp for stamp in (*STAMPS, *ENDINGS)}
_ID: Final = _STAMPS["id"]
_POSITION: Final = CHANGE_SET.by_name["position"]
ONE: Final[Expression] = literal_column("1", Integer())


@define(eq=False)
class Relation:
    """Records of one module under a name of their own in a statement."""

    tables: ModuleTables
    element: FromClause
    is_current: bool = False

    def column(self, one: Field, suffix: str = VALUE) -> Expression:
        """The column that holds a part of field `one`."""
        found: Expression = self.element.c[self.tables.column(one, suffix)]
        return found

    def stamp(self, name: str) -> Expression:
        """The column of a stamp or ending."""
        return self.column(_STAMPS[name])

    @property
    def id(self) -> Expression:
        """The record id."""
        return self.column(_ID)


@define(eq=False)
class Context:
    """What the parts of one statement share while it is made.

    `condition` compiles a bound condition over a frame; `as_of` carries the position that
    a question about the past is asked of.
    """

    dialect: Dialect
    tables: TablesOf
    signature: Signature
    parameters: Parameters
    condition: Callable[[Frame, BoundNode], Condition]
    as_of: Parameter | None = None

    def present(self, module: Module) -> Relation:
        """The live records of `module`."""
        tables = self.tables(module)
        return Relation(tables, tables.current.alias(), is_current=True)

    def asked(self, module: Module) -> Relation:
        """The records of `module` at the moment that the question is about."""
        if self.as_of is None:
            return self.present(module)
        tables = self.tables(module)
        begun = self._begun(tables, tables.current)
        if tables.history is None:
            return Relation(tables, begun.subquery())
        ended = self._begun(tables, tables.history)
        return Relation(tables, begun.union_all(ended).subquery())

    def versions(self, module: Module, touched_by: Parameter | None) -> Relation:
        """All versions of `module`, the former ones with their endings.

        With `touched_by`, those that one of these change sets began or ended.
        """
        tables = self.tables(module)
        current = tables.current.alias()
        endings = [
            null().cast(Text()).label("ended_by"),
            null().cast(Integer()).label("removed"),
        ]
        present = select(*_columns(tables, current), *endings)
        if touched_by is not None:
            sets = self.dialect.expressions.listed(touched_by)
            present = present.where(current.c.change_set.in_(sets))
        if tables.history is None:
            return Relation(tables, present.subquery())
        former = tables.history.alias()
        ended = select(*_columns(tables, former), *(former.c[one.name] for one in ENDINGS))
        if touched_by is not None:
            sets = self.dialect.expressions.listed(touched_by)
            touched = [former.c.change_set.in_(sets), former.c.ended_by.in_(sets)]
            ended = ended.where(any_of(touched))
        return Relation(tables, present.union_all(ended).subquery())

    def _begun(self, tables: ModuleTables, table: Table) -> Select[Any]:
        sets = self.tables(CHANGE_SET)
        position = sets.column(_POSITION)
        here, begun = table.alias(), sets.current.alias()
        source: FromClause = here.join(
            begun, begun.c.id == here.c[tables.column(_STAMPS["change_set"])]
        )
        terms: list[Condition] = [begun.c[position] <= self.as_of]
        if table is tables.history:
            ended = sets.current.alias()
            source = source.outerjoin(ended, ended.c.id == here.c[tables.column(ENDINGS[0])])
            end = ended.c[position]
            terms.append(any_of([end.is_(None), end > self.as_of]))
        return select(*_columns(tables, here)).select_from(source).where(all_of(terms))


def _columns(tables: ModuleTables, table: FromClause) -> list[Expression]:
    found: list[Expression] = []
    for one in (*STAMPS, *tables.module.stored):
        found += [table.c[tables.column(one, part.suffix)] for part in parts(one.kind)]
    return found


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
        self.source = self.root.element

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

    def _join(self, parent: Relation, step: Step, number: int) -> Relation:
        context = self.context
        target = context.asked(step.target) if self.past else context.present(step.target)
        terms = [target.id == parent.column(step.link)]
        visible = context.signature.leads[number]
        if visible != TRUE:
            terms.append(self.visible(target, visible))
        self.source = self.source.outerjoin(target.element, all_of(terms))
        self.joined[(id(parent), number)] = target
        return target

    def visible(self, target: Relation, condition: BoundNode) -> Condition:
        """`condition` holds today for the record that stands in `target`."""
        module = target.tables.module
        if self.past:
            return image_fulfils(self.context, module, target.id, condition)
        inline = Frame(self.context, target)
        found = self.context.condition(inline, condition)
        if not inline.joined:
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
    gone = Frame(context, Relation(tables, tables.history.alias()))
    later = Relation(tables, tables.history.alias())
    again = Relation(tables, tables.current.alias())
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
