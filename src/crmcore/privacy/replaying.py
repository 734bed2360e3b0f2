"""The list of erasures outlives every archive: after a restore they are carried out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from crmcore.accounts.held import make_ready
from crmcore.errors import Invalid, NotFound
from crmcore.privacy.asked import Erasure, PastErasure
from crmcore.privacy.taking_out import carry_out
from crmcore.query.bound import BoundOrder, BoundQuery, Ref, full_columns
from crmcore.records import layout_of
from crmcore.schema.reserved import ERASURE
from crmcore.work import Workspace, configuring
from crmcore.work.committing import Intention
from crmcore.work.erasing import ERASING
from crmcore.work.operations import repeated
from crmcore.work.session import Session, system_session

_NAMES: Final = ("module", "subject", "action", "moment", "user", "reason")
_VERSION: Final = 1


def erasures(crm: Workspace) -> tuple[PastErasure, ...]:
    """All erasures, oldest first: to be kept where a restore does not reach.

    Raises `AccessDenied` for who may not configure.
    """
    with crm._store.reading(crm.principal) as session:
        configuring.check_right(session)
        return _listed(system_session(session))


def _listed(session: Session) -> tuple[PastErasure, ...]:
    index = layout_of(ERASURE).index
    order = (BoundOrder(Ref((), ERASURE.by_name["moment"])),)
    rows = session.rows(BoundQuery(ERASURE, full_columns(ERASURE), order=order))
    return tuple(PastErasure(*(row[index[name]] for name in _NAMES)) for row in rows)  # type: ignore[arg-type]


def erasures_to_json(listed: Iterable[PastErasure]) -> dict[str, object]:
    """Erasures as plain data, for a file."""
    return {"version": _VERSION, "erasures": [one.to_json() for one in listed]}


def erasures_from_json(data: object) -> tuple[PastErasure, ...]:
    """Erasures of plain data; raises `Invalid` (`not_erasures`) where it is none."""
    try:
        assert isinstance(data, Mapping)
        assert data["version"] == _VERSION
        assert isinstance(data["erasures"], Sequence)
        return tuple(map(_past, data["erasures"]))
    except (AssertionError, KeyError, TypeError, ValueError):
        raise Invalid("not_erasures") from None


def _past(one: Mapping[str, Any]) -> PastErasure:
    moment = datetime.fromisoformat(one["moment"])
    texts = [one[name] for name in ("module", "subject", "action", "user")]
    assert all(isinstance(text, str) for text in texts)
    assert one["action"] in ERASING
    assert moment.tzinfo is not None
    reason = one.get("reason")
    assert reason is None or isinstance(reason, str)
    return PastErasure(one["module"], one["subject"], one["action"], moment, one["user"], reason)


def replay(crm: Workspace, listed: Iterable[PastErasure]) -> tuple[Erasure, ...]:
    """Carry out the erasures that this store does not know of; what was done.

    For a store that was restored from an older archive, before anybody works in it. Each is
    a unit of its own, and says when and by whom it was asked for at first. Persons of whom
    there is nothing are passed over. Raises `AccessDenied` for who may not configure.
    """
    done: list[Erasure] = []
    make_ready(crm)
    for one in listed:
        found = repeated(partial(_again, crm, one))
        if found is not None:
            done.append(found)
    return tuple(done)


def _again(crm: Workspace, one: PastErasure) -> Erasure | None:
    try:
        with crm._unit(Intention(one.action, reason=one.reason)) as unit:
            configuring.check_right(unit.session)
            if one in _listed(system_session(unit.session)):
                return None
            return carry_out(unit, one, crm.backend_name)
    except NotFound:
        return None
