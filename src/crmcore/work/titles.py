"""Titles of linked records: what people read in the place of an id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from crmcore.kinds import Link
from crmcore.kinds.reference import ANY_RECORD
from crmcore.query.bound import FALSE, ID_REF, BoundQuery, Ref, by_ids
from crmcore.records import Record
from crmcore.schema import Module
from crmcore.storage.adopted import is_untold
from crmcore.work.screening import screened, seen_columns
from crmcore.work.session import CHUNK, Session, chunks


def linked_titles(session: Session, module: Module, records: Sequence[Record]) -> dict[str, str]:
    """Record id → title of what `records` link to, where there are not too many of them."""
    rows = (record.row for record in records)
    return titles_of(session, seen_columns(session, module), rows) if len(records) <= CHUNK else {}


def titles_of(
    session: Session,
    refs: Sequence[Ref],
    rows: Iterable[Sequence[object]],
    purpose: str = "read",
) -> dict[str, str]:
    """Record id → title for every visible record that a link column of `rows` leads to.

    To `export`, only those that may be exported.
    """
    wanted: dict[str, set[str]] = {}
    places = [
        (place, kind.target)
        for place, ref in enumerate(refs)
        if isinstance(kind := ref.field.kind, Link)
        and ref.field.number > 0
        and kind.target != ANY_RECORD
        and _may_tell(session, kind.target)
    ]
    if not places:
        return {}
    for row in rows:
        for place, target in places:
            value = row[place]
            if isinstance(value, tuple):
                wanted.setdefault(target, set()).update(value)
            elif value is not None:
                wanted.setdefault(target, set()).add(value)  # type: ignore[arg-type]
    found: dict[str, str] = {}
    for target, ids in wanted.items():
        module = session.schema.module(target)
        is_kept_in = (module.name, module.title) in session.reader.kept_in
        if purpose != "export" or not is_kept_in:
            found.update(_titles(session, module, sorted(ids)))
    return found


def _may_tell(session: Session, target: str) -> bool:
    """Whether there may be a record of the module `target` that the reader sees."""
    module = session.schema.by_name.get(target)
    return module is None or session.binder.visible(module) != FALSE


def titles_by_id(session: Session, module: Module, ids: Sequence[str]) -> dict[str, str]:
    """Record id → title of those of `ids` that the reader sees."""
    return dict(_titles(session, module, ids))


def _titles(session: Session, module: Module, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    title = session.binder.shown(module).title_field
    if title is None or is_untold(session.transaction, module, session.as_of):
        return
    scope = session.binder.visible(module)
    columns = (ID_REF, Ref((), module.by_name[title.name]))
    for some in chunks(ids):
        where = by_ids(some)
        query = BoundQuery(module, columns, where, scope, as_of=session.as_of)
        for row in screened(session, module, list(session.rows(query)), columns):
            if row[1] is not None:
                yield str(row[0]), str(row[1])
