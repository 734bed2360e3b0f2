"""What a batch update would do, before it is done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import evolve, frozen

from crmcore.editing.change import BatchChange, bound_change, counted
from crmcore.errors import Problem
from crmcore.kinds import Labels, Link
from crmcore.query.bound import ID_REF, TRUE, BoundQuery, Negation, Ref, both
from crmcore.tables import Table, TableColumn
from crmcore.work import Workspace
from crmcore.work.reading import Where, table_column
from crmcore.work.screening import masks_of, screened
from crmcore.work.session import Session
from crmcore.work.titles import titles_of

SAMPLE: Final = 10


@frozen
class Preview:
    """What an update would do: how many records are found, and how many of them change.

    `sample` shows the first of those that change, each field before and after. With
    `problems` the update would be refused.
    """

    module: str
    count: int
    changing: int
    sample: Table
    problems: tuple[Problem, ...]


def preview(
    crm: Workspace,
    module: str,
    where: Where,
    changes: Mapping[str, object],
    *,
    sample: int = SAMPLE,
) -> Preview:
    """What `update` would do with the same arguments; nothing is written.

    Raises `QueryError`, `SchemaError` and `AccessDenied`; values that do not fit, and
    records outside what the user may change, are among the problems.
    """
    with crm._store.reading(crm.principal) as session:
        change = bound_change(session, module, where, changes)
        count = counted(session, change, change.found)
        changing = counted(session, change, change.chosen)
        problems = [*change.problems, *_outside(session, change)]
        shown = _sample(session, change, max(sample, 0))
    return Preview(change.module.name, count, changing, shown, tuple(problems))


def _outside(session: Session, change: BatchChange) -> list[Problem]:
    if change.allowed == TRUE:
        return []
    count = counted(session, change, both(change.found, Negation(change.allowed)))
    return [Problem("outside_scope", {}, change.module.name)] if count else []


def _sample(session: Session, change: BatchChange, limit: int) -> Table:
    module = change.module
    known = module.title_field
    if known is not None and known.name not in session.binder.shown(module).by_name:
        known = None
    refs = [ID_REF if known is None else Ref((), known), *(Ref((), one) for one in change.fields)]
    asked = (*refs, ID_REF)
    query = BoundQuery(module, asked, change.chosen, change.scope, limit=limit or 1)
    found = list(session.rows(query))[:limit]
    after = [change.constants[one.name] for one in change.fields]
    rows = [
        (row[0], *(value for pair in zip(row[1:-1], after, strict=True) for value in pair))
        for row in screened(session, module, found, asked, len(refs))
    ]
    masks = masks_of(session, module, refs)
    columns = [table_column((refs[0].field.name,), refs[0], is_masked=0 in masks)]
    for place, one in enumerate(change.fields, 1):
        zh, en = one.label.shown("zh", one.name), one.label.shown("en", one.name)
        before = table_column((one.name,), refs[place], is_masked=place in masks)
        columns.append(evolve(before, name=f"{one.name}.before"))
        columns.append(TableColumn(f"{one.name}.after", Labels(f"→ {zh}", f"→ {en}"), one.kind))
    titles = _titles(session, change, rows)
    zone = session.reader.zone
    return Table.from_batches(columns, [rows], titles=titles, zone=zone)


def _titles(
    session: Session, change: BatchChange, rows: list[tuple[object, ...]]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, one in enumerate(change.fields):
        if isinstance(one.kind, Link):
            values = [(row[1 + 2 * place + side],) for row in rows for side in (0, 1)]
            found.update(titles_of(session, [Ref((), one)], values))
    return found
