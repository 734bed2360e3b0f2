"""What waits for approval, for who may decide it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from crmcore.errors import SchemaError
from crmcore.query.bound import (
    ID_REF,
    BoundOrder,
    BoundQuery,
    Ref,
    Within,
    by_ids,
    full_columns,
    stamp_ref,
)
from crmcore.query.evaluate import Row
from crmcore.records import Record, layout_of
from crmcore.schema.reserved import CHANGE_REQUEST, SETTING
from crmcore.work import Workspace
from crmcore.work.parking import APPROVALS, ASKED
from crmcore.work.screening import fields_told
from crmcore.work.session import Session


@frozen
class ChangeRequest:
    """A change that waits: `changes` maps a field to what it holds and what it shall hold."""

    id: str
    module: str
    record: str
    user: str
    changes: Mapping[str, tuple[object, object]]
    state: str


def guard(crm: Workspace, module: str, fields: Sequence[str]) -> None:
    """From now on `fields` of `module` change only with a second person's approval.

    No fields: they change freely again. Needs the right to change settings.
    """
    definition = crm.schema.module(module)
    names = [definition.field(name).name for name in fields]
    if any(definition.by_name[name].computed for name in names):
        raise SchemaError("not_stored", module=definition.name, name=", ".join(names))
    with crm.work(reason="approvals") as work:
        # As the transaction sees them: this process may not have looked since they changed.
        present = work._unit.session.configuration.settings.get(APPROVALS)
        known = dict(present) if isinstance(present, Mapping) else {}
        known.pop(definition.name, None)
        if names:
            known[definition.name] = names
        work.upsert(SETTING.name, {"name": APPROVALS}, {"value": known or None})


def waiting(crm: Workspace) -> list[ChangeRequest]:
    """The requests that the user may decide, and his own, oldest first."""
    with crm._store.reading(crm.principal) as session:
        state = Ref((), CHANGE_REQUEST.by_name["state"])
        order = (BoundOrder(stamp_ref("id")),)
        columns = full_columns(CHANGE_REQUEST)
        query = BoundQuery(CHANGE_REQUEST, columns, Within(state, (ASKED,)), order=order)
        return list(_shown(session, list(session.rows(query))))


def _shown(session: Session, rows: Sequence[Row]) -> Iterator[ChangeRequest]:
    layout = layout_of(CHANGE_REQUEST)
    for row in rows:
        found = request_of(session, Record(layout, row))
        if found is None:
            continue
        is_seen = _has(session, found, "read")
        if is_seen and _has(session, found, "approve"):
            yield found
        elif session.reader.user == found.user:
            # Of a record that he no longer sees he is told that he asked, and nothing else.
            yield found if is_seen else evolve(found, changes={})


def request_of(session: Session, record: Record) -> ChangeRequest | None:
    """The request that `record` is, as far as its reader may know the fields it speaks of."""
    module = session.schema.by_name.get(str(record["module"]))
    data = record["changes"]
    if module is None or not isinstance(data, Mapping):
        return None
    changes = {
        str(name): (kind.from_json(old), kind.from_json(new))
        for name, (old, new) in data.items()
        if name in module.by_name
        for kind in (module.by_name[name].kind,)
    }
    told = fields_told(session, module, str(record["record"]))(changes)
    return ChangeRequest(
        record.id,
        module.name,
        str(record["record"]),
        str(record["user"]),
        told,
        str(record["state"]),
    )


def _has(session: Session, one: ChangeRequest, operation: str) -> bool:
    module = session.schema.module(one.module)
    scope = session.binder.visible(module, operation)
    query = BoundQuery(module, (ID_REF,), by_ids((one.record,)), scope, limit=1)
    return bool(list(session.rows(query)))
