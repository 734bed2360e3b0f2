"""Asking for figures: groups and measures, finished by the core in exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from attrs import define, frozen

from crmcore.errors import QueryError
from crmcore.kinds import (
    Date,
    DecimalKind,
    Duration,
    Integer,
    Kind,
    Labels,
    Link,
    MultiLink,
    order_key,
)
from crmcore.query import ast
from crmcore.query.arithmetic import calculate, rounded
from crmcore.query.bound import BoundGroup, BoundMeasure, BoundSummary
from crmcore.query.evaluate import Row
from crmcore.query.text import parse_path
from crmcore.tables import Table, TableColumn
from crmcore.work import noting
from crmcore.work.arguments import of_type
from crmcore.work.permitting import reported
from crmcore.work.session import Session
from crmcore.work.titles import titles_of

AVERAGE_SCALE = 6
_LABELS = {
    "count": ("数量", "Count"),
    "count_distinct": ("去重数量", "Distinct count"),
    "sum": ("合计", "Sum"),
    "min": ("最小", "Minimum"),
    "max": ("最大", "Maximum"),
    "avg": ("平均", "Average"),
}


@frozen
class _Figure:
    """One measure as asked for, and where its stored parts lie in a row."""

    asked: ast.Measure | ast.Ratio
    column: TableColumn
    places: tuple[int, ...]


@define
class _Plan:
    groups: list[BoundGroup]
    columns: list[TableColumn]
    measures: list[BoundMeasure]
    figures: list[_Figure]


def summarize(session: Session, asked: ast.Summary, as_of: int | None, zone: str) -> Table:
    """The summary as a table: dimensions, then measures; groups ordered as records are."""
    plan = _plan(session, of_type("summary", asked, ast.Summary))
    module = session.schema.module(asked.module)
    query = BoundSummary(
        module,
        tuple(plan.groups),
        tuple(plan.measures),
        session.binder.condition(module, asked.where),
        reported(session, module),
        as_of,
    )
    rows = [row for batch in session.transaction.summarize(query) for row in batch]
    titles = titles_of(session, [group.ref for group in plan.groups], rows)
    refs = [one.ref for one in plan.groups]
    refs += [one.ref for one in plan.measures if one.ref is not None]
    noting.summarized(session, asked, module.name, refs, len(rows))
    finished = [_finished(plan, row) for row in rows]
    finished = _ordered(plan, asked, finished, titles)
    if asked.total and plan.groups:
        finished.append(_total(session, plan, query))
    return Table.from_batches(
        [*plan.columns, *(one.column for one in plan.figures)],
        [finished],
        titles=titles,
        zone=zone,
    )


def _plan(session: Session, asked: ast.Summary) -> _Plan:
    module = session.schema.module(asked.module)
    plan = _Plan([], [], [], [])
    for group in asked.by:
        bound = session.binder.group(module, group)
        plan.groups.append(bound)
        plan.columns.append(_group_column(group, bound))
    for one in asked.measures or (ast.Measure("count"),):
        plan.figures.append(_figure(session, asked, plan, one))
    names = [column.name for column in (*plan.columns, *(one.column for one in plan.figures))]
    for name in names:
        if names.count(name) > 1:
            raise QueryError("name_taken", name=name)
    return plan


def _group_column(group: ast.GroupBy, bound: BoundGroup) -> TableColumn:
    unit = None if group.bucket is None else group.bucket.unit
    names = [*(step.link.name for step in bound.ref.steps), bound.ref.field.name]
    name = group.name or "_".join(names if unit is None else [*names, unit])
    kind: Kind = bound.ref.kind
    if unit is not None:
        kind = Integer() if unit in ("weekday", "hour") else Date()
    return TableColumn(name, bound.ref.field.label, kind, "dimension", unit)


def _figure(
    session: Session, asked: ast.Summary, plan: _Plan, one: ast.Measure | ast.Ratio
) -> _Figure:
    start = len(asked.by)
    if isinstance(one, ast.Ratio):
        known = {figure.column.name: index for index, figure in enumerate(plan.figures)}
        for name in (one.numerator, one.denominator):
            if name not in known:
                raise QueryError("unknown_column", name=name, known=", ".join(known))
        column = TableColumn(one.name, Labels(), DecimalKind(AVERAGE_SCALE), "measure")
        return _Figure(one, column, (known[one.numerator], known[one.denominator]))
    module = session.schema.module(asked.module)
    parts = session.binder.measure(module, one)
    places = tuple(range(start + len(plan.measures), start + len(plan.measures) + len(parts)))
    plan.measures.extend(parts)
    return _Figure(one, _measure_column(one, parts), places)


def _measure_column(one: ast.Measure, parts: Sequence[BoundMeasure]) -> TableColumn:
    ref = parts[0].ref
    name = one.name or "_".join((one.function, *one.path))
    zh, en = _LABELS[one.function]
    label = Labels(zh, en)
    kind: Kind = Integer()
    if ref is not None:
        label = Labels(
            f"{ref.field.label.shown('zh', ref.field.name)}{zh}",
            f"{en} of {ref.field.label.shown('en', ref.field.name)}",
        )
        name = one.name or f"{one.function}_{ref.field.name}"
        if one.function in ("sum", "min", "max"):
            kind = ref.kind
        elif one.function == "avg":
            kind = ref.kind if isinstance(ref.kind, Duration) else DecimalKind(AVERAGE_SCALE)
    return TableColumn(name, label, kind, "measure")


def _finished(plan: _Plan, row: Row) -> Row:
    values: list[object] = []
    for one in plan.figures:
        if isinstance(one.asked, ast.Ratio):
            first, second = (values[place] for place in one.places)
            values.append(quotient(first, second))
        elif one.asked.function == "avg":
            total, count = (row[place] for place in one.places)
            values.append(quotient(total, count))
        else:
            values.append(row[one.places[0]])
    return (*row[: len(plan.groups)], *values)


def quotient(total: object, count: object) -> object:
    """`total / count`, exact to 28 digits, then at scale 6; empty over nothing or by zero."""
    if total is None or count is None or not count:
        return None
    if isinstance(count, int) and not isinstance(total, (int, Decimal)):
        return total // count  # type: ignore[operator]
    found = calculate("/", Decimal(total), Decimal(count))  # type: ignore[arg-type]
    return None if found is None else rounded(found, AVERAGE_SCALE)


def _sort_value(column: TableColumn, value: object, titles: dict[str, str]) -> tuple[object, ...]:
    if value is None:
        return (0,)
    if isinstance(column.kind, Link) and not isinstance(column.kind, MultiLink):
        title = titles.get(str(value), "")
        return (1, order_key(title), title, value)
    if column.role == "measure" and isinstance(value, tuple):
        return (1, *(amount.amount for amount in value))
    return (1, column.kind.sort_key(value))


def _ordered(plan: _Plan, asked: ast.Summary, rows: list[Row], titles: dict[str, str]) -> list[Row]:
    columns = [*plan.columns, *(one.column for one in plan.figures)]
    names = [column.name for column in columns]
    for place in reversed(range(len(plan.groups))):
        column = plan.columns[place]
        rows.sort(key=lambda row: _sort_value(column, row[place], titles))
    for term in reversed(asked.order):
        name = ".".join(term.path)
        if name not in names:
            raise QueryError("unknown_column", name=name, known=", ".join(names))
        place = names.index(name)
        column = columns[place]
        rows.sort(
            key=lambda row: _sort_value(column, row[place], titles),
            reverse=term.descending,
        )
    return rows if asked.limit is None else rows[: asked.limit]


def _total(session: Session, plan: _Plan, query: BoundSummary) -> Row:
    whole = BoundSummary(query.module, (), query.measures, query.where, query.scope, query.as_of)
    row = next(row for batch in session.transaction.summarize(whole) for row in batch)
    padded = (*(None for _ in plan.groups), *row)
    return _finished(plan, padded)


def measure_of(text: str) -> ast.Measure:
    """The measure that `sum:金额` or `count` means in short form."""
    function, _, path = text.partition(":")
    return ast.Measure(function.strip(), parse_path(path) if path.strip() else ())
