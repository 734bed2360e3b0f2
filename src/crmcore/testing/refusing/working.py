"""Verbs of a unit of work, and those over records that take one: a new verb stands here."""

from __future__ import annotations

from typing import Final

from crmcore import approving, merging, sharing
from crmcore.testing.refusing.command import IMAGE, ONE, Attempt, Command, own_verb, verb
from crmcore.work import UnitOfWork, assign_roles

_RECORD: Final = "right record module names"


def _upserted(work: UnitOfWork, one: Attempt) -> object:
    return work.upsert(one.module, one.key(True), {"name": one.ready.login, **one.changed})


def _upserted_new(work: UnitOfWork, one: Attempt) -> object:
    return work.upsert(one.module, one.key(False), one.new)


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


def _merged(work: UnitOfWork, one: Attempt, keep: str, other: str) -> object:
    return merging.merge(work, one.module, keep, [other])


def _gone(one: Attempt) -> str:
    """A record that nobody misses."""
    return str(one.stage.things["gone"])


def _shared(work: UnitOfWork, one: Attempt) -> object:
    return sharing.share(work, one.module, one.record, user=one.stage.things["clerk"])


def _joined(work: UnitOfWork, one: Attempt) -> object:
    return sharing.join_team(work, one.module, one.record, one.stage.things["clerk"])


UNIT: Final[tuple[Command, ...]] = (
    verb("UnitOfWork.create", IMAGE, lambda w, a: w.create(a.module, a.new)),
    verb("UnitOfWork.create_all", IMAGE, lambda w, a: w.create_all(a.module, [a.new])),
    verb(
        "UnitOfWork.update",
        f"{ONE} version",
        lambda w, a: w.update(a.module, a.record, a.changed, version=a.version),
    ),
    verb(
        "UnitOfWork.update_all",
        ONE,
        lambda w, a: w.update_all(a.module, [(a.record, a.changed)]),
    ),
    verb("UnitOfWork.upsert", ONE, _upserted),
    verb("UnitOfWork.upsert (new)", IMAGE, _upserted_new),
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
    verb("merging.merge (kept)", _RECORD, lambda w, a: _merged(w, a, a.record, _gone(a))),
    verb(
        "merging.merge (other)",
        _RECORD,
        lambda w, a: _merged(w, a, _gone(a), a.record),
        [
            own_verb(
                "with-itself",
                "merge_of_nothing",
                lambda w, a: _merged(w, a, a.record, a.record),
            )
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
