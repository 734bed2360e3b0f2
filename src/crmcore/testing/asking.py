"""Questions as data: who asks what, bound like the door binds it, and the answer compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Final

from attrs import define, evolve, field, frozen

from crmcore.kinds import Date, DateTime, Link, Text
from crmcore.query import ast
from crmcore.query.bind import Binder
from crmcore.query.bound import (
    ID_REF,
    TRUE,
    BoundQuery,
    BoundSummary,
    Ref,
    full_columns,
)
from crmcore.query.reader import Parameter, Reader
from crmcore.schema import ENDINGS, Schema
from crmcore.storage import Row, Transaction
from crmcore.testing.rows import BEGINNING, USER_ID

ZONE: Final = "Asia/Shanghai"
_NOW: Final = BEGINNING + timedelta(days=1)


@define(frozen=True, slots=False)
class Asker:
    """Who asks: everything is open to the system, else what `scopes` let through.

    `scopes` maps modules to the condition under which a record may be read; a module that
    is not named may not be read at all.
    """

    scopes: Mapping[str, ast.Node] | None = None
    department: str | None = None

    @cached_property
    def reader(self) -> Reader:
        """The reader that questions are bound for."""
        parameters = {
            "me": Parameter(Link("crm_user"), USER_ID),
            "me.department": Parameter(Text(), self.department),
            "now": Parameter(DateTime(), _NOW),
            "today": Parameter(Date(), _NOW.date()),
        }
        scopes = {(module, "read"): scope for module, scope in (self.scopes or {}).items()}
        return Reader(USER_ID, _NOW, ZONE, parameters, scopes, system=self.scopes is None)


SYSTEM: Final = Asker()
"""Whoever may see everything."""


@frozen
class Listing:
    """A list; with `page` it is asked for page by page, and all pages are compared."""

    query: ast.Query
    asker: Asker = SYSTEM
    as_of: int | None = None
    page: int | None = None


@frozen
class Figures:
    """A summary."""

    summary: ast.Summary
    asker: Asker = SYSTEM
    as_of: int | None = None


@frozen
class Past:
    """All versions of the records of `module` that fulfil `where`, with what ended them."""

    module: str
    where: ast.Node | None = None
    asker: Asker = SYSTEM
    touched_by: tuple[str, ...] | None = field(default=None)


Ask = Listing | Figures | Past


def bind(schema: Schema, ask: Ask) -> BoundQuery | BoundSummary:
    """`ask` as a bound question; raises `QueryError`, `SchemaError`."""
    binder = Binder(schema, ask.asker.reader)
    if isinstance(ask, Listing):
        return _bound_list(binder, ask)
    if isinstance(ask, Figures):
        return _bound_summary(binder, ask)
    module = schema.module(ask.module)
    endings = tuple(Ref((), one) for one in ENDINGS)
    return BoundQuery(
        module,
        (*full_columns(module), *endings),
        binder.condition(module, ask.where),
        binder.visible(module),
        versions=True,
        touched_by=ask.touched_by,
    )


def _bound_list(binder: Binder, ask: Listing) -> BoundQuery:
    query = ask.query
    module = binder.schema.module(query.module)
    order = tuple(binder.order(module, term) for term in query.order)
    columns = tuple(binder.column(module, path) for path in query.columns)
    if ask.page is not None:
        # The last row of a page tells where the next one begins.
        columns = (*columns, *(term.ref for term in order), ID_REF)
    return BoundQuery(
        module,
        columns or (ID_REF,),
        binder.condition(module, query.where),
        binder.visible(module),
        order,
        limit=query.limit,
        as_of=ask.as_of,
    )


def _bound_summary(binder: Binder, ask: Figures) -> BoundSummary:
    summary = ask.summary
    module = binder.schema.module(summary.module)
    measures = [one for one in summary.measures if isinstance(one, ast.Measure)]
    return BoundSummary(
        module,
        tuple(binder.group(module, group) for group in summary.by),
        tuple(part for one in measures for part in binder.measure(module, one)),
        binder.condition(module, summary.where),
        binder.visible(module),
        ask.as_of,
    )


def answer(transaction: Transaction, ask: Ask, bound: BoundQuery | BoundSummary) -> list[str]:
    """The answer as lines that are equal only for equal values of equal types."""
    if isinstance(bound, BoundSummary):
        found = [exact_row(row) for batch in transaction.summarize(bound) for row in batch]
        # The groups of a summary come in no stated order.
        return sorted(found)
    if isinstance(ask, Listing) and ask.page is not None:
        return [exact_row(row) for row in _pages(transaction, bound, ask.page)]
    return [exact_row(row) for batch in transaction.select(bound) for row in batch]


def _pages(transaction: Transaction, bound: BoundQuery, size: int) -> Iterator[Row]:
    width = len(bound.order) + 1
    left = bound.limit
    page = evolve(bound, limit=size)
    cursors: set[str] = set()
    while True:
        rows = [row for batch in transaction.select(page) for row in batch]
        yield from rows if left is None else rows[:left]
        left = None if left is None else left - len(rows)
        if len(rows) != size or (left is not None and left <= 0):
            return
        page = evolve(page, after=rows[-1][-width:])
        cursor = exact_row(rows[-1][-width:])
        if cursor in cursors:
            # A store that goes round in a circle has told enough to differ.
            return
        cursors.add(cursor)


def is_selective(transaction: Transaction, bound: BoundQuery | BoundSummary) -> bool:
    """Whether the condition holds for some of the visible records, but not for all."""
    if bound.where == TRUE:
        return False
    listing = BoundQuery(bound.module, (ID_REF,), scope=bound.scope, as_of=bound.as_of)
    visible = sum(map(len, transaction.select(listing)))
    found = sum(map(len, transaction.select(evolve(listing, where=bound.where))))
    return 0 < found < visible


def exact_row(row: Sequence[object]) -> str:
    """A row as a text that is equal only for equal values of equal types."""
    return "(" + ", ".join(exact(value) for value in row) + ")"


def exact(value: object) -> str:
    """A value as a text that tells its type, scale, zone and typed form."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return f"{value!r}" if isinstance(value, (str, tuple)) else f"{type(value).__name__} {value!r}"
