"""Calls of a workspace that work on records: run, undo, importing, changing many, taking out."""

from __future__ import annotations

from typing import Any, Final

from crmcore import approving, editing, exporting, importing
from crmcore.errors import AccessDenied, NotFound, Problem
from crmcore.testing.refusing.command import IMAGE, ONE, Attempt, Command, Own, call
from crmcore.work import UnitOfWork, impersonate, note


def _rows(one: Attempt, row: dict[str, Any], **options: Any) -> object:
    if one.module == "crm_setting":
        row = {**row, "value": '"Nowhere/Here"'}
    made = importing.plan(one.who, [row], modules=[one.module], propose=False, **options)
    return importing.load(one.who, made)


def _imported(one: Attempt) -> object:
    return _rows(one, {"remark": "imported", **one.new})


def _imported_over(one: Attempt) -> object:
    row = {"name": one.ready.login, **one.key(True), **one.changed}
    return _rows(one, row, duplicates="update")


def _import_file(one: Attempt) -> object:
    rows = [{"remark": "imported", **one.new}]
    return importing.import_file(one.who, rows, modules=[one.module], propose=False)


def _bulk(one: Attempt) -> object:
    where = one.condition
    if "code" in one.values:
        where = f"{where} or name == 'gone'"
    done = editing.update(one.who, one.module, where, one.changed)
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
        return work.create(one.module, one.new).id

    return one.who.run(told, op_id="ran")


def _ran_before(one: Attempt) -> object:
    return one.stage.crm.run(lambda work: work.user, op_id="ran-before")


def _ran_otherwise(one: Attempt) -> object:
    return one.stage.crm.run(lambda work: work.user, op_id="ran-before", request={"other": 1})


def _proposing(one: Attempt) -> importing.Plan:
    rows = [{"name": "new", "a column of theirs": "1"}]
    return importing.plan(one.who, rows, modules=[one.module])


def _proposed(one: Attempt) -> object:
    """Whoever may not make what a plan proposes, and imports all the same."""
    rows = [{"name": "new", "a column of theirs": "1"}]
    return importing.import_file(one.who, rows, adopt_proposals=True, modules=["account"])


CALLS: Final[tuple[Command, ...]] = (
    call(
        "Workspace.run",
        IMAGE,
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
    call("importing.load (new)", f"{IMAGE} limited", _imported),
    call("importing.load (over)", f"{ONE} limited", _imported_over),
    call(
        "importing.import_file",
        f"{IMAGE} limited",
        _import_file,
        [Own("proposed-then-refused", ["needs_configure", "not_allowed"], _proposed)],
    ),
    call(
        "importing.adopt",
        "right configures module",
        lambda a: importing.adopt(a.who, _proposing(a)),
    ),
    call("editing.update", f"{ONE} limited condition", _bulk),
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
