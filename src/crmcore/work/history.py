"""The history of records: their versions, and what each change changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from attrs import evolve, frozen

from crmcore.errors import NotFound, StorageError
from crmcore.kinds import Link
from crmcore.query.bound import (
    ID_REF,
    BoundNode,
    BoundQuery,
    Ref,
    Within,
    by_id,
    full_columns,
)
from crmcore.query.evaluate import Row
from crmcore.records import Layout, Record, layout_of
from crmcore.schema import ENDINGS, Module
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work.erasing import marked
from crmcore.work.generations import translation
from crmcore.work.permitting import knows_positions
from crmcore.work.screening import fields_told
from crmcore.work.session import Session

ChangeKind = Literal["created", "updated", "removed"]


@frozen
class Version:
    """One version of a record, and how it ended: by which change set, and by removal or not."""

    record: Record
    ended_by: str | None
    is_removed: bool


@frozen
class Change:
    """One change of one record: who, when, by which operation, and what from what to what.

    `position` is `None` until the change is sealed, and for whom positions are not told.
    """

    module: str
    record: str
    kind: ChangeKind
    version: int
    user: str
    moment: datetime
    operation: str
    position: int | None
    fields: Mapping[str, tuple[object, object]]


def version_columns(module: Module) -> tuple[Ref, ...]:
    """The columns of a reading of versions: a full row, then the endings."""
    return (*full_columns(module), *(Ref((), one) for one in ENDINGS))


def versions(
    session: Session,
    module: Module,
    where: BoundNode,
    scope: BoundNode,
    touched_by: tuple[str, ...] | None = None,
) -> list[Version]:
    """Versions of `module` that fulfil `where`, by id and version."""
    layout = layout_of(module)
    columns = version_columns(module)
    translated = translation(session, module, layout.index, len(columns))
    if translated is None:
        query = BoundQuery(module, columns, where, scope, versions=True, touched_by=touched_by)
        return _versions(session, layout, columns, list(session.rows(query)))
    columns = (*columns, *translated.columns)
    asked, touched = translated.module, touched_by
    query = BoundQuery(asked, columns, where, scope, versions=True, touched_by=touched)
    return _versions(session, layout, columns, translated.read(list(session.rows(query))))


def _versions(
    session: Session, layout: Layout, columns: Sequence[Ref], rows: Sequence[Row]
) -> list[Version]:
    return [_version(layout, row) for row in marked(session, columns[: layout.stored], rows)]


def _version(layout: Layout, row: Row) -> Version:
    ended_by = row[layout.stored]
    record = Record(layout, (*row[: layout.stored], *_linked_gap(layout)))
    return Version(record, None if ended_by is None else str(ended_by), bool(row[-1]))


def _linked_gap(layout: Layout) -> tuple[None, ...]:
    return (None,) * (len(layout.columns) - layout.stored)


def history(session: Session, module: Module, record: str) -> list[Change]:
    """All changes of one record, oldest first.

    Raises `NotFound`, and `StorageError` (`change_set_missing`) where a host kept what was
    written without the change set that would tell of it.
    """
    scope = session.binder.visible(module)
    found = versions(session, module, by_id(record), scope)
    if not found:
        raise NotFound("not_found", module=module.name, record=record)
    told = fields_told(session, module, record)
    wanted = {str(one.record.row[6]) for one in found}
    wanted |= {one.ended_by for one in found if one.ended_by}
    sets = change_sets(session, wanted)
    lost = min(wanted - sets.keys(), default=None)
    if lost is not None:
        raise StorageError("change_set_missing", module=module.name, record=record, change_set=lost)
    changes: list[Change] = []
    is_placed = knows_positions(session)
    former: Record | None = None
    for one in found:
        kind: ChangeKind = "created" if former is None else "updated"
        fields = told(difference(former, one.record))
        if fields or kind == "created":
            changes.append(_change(one.record, kind, sets[str(one.record.row[6])], fields))
        former = one.record
        if one.is_removed and one.ended_by is not None:
            changes.append(_change(one.record, "removed", sets[one.ended_by], {}))
            former = None
    return changes if is_placed else [evolve(one, position=None) for one in changes]


def was_seen(session: Session, module: Module, record: str) -> bool:
    """Whether there is, or was at last, such a record that the reader may see."""
    scope = session.binder.visible(module)
    query = BoundQuery(module, (ID_REF,), by_id(record), scope, versions=True, limit=1)
    return any(True for _ in session.rows(query))


def _change(
    record: Record,
    kind: ChangeKind,
    change_set: Record,
    fields: Mapping[str, tuple[object, object]],
) -> Change:
    position, moment = change_set["position"], change_set["moment"]
    assert isinstance(moment, datetime)
    return Change(
        record.module,
        record.id,
        kind,
        record.version,
        str(change_set["user"]),
        moment,
        str(change_set["operation"]),
        position if isinstance(position, int) else None,
        fields,
    )


def difference(former: Record | None, record: Record) -> dict[str, tuple[object, object]]:
    """Field → (former value, new value) for every field that differs, typed forms included."""
    found: dict[str, tuple[object, object]] = {}
    for name in record:
        before, after = None if former is None else former[name], record[name]
        if not same(before, after):
            found[name] = (before, after)
    return found


def same(first: object, second: object) -> bool:
    """Whether two values are the same to the letter, as they were typed."""
    return first == second and getattr(first, "typed", None) == getattr(second, "typed", None)


def change_sets(session: Session, ids: set[str]) -> dict[str, Record]:
    """The change sets of `ids`, by id."""
    layout = layout_of(CHANGE_SET)
    rows = session.stored_rows(CHANGE_SET, sorted(ids))
    return {record: Record(layout, row) for record, row in rows.items()}


def change_sets_of(session: Session, operation: str) -> list[str]:
    """The ids of the change sets of an operation (its record id), in order."""
    link = Ref((), CHANGE_SET.by_name["operation"])
    assert isinstance(link.kind, Link)
    step = Ref((), CHANGE_SET.by_name["step"])
    query = BoundQuery(CHANGE_SET, (ID_REF, step), Within(link, (operation,)))
    found = sorted(session.rows(query), key=lambda row: (row[1] or 0, row[0]))
    return [str(row[0]) for row in found]
