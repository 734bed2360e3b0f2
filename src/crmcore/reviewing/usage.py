"""What people really did, from history and audit; and which of their grants they never used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import asdict, define, field, frozen

from crmcore.access import OPERATIONS, SYSTEM_USER, Role, User
from crmcore.access.rights import Policy
from crmcore.errors import Invalid, Language
from crmcore.query.bound import BoundQuery, Comparison, Const, Ref, full_columns
from crmcore.records import Record, layout_of
from crmcore.reviewing.holding import (
    former_roles,
    name_of,
    records,
    role_beginnings,
)
from crmcore.reviewing.sides import people
from crmcore.reviewing.wording import Names, named, names_of, operation_word, table_of
from crmcore.schema import Module
from crmcore.schema.reserved import (
    AUDIT_ENTRY,
    CHANGE_REQUEST,
    CHANGE_SET,
    OPERATION,
    SHARE,
    TEAM_MEMBER,
)
from crmcore.tables import Table
from crmcore.work import Configuration, Workspace
from crmcore.work.configuring import check_right
from crmcore.work.noting import rules_of
from crmcore.work.session import Session

EVERYWHERE: Final = "*"
_CHANGES: Final = {"created": "create", "updated": "update", "removed": "delete"}
_KINDS: Final = {"import": "import", "update": "bulk_update"}
_NOTES: Final = {
    "export": "export",
    "report": "report",
    "configuration": "configure",
    "impersonation": "impersonate",
    "bulk_read": "read",
    "opened": "read",
    "sensitive_read": "read",
    "probing": "read",
}
_OF_HISTORY: Final = frozenset(
    {"create", "update", "delete", "import", "bulk_update", "share", "approve"}
)
_OF_AUDIT: Final = frozenset({"export", "report", "configure", "impersonate"})
_MOST_DAYS: Final = 36_500


def check_days(days: int) -> int:
    """`days` where it is a number of days; raises `Invalid` (`bad_argument`)."""
    if type(days) is not int or not 0 < days <= _MOST_DAYS:
        raise Invalid("bad_argument", name="days", wanted="30")
    return days


@define
class Uses:
    """Who did what where, and when last. What leaves no trace of its own is not in it."""

    traced: frozenset[str]
    _last: dict[str, dict[tuple[str, str], datetime]] = field(factory=dict)
    _granted: dict[int, tuple[Role, Mapping[str, tuple[str, ...]]]] = field(factory=dict)

    def granted(self, session: Session, role: Role) -> Mapping[str, tuple[str, ...]]:
        """Module → what `role` grants there: found once for all who have it."""
        if id(role) not in self._granted:
            self._granted[id(role)] = (role, granted_by(session, role))
        return self._granted[id(role)][1]

    def note(self, user: object, module: str, operation: str, moment: datetime) -> None:
        """Somebody did something."""
        if user in (None, SYSTEM_USER):
            return
        mine = self._last.setdefault(str(user), {})
        for place in {(module, operation), (module, "read")}:
            mine[place] = max(moment, mine.get(place, moment))

    def last(self, user: str, module: str, operation: str) -> datetime | None:
        """When he did it last, as far as is known."""
        return self._last.get(user, {}).get((module, operation))


def uses(session: Session, since: datetime) -> Uses:
    """What everybody did from `since` on, by change sets, shares, decisions and audit entries."""
    found = Uses(_traced(session.configuration))
    _changed(session, since, found)
    for module in (SHARE, TEAM_MEMBER):
        for one in records(session, module):
            made = one.row[2]
            if isinstance(made, datetime) and made >= since:
                found.note(one.row[3], str(one["module"]), "share", made)
    for one in records(session, CHANGE_REQUEST):
        decided = one["decided_at"]
        if isinstance(decided, datetime) and decided >= since:
            found.note(one["decided_by"], str(one["module"]), "approve", decided)
    for entry in _since(session, AUDIT_ENTRY, since):
        operation, moment = _NOTES.get(str(entry["kind"])), entry["moment"]
        if operation is not None and isinstance(moment, datetime):
            is_general = operation in ("configure", "impersonate")
            place = EVERYWHERE if is_general else str(entry["module"])
            user = entry["behalf"] if operation == "impersonate" else entry["user"]
            found.note(user, place, operation, moment)
    return found


def _traced(configuration: Configuration) -> frozenset[str]:
    """The operations that leave a trace whenever they are done, as the setting `audit` is."""
    rules = rules_of(configuration)
    audited = _OF_AUDIT if rules.on else frozenset[str]()
    return _OF_HISTORY | (audited if rules.reports else audited - {"report"})


def _changed(session: Session, since: datetime, found: Uses) -> None:
    kinds: dict[str, str] = {}
    sets = list(_since(session, CHANGE_SET, since))
    rows = session.stored_rows(OPERATION, {str(one["operation"]) for one in sets})
    for row in rows.values():
        record = Record(layout_of(OPERATION), row)
        kinds[record.id] = str(record["kind"])
    for one in sets:
        moment, summary = one["moment"], one["summary"]
        assert isinstance(moment, datetime)
        if not isinstance(summary, Mapping):
            continue
        further = _KINDS.get(kinds.get(str(one["operation"]), ""))
        for module, counts in summary.items():
            done = [name for change, name in _CHANGES.items() if counts.get(change)]
            for operation in [*done, *([further] if further is not None else [])]:
                found.note(one["user"], str(module), operation, moment)


def _since(session: Session, module: Module, since: datetime) -> Iterator[Record]:
    moment, layout = Ref((), module.by_name["moment"]), layout_of(module)
    where = Comparison(">=", moment, Const(since, moment.kind))
    for row in session.rows(BoundQuery(module, full_columns(module), where)):
        yield Record(layout, row)


@frozen
class UnusedGrant:
    """Operations on a module that a role grants somebody, and that he never did.

    `since` and `by` tell since when he has the role and who gave it; empty for everybody's.
    """

    user: str
    name: str
    role: str
    module: str
    operations: tuple[str, ...]
    since: datetime | None = None
    by: str | None = None


@frozen
class UnusedGrants:
    """What was granted throughout the last `days` and not used in them.

    Only operations that leave a trace are judged: `untraced` ones (such as reading a few
    records) may have been used. Where two roles grant the same, using it counts for both.
    """

    days: int
    untraced: tuple[str, ...]
    grants: tuple[UnusedGrant, ...] = field(converter=tuple[UnusedGrant, ...])
    names: Names = field(factory=dict, eq=False, repr=False)

    def table(self, language: Language = "zh") -> Table:
        """A row per user, role and module."""
        separator = "、" if language == "zh" else ", "
        rows = (
            (
                one.name,
                named(self.names, f"role:{one.role}", language),
                "*" if one.module == EVERYWHERE else named(self.names, one.module, language),
                separator.join(operation_word(name, language) for name in one.operations),
                one.since,
                one.by,
            )
            for one in self.grants
        )
        return table_of(_COLUMNS, rows, language)

    def to_json(self) -> dict[str, object]:
        """All of it as plain data."""
        grants = [
            {**asdict(one), "since": None if one.since is None else one.since.isoformat()}
            for one in self.grants
        ]
        return {"days": self.days, "untraced": list(self.untraced), "grants": grants}


_COLUMNS: Final = (
    ("user", "用户", "User"),
    ("role", "角色", "Role"),
    ("module", "模块", "Module"),
    ("operations", "未使用的操作", "Not used"),
    ("since", "起始", "Since"),
    ("by", "授予人", "Granted by"),
)


def unused(crm: Workspace, days: int = 90) -> UnusedGrants:
    """Which grants nobody used for `days`, of all active users.

    Raises `AccessDenied` for who may not configure the workspace, `Invalid`.
    """
    check_days(days)
    crm._store.keep_notes(at_once=True)
    with crm._store.reading(crm.principal) as session:
        check_right(session)
        since = session.reader.now - timedelta(days=days)
        done = uses(session, since)
        configuration = session.configuration
        roles = {f"role:{one.name}": one.label for one in configuration.roles.values()}
        untraced = tuple(one for one in OPERATIONS if one not in done.traced)
        names = {**names_of(session.schema), **roles}
        return UnusedGrants(days, untraced, _unused(session, done, since), names)


def _unused(session: Session, done: Uses, since: datetime) -> Iterator[UnusedGrant]:
    began, then = role_beginnings(session), former_roles(session, since)
    configuration, now = session.configuration, session.reader.now
    users = people(session, configuration)
    for key, user in sorted(users.items(), key=lambda one: one[1].name):
        held = configuration.in_force(user, now)
        for role_id, role in zip(held.role_ids, held.roles, strict=True):
            given = began.get((key, role_id)) if role_id in user.role_ids else None
            if role_id not in then or (given is not None and given[0] > since):
                continue
            moment, by = given if given is not None else (None, None)
            for module, operations in never_used(session, user, role, then[role_id], done):
                yield UnusedGrant(
                    key, user.name, role.name, module, operations, moment, name_of(session, by)
                )


def never_used(
    session: Session, user: User, role: Role, former: Role, done: Uses
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Module → traced operations that `role` and `former` grant and `user` never did."""
    now, then = done.granted(session, role), done.granted(session, former)
    for module, operations in now.items():
        never = tuple(
            one
            for one in operations
            if one in done.traced
            and one in then.get(module, ())
            and done.last(user.id, module, one) is None
        )
        if never:
            yield module, never


def granted_by(session: Session, role: Role) -> Mapping[str, tuple[str, ...]]:
    """Module → the operations that `role` grants there, `*` for those of the workspace."""
    policy = Policy((role,), session.schema)
    found: dict[str, tuple[str, ...]] = {}
    general = [one for one in ("configure", "impersonate") if _has(role.grants, one)]
    if general:
        found[EVERYWHERE] = tuple(general)
    for module in session.schema.modules:
        operations = tuple(
            one
            for one in OPERATIONS
            if one not in ("configure", "impersonate")
            and next(policy.grants(module, one), None) is not None
        )
        if operations and module.enabled and not module.retired:
            found[module.name] = operations
    return found


def _has(grants: Iterable[object], operation: str) -> bool:
    return any(operation in getattr(one, "operations", ()) for one in grants)
