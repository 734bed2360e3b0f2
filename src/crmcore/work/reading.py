"""Asking: lists, single records and pages, for the reader of a session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from crmcore.errors import AccessDenied, NotFound, QueryError
from crmcore.kinds import Kind, Labels, LongText
from crmcore.query import ast
from crmcore.query.bound import (
    FALSE,
    ID_REF,
    BoundNode,
    BoundQuery,
    IsEmpty,
    Negation,
    Ref,
    both,
    by_id,
)
from crmcore.query.build import Expression, to_node
from crmcore.query.evaluate import Row
from crmcore.query.text import parse_order, parse_path
from crmcore.records import Layout, Record, layout_of
from crmcore.records.erased import Erased
from crmcore.schema import Module
from crmcore.tables import Table, TableColumn
from crmcore.work import noting
from crmcore.work.arguments import of_type, record_id, several
from crmcore.work.counting import counted_anew, withheld
from crmcore.work.cursors import question_mark, read_cursor, write_cursor
from crmcore.work.erasing import marked
from crmcore.work.leaving import check_leaving
from crmcore.work.page import Page
from crmcore.work.permitting import allowed
from crmcore.work.screening import masks_of, screened, seen_columns
from crmcore.work.session import Session
from crmcore.work.titles import linked_titles, titles_of

Where = str | Expression | ast.Node | None
OrderLike = str | Sequence[str | ast.OrderBy] | None
Columns = Sequence[str | tuple[str, ...]]
MAX_LIMIT = 1_000_000


@frozen
class Question:
    """A list as asked for: checked, but not yet bound."""

    module: Module
    where: ast.Node | None
    order: tuple[ast.OrderBy, ...]
    limit: int | None
    after: str | None
    as_of: int | None
    purpose: str = "read"


def question(
    session: Session,
    module: str,
    where: Where,
    order: OrderLike,
    limit: int | None,
    after: str | None,
    as_of: int | None,
) -> Question:
    """The question that the arguments of `find` ask; raises `QueryError`, `SchemaError`."""
    if limit is not None and not (type(limit) is int and 1 <= limit <= MAX_LIMIT):
        raise QueryError("bad_limit", limit=MAX_LIMIT)
    definition = session.schema.module(module)
    node = None if where is None else to_node(where)
    return Question(definition, node, _order(order), limit, after, as_of)


def _order(order: OrderLike) -> tuple[ast.OrderBy, ...]:
    if order is None:
        return ()
    if isinstance(order, str):
        return parse_order(order)
    found: list[ast.OrderBy] = []
    for one in several("order", order):
        found.extend(
            parse_order(one) if isinstance(one, str) else (of_type("order", one, ast.OrderBy),)
        )
    return tuple(found)


def record_columns(session: Session, module: Module) -> tuple[Ref, ...]:
    """The places of a record as the reader sees it: stored columns, then those behind links."""
    binder = session.binder
    columns = seen_columns(session, module)
    linked = [one for one in binder.shown(module).live if not one.stored]
    if not linked:
        return columns
    return (*columns, *(binder.column(module, (one.name,)) for one in linked))


def _finished(
    session: Session, module: Module, rows: Sequence[Row], columns: Sequence[Ref], id_place: int = 0
) -> Sequence[Row]:
    """`rows` as they are shown: roll-ups counted in the reader's scope, masks over values."""
    hidden = withheld(session, module, columns)
    counted = counted_anew(session, rows, hidden, id_place)
    return screened(session, module, counted, columns, id_place)


def _told(session: Session, columns: Sequence[Ref], rows: Sequence[Row]) -> Sequence[Row]:
    """`rows` of records; of the past, with what was erased since told from what was empty."""
    return rows if session.as_of is None else marked(session, columns, rows)


def get(session: Session, module: str, record: str, as_of: int | None = None) -> Record:
    """One record the reader may see; raises `NotFound`."""
    definition = session.schema.module(module)
    record = record_id(record, definition.name)
    scope = session.binder.visible(definition)
    columns = record_columns(session, definition)
    query = BoundQuery(definition, columns, by_id(record), scope, as_of=as_of)
    for batch in session.transaction.select(query):
        for row in _finished(session, definition, _told(session, columns, batch), columns):
            noting.opened(session, definition.name, columns, record)
            return Record(layout_of(session.binder.shown(definition)), row)
    raise NotFound("not_found", module=definition.name, record=record)


def find(session: Session, asked: Question, zone: str) -> Page:
    """A page of records."""
    module = asked.module
    columns = record_columns(session, module)
    plan = _Plan.of(session, asked, columns)
    layout = layout_of(session.binder.shown(module))
    rows = list(plan.rows(session))
    following = None
    if asked.limit is not None and len(rows) > asked.limit:
        rows = rows[: asked.limit]
        following = plan.cursor(rows[-1])
    rows = list(_finished(session, module, _told(session, columns, rows), columns))
    width = len(columns)
    if rows and len(rows[0]) > width:
        rows = [row[:width] for row in rows]
    records = [Record(layout, row) for row in rows]
    noting.listed(session, module.name, columns, asked.where, len(records))
    hint = None
    if not records and session.binder.visible(module) == FALSE:
        hint = str(AccessDenied("not_allowed", module=module.name, operation="read"))
    titles = linked_titles(session, module, records)
    return Page(records, lambda: _record_table(layout, records, titles, zone), following, hint)


def find_table(session: Session, asked: Question, columns: Columns, zone: str) -> Table:
    """Chosen columns of a list, as a table; links show the title of their target."""
    module = asked.module
    paths = [
        parse_path(one) if isinstance(one, str) else of_type("columns", one, tuple)
        for one in several("columns", columns)
    ]
    refs = tuple(session.binder.column(module, path) for path in paths)
    if asked.purpose == "export":
        check_leaving(session, module, paths)
    masks = masks_of(session, module, refs)
    needs_ids = bool(masks or withheld(session, module, refs))
    width = len(refs)
    asked_for = (*refs, ID_REF) if needs_ids else refs
    rows: Sequence[Row] = list(_Plan.of(session, asked, asked_for).rows(session))
    if needs_ids:
        rows = _finished(session, module, rows, asked_for, width)
    rows = [row[:width] for row in rows]
    if asked.limit is not None:
        rows = rows[: asked.limit]
    noting.listed(session, module.name, refs, asked.where, len(rows))
    shown = [
        table_column(path, ref, is_masked=place in masks)
        for place, (path, ref) in enumerate(zip(paths, refs, strict=True))
    ]
    found = titles_of(session, refs, rows, asked.purpose)
    return Table.from_batches(shown, [rows], titles=found, zone=zone)


def table_column(path: tuple[str, ...], ref: Ref, *, is_masked: bool = False) -> TableColumn:
    """A column of a result, named by its path and labeled as its field is; masks are texts."""
    names = [step.link.name for step in ref.steps]
    name = ".".join((*names, ref.field.name)) if len(path) == len(names) + 1 else ".".join(path)
    is_text = is_masked and ref.field.number > 0
    return TableColumn(name, ref.field.label, LongText() if is_text else ref.kind)


@frozen
class _Plan:
    """The bound parts of a question; more than one where empties come last."""

    queries: tuple[BoundQuery, ...]
    kinds: tuple[Kind, ...]
    mark: str
    place: int
    """Where the values begin that the order is made by, in rows of a page."""
    limit: int | None

    @classmethod
    def of(cls, session: Session, asked: Question, columns: tuple[Ref, ...]) -> _Plan:
        binder, module = session.binder, asked.module
        where = binder.condition(module, asked.where)
        order = tuple(binder.order(module, term) for term in asked.order)
        keys = (*(term.ref for term in order), ID_REF)
        kinds = tuple(ref.kind for ref in keys)
        mark = question_mark(module.name, asked.where, asked.order)
        limit = None if asked.limit is None else asked.limit + 1
        # Records begin with their id, which is all that a list in no other order needs.
        is_there = limit is None or (not order and columns[:1] == (ID_REF,))
        query = BoundQuery(
            module,
            columns if is_there else (*columns, *keys),
            where,
            binder.visible(module) if asked.purpose == "read" else _for(session, asked),
            order,
            None if asked.after is None else read_cursor(mark, kinds, asked.after),
            limit,
            asked.as_of,
        )
        place = 0 if is_there else len(columns)
        return cls(_ranges(query, asked.order), kinds, mark, place, limit)

    def rows(self, session: Session) -> Iterator[Row]:
        """Rows of all ranges, in order, up to the limit."""
        left = self.limit
        for query in self.queries:
            if left != query.limit:
                query = evolve(query, limit=left)
            for batch in session.transaction.select(query):
                yield from batch
                left = None if left is None else left - len(batch)
            if left == 0:
                return

    def cursor(self, row: Row) -> str:
        """The cursor behind `row`."""
        return write_cursor(self.mark, self.kinds, row[self.place :][: len(self.kinds)])


def _for(session: Session, asked: Question) -> BoundNode:
    return allowed(session, asked.module, "read", asked.purpose)


def _ranges(query: BoundQuery, order: Sequence[ast.OrderBy]) -> tuple[BoundQuery, ...]:
    last = [index for index, one in enumerate(order) if one.empties == "last"]
    ascending = [index for index in last if not order[index].descending]
    if not ascending:
        return (query,)
    if ascending != [0]:
        raise QueryError("empties_last_first")
    empty: BoundNode = IsEmpty(query.order[0].ref)
    present = evolve(query, where=both(query.where, Negation(empty)))
    absent = evolve(query, where=both(query.where, empty))
    if query.after is None:
        return (present, absent)
    if query.after[0] is None:
        return (absent,)
    return (present, evolve(absent, after=None))


def _record_table(
    layout: Layout, records: Sequence[Record], titles: dict[str, str], zone: str
) -> Table:
    fields = [layout.module.by_name[name] for name in layout.names]
    columns = [TableColumn("id", Labels("记录编号", "Record ID"), ID_REF.kind)]
    columns += [TableColumn(one.name, one.label, one.kind) for one in fields]
    places = [0, *(layout.index[name] for name in layout.names)]
    rows = [tuple([_plain(record.row[place]) for place in places]) for record in records]
    return Table.from_batches(columns, [rows], titles=titles, zone=zone)


def _plain(value: object) -> object:
    return None if isinstance(value, Erased) else value
