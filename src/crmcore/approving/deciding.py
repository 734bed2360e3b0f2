"""The decision of a second person (four eyes): who asked never decides."""

from __future__ import annotations

from crmcore.access import Impersonation
from crmcore.approving.requests import ChangeRequest, request_of
from crmcore.errors import AccessDenied, Conflict, NotFound
from crmcore.records import Record, layout_of
from crmcore.schema.reserved import CHANGE_REQUEST
from crmcore.work import UnitOfWork
from crmcore.work.history import same
from crmcore.work.parking import APPROVED, ASKED, REJECTED, WITHDRAWN
from crmcore.work.session import system_session
from crmcore.work.unit import Breaking


def approve(work: UnitOfWork, request: str, *, reason: str | None = None) -> None:
    """Make the change of a request, in the name of who decides.

    Needs the right `approve` on the record: without it the request is not found. Raises
    `NotFound`, `AccessDenied` (`four_eyes` for one's own request), and `Conflict`
    (`record_changed`) where the fields no longer hold what they held when it was asked for.
    """
    with Breaking(work._unit):
        found = _decided(work, request, APPROVED, reason)
        unit = work._unit
        module = unit.session.schema.module(found.module)
        row = unit.session.stored_rows(module, [found.record])[found.record]
        index = layout_of(module).index
        for name, (old, _) in found.changes.items():
            if not same(row[index[name]], old):
                raise Conflict("record_changed", module=module.name, record=found.record)
        values = {name: new for name, (_, new) in found.changes.items()}
        unit.system_door.update(module, [(found.record, None, values)])


def reject(work: UnitOfWork, request: str, *, reason: str | None = None) -> None:
    """Refuse a request; the record stays as it is. Raises as `approve` does."""
    with Breaking(work._unit):
        _decided(work, request, REJECTED, reason)


def withdraw(work: UnitOfWork, request: str) -> None:
    """Take one's own request back; raises `NotFound` for those of others."""
    unit = work._unit
    with Breaking(unit):
        record = _request(work, request)
        if record["user"] != unit.session.reader.user:
            raise NotFound("not_found", module=CHANGE_REQUEST.name, record=request)
        unit.system_door.update(CHANGE_REQUEST, [(request, record.version, {"state": WITHDRAWN})])


def _decided(work: UnitOfWork, request: str, state: str, reason: str | None) -> ChangeRequest:
    unit = work._unit
    record = _request(work, request)
    module = unit.session.schema.module(str(record["module"]))
    try:
        unit.door.stored(module, [str(record["record"])], "approve")
    except (NotFound, AccessDenied) as error:
        if isinstance(error, AccessDenied) and record["user"] == unit.session.reader.user:
            raise
        # That somebody asked for something is for who decides, and for who asked.
        raise NotFound("not_found", module=CHANGE_REQUEST.name, record=request) from None
    # In the name of another the same person could decide what he asked for.
    if unit.session.reader.user == record["user"] or isinstance(unit.principal, Impersonation):
        raise AccessDenied("four_eyes", module=CHANGE_REQUEST.name, record=request)
    values = {
        "state": state,
        "decided_by": unit.session.reader.user,
        "decided_at": unit.session.reader.now,
        "reason": reason,
    }
    unit.system_door.update(CHANGE_REQUEST, [(request, record.version, values)])
    # Who decides by right of approval carries out the whole of what was asked.
    found = request_of(system_session(unit.session), record)
    assert found is not None
    return found


def _request(work: UnitOfWork, request: str) -> Record:
    session = work._unit.session
    row = session.stored_rows(CHANGE_REQUEST, [request]).get(request)
    record = None if row is None else Record(layout_of(CHANGE_REQUEST), row)
    if record is None or record["state"] != ASKED:
        raise NotFound("not_found", module=CHANGE_REQUEST.name, record=request)
    return record
