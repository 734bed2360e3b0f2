"""The change feed: sealed change sets in order, with what the asker may see of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import frozen

from crmcore.errors import AccessDenied
from crmcore.query.bound import (
    FALSE,
    TRUE,
    BoundNode,
    BoundOrder,
    BoundQuery,
    Comparison,
    Const,
    Ref,
    full_columns,
)
from crmcore.records import Record, layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import CHANGE_SET
from crmcore.work.history import ChangeKind, versions
from crmcore.work.sealing import seal_waiting
from crmcore.work.session import Session
from crmcore.work.store import Principal, Store

PAGE = 200


@frozen
class Entry:
    """One record that a change set wrote."""

    module: str
    record: str
    kind: ChangeKind
    version: int


@frozen
class ChangeSet:
    """What one commit did, at a position of the workspace's one order."""

    id: str
    position: int
    moment: datetime
    user: str
    origin: str | None
    operation: str
    entries: tuple[Entry, ...]


def feed_of(
    store: Store, principal: Principal, after: int, origin_not: str | None
) -> Iterator[ChangeSet]:
    """The feed for `principal`, everything sealed before; raises `AccessDenied` at once.

    Each page is read with the rights of its moment: whoever loses them has no further one.
    """
    with store.reading(principal) as session:
        _scope(session)

    def read() -> Iterator[ChangeSet]:
        seal_waiting(store.backend)
        last = after
        while True:
            with store.reading(principal) as session:
                page = _page(session, last)
                found = [
                    _change_set(session, one)
                    for one in page
                    if origin_not is None or one["origin"] != origin_not
                ]
            yield from found
            if len(page) < PAGE:
                return
            last = int(str(page[-1]["position"]))

    return read()


def _scope(session: Session) -> BoundNode:
    """The change sets that the reader may know of; raises `AccessDenied` where there are none."""
    scope = session.binder.visible(CHANGE_SET)
    if scope == FALSE:
        raise AccessDenied("not_allowed", module=CHANGE_SET.name, operation="read")
    return scope


def _page(session: Session, after: int) -> list[Record]:
    position = Ref((), CHANGE_SET.by_name["position"])
    where = Comparison(">", position, Const(after, position.kind))
    order = (BoundOrder(position),)
    columns, scope = full_columns(CHANGE_SET), _scope(session)
    query = BoundQuery(CHANGE_SET, columns, where, scope, order=order, limit=PAGE)
    layout = layout_of(CHANGE_SET)
    return [Record(layout, row) for row in session.rows(query)]


def _change_set(session: Session, record: Record) -> ChangeSet:
    summary, moment, position = record["summary"], record["moment"], record["position"]
    assert isinstance(moment, datetime)
    assert isinstance(position, int)
    entries: list[Entry] = []
    for name in sorted(summary) if isinstance(summary, dict) else ():
        module = session.schema.by_name.get(name)
        if module is not None and module.keeping == "history":
            entries.extend(_entries(session, module, record.id))
    origin = record["origin"]
    return ChangeSet(
        record.id,
        position,
        moment,
        str(record["user"]),
        None if origin is None else str(origin),
        str(record["operation"]),
        tuple(entries),
    )


def _entries(session: Session, module: Module, change_set: str) -> Iterator[Entry]:
    scope = session.binder.visible(module)
    for one in versions(session, module, TRUE, scope, (change_set,)):
        record = one.record
        if record.row[6] == change_set:
            is_first = record.created_at == record.updated_at and record.version == 1
            yield Entry(
                module.name, record.id, "created" if is_first else "updated", record.version
            )
        if one.is_removed and one.ended_by == change_set:
            yield Entry(module.name, record.id, "removed", record.version)
