"""Watching: the acts that a workspace remembers, judged, and a guard that stops what is odd."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import define, field

from crmcore.access import SYSTEM_USER, System
from crmcore.audit.behavior import LIMITS, Act, Decision, Limit, Measure, Verdict, judge
from crmcore.errors import AccessDenied, Problem
from crmcore.kinds import Link, MultiLink
from crmcore.query.bound import TRUE, BoundOrder, BoundQuery, Comparison, Const, Ref, full_columns
from crmcore.records import Record, layout_of
from crmcore.schema import Module
from crmcore.schema.reserved import AUDIT_ENTRY, CHANGE_SET
from crmcore.work import Workspace
from crmcore.work.configuring import check_right
from crmcore.work.history import versions
from crmcore.work.noting import TALLIED, Note
from crmcore.work.session import Session

WINDOW: Final = timedelta(days=31)
"""So much of the past is looked at."""

_AGAIN: Final = timedelta(minutes=1)
_MANY: Final = 10
_MEASURES: Final[Mapping[str, Measure]] = {
    "export": "exported",
    "bulk_read": "exported",
    "opened": "opened",
    "probing": "probing",
    "denial": "denied",
}
_COUNTED: Final = frozenset({"exported", "opened", "probing"})
Hook = Callable[[Verdict, Note], Decision]
"""The host's word: what is to become of a verdict; `verdict.decision` agrees with it."""


def acts(crm: Workspace, since: datetime | None = None) -> list[Act]:
    """What everybody did from `since` on (a month without it), by moment.

    Raises `AccessDenied` for who may not configure the workspace.
    """
    with crm._store.reading(crm.principal) as session:
        check_right(session)
    crm._store.keep_notes(at_once=True)
    return _acts(crm, since or crm.clock.now() - WINDOW)


def verdicts(crm: Workspace, limits: Mapping[Measure, Limit] = LIMITS) -> list[Verdict]:
    """The verdict on everybody who did something lately, the gravest first."""
    found = acts(crm)
    now, zone = crm.clock.now(), crm.configuration.setting("zone", "UTC")
    users = sorted({one.user for one in found})
    made = [judge(found, user, now, zone, limits) for user in users]
    order = {"block": 0, "ask": 1, "allow": 2}
    return sorted(made, key=lambda one: order[one.decision])


def _acts(crm: Workspace, since: datetime) -> list[Act]:
    with crm._store.reading(System("watch")) as session:
        found = [*_remembered(session, since), *_changed(session, since)]
    return sorted(found, key=lambda one: one.moment)


def _rows(session: Session, module: Module, since: datetime) -> Iterator[Record]:
    moment = Ref((), module.by_name["moment"])
    where = Comparison(">=", moment, Const(since, moment.kind))
    columns, layout = full_columns(module), layout_of(module)
    query = BoundQuery(module, columns, where, order=(BoundOrder(moment),))
    for row in session.rows(query):
        yield Record(layout, row)


def _remembered(session: Session, since: datetime) -> Iterator[Act]:
    for entry in _rows(session, AUDIT_ENTRY, since):
        made = _act(entry["moment"], entry["user"], str(entry["kind"]), entry["count"])
        if made is not None:
            yield made


def _act(moment: object, user: object, kind: str, count: object) -> Act | None:
    measure = _MEASURES.get(kind)
    if not isinstance(moment, datetime) or user in (None, SYSTEM_USER):
        return None
    if measure is None:
        # It still tells when somebody is at work.
        return Act(moment, str(user), "exported", 0)
    amount = count if measure in _COUNTED and isinstance(count, int) else 1
    return Act(moment, str(user), measure, amount)


def _changed(session: Session, since: datetime) -> Iterator[Act]:
    for one in _rows(session, CHANGE_SET, since):
        moment, user, summary = one["moment"], str(one["user"]), one["summary"]
        assert isinstance(moment, datetime)
        if user == SYSTEM_USER or not isinstance(summary, Mapping):
            continue
        removed, owners = 0, 0
        for name, counts in summary.items():
            removed += counts["removed"]
            if counts["updated"] >= _MANY:
                owners += _owners_changed(session, str(name), one.id)
        yield Act(moment, user, "deleted", removed)
        if owners:
            yield Act(moment, user, "owner_changed", owners)


def _owners_changed(session: Session, name: str, change_set: str) -> int:
    """Of how many records of a module a change set changed whom they belong to."""
    module = session.schema.by_name.get(name)
    if module is None or module.keeping != "history":
        return 0
    owners = [one.name for one in module.live if _is_owner(one.kind)]
    if not owners:
        return 0
    former: dict[str, Record] = {}
    changed = set[str]()
    for one in versions(session, module, TRUE, TRUE, (change_set,)):
        record = one.record
        before = former.get(record.id)
        is_made_here = record.row[6] == change_set
        if before is not None and is_made_here and any(before[n] != record[n] for n in owners):
            changed.add(record.id)
        former[record.id] = record
    return len(changed)


def _is_owner(kind: object) -> bool:
    return isinstance(kind, Link) and not isinstance(kind, MultiLink) and kind.target == "crm_user"


@define
class Watch:
    """A guard: stops exports, bulk reads and openings of who stands out today.

    `hook` has the last word: it gets the verdict and what is being done, and decides.
    """

    crm: Workspace
    limits: Mapping[Measure, Limit] = LIMITS
    hook: Hook | None = None
    _known: list[Act] = field(factory=list)
    _looked: datetime | None = None
    _small: dict[str, Verdict] = field(factory=dict)

    def __call__(self, note: Note) -> None:
        """Judge the day of `note.user` with this in it; raises `AccessDenied`.

        `watch_ask` asks for a reason, `watch_block` is final; both say why.
        """
        now = self.crm.clock.now()
        made = _act(now, note.user, note.kind, note.count)
        if made is None or note.kind not in _MEASURES:
            return
        verdict = self._verdict(note, made, now)
        relevant = [one for one in verdict.findings if one.measure in (made.measure, "off_hours")]
        verdict = Verdict.of(made.user, relevant)
        if verdict.decision == "allow":
            return
        decision = verdict.decision if self.hook is None else self.hook(verdict, note)
        if decision != "allow":
            why = [one.problem for one in verdict.findings]
            raise AccessDenied([Problem(f"watch_{decision}", {}, note.module), *why])

    def _verdict(self, note: Note, made: Act, now: datetime) -> Verdict:
        """The verdict on who does it, with what is done; that of small reads is kept a while."""
        if self._looked is None or now - self._looked > _AGAIN:
            self._known, self._looked, self._small = _acts(self.crm, now - WINDOW), now, {}
        is_small = note.kind in TALLIED
        known = self._small.get(made.user)
        if is_small and known is not None:
            return known
        if not is_small:
            self._known.append(made)
        zone = self.crm.configuration.setting("zone", "UTC")
        found = judge(self._known, made.user, now, zone, self.limits)
        self._small[made.user] = found
        return found


def watch(
    crm: Workspace, hook: Hook | None = None, limits: Mapping[Measure, Limit] = LIMITS
) -> Watch:
    """From now on, guard every view of this workspace in this process; the guard itself.

    Raises `AccessDenied` for who may not configure the workspace.
    """
    with crm._store.reading(crm.principal) as session:
        check_right(session)
    made = Watch(crm, limits, hook)
    crm._store.guard = made
    return made
