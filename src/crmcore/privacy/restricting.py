"""`restrict` and `correct`: a person's records are only stored, or put right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crmcore.errors import Invalid, NotFound
from crmcore.kinds import Link
from crmcore.query.bound import BoundQuery, Comparison, Const, Ref, full_columns
from crmcore.records import Record
from crmcore.schema.reserved import RESTRICTION
from crmcore.work import Workspace, configuring
from crmcore.work.committing import Intention
from crmcore.work.operations import repeated
from crmcore.work.session import system_session
from crmcore.work.transaction import Unit

_SUBJECT: Final = Ref((), RESTRICTION.by_name["subject"])
_ORIGIN: Final = "privacy"


def restrict(crm: Workspace, module: str, record: str, *, reason: str | None = None) -> None:
    """From now on the record, and what goes with it, is stored and nothing else.

    Nobody finds, counts, changes, reports or exports it, whatever his roles grant; archives
    carry it, `export`, `erase` and `release` still reach it. Again: nothing happens. Raises
    `NotFound`, `Invalid` (`not_a_subject`) for users, `AccessDenied` for who may not configure.
    """

    def attempt() -> None:
        with crm._unit(Intention("restrict", origin=_ORIGIN, reason=reason)) as unit:
            configuring.check_right(unit.session)
            definition = unit.session.schema.module(module)
            if definition.name.startswith("crm_") or definition.keeping != "history":
                raise Invalid("not_a_subject", module=definition.name)
            session = system_session(unit.session)
            if record not in session.stored_rows(definition, [record]):
                raise NotFound("not_found", module=definition.name, record=record)
            if _restriction(unit, record) is None:
                values = {"subject": record, "module": definition.name, "reason": reason}
                unit.system_door.create(RESTRICTION, [values])

    repeated(attempt)
    crm._store.refresh()


def release(crm: Workspace, module: str, record: str, *, reason: str | None = None) -> None:
    """End a restriction. Raises `NotFound` where there is none, `AccessDenied`."""

    def attempt() -> None:
        with crm._unit(Intention("release", origin=_ORIGIN, reason=reason)) as unit:
            configuring.check_right(unit.session)
            found = _restriction(unit, record)
            if found is None:
                name = unit.session.schema.module(module).name
                raise NotFound("not_found", module=name, record=record)
            unit.system_door.delete(RESTRICTION, [(found, None)])

    repeated(attempt)
    crm._store.refresh()


def _restriction(unit: Unit, record: str) -> str | None:
    assert isinstance(_SUBJECT.kind, Link)
    where = Comparison("==", _SUBJECT, Const(record, _SUBJECT.kind))
    query = BoundQuery(RESTRICTION, full_columns(RESTRICTION), where)
    return next((str(row[0]) for row in unit.session.rows(query)), None)


def correct(
    crm: Workspace,
    module: str,
    record: str,
    values: Mapping[str, object],
    *,
    reason: str | None = None,
) -> Record:
    """The person's record put right, by who may change it; the history says why.

    What was wrong stays in former versions: whom it harms there is served by `anonymise`.
    Raises as `UnitOfWork.update` does.
    """
    with crm.work(origin=_ORIGIN, reason=reason) as work:
        return work.update(module, record, values)
