"""Commands of a unit of work, of a workspace, and of verbs over records."""

from __future__ import annotations

from typing import Any, Final

from crmcore import approving, editing, exporting, importing, sharing
from crmcore.errors import AccessDenied, NotFound, Problem
from crmcore.testing.refusing.command import Attempt, Command, Own, call, own_verb, verb
from crmcore.work import UnitOfWork, assign_roles, impersonate, note

_RECORD: Final = "right record module names"
_IMAGE: Final = "right image key policy module"
_ONE: Final = f"{_IMAGE} record names owner"


def _new(one: Attempt) -> dict[str, Any]:
    return {"name": "new", **one.values}


def _changed(one: Attempt) -> dict[str, Any]:
    return dict(one.values) or {"remark": "changed"}


def _key(one: Attempt, known: bool) -> dict[str, object]:
    if one.module == "crm_setting":
        return {"name": "zone"}
    if one.module == "crm_user":
        return {"login": one.ready.login if known else "new"}
    return {"code": one.ready.code if known else "new"}


def _upserted(work: UnitOfWork, one: Attempt) -> object:
    return work.upsert(one.module, _key(one, True), {"name": one.ready.login, **_changed(one)})


def _upserted_new(work: UnitOfWork, one: Attempt) -> object:
    return work.upsert(one.module, _key(one, False), _new(one))


def _rows(one: Attempt, row: dict[str, Any], **options: Any) -> object:
    if one.module == "crm_setting":
        row = {**row, "value": '"Nowhere/Here"'}
    made = importing.plan(one.who, [row], modules=[one.module], propose=False, **options)
    return importing.load(one.who, made)


def _imported(one: Attempt) -> object:
    return _rows(one, {"remark": "imported", **_new(one)})


def _imported_over(one: Attempt) -> object:
    row = {"name": one.ready.login, **_key(one, True), **_changed(one)}
    return _rows(one, row, duplicates="update")


def _import_file(one: Attempt) -> object:
    rows = [{"remark": "imported", **_new(one)}]
    return importing.import_file(one.who, rows, modules=[one.module], propose=False)


def _bulk(one: Attempt) -> object:
    where = one.condition
    if "code" in one.values:
        where = f"{where} or name == 'gone'"
    done = editing.update(one.who, one.module, where, _changed(one))
    if not done.count:
        # Nothing is refused where a condition finds nothing: that is what is told.
        raise NotFound("not_found", module=one.module, record=one.record)
    return done


def _undone(one: Attempt) -> object:
    done = one.who.undo(one.ready.operation)
    if not done.restored:
        # What an undo may not bring back it tells, record by record.
        raise AccessDenied([Problem(fate.reason or "kept") for fate in done.impossible])
    return done


def _ran(one: Attempt) -> object:
    def told(work: UnitOfWork) -> str:
        return work.create(one.module, _new(one)).id

    return one.who.run(told, op_id="ran")


def _ran_before(one: Attempt) -> object:
    return one.stage.crm.run(lambda work: work.user, op_id="ran-before")


def _ran_otherwise(one: Attempt) -> object:
    return one.stage.crm.run(lambda work: work.user, op_id="ran-before", request={"other": 1})


def _approved(work: UnitOfWork, one: Attempt) -> None:
    approving.approve(work, one.ready.request)


def _changed_meanwhile(one: Attempt) -> object:
    with one.stage.crm.work() as work:
        return work.update("account", one.record, {"discount": 9})


def _withdrawn_before(one: Attempt) -> None:
    with one.stage.crm.work() as work:
        approving.withdraw(work, one.ready.request)


def _child(one: Attempt) -> object:
    with one.stage.crm.work() as work:
        return work.create("account", {"name": "child", "parent": one.record})


def _owned(one: Attempt) -> object:
    with one.stage.crm.work() as work:
        return work.update("account", one.record, {"owner": one.ready.member})


def _shared(work: UnitOfWork, one: Attempt) -> object:
    return sharing.share(work, one.module, one.record, user=one.stage.things["clerk"])


def _joined(work: UnitOfWork, one: Attempt) -> object:
    return sharing.join_team(work, one.module, one.record, one.stage.things["clerk"])


def _proposing(one: Attempt) -> importing.Plan:
    rows = [{"name": "new", "a column of theirs": "1"}]
    return importing.plan(one.who, rows, modules=[one.module])


def _proposed(one: Attempt) -> object:
    """Whoever may not make what a plan proposes, and imports all the same."""
    rows = [{"name": "new", "a column of theirs": "1"}]
    return importing.import_file(one.who, rows, adopt_proposals=True, modules=["account"])


UNIT: Final[tuple[Command, ...]] = (
    verb("UnitOfWork.create", _IMAGE, lambda w, a: w.create(a.module, _new(a))),
    verb("UnitOfWork.create_all", _IMAGE, lambda w, a: w.create_all(a.module, [_new(a)])),
    verb(
        "UnitOfWork.update",
        f"{_ONE} version",
        lambda w, a: w.update(a.module, a.record, _changed(a), version=a.version),
    ),
    verb(
        "UnitOfWork.update_all",
        _ONE,
        lambda w, a: w.update_all(a.module, [(a.record, _changed(a))]),
    ),
    verb("UnitOfWork.upsert", _ONE, _upserted),
    verb("UnitOfWork.upsert (new)", _IMAGE, _upserted_new),
    verb(
        "UnitOfWork.delete",
        f"{_RECORD} version",
        lambda w, a: w.delete(a.module, a.record, version=a.version),
        [own_verb("in-use", "in_use", lambda w, a: w.delete("account", a.record), _child)],
    ),
    verb(
        "UnitOfWork.emit",
        "",
        lambda w, a: w.emit("topic", {"told": True}),
        [own_verb("no-json", "not_json", lambda w, a: w.emit("topic", object()))],
    ),
    verb(
        "work.assign_roles",
        "right names",
        lambda w, a: assign_roles(w, a.ready.member, ["sales_rep"]),
        [
            own_verb(
                "own-rights-raised",
                "not_allowed not_found",
                lambda w, a: assign_roles(w, a.ready.who, ["all"]),
            ),
            own_verb(
                "unknown-role",
                "not_found",
                lambda w, a: assign_roles(w, a.ready.member, ["none"]),
            ),
        ],
    ),
    verb("sharing.share", _RECORD, lambda w, a: _shared(w, a)),
    verb("sharing.unshare", "right record names", lambda w, a: sharing.unshare(w, a.ready.share)),
    verb("sharing.join_team", _RECORD, lambda w, a: _joined(w, a)),
    verb(
        "sharing.leave_team",
        _RECORD,
        lambda w, a: sharing.leave_team(w, a.module, a.record, a.ready.member),
    ),
    verb(
        "sharing.claim",
        _RECORD,
        lambda w, a: sharing.claim(w, a.module, a.record),
        [
            own_verb(
                "already-claimed",
                "already_claimed",
                lambda w, a: sharing.claim(w, "account", a.record),
                _owned,
            )
        ],
    ),
    verb(
        "sharing.release",
        f"{_RECORD} owner",
        lambda w, a: sharing.release(w, a.module, a.record),
    ),
    verb(
        "approving.approve",
        "right record names decides",
        lambda w, a: approving.approve(w, a.ready.request),
        [
            own_verb("decided-before", "not_found", _approved, _withdrawn_before),
            own_verb("changed-meanwhile", "record_changed", _approved, _changed_meanwhile),
        ],
    ),
    verb(
        "approving.reject",
        "right record names decides",
        lambda w, a: approving.reject(w, a.ready.request),
    ),
    verb(
        "approving.withdraw",
        "names",
        lambda w, a: approving.withdraw(w, a.ready.own_request),
        [
            own_verb(
                "of-somebody-else",
                "not_found",
                lambda w, a: approving.withdraw(w, a.ready.request),
            )
        ],
    ),
)
"""Verbs that take a unit of work."""

CALLS: Final[tuple[Command, ...]] = (
    call(
        "Workspace.run",
        _IMAGE,
        _ran,
        [Own("another-request", ["op_mismatch"], _ran_otherwise, _ran_before)],
    ),
    call(
        "Workspace.undo",
        "right record image inverse names owner",
        _undone,
    ),
    call(
        "approving.guard",
        "right configures module",
        lambda a: approving.guard(a.who, a.module, ["amount"]),
        [Own("computed", ["unknown_field"], lambda a: approving.guard(a.who, "account", ["no"]))],
    ),
    call("importing.load (new)", f"{_IMAGE} limited", _imported),
    call("importing.load (over)", f"{_ONE} limited", _imported_over),
    call(
        "importing.import_file",
        f"{_IMAGE} limited",
        _import_file,
        [Own("proposed-then-refused", ["needs_configure", "not_allowed"], _proposed)],
    ),
    call(
        "importing.adopt",
        "right configures module",
        lambda a: importing.adopt(a.who, _proposing(a)),
    ),
    call("editing.update", f"{_ONE} limited condition", _bulk),
    call(
        "exporting.export",
        "right limited condition module",
        lambda a: exporting.export(a.who, a.module, a.condition),
    ),
    call(
        "work.impersonate",
        "right names",
        lambda a: impersonate(a.who, a.ready.member, reason="ticket 7").find("account"),
    ),
    call(
        "work.note",
        "",
        lambda a: note(a.who, "login", user=a.ready.who),
        [Own("unknown-kind", ["unknown_note"], lambda a: note(a.who, "wink"))],
    ),
)
"""Calls of a workspace that work on records."""
