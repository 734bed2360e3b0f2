"""Records that are there no more, or only stored: what one may still be told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve

from crmcore.access import SYSTEM_USER
from crmcore.errors import NotFound
from crmcore.explaining.asking import asked_record
from crmcore.explaining.deciding import Decider
from crmcore.explaining.explanation import Obstacle, Remedy
from crmcore.query.bound import BoundQuery, Ref, Within, both, by_id, full_columns
from crmcore.query.evaluate import Row
from crmcore.records import Record, layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import ERASURE
from crmcore.work.history import change_sets, versions
from crmcore.work.merged import kept_for
from crmcore.work.screening import shown_record
from crmcore.work.session import Session, system_session


def told_record(
    session: Session, module: str, record: str, operation: str
) -> tuple[Module, Row, Obstacle | None]:
    """A record that the asker sees, or saw until it was removed, with what became of it then.

    Configurers are told of restricted records, too, and of modules that are off. Raises `NotFound`,
    `SchemaError`.
    """
    try:
        definition, row = asked_record(session, module, record, operation)
    except NotFound:
        definition = session.schema.module(module)
        stored = _stored(session, definition, record)
        if stored is not None:
            return definition, stored, None
        removed = _removed(session, definition, record)
        if removed is None:
            raise
        row, gone = removed
        # What is removed is what restoring is about.
        is_asked = operation == "restore" and gone.code == "deleted"
        return definition, row, None if is_asked else gone
    return definition, row, None


def _stored(session: Session, module: Module, record: str) -> Row | None:
    """A record that would be seen, were its person free and its module on: for configurers."""
    present, reader = session.configuration, session.reader
    user = present.users.get(reader.user)
    if not reader.may_configure or user is None:
        return None
    on = evolve(module, enabled=True, retired=False)
    modules = [on if one.name == on.name else one for one in present.schema.modules]
    free = evolve(present, restricted=None, schema=evolve(present.schema, modules=modules))
    scope = free.binder(free.reader(user, reader.now, reader.zone)).visible(on)
    return session.stored_rows(on, [record], scope).get(record)


def _removed(session: Session, module: Module, record: str) -> tuple[Row, Obstacle] | None:
    """The last image of a removed record, by which one may see it, and who removed it."""
    if module.keeping != "history":
        return None
    found = versions(session, module, by_id(record), session.binder.visible(module))
    last = found[-1] if found else None
    if last is None or last.ended_by is None:
        return None
    by = change_sets(session, {last.ended_by}).get(last.ended_by)
    if by is None:
        # A host kept what was removed without the change set that would tell of it.
        return None
    moment, user = by["moment"], str(by["user"])
    assert isinstance(moment, datetime)
    row = last.record.row
    if _is_erased(session, module, record):
        return row, Obstacle("erased", _called(session, user), since=moment)
    kept = _kept(session, module, record)
    if kept is not None:
        return row, Obstacle("merged", kept, since=moment)
    return row, Obstacle("deleted", _called(session, user), since=moment)


def _called(session: Session, user: str) -> str:
    known = session.configuration.users.get(user)
    return "system" if user == SYSTEM_USER or known is None else known.name


def _kept(session: Session, module: Module, record: str) -> str | None:
    """What people call the record that `record` was merged into, if the asker sees it."""
    kept = kept_for(session, module, record)
    if kept is None:
        return None
    row = session.stored_rows(module, [kept], session.binder.visible(module)).get(kept)
    return None if row is None else shown_record(session, module, row).title()


def _is_erased(session: Session, module: Module, record: str) -> bool:
    where = both(
        Within(Ref((), ERASURE.by_name["subject"]), (record,)),
        Within(Ref((), ERASURE.by_name["module"]), (module.name,)),
    )
    layout = layout_of(ERASURE)
    query = BoundQuery(ERASURE, full_columns(ERASURE), where)
    rows = system_session(session).rows(query)
    return any(Record(layout, row)["action"] == "erase" for row in rows)


def revived(decider: Decider, operation: str, gone: Obstacle) -> Iterator[Remedy]:
    """Restoring what was deleted, where that would allow it; what was erased never comes back."""
    if gone.code == "deleted" and decider.is_allowed(operation):
        yield Remedy("restore", "", 0)
