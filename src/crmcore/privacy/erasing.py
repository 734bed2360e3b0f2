"""`erase` and `anonymise`: a person's values leave the store, what was done to it stays known."""

from __future__ import annotations

from collections.abc import Mapping

from crmcore.accounts.held import make_ready
from crmcore.privacy.asked import Action, Erasure, PastErasure, erasure_from_json, erasure_to_json
from crmcore.privacy.taking_out import carry_out
from crmcore.work import Workspace, configuring
from crmcore.work.committing import Intention
from crmcore.work.operations import repeated, request_digest, same_request
from crmcore.work.stepping import new_op_id


def erase(
    crm: Workspace,
    module: str,
    record: str,
    *,
    op_id: str | None = None,
    reason: str | None = None,
    join: object = None,
) -> Erasure:
    """Remove a person's records and overwrite every value that they and their versions held.

    What goes with them (cascading links) goes too; in records that link to them, in results,
    messages and requests, their names, numbers and addresses are taken out of the texts.
    Who did it, when and to which records stays. Not to be undone. `join` is a host's connection
    or session, whose transaction is used and never ended. Raises `NotFound`,
    `Invalid` (`in_use`, where a link restricts removal: see `anonymise`), `AccessDenied` for
    who may not configure, `OpMismatch`.
    """
    return _carried_out(crm, "erase", module, record, op_id, reason, join)


def anonymise(
    crm: Workspace,
    module: str,
    record: str,
    *,
    op_id: str | None = None,
    reason: str | None = None,
    join: object = None,
) -> Erasure:
    """Overwrite a person's personal values, in every version; the records themselves stay.

    Otherwise as `erase`: figures still count them, links still lead to them.
    """
    return _carried_out(crm, "anonymise", module, record, op_id, reason, join)


def _carried_out(
    crm: Workspace,
    action: Action,
    module: str,
    record: str,
    op_id: str | None,
    reason: str | None,
    join: object,
) -> Erasure:
    op_id = op_id or new_op_id(crm)
    make_ready(crm)
    request = request_digest(action, {"module": module, "record": record})

    def attempt() -> Erasure:
        known = crm._operation(op_id)
        if known is not None:
            same_request(known, request, crm._user)
            assert isinstance(known.result, Mapping)
            return erasure_from_json(known.result)
        with crm._unit(Intention(action, request, reason=reason), op_id=op_id, join=join) as unit:
            configuring.check_right(unit.session)
            user, moment = unit.session.reader.user, unit.journal.moment
            asked = PastErasure(module, record, action, moment, user, reason)
            done = carry_out(unit, asked, crm.backend_name)
            unit.result = erasure_to_json(done)
        return done

    # A host's transaction that met a conflict is over: he begins another, and asks again.
    made: Erasure = repeated(attempt) if join is None else attempt()
    crm._store.refresh()
    return made
