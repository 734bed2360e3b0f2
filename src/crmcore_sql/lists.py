"""Lists: a bound query as prepared statements that give its rows in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Dialect as Engine
from sqlalchemy import Select, select

from crmcore.query.bound import ID_REF, TRUE, AllOf, BoundQuery, Ref
from crmcore_sql.branches import united
from crmcore_sql.codec import Read, Row, decoder
from crmcore_sql.dialect import Condition, Dialect, Expression
from crmcore_sql.forms import read_parts
from crmcore_sql.frames import Frame, image_fulfils
from crmcore_sql.junction import all_of
from crmcore_sql.layout import TablesOf
from crmcore_sql.ordering import sorts, spans
from crmcore_sql.parameters import Bind, Parameters
from crmcore_sql.predicates import condition
from crmcore_sql.relations import Context, Relation
from crmcore_sql.signature import Signature

Decode = Callable[[Sequence[Any]], list[Row]]


@frozen
class Statement:
    """A statement: its text, and the function from constants to its parameters."""

    text: str
    bind: Bind


@frozen
class ListPlan:
    """The statements of a list, one after the other until `limit` (a slot; -1: none)."""

    question: object
    statements: tuple[Statement, ...]
    decode: Decode
    limit: int


def new_context(dialect: Dialect, tables: TablesOf, signature: Signature, *, past: bool) -> Context:
    """What a statement for the question of `signature` is made in."""
    parameters = Parameters(dialect.codec, signature.slots)
    context = Context(dialect, tables, signature, parameters, condition)
    if past:
        context.as_of = parameters.carry(signature.as_of, "as_of", "integer", None)
    return context


def allowed(frame: Frame, scope: Any, *, is_page: bool = False) -> list[Condition]:
    """The condition that the asker may see the records of `frame`, as they are today.

    `is_page`: the first ones in the order of ids are wanted.
    """
    if scope == TRUE:
        return []
    if not frame.past and frame.root.is_current:
        parts = scope.terms if isinstance(scope, AllOf) else (scope,)
        found = ((one, united(frame, one, is_page=is_page)) for one in parts)
        return [condition(frame, one) if made is None else made for one, made in found]
    return [image_fulfils(frame.context, frame.root.tables.module, frame.root.id, scope)]


def plan_list(
    query: BoundQuery, signature: Signature, dialect: Dialect, tables: TablesOf, engine: Engine
) -> ListPlan:
    """The prepared statements for questions of the shape of `query`."""
    past = query.as_of is not None and not query.versions
    context = new_context(dialect, tables, signature, past=past)
    module = query.module
    root = _versions(context, query) if query.versions else context.asked(module)
    frame = Frame(context, root, past)
    columns = _columns(frame, query.columns)
    terms = [] if query.where == TRUE else [condition(frame, query.where)]
    is_page = query.limit is not None and not query.order
    terms += allowed(frame, query.scope, is_page=is_page)
    statements = [
        Statement(*context.parameters.compiled(statement, engine))
        for statement in _statements(frame, query, columns, terms)
    ]
    decode = decoder(dialect.codec, [Read(ref.kind) for ref in query.columns])
    return ListPlan(query, tuple(statements), decode, signature.limit)


def _versions(context: Context, query: BoundQuery) -> Relation:
    touched_by = None
    if query.touched_by is not None:
        slot = context.signature.touched_by
        touched_by = context.parameters.listed(slot, ID_REF.kind, "id")
    return context.versions(query.module, touched_by)


def _columns(frame: Frame, refs: tuple[Ref, ...]) -> list[Expression]:
    found: list[Expression] = []
    for ref in refs:
        found += [frame.column(ref, part.suffix) for part in read_parts(ref.kind)]
    return [column.label(f"c{index}") for index, column in enumerate(found)]


def _statements(
    frame: Frame, query: BoundQuery, columns: list[Expression], terms: list[Condition]
) -> list[Select[Any]]:
    if query.versions:
        order = [frame.root.id, frame.root.stamp("version")]
        return [_statement(frame, query, columns, terms, order)]
    by_term = sorts(frame, query, frame.context.signature.after)
    found = [sort for term in by_term for sort in term]
    dialect = frame.context.dialect
    direction, can_skip = dialect.expressions.direction, dialect.indexing.skips_empties
    order = [direction(one.expression, one.descending, one.nullable) for one in found]
    return [
        _statement(
            frame, query, columns, [*terms, *span.terms], order[span.skip if can_skip else 0 :]
        )
        for span in spans(found, len(by_term[0]), query.after is not None)
    ]


def _statement(
    frame: Frame,
    query: BoundQuery,
    columns: list[Expression],
    terms: list[Condition],
    order: list[Expression],
) -> Select[Any]:
    statement = select(*columns).select_from(frame.source).order_by(*order)
    if terms:
        statement = statement.where(all_of(terms))
    if query.limit is None:
        return statement
    slot = frame.context.signature.limit
    return statement.limit(frame.context.parameters.carry(slot, "limit", "integer", None))
